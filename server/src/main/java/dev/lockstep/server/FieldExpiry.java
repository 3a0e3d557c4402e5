package dev.lockstep.server;

import dev.lockstep.keyspace.Database;
import dev.lockstep.keyspace.HashValue;
import dev.lockstep.keyspace.StringValue;
import dev.lockstep.server.config.EventClass;

/**
 * Removes the fields of hashes that have expired, as {@link Expiry} does keys; replicas are told with HDEL. Executor only.
 */
public final class FieldExpiry {
    private static final int FIELDS_AT_ONCE = 64;
    private static final byte[] HDEL = {'H', 'D', 'E', 'L'};

    private final LockstepServer server;
    private final HashValue hash = new HashValue();
    private final StringValue name = new StringValue();

    FieldExpiry(LockstepServer server) {
        this.server = server;
    }

    /** Whether this server removes what a command meets that has expired. */
    public boolean removes() {
        return !server.replication().isReplica() && !server.isPausedForWrites();
    }

    /** A field of a hash has expired: counts it and tells replicas. To remove it is the caller's. */
    public void expired(int number, HashValue of, byte[] field, int offset, int length) {
        server.stats().expiredFields++;
        if (server.changes().isActive()) {
            Database db = of.database();
            int cell = of.cell();
            server.changes()
                    .stageInAnyCase(number, 3)
                    .arg(HDEL)
                    .arg(db.keyArray(cell), db.keyOffset(cell), db.keyLength(cell))
                    .arg(field, offset, length);
        }
    }

    /** Removes up to so many fields of a hash whose deadline is before a moment, the earliest first; returns how many. */
    public int remove(int number, HashValue from, long before, int most) {
        int removed = 0;
        int field;
        while (removed < most && (field = from.firstExpired(before)) != 0) {
            from.readName(field, name);
            expired(number, from, name.array(), name.offset(), name.length());
            from.removeExpired(field);
            removed++;
        }
        return removed;
    }

    /** Removes some fields of a hash that has expired ones, and the hash with its last; returns how many. */
    int removeSome(int number, int cell, long before) {
        Database db = server.keyspace().database(number);
        hash.open(db, cell);
        int removed = remove(number, hash, before, FIELDS_AT_ONCE);
        publish(EventClass.HASH, "hexpired", number);
        int now = hash.cell();
        if (hash.size() == 0) {
            publish(EventClass.GENERIC, "del", number);
            server.signals().remove(number, now);
        } else {
            server.signals()
                    .modified(null, number, db.keyArray(now), db.keyOffset(now), db.keyLength(now));
        }
        return removed;
    }

    private void publish(EventClass eventClass, String event, int number) {
        Database db = hash.database();
        int key = hash.cell();
        server.events()
                .publish(
                        eventClass,
                        event,
                        number,
                        db.keyArray(key),
                        db.keyOffset(key),
                        db.keyLength(key));
    }
}
