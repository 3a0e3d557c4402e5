package dev.lockstep.server;

import dev.lockstep.keyspace.Database;
import java.util.ArrayList;
import java.util.List;

/**
 * The keys that clients watch (WATCH), and which clients watch each: a change of one makes their next EXEC do nothing.
 * Executor only.
 *
 * <p>A key that had expired when it was watched, but was not removed yet, counts as one that isn't there: its removal is no
 * change.
 */
public final class WatchedKeys {
    private static final class WatchedKey extends KeyTable.Key<Watch> {
        WatchedKey(int database, byte[] name) {
            super(database, name);
        }
    }

    /** That one client watches one key. */
    private static final class Watch extends KeyTable.Member<Watch> {
        final WatchedKey key;
        final Client client;
        boolean hadExpired;

        Watch(WatchedKey key, Client client) {
            this.key = key;
            this.client = client;
        }
    }

    /** All that one client watches. */
    static final class Watches {
        private final List<Watch> all = new ArrayList<>(2);
        private boolean changed;

        /** About what they take in memory. */
        long bytes() {
            return (long) WATCH_BYTES * all.size();
        }
    }

    private static final int WATCH_BYTES = 128;

    private final LockstepServer server;
    private final KeyTable<Watch, WatchedKey> keys = new KeyTable<>(WatchedKey::new);

    WatchedKeys(LockstepServer server) {
        this.server = server;
    }

    /** Whether any key is watched at all. */
    boolean any() {
        return keys.size() > 0;
    }

    /** A client watches a key of its selected database from now on. */
    public void watch(Client client, byte[] array, int offset, int length) {
        if (client.watches == null) {
            client.watches = new Watches();
        }
        if (client.watches.changed) {
            return;
        }
        WatchedKey key = keys.findOrMake(client.database, array, offset, length);
        for (Watch watch : client.watches.all) {
            if (watch.key == key) {
                return;
            }
        }
        Watch watch = new Watch(key, client);
        watch.hadExpired = hasExpired(server.keyspace().database(key.database), key);
        client.watches.all.add(watch);
        keys.join(key, watch);
    }

    /** A client watches nothing any more, and what has changed so far is of no account. */
    public void unwatch(Client client) {
        if (client.watches != null) {
            forget(client);
            client.watches.changed = false;
        }
    }

    private void forget(Client client) {
        for (Watch watch : client.watches.all) {
            keys.leave(watch.key, watch);
        }
        client.watches.all.clear();
    }

    /** Whether a key that a client watches has changed since. */
    boolean haveChanged(Client client) {
        return client.watches != null && client.watches.changed;
    }

    /** Whether one has expired since, and nobody has noticed yet. */
    boolean haveExpired(Client client) {
        if (client.watches == null) {
            return false;
        }
        for (Watch watch : client.watches.all) {
            Database db = server.keyspace().database(watch.key.database);
            if (!watch.hadExpired && hasExpired(db, watch.key)) {
                return true;
            }
        }
        return false;
    }

    private static int find(Database db, WatchedKey key) {
        return db.find(key.name, 0, key.name.length);
    }

    private boolean hasExpired(Database db, WatchedKey key) {
        int cell = find(db, key);
        return cell != 0 && hasExpired(db.deadline(cell));
    }

    private boolean hasExpired(long deadline) {
        return deadline >= 0 && deadline < server.clock().millis() && !server.isLoading();
    }

    // ---- changes ----

    /** A key was made, changed or removed. */
    void touched(int database, byte[] array, int offset, int length) {
        WatchedKey key = keys.find(database, array, offset, length);
        if (key == null) {
            return;
        }
        boolean isThere = find(server.keyspace().database(database), key) != 0;
        Watch next;
        for (Watch watch = key.first; watch != null; watch = next) {
            next = watch.next;
            if (!watch.hadExpired) {
                watch.client.watches.changed = true;
                forget(watch.client);
            } else if (!isThere) {
                watch.hadExpired = false;
            }
        }
    }

    /**
     * What a database holds is about to be replaced.
     *
     * @param after what it will hold, or null for nothing
     */
    void replacing(int database, Database after) {
        Database before = server.keyspace().database(database);
        for (WatchedKey key : keys.of(database)) {
            boolean wasThere = find(before, key) != 0;
            boolean willBeThere = after != null && find(after, key) != 0;
            if (wasThere || willBeThere) {
                boolean willHaveExpired = willBeThere && hasExpired(after, key);
                for (Watch watch = key.first; watch != null; watch = watch.next) {
                    replaced(watch, wasThere, willBeThere, willHaveExpired);
                }
            }
        }
    }

    private static void replaced(
            Watch watch, boolean wasThere, boolean willBeThere, boolean willHaveExpired) {
        if (watch.hadExpired && !willBeThere) {
            watch.hadExpired = false;
        } else if (!wasThere && willHaveExpired) {
            watch.hadExpired = true;
        } else if (!watch.hadExpired || !willHaveExpired) {
            watch.client.watches.changed = true;
        }
    }
}
