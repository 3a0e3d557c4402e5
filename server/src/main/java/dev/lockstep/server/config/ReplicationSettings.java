package dev.lockstep.server.config;

import static dev.lockstep.server.config.Trait.DENIED_WHILE_LOADING;
import static dev.lockstep.server.config.Trait.EMPTY_IS_UNSET;
import static dev.lockstep.server.config.Trait.HIDDEN;
import static dev.lockstep.server.config.Trait.IMMUTABLE;
import static dev.lockstep.server.config.Trait.SENSITIVE;
import static dev.lockstep.server.config.Trait.alias;
import static dev.lockstep.server.config.Trait.redisDefault;
import static dev.lockstep.server.config.Trait.unused;

/** Both sides of replication. */
public final class ReplicationSettings extends SettingGroup {
    /** How a replica takes in a full sync. */
    public enum DisklessLoad {
        /** By way of a file. */
        DISABLED,
        /** Straight from the socket if it holds no keys, else by way of a file. */
        ON_EMPTY_DB,
        /** Straight from the socket into a second keyspace, while the old one still serves. */
        SWAPDB
    }

    /** What is done about a replica that can't keep up with the writes. */
    public enum SlowReplicaPolicy {
        /** It is cut off when client-output-buffer-limit says so, as in Redis. */
        DISCONNECT,
        /** Writes are held back while it has too much to catch up on. */
        THROTTLE
    }

    enum PropagationErrorBehavior {
        IGNORE,
        PANIC,
        PANIC_ON_REPLICAS
    }

    private static final String ONE_CONNECTION =
            "Redis 8's and Valkey 8's second connection for a full sync: the log holds the writes meanwhile";

    public final ReplicaOfSetting replicaOf =
            declare(new ReplicaOfSetting("replicaof", IMMUTABLE, alias("slaveof")));
    public final TextSetting masterUser =
            text("masteruser", "", SENSITIVE, EMPTY_IS_UNSET, alias("primaryuser"));
    public final TextSetting masterAuth =
            text("masterauth", "", SENSITIVE, EMPTY_IS_UNSET, alias("primaryauth"));
    public final BooleanSetting serveStaleData =
            bool("replica-serve-stale-data", true, alias("slave-serve-stale-data"));
    public final BooleanSetting readOnly =
            bool("replica-read-only", true, alias("slave-read-only"));
    public final IntSetting priority =
            number("replica-priority", 100, 0, INT_MAX, alias("slave-priority"));
    public final BooleanSetting announced = bool("replica-announced", true);
    public final TextSetting announceIp =
            text("replica-announce-ip", "", alias("slave-announce-ip"), EMPTY_IS_UNSET);
    public final IntSetting announcePort =
            number("replica-announce-port", 0, 0, PORT_MAX, alias("slave-announce-port"));
    public final BooleanSetting disklessSync = bool("repl-diskless-sync", true);

    /** Seconds to wait for more replicas before a diskless transfer. */
    public final IntSetting disklessSyncDelay = number("repl-diskless-sync-delay", 5, 0, INT_MAX);

    /** How many waiting replicas end that wait; 0 for no such number. */
    public final IntSetting disklessSyncMaxReplicas =
            number("repl-diskless-sync-max-replicas", 0, 0, INT_MAX);

    public final ChoiceSetting<DisklessLoad> disklessLoad =
            choice(
                    "repl-diskless-load",
                    DisklessLoad.SWAPDB,
                    DENIED_WHILE_LOADING,
                    redisDefault(
                            "disabled",
                            "a replica goes on serving its data while the new data loads"));

    /** Seconds between a master's PINGs to its replicas. */
    public final IntSetting pingReplicaPeriod =
            number("repl-ping-replica-period", 10, 1, INT_MAX, alias("repl-ping-slave-period"));

    /** Seconds of silence after which a link is given up. */
    public final IntSetting timeout = number("repl-timeout", 60, 1, INT_MAX);

    public final BooleanSetting disableTcpNodelay = bool("repl-disable-tcp-nodelay", false);
    public final MemorySetting backlogSize = memory("repl-backlog-size", MB, 1, LONG_MAX);

    /** Seconds that a master without replicas keeps its backlog; 0 for ever. */
    public final LongSetting backlogTtl = bigNumber("repl-backlog-ttl", 3600, 0, LONG_MAX);

    /** Whether a replica with data keeps it where a master with another history has none. */
    public final BooleanSetting refuseEmptyMaster = bool("replica-refuse-empty-master", false);

    public final ChoiceSetting<SlowReplicaPolicy> slowReplicaPolicy =
            choice("repl-slow-replica-policy", SlowReplicaPolicy.DISCONNECT);

    /** The most bytes per second that a full sync sends; 0 for no limit. */
    public final MemorySetting fullSyncMaxRate = memory("repl-full-sync-max-rate", 0, 0, LONG_MAX);

    public final IntSetting minReplicasToWrite =
            number("min-replicas-to-write", 0, 0, INT_MAX, alias("min-slaves-to-write"));

    /** Seconds since its last acknowledgement within which a replica counts as good. */
    public final IntSetting minReplicasMaxLag =
            number("min-replicas-max-lag", 10, 0, INT_MAX, alias("min-slaves-max-lag"));

    {
        memory("replica-full-sync-buffer-limit", 0, 0, LONG_MAX, HIDDEN, unused(ONE_CONNECTION));
        bool("repl-rdb-channel", false, HIDDEN, unused(ONE_CONNECTION));
        bool("dual-channel-replication-enabled", false, HIDDEN, unused(ONE_CONNECTION));
        bool(
                "replica-ignore-disk-write-errors",
                false,
                unused(
                        "a replica whose append-only file can't be written goes on, and the log tells of it"));
        choice(
                "propagation-error-behavior",
                PropagationErrorBehavior.IGNORE,
                unused("a failed command from the master is logged and counted"));
    }

    ReplicationSettings() {
        super("Replication");
    }
}
