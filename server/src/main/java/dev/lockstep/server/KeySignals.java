package dev.lockstep.server;

import dev.lockstep.keyspace.Database;
import dev.lockstep.keyspace.Keyspace;
import dev.lockstep.server.tracking.Tracking;
import java.util.Arrays;

/**
 * Tells those who watch keys, those who wait for them, those who have them in a cache and those who send them elsewhere what
 * becomes of keys. Executor only.
 *
 * <p>Every change of a key comes by here, whatever made it. While nobody is interested in any key, that costs four checks.
 */
public final class KeySignals {
    private final LockstepServer server;
    private final WatchedKeys watched;
    private final BlockedKeys blocked;
    private final Tracking tracking;
    private final Migrations migrations;

    KeySignals(LockstepServer server, WatchedKeys watched, BlockedKeys blocked) {
        this.server = server;
        this.watched = watched;
        this.blocked = blocked;
        this.tracking = server.tracking();
        this.migrations = server.migrations();
    }

    /**
     * A key was made, changed or removed.
     *
     * @param by the client whose command did it, or null
     */
    public void modified(Client by, int database, byte[] array, int offset, int length) {
        if (tracking.isInUse()) {
            tracking.changed(by, array, offset, length);
        }
        if (watched.any()) {
            watched.touched(database, array, offset, length);
        }
        if (migrations.any()) {
            migrations.touched(database, array, offset, length);
        }
        wake(database, array, offset, length);
    }

    /** Those who wait for a key want to look at it again. */
    public void wake(int database, byte[] array, int offset, int length) {
        if (blocked.any()) {
            blocked.touched(database, array, offset, length);
        }
    }

    /** Removes an entry that no command names: it has expired, or is evicted. */
    void remove(int database, int cell) {
        Database db = server.keyspace().database(database);
        if (!watched.any() && !blocked.any() && !tracking.isInUse() && !migrations.any()) {
            db.delete(cell);
            return;
        }
        int from = db.keyOffset(cell);
        byte[] name = Arrays.copyOfRange(db.keyArray(cell), from, from + db.keyLength(cell));
        db.delete(cell);
        modified(null, database, name, 0, name.length);
    }

    /** A database is about to be emptied. */
    public void flushing(int database) {
        replacing(database, null);
        tracking.flushed();
    }

    /** All databases are about to be emptied. */
    public void flushingAll() {
        for (int i = 0; i < server.keyspace().databases(); i++) {
            replacing(i, null);
        }
        tracking.flushed();
    }

    /** Two databases are about to trade places. */
    public void swapping(int one, int other) {
        replacing(one, server.keyspace().database(other));
        replacing(other, server.keyspace().database(one));
    }

    /** Another keyspace is about to take the place of the live one. */
    void replacing(Keyspace loaded) {
        for (int i = 0; i < server.keyspace().databases(); i++) {
            replacing(i, loaded.database(i));
        }
        tracking.flushed();
    }

    private void replacing(int database, Database after) {
        if (watched.any()) {
            watched.replacing(database, after);
        }
        if (migrations.any()) {
            migrations.touched(database);
        }
        if (blocked.any()) {
            blocked.touched(database);
        }
    }
}
