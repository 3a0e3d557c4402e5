package dev.lockstep.server.config;

import static dev.lockstep.server.config.Trait.alias;
import static dev.lockstep.server.config.Trait.unused;

/** Up to which sizes a collection is kept as one packed cell, and HyperLogLogs are sparse. */
public final class EncodingSettings extends SettingGroup {
    public final LongSetting hashMaxListpackEntries =
            bigNumber(
                    "hash-max-listpack-entries",
                    512,
                    0,
                    LONG_MAX,
                    alias("hash-max-ziplist-entries"));

    public final MemorySetting hashMaxListpackValue =
            memory("hash-max-listpack-value", 64, 0, LONG_MAX, alias("hash-max-ziplist-value"));

    public final IntSetting listMaxListpackSize =
            number("list-max-listpack-size", -2, INT_MIN, INT_MAX, alias("list-max-ziplist-size"));

    {
        number(
                "list-compress-depth",
                0,
                0,
                INT_MAX,
                unused("the blocks of a list are not compressed"));
    }

    public final LongSetting setMaxIntsetEntries =
            bigNumber("set-max-intset-entries", 512, 0, LONG_MAX);

    public final LongSetting setMaxListpackEntries =
            bigNumber("set-max-listpack-entries", 128, 0, LONG_MAX);

    public final LongSetting setMaxListpackValue =
            bigNumber("set-max-listpack-value", 64, 0, LONG_MAX);

    public final LongSetting zsetMaxListpackEntries =
            bigNumber(
                    "zset-max-listpack-entries",
                    128,
                    0,
                    LONG_MAX,
                    alias("zset-max-ziplist-entries"));

    public final MemorySetting zsetMaxListpackValue =
            memory("zset-max-listpack-value", 64, 0, LONG_MAX, alias("zset-max-ziplist-value"));

    public final MemorySetting hllSparseMaxBytes =
            memory("hll-sparse-max-bytes", 3000, 0, LONG_MAX);

    public final MemorySetting streamNodeMaxBytes =
            memory("stream-node-max-bytes", 4096, 0, LONG_MAX);

    public final LongSetting streamNodeMaxEntries =
            bigNumber("stream-node-max-entries", 100, 0, LONG_MAX);

    EncodingSettings() {
        super("Encodings");
    }
}
