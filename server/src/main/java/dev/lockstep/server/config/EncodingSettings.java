package dev.lockstep.server.config;

import static dev.lockstep.server.config.Trait.alias;
import static dev.lockstep.server.config.Trait.unused;

/** Up to which sizes a collection is kept as one packed cell. */
public final class EncodingSettings extends SettingGroup {
    private static final Trait LATER = unused("the data type is not in this version");

    {
        bigNumber(
                "hash-max-listpack-entries",
                512,
                0,
                LONG_MAX,
                alias("hash-max-ziplist-entries"),
                LATER);
        memory("hash-max-listpack-value", 64, 0, LONG_MAX, alias("hash-max-ziplist-value"), LATER);
        number(
                "list-max-listpack-size",
                -2,
                INT_MIN,
                INT_MAX,
                alias("list-max-ziplist-size"),
                LATER);
        number("list-compress-depth", 0, 0, INT_MAX, LATER);
        bigNumber("set-max-intset-entries", 512, 0, LONG_MAX, LATER);
        bigNumber("set-max-listpack-entries", 128, 0, LONG_MAX, LATER);
        bigNumber("set-max-listpack-value", 64, 0, LONG_MAX, LATER);
        bigNumber(
                "zset-max-listpack-entries",
                128,
                0,
                LONG_MAX,
                alias("zset-max-ziplist-entries"),
                LATER);
        memory("zset-max-listpack-value", 64, 0, LONG_MAX, alias("zset-max-ziplist-value"), LATER);
        memory("hll-sparse-max-bytes", 3000, 0, LONG_MAX, LATER);
        memory("stream-node-max-bytes", 4096, 0, LONG_MAX, LATER);
        bigNumber("stream-node-max-entries", 100, 0, LONG_MAX, LATER);
    }

    EncodingSettings() {
        super("Encodings");
    }
}
