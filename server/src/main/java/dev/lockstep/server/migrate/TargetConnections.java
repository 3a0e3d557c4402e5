package dev.lockstep.server.migrate;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Iterator;

/**
 * Connections to the servers that keys were sent to lately, since a migration rarely comes alone. One that is in use is
 * nobody else's; who finds none opens another. Any thread.
 */
public final class TargetConnections {
    /** As many are kept, no matter to how many targets. */
    private static final int IDLE_MAX = 64;

    private static final long IDLE_NANOS_MAX = 10_000_000_000L;

    /** Those that nobody uses, the one used last at the end. */
    private final ArrayDeque<TargetConnection> idle = new ArrayDeque<>();

    private int inUse;

    /** How many are open. */
    public synchronized int count() {
        return idle.size() + inUse;
    }

    /** A connection to the target, for the caller alone until it is given back or closed. */
    TargetConnection take(MigrationTarget target) throws IOException {
        TargetConnection kept = takeIdle(target.address());
        if (kept != null) {
            return kept;
        }
        TargetConnection opened = TargetConnection.open(target);
        synchronized (this) {
            inUse++;
        }
        return opened;
    }

    private synchronized TargetConnection takeIdle(String address) {
        for (Iterator<TargetConnection> each = idle.descendingIterator(); each.hasNext(); ) {
            TargetConnection connection = each.next();
            if (connection.address().equals(address)) {
                each.remove();
                inUse++;
                return connection;
            }
        }
        return null;
    }

    /** Keeps a connection for the next one. */
    synchronized void giveBack(TargetConnection connection) {
        inUse--;
        connection.usedNanos = System.nanoTime();
        idle.addLast(connection);
        if (idle.size() > IDLE_MAX) {
            idle.removeFirst().close();
        }
    }

    /** Closes a connection of which nothing more is expected. */
    synchronized void discard(TargetConnection connection) {
        inUse--;
        connection.close();
    }

    /** Closes those that nobody has used for ten seconds. */
    public synchronized void closeIdle() {
        long now = System.nanoTime();
        while (!idle.isEmpty() && now - idle.getFirst().usedNanos > IDLE_NANOS_MAX) {
            idle.removeFirst().close();
        }
    }
}
