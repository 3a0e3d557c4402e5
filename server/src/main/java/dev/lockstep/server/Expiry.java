package dev.lockstep.server;

import dev.lockstep.keyspace.Database;
import dev.lockstep.server.config.EventClass;

/**
 * Removes what has expired: when a command meets it, and in time order in the background. Executor only.
 *
 * <p>A master removes and tells its replicas with DEL. A replica hides what has expired from
 * its clients and leaves removing to its master, whose own commands see every key.
 */
public final class Expiry {
    private static final int KEYS_AT_ONCE = 16;
    private static final byte[] DEL = {'D', 'E', 'L'};
    private static final byte[] UNLINK = {'U', 'N', 'L', 'I', 'N', 'K'};

    private final LockstepServer server;
    private final LocalExpires local;
    private final FieldExpiry fields;
    private boolean active = true;

    Expiry(LockstepServer server) {
        this.server = server;
        this.local = new LocalExpires(server);
        this.fields = new FieldExpiry(server);
    }

    /** The expiry of fields of hashes. */
    public FieldExpiry fields() {
        return fields;
    }

    /** DEBUG SET-ACTIVE-EXPIRE: whether keys are removed that nobody asks for. */
    public void active(boolean on) {
        active = on;
    }

    /** Whether an entry with this deadline is not there for this client. */
    public boolean hides(Client client, long deadline) {
        return deadline < hiddenBefore(client);
    }

    /** Entries whose deadline is before this, in Unix milliseconds, are not there for this client. */
    public long hiddenBefore(Client client) {
        return client.isMaster || server.isLoading() ? Long.MIN_VALUE : server.clock().millis();
    }

    /**
     * Whether a command that gives a key this deadline deletes it instead. A replica leaves that to its master, and a
     * file being loaded is taken as it is.
     */
    public boolean isPast(long deadline) {
        return deadline <= server.clock().millis()
                && !server.replication().isReplica()
                && !server.isLoading();
    }

    /** A command met an expired entry: a master removes it. Returns whether it did. */
    public boolean found(int database, int cell) {
        if (server.replication().isReplica() || server.isPausedForWrites()) {
            return false;
        }
        remove(database, cell);
        return true;
    }

    /**
     * A write met an expired entry. Besides a master, a replica that takes writes removes it, and tells nobody; returns
     * whether it was removed.
     */
    public boolean foundByWrite(int database, int cell) {
        if (!server.replication().isReplica()) {
            return found(database, cell);
        }
        if (server.config().replication.readOnly.get()) {
            return false;
        }
        remove(database, cell);
        return true;
    }

    /** A key was changed. Where a client of this server did it while that is a replica, no master will ever expire the key. */
    public void changed(Client client, int database, byte[] key, int offset, int length) {
        if (!client.isMaster && server.replication().isReplica()) {
            local.changed(database, key, offset, length);
        }
    }

    /** The command that tells replicas of a key's expiry. */
    public byte[] deletion() {
        return server.config().memory.lazyExpire.get() ? UNLINK : DEL;
    }

    /** Removes an entry that has expired, and tells replicas and the append-only file. */
    public void remove(int number, int cell) {
        Database db = server.keyspace().database(number);
        if (server.changes().isActive()) {
            server.changes()
                    .stageInAnyCase(number, 2)
                    .arg(deletion())
                    .arg(db.keyArray(cell), db.keyOffset(cell), db.keyLength(cell));
        }
        server.events().publish(EventClass.EXPIRED, "expired", number, db, cell);
        server.signals().remove(number, cell);
        server.stats().expiredKeys++;
    }

    /** A key of the file loaded at start had expired: a replica that goes on from there still has it. */
    void leftOutWhileLoading(int database, byte[] key, int offset, int length) {
        if (server.changes().isActive()) {
            server.changes().stage(database, 2).arg(deletion()).arg(key, offset, length);
            server.changes().separately();
        }
    }

    /**
     * Removes expired keys, and expired fields of hashes, of each database in the order of their deadlines, until none is
     * left or the time is up; true if more are left.
     */
    boolean slice(long nanos) {
        if (server.replication().isReplica()) {
            local.expire(server.clock().millis());
            return false;
        }
        local.forget();
        if (!active || server.isLoading() || server.isPausedForWrites()) {
            return false;
        }
        long started = System.nanoTime();
        long now = server.clock().millis();
        int all = 0;
        int removed = 0;
        boolean more = false;
        for (int number = 0; number < server.keyspace().databases() && !more; ) {
            removed = removeSome(number, now);
            all += removed;
            if (removed == 0) {
                number++;
            } else {
                server.changes().separately();
                server.changes().commit();
                more = System.nanoTime() - started > nanos;
            }
        }
        if (all > 0) {
            long duration = System.nanoTime() - started;
            server.stats().expireCycleMicros += duration / 1000;
            server.latency().observe(LatencyMonitor.EXPIRE_CYCLE, duration);
        }
        return more;
    }

    /** A few keys of a database, or fields of one hash; returns how many it removed. */
    private int removeSome(int number, long now) {
        Database db = server.keyspace().database(number);
        int removed = 0;
        int cell;
        while (removed < KEYS_AT_ONCE && (cell = db.nextExpired(now - 1)) != 0) {
            remove(number, cell);
            removed++;
        }
        cell = removed == 0 ? db.nextWithExpiredField(now - 1) : 0;
        return cell == 0 ? removed : fields.removeSome(number, cell, now);
    }
}
