package dev.lockstep.server.config;

import static dev.lockstep.server.config.Trait.alias;
import static dev.lockstep.server.config.Trait.refusedUnless;
import static dev.lockstep.server.config.Trait.unused;

/** How much memory the data may take, what gives way, and how what is dropped is reclaimed. */
public final class MemorySettings extends SettingGroup {
    /** Which keys give way to a write that finds no room. */
    public enum EvictionPolicy {
        VOLATILE_LRU,
        VOLATILE_LFU,
        VOLATILE_RANDOM,
        VOLATILE_TTL,
        ALLKEYS_LRU,
        ALLKEYS_LFU,
        ALLKEYS_RANDOM,
        NOEVICTION
    }

    private static final Trait ALWAYS_LAZY =
            unused("what is dropped is always reclaimed in slices");
    private static final Trait NO_DEFRAGMENTATION = unused("there is no defragmentation to tune");

    /** 0 for as much as the heap holds. */
    public final MemorySetting maxMemory = memory("maxmemory", 0, 0, NumberSetting.UNSIGNED_MAX);

    public final ChoiceSetting<EvictionPolicy> policy =
            choice("maxmemory-policy", EvictionPolicy.NOEVICTION);
    public final IntSetting samples = number("maxmemory-samples", 5, 1, INT_MAX);
    public final BooleanSetting replicaIgnoreMaxMemory =
            bool("replica-ignore-maxmemory", true, alias("slave-ignore-maxmemory"));
    public final IntSetting lfuLogFactor = number("lfu-log-factor", 10, 0, INT_MAX);

    /** Minutes after which a key's access counter loses one; 0 for never. */
    public final IntSetting lfuDecayTime = number("lfu-decay-time", 1, 0, INT_MAX);

    /** Whether replicas are told of an expiry with UNLINK instead of DEL; here it is always lazy. */
    public final BooleanSetting lazyExpire = bool("lazyfree-lazy-expire", false);

    /** The same for keys that a command drops as a side effect. */
    public final BooleanSetting lazyServerDel = bool("lazyfree-lazy-server-del", false);

    {
        number(
                "active-expire-effort",
                1,
                1,
                10,
                unused("keys expire in the order of their deadlines, not by sampling"));
        number(
                "maxmemory-eviction-tenacity",
                10,
                0,
                100,
                unused("a write goes on evicting until there is room for it"));
        bool("lazyfree-lazy-eviction", false, ALWAYS_LAZY);
        bool("lazyfree-lazy-user-del", false, ALWAYS_LAZY);
        bool("lazyfree-lazy-user-flush", false, ALWAYS_LAZY);
        bool("replica-lazy-flush", false, alias("slave-lazy-flush"), ALWAYS_LAZY);
        bool(
                "activedefrag",
                false,
                refusedUnless(
                        "no",
                        "Active defragmentation cannot be enabled: it requires a Redis server compiled with a modified"
                                + " Jemalloc like the one shipped by default with the Redis source distribution"));
        memory("active-defrag-ignore-bytes", 100 * MB, 1, LONG_MAX, NO_DEFRAGMENTATION);
        number("active-defrag-threshold-lower", 10, 0, 1000, NO_DEFRAGMENTATION);
        number("active-defrag-threshold-upper", 100, 0, 1000, NO_DEFRAGMENTATION);
        number("active-defrag-cycle-min", 1, 1, 99, NO_DEFRAGMENTATION);
        number("active-defrag-cycle-max", 25, 1, 99, NO_DEFRAGMENTATION);
        bigNumber("active-defrag-max-scan-fields", 1000, 1, LONG_MAX, NO_DEFRAGMENTATION);
    }

    MemorySettings() {
        super("Memory");
    }
}
