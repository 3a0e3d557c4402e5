package dev.lockstep.server.replication;

import dev.lockstep.replication.ReplicationLog;
import dev.lockstep.server.LockstepServer;
import dev.lockstep.server.replication.ReplicaConnection.State;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Full syncs: which waiting replicas share which snapshot, by socket or by file, and when it is taken. Executor only.
 *
 * <p>A full sync freezes the keyspace and notes the log's offset at that instant; everybody who waits then shares the
 * snapshot, and each goes on with the log from that offset, which is kept for it from then on. One save or transfer at a
 * time: who comes while another is under way waits for its end, or shares the file if that is for replicas too.
 */
final class FullSyncs {
    private static final Logger LOG = LoggerFactory.getLogger(FullSyncs.class);

    private final LockstepServer server;
    private final Replication replication;
    private final Replicas replicas;
    private DisklessTransfer diskless;
    private boolean diskSaveRunning;

    FullSyncs(LockstepServer server, Replication replication, Replicas replicas) {
        this.server = server;
        this.replication = replication;
        this.replicas = replicas;
    }

    /** A replica that needs everything has come. */
    void add(ReplicaConnection replica) {
        replica.state = State.WAIT_SNAPSHOT_START;
        replica.progressMillis = server.clock().millis();
        if (joinRunningSave(replica)) {
            return;
        }
        if (server.snapshots().isBusy()) {
            LOG.info(
                    diskless != null
                            ? "Current BGSAVE has socket target. Waiting for next BGSAVE for SYNC"
                            : "Can't attach the replica to the current BGSAVE. Waiting for next BGSAVE"
                                    + " for SYNC");
            return;
        }
        if (!usesDisk(replica) && server.config().replication.disklessSyncDelay.get() > 0) {
            LOG.info("Delay next BGSAVE for diskless SYNC");
        }
        startIfDue();
    }

    /** Without the mark at the end a replica needs the length first, so the file; part of the data never is the file. */
    private boolean usesDisk(ReplicaConnection replica) {
        return !replica.withoutData
                && (!server.config().replication.disklessSync.get() || !replica.understandsMark);
    }

    /**
     * Takes the next snapshot when nothing else is being saved and there is who waits for it: for a file at once, for
     * sockets when enough replicas wait or one has waited long enough.
     */
    void startIfDue() {
        if (server.snapshots().isBusy()) {
            return;
        }
        if (!waitingForDisk(State.WAIT_SNAPSHOT_START).isEmpty()) {
            startDiskSave();
            return;
        }
        List<ReplicaConnection> waiting = waitingForSocket();
        if (waiting.isEmpty()) {
            return;
        }
        long longestWait = 0;
        for (ReplicaConnection replica : waiting) {
            longestWait = Math.max(longestWait, server.clock().millis() - replica.progressMillis);
        }
        int enough = server.config().replication.disklessSyncMaxReplicas.get();
        if (longestWait >= server.config().replication.disklessSyncDelay.get() * 1000L
                || enough > 0 && waiting.size() >= enough) {
            startDiskless(waiting);
        }
    }

    /** Who waits for a socket transfer and can share one: all want the data, or all want none. */
    private List<ReplicaConnection> waitingForSocket() {
        List<ReplicaConnection> waiting = new ArrayList<>();
        for (ReplicaConnection replica : replicas.all()) {
            if (replica.state == State.WAIT_SNAPSHOT_START
                    && !replica.client().closed
                    && !usesDisk(replica)
                    && (waiting.isEmpty() || waiting.get(0).withoutData == replica.withoutData)) {
                waiting.add(replica);
            }
        }
        return waiting;
    }

    // ---- by socket ----

    private void startDiskless(List<ReplicaConnection> waiting) {
        LOG.info("Starting BGSAVE for SYNC with target: replicas sockets");
        long offset = replication.offset();
        diskless = new DisklessTransfer(server, this, waiting);
        server.snapshots()
                .startTransfer(
                        diskless,
                        replication.positionInfo(),
                        waiting.get(0).withoutData,
                        diskless::ended);
        for (ReplicaConnection replica : waiting) {
            begin(replica, offset);
        }
        diskless.announce();
    }

    private void begin(ReplicaConnection replica, long offset) {
        replica.state = State.WAIT_SNAPSHOT_END;
        replica.progressMillis = server.clock().millis();
        replica.syncProgress.begin(server.clock().millis());
        replica.cursor(replication.log().cursor(offset));
        replica.fullSyncOffset = offset;
        server.changes().forgetSelected();
        if (replica.usesPsync) {
            replicas.send(
                    replica, "+FULLRESYNC " + replication.history().id() + " " + offset + "\r\n");
        }
    }

    /** The diskless transfer is over; these replicas have it all. */
    void disklessDone(List<ReplicaConnection> served) {
        diskless = null;
        for (ReplicaConnection replica : served) {
            if (replica.client().closed) {
                continue;
            }
            if (replica.snapshotOnly) {
                snapshotSent(replica);
                continue;
            }
            LOG.info(
                    "Streamed replica transfer with {} succeeded (socket). Waiting for REPLCONF ACK from replica to"
                            + " enable streaming",
                    replica.name());
            replica.state = State.ONLINE;
            replica.ackMillis = server.clock().millis();
        }
        replicas.refreshGood();
        server.executor().submitBetweenCommands(this::startIfDue);
    }

    /** Whether a snapshot is on its way to sockets. */
    boolean isStreaming() {
        return diskless != null;
    }

    /** Whether a replica takes part in the transfer to sockets under way. */
    boolean isStreamingTo(ReplicaConnection replica) {
        return diskless != null && diskless.serves(replica);
    }

    void lost(ReplicaConnection replica) {
        if (diskless != null) {
            diskless.lost(replica);
        }
    }

    // ---- by file ----

    private void startDiskSave() {
        LOG.info("Starting BGSAVE for SYNC with target: disk");
        long offset = replication.offset();
        List<ReplicaConnection> waiting = waitingForDisk(State.WAIT_SNAPSHOT_START);
        diskSaveRunning = true;
        if (!server.snapshots().startForReplicas(replication.positionInfo(), this::diskSaveDone)) {
            diskSaveRunning = false;
            return;
        }
        for (ReplicaConnection replica : waiting) {
            begin(replica, offset);
        }
    }

    /** A replica that comes while a snapshot is being written for another may share it: it starts at the same offset. */
    private boolean joinRunningSave(ReplicaConnection replica) {
        if (!diskSaveRunning || !usesDisk(replica)) {
            return false;
        }
        ReplicationLog log = replication.log();
        for (ReplicaConnection other : waitingForDisk(State.WAIT_SNAPSHOT_END)) {
            if (log.holds(other.fullSyncOffset)) {
                LOG.info("Waiting for end of BGSAVE for SYNC");
                begin(replica, other.fullSyncOffset);
                return true;
            }
        }
        return false;
    }

    private List<ReplicaConnection> waitingForDisk(State state) {
        List<ReplicaConnection> waiting = new ArrayList<>();
        for (ReplicaConnection replica : replicas.all()) {
            if (replica.state == state
                    && !replica.client().closed
                    && (state == State.WAIT_SNAPSHOT_END
                            ? !isStreamingTo(replica)
                            : usesDisk(replica))) {
                waiting.add(replica);
            }
        }
        return waiting;
    }

    /** The snapshot file is there, or failed: null. */
    private void diskSaveDone(Path file) {
        diskSaveRunning = false;
        for (ReplicaConnection replica : waitingForDisk(State.WAIT_SNAPSHOT_END)) {
            if (file == null) {
                LOG.warn("SYNC failed. BGSAVE child returned an error");
                server.clients().close(replica.client());
            } else {
                replica.state = State.SEND_SNAPSHOT;
                replica.progressMillis = server.clock().millis();
                replica.syncProgress.begin(server.clock().millis());
                new DiskTransfer(server, this, replica, file).start();
            }
        }
        server.executor().submitBetweenCommands(this::startIfDue);
    }

    /** A snapshot file has been sent whole. */
    void fileSent(ReplicaConnection replica) {
        if (replica.snapshotOnly) {
            snapshotSent(replica);
            return;
        }
        LOG.info("Synchronization with replica {} succeeded", replica.name());
        replica.state = State.ONLINE;
        replica.ackMillis = server.clock().millis();
        replica.startStreaming(server.stats());
        replicas.refreshGood();
    }

    private void snapshotSent(ReplicaConnection replica) {
        LOG.info(
                "RDB transfer completed, rdb only replica ({}) should be disconnected asap",
                replica.name());
        replica.state = State.SNAPSHOT_SENT;
        server.clients().closeAfterReply(replica.client());
    }

    /** Says something to a replica in the middle of its handshake. */
    void send(ReplicaConnection replica, String text) {
        replicas.send(replica, text);
    }
}
