package dev.lockstep.server.replication;

import dev.lockstep.replication.LogCursor;
import dev.lockstep.server.Client;
import dev.lockstep.server.ClientLine;
import dev.lockstep.server.Stats;
import io.netty.buffer.ByteBuf;

/** A connection that is a replica of this server, or is becoming one. Executor only. */
public final class ReplicaConnection {
    /** How far the replica has come, by the names that INFO gives. */
    public enum State {
        HANDSHAKE("handshake"),
        WAIT_SNAPSHOT_START("wait_bgsave"),
        WAIT_SNAPSHOT_END("wait_bgsave"),
        SEND_SNAPSHOT("send_bulk"),
        ONLINE("online"),
        /** Wanted nothing but the snapshot and has it. */
        SNAPSHOT_SENT("online");

        final String infoName;

        State(String infoName) {
            this.infoName = infoName;
        }
    }

    private final Client client;

    State state = State.HANDSHAKE;
    int listeningPort;
    String announcedIp;
    boolean understandsMark;
    boolean understandsPsync2;
    boolean snapshotOnly;
    boolean withoutData;
    boolean usesPsync;

    long ackOffset;

    /** Up to where the replica has the stream in its own append-only file, as far as it tells. */
    long fileOffset;

    long ackMillis;
    long fullSyncOffset;

    /** Unix milliseconds of the last sign that a snapshot is coming through. */
    volatile long progressMillis;

    /** How far the full sync is that goes to this replica. */
    final SyncProgress syncProgress = new SyncProgress();

    /** Pieces of a diskless transfer that were given to the socket and not taken yet. */
    int piecesInFlight;

    private LogCursor cursor;
    private long lastTaken;
    private boolean streaming;

    ReplicaConnection(Client client) {
        this.client = client;
    }

    Client client() {
        return client;
    }

    LogCursor cursor() {
        return cursor;
    }

    /** From now on the log is kept for this replica from the cursor on. */
    void cursor(LogCursor newCursor) {
        if (cursor != null) {
            cursor.close();
        }
        cursor = newCursor;
    }

    /** The replica is ready for the stream of changes. */
    void startStreaming(Stats stats) {
        streaming = true;
        feed(stats);
    }

    boolean isStreaming() {
        return streaming;
    }

    /** Sends as much of the log as the socket takes, and counts it. */
    void feed(Stats stats) {
        if (!streaming || client.closed || cursor == null) {
            return;
        }
        boolean sent = false;
        while (client.connection().channel().isWritable()) {
            ByteBuf bytes = cursor.next();
            if (bytes == null) {
                break;
            }
            stats.netReplicationOutputBytes += bytes.readableBytes();
            client.connection().send(bytes);
            sent = true;
        }
        if (sent) {
            client.connection().flush();
        }
    }

    /** Up to where the socket has taken the stream. */
    private long takenOffset() {
        return cursor == null ? 0 : cursor.offset() - client.connection().pendingOutput();
    }

    /** Looks whether the socket has taken anything since the last look, or has nothing to take; called once a second. */
    void notePace(long nowMillis) {
        long taken = takenOffset();
        if (taken != lastTaken || waitingBytes() == 0) {
            lastTaken = taken;
            progressMillis = nowMillis;
        }
    }

    /** Whether a snapshot is on its way to this replica. */
    boolean isInFullSync() {
        return state == State.WAIT_SNAPSHOT_END || state == State.SEND_SNAPSHOT;
    }

    /** Bytes of the log that were not handed to the socket yet, and those that wait there. */
    long waitingBytes() {
        return (cursor == null ? 0 : cursor.behind()) + client.connection().pendingOutput();
    }

    String ip() {
        if (announcedIp != null) {
            return announcedIp;
        }
        String address = ClientLine.remoteAddress(client);
        return address.substring(0, address.lastIndexOf(':')).replace("[", "").replace("]", "");
    }

    /** "ip:port" of the replica's own server, as log lines name it. */
    String name() {
        return listeningPort != 0 ? ip() + ":" + listeningPort : "client id #" + client.id();
    }

    void close() {
        if (cursor != null) {
            cursor.close();
            cursor = null;
        }
    }
}
