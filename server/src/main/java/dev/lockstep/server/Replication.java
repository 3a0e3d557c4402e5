package dev.lockstep.server;

import dev.lockstep.persistence.ReplicationPosition;
import dev.lockstep.protocol.Request;

/** Whom this server follows, and who follows it. Executor only. */
public final class Replication {
    private final LockstepServer server;

    Replication(LockstepServer server) {
        this.server = server;
    }

    public boolean isReplica() {
        return false;
    }

    boolean isStale() {
        return false;
    }

    boolean isAsyncLoading() {
        return false;
    }

    boolean hasEnoughGoodReplicas() {
        return true;
    }

    /** The offset of the end of the change stream. */
    public long offset() {
        return 0;
    }

    /** Where a snapshot taken now stands in the change stream, or null if there is none. */
    public ReplicationPosition positionInfo() {
        return null;
    }

    /** Sends replicas what was appended to the log. */
    void feed() {}

    void requestAcks() {}

    /** How many replicas have acknowledged this offset. */
    public int acknowledgedBy(long offset) {
        return 0;
    }

    void replicaDisconnected(Client client) {}

    void masterCommandFailed(Request request, String error) {}

    void everyTick(long nowMillis) {}

    void everySecond(long nowMillis) {}
}
