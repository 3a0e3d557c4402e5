package dev.lockstep.server.replication;

import dev.lockstep.replication.ReplicationLog;
import dev.lockstep.server.LockstepServer;
import dev.lockstep.server.info.InfoSection;

/**
 * INFO replication: exactly Redis' fields, which operators and Sentinel parse, and behind them Lockstep's own where something is
 * going on that they don't tell. Executor only.
 */
final class ReplicationInfo {
    private final LockstepServer server;
    private final Replication replication;

    ReplicationInfo(LockstepServer server, Replication replication) {
        this.server = server;
        this.replication = replication;
    }

    void describe(InfoSection info) {
        MasterLink link = replication.link();
        info.field("role", link == null ? "master" : "slave");
        if (link != null) {
            describeLink(info, link);
        }
        Replicas replicas = replication.replicas();
        info.field("connected_slaves", replicas.count());
        if (server.config().replication.minReplicasToWrite.get() > 0
                && server.config().replication.minReplicasMaxLag.get() > 0) {
            info.field("min_slaves_good_slaves", replicas.goodReplicas());
        }
        int number = 0;
        for (ReplicaConnection replica : replicas.all()) {
            boolean online = replica.state == ReplicaConnection.State.ONLINE;
            info.field(
                    "slave" + number++,
                    "ip="
                            + replica.ip()
                            + ",port="
                            + replica.listeningPort
                            + ",state="
                            + replica.state.infoName
                            + ",offset="
                            + replica.ackOffset
                            + ",lag="
                            + (online ? replicas.lagSeconds(replica) : 0));
        }
        info.field("master_failover_state", replication.failover().state().infoName);
        info.field("master_replid", replication.history().id());
        info.field("master_replid2", replication.history().secondId());
        info.field("master_repl_offset", replication.offset());
        info.field("second_repl_offset", replication.history().secondOffset());
        ReplicationLog log = replication.log();
        info.field("repl_backlog_active", log != null);
        info.field("repl_backlog_size", server.config().replication.backlogSize.bytes());
        info.field("repl_backlog_first_byte_offset", log == null ? 0 : log.start() + 1);
        info.field("repl_backlog_histlen", log == null ? 0 : log.length());
        describeThrottle(info, replicas.throttle());
        describeSyncs(info, replicas);
    }

    /** Lockstep's own fields, where it is configured: whether writes are held back for a slow replica. */
    private static void describeThrottle(InfoSection info, WriteThrottle throttle) {
        if (throttle.isPolicy() || throttle.episodes() > 0) {
            info.field("repl_throttled", throttle.isActive());
            info.field("repl_throttle_episodes", throttle.episodes());
            info.field("repl_throttled_ms", throttle.totalMillis());
        }
    }

    /** Lockstep's own fields: how far each full sync to a replica is. */
    private void describeSyncs(InfoSection info, Replicas replicas) {
        long now = server.clock().millis();
        int number = 0;
        for (ReplicaConnection replica : replicas.all()) {
            if (replica.isInFullSync()) {
                info.field(
                        "slave" + number + "_full_sync",
                        replica.syncProgress.fields(replicas.syncEstimate(replica), now));
            }
            number++;
        }
    }

    private void describeLink(InfoSection info, MasterLink link) {
        long now = server.clock().millis();
        info.field("master_host", link.host());
        info.field("master_port", link.port());
        info.field("master_link_status", link.isConnected() ? "up" : "down");
        info.field(
                "master_last_io_seconds_ago",
                link.isConnected() ? (now - link.lastIoMillis()) / 1000 : -1);
        info.field("master_sync_in_progress", link.isSyncing());
        info.field("slave_read_repl_offset", link.readOffset());
        info.field("slave_repl_offset", replication.offset());
        if (link.isSyncing()) {
            long total = link.transferTotal();
            long received = link.transferReceivedBytes();
            info.field("master_sync_total_bytes", total);
            info.field("master_sync_read_bytes", Math.max(0, received));
            info.field("master_sync_left_bytes", total > 0 ? total - received : -1);
            info.field("master_sync_perc", total > 0 ? 100.0 * received / total : 0, 2);
            info.field("master_sync_last_io_seconds_ago", (now - link.lastIoMillis()) / 1000);
            info.field("master_sync_rate", link.progress().rate(now));
            info.field("master_sync_eta_seconds", link.progress().etaSeconds(-1, now));
        }
        if (!link.isConnected()) {
            long since = link.downSinceMillis();
            info.field("master_link_down_since_seconds", since == 0 ? -1 : (now - since) / 1000);
        }
        info.field("slave_priority", server.config().replication.priority.get());
        info.field("slave_read_only", server.config().replication.readOnly.get());
        info.field("replica_announced", server.config().replication.announced.get());
    }
}
