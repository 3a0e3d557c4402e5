package dev.lockstep.server;

/** Saving the keyspace to its RDB file and loading it from there. */
public final class Snapshots {
    private final LockstepServer server;

    Snapshots(LockstepServer server) {
        this.server = server;
    }

    /** Whether writes are refused because the last background save failed. */
    boolean deniesWrites() {
        return false;
    }

    /** Whether the data set is being loaded. */
    public boolean isLoading() {
        return false;
    }

    void everyTick(long nowMillis) {}
}
