package dev.lockstep.server.command;

/** Command flags, by the names COMMAND INFO gives; a command's flags are a mask of {@link #bit}s. */
public enum Flag {
    WRITE("write"),
    READONLY("readonly"),
    DENYOOM("denyoom"),
    ADMIN("admin"),
    PUBSUB("pubsub"),
    NOSCRIPT("noscript"),
    BLOCKING("blocking"),
    LOADING("loading"),
    STALE("stale"),
    SKIP_MONITOR("skip_monitor"),
    SKIP_SLOWLOG("skip_slowlog"),
    ASKING("asking"),
    FAST("fast"),
    NO_AUTH("no_auth"),
    MAY_REPLICATE("may_replicate"),
    NO_MULTI("no_multi"),
    MOVABLE_KEYS("movablekeys"),
    NO_ASYNC_LOADING("no_async_loading"),
    ALLOW_BUSY("allow_busy"),
    /** Not shown: the command works on keys of no fixed database, or on none though it writes. */
    NO_MANDATORY_KEYS("no_mandatory_keys"),
    /** Not shown: runs only where the configuration allows it (enable-debug-command). */
    PROTECTED("protected");

    private final String flagName;

    Flag(String flagName) {
        this.flagName = flagName;
    }

    public String flagName() {
        return flagName;
    }

    public long bit() {
        return 1L << ordinal();
    }

    /** Whether COMMAND INFO shows it. */
    public boolean shown() {
        return this != NO_MANDATORY_KEYS && this != PROTECTED;
    }

    static long mask(Flag... flags) {
        long mask = 0;
        for (Flag flag : flags) {
            mask |= flag.bit();
        }
        return mask;
    }
}
