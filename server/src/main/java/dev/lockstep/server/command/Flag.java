package dev.lockstep.server.command;

/** Command flags, by the names and in the order in which COMMAND INFO gives them; a command's flags are a mask of {@link #bit}s. */
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
    /** Not shown: what it does may have to reach replicas though it is no write. */
    MAY_REPLICATE("may_replicate"),
    /** All its keys may be left out. */
    NO_MANDATORY_KEYS("no_mandatory_keys"),
    NO_ASYNC_LOADING("no_async_loading"),
    /** Shown in the same way; but it runs where it may end that load. */
    MAY_END_ASYNC_LOADING("no_async_loading"),
    NO_MULTI("no_multi"),
    /** Where its keys stand takes more to tell than a first, a last and a step; derived from the key specifications. */
    MOVABLE_KEYS("movablekeys"),
    ALLOW_BUSY("allow_busy"),
    /** Not shown: executed at once within a transaction, not queued. */
    NOT_QUEUED("not_queued"),
    /** Not shown: runs only where the configuration allows it (enable-debug-command). */
    PROTECTED("protected"),
    /** Not shown: RESP2 clients that are subscribed may use it. */
    WHILE_SUBSCRIBED("while_subscribed"),
    /** Not shown: it answers with pushes, which CLIENT REPLY doesn't silence. */
    REPLIES_BY_PUSH("replies_by_push");

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
        return switch (this) {
            case MAY_REPLICATE, NOT_QUEUED, PROTECTED, WHILE_SUBSCRIBED, REPLIES_BY_PUSH -> false;
            default -> true;
        };
    }

    static long mask(Flag... flags) {
        long mask = 0;
        for (Flag flag : flags) {
            mask |= flag.bit();
        }
        return mask;
    }
}
