package dev.lockstep.server;

import dev.lockstep.keyspace.Database;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * The keys that clients of a writable replica have changed: their expiry is this server's own affair, since the master
 * knows nothing of them and will never tell it to delete them. Executor only.
 */
final class LocalExpires {
    private static final int KEYS_PER_SLICE = 256;

    private record Key(int database, ByteBuffer name) {}

    private final LockstepServer server;
    private final Set<Key> keys = new LinkedHashSet<>();

    LocalExpires(LockstepServer server) {
        this.server = server;
    }

    /** A client that is not the master has changed a key of this replica. */
    void changed(int database, byte[] key, int offset, int length) {
        byte[] copy = new byte[length];
        System.arraycopy(key, offset, copy, 0, length);
        keys.add(new Key(database, ByteBuffer.wrap(copy)));
    }

    /** Looks at some of them: deletes what has expired, and forgets what can't expire any more. */
    void expire(long nowMillis) {
        for (int i = Math.min(keys.size(), KEYS_PER_SLICE); i > 0; i--) {
            Iterator<Key> first = keys.iterator();
            Key key = first.next();
            first.remove();
            Database db = server.keyspace().database(key.database());
            int cell = db.find(key.name().array(), 0, key.name().capacity());
            long deadline = cell == 0 ? -1 : db.deadline(cell);
            if (deadline >= nowMillis) {
                keys.add(key);
            } else if (deadline >= 0) {
                server.expiry().remove(key.database(), cell);
            }
        }
        server.changes().separately();
        server.changes().commit();
    }

    /** This server is a master now: all keys are its own. */
    void forget() {
        keys.clear();
    }
}
