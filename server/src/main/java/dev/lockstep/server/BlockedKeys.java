package dev.lockstep.server;

import dev.lockstep.keyspace.Database;
import dev.lockstep.protocol.ReplyBuffer;
import dev.lockstep.protocol.Request;
import dev.lockstep.server.command.Call;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * The keys that clients wait for in blocking commands, and who waits for each, in the order of arrival. Executor only.
 *
 * <p>Whatever touches such a key makes it ready. When the command that did so has ended (all of a transaction has, or all
 * that a master sent as one), those who wait for the key are served one by one: if it now holds what they wait for, their
 * request is executed again. Either that gives a reply, or it blocks again; then the client keeps its place and its time.
 */
public final class BlockedKeys {
    /** One key that somebody waits for. */
    private static final class AwaitedKey extends KeyTable.Key<Place> {
        /** How many want to know too when the key is gone. */
        int onNoKey;

        boolean isReady;

        /** It has expired, and is about to be removed. */
        boolean expires;

        AwaitedKey(int database, byte[] name) {
            super(database, name);
        }
    }

    /** A client's place in the line before one key. */
    private static final class Place extends KeyTable.Member<Place> {
        final AwaitedKey key;
        final KeyWait wait;

        Place(AwaitedKey key, KeyWait wait) {
            this.key = key;
            this.wait = wait;
        }
    }

    /** A client that waits for any of some keys to hold a value of one type. */
    private final class KeyWait extends Wait {
        final int type;
        final boolean onNoKey;
        final List<Place> places = new ArrayList<>(1);

        KeyWait(Call call, long endMillis, int type, boolean onNoKey) {
            super(call, endMillis);
            this.type = type;
            this.onNoKey = onNoKey;
        }

        @Override
        void timeOut(ReplyBuffer reply) {
            reply.nullArray();
        }

        @Override
        void withdraw() {
            for (Place place : places) {
                leave(place);
            }
            places.clear();
        }
    }

    private static final long EXPIRE_AFTER_MILLIS = 100;

    private final LockstepServer server;
    private final KeyTable<Place, AwaitedKey> keys = new KeyTable<>(AwaitedKey::new);
    private final ArrayDeque<AwaitedKey> ready = new ArrayDeque<>();

    /** Keys that became ready during a pause which holds some of those back who wait for them. */
    private final Set<AwaitedKey> heldBack = new LinkedHashSet<>();

    private int onNoKeyCount;
    private boolean serving;

    BlockedKeys(LockstepServer server) {
        this.server = server;
    }

    /** Whether a client waits for any key at all. */
    boolean any() {
        return keys.size() > 0;
    }

    /** How many keys clients wait for. */
    public int count() {
        return keys.size();
    }

    /** For how many of them somebody wants to know too when they are gone. */
    public int onNoKeyCount() {
        return onNoKeyCount;
    }

    // ---- waiting ----

    /**
     * Blocks a client until one of the keys holds a value of a type.
     *
     * @param onNoKey also until one is gone or holds something else
     * @param endMillis Unix milliseconds, or 0 to wait without end; of no account if the client is being served and blocks
     *     again
     */
    public void block(
            Call call, int type, boolean onNoKey, int firstKey, int keyCount, long endMillis) {
        Client client = call.client();
        if (client.wait != null) {
            client.block = Client.Block.KEYS;
            return;
        }
        KeyWait wait = new KeyWait(call, endMillis, type, onNoKey);
        for (int i = firstKey; i < firstKey + keyCount; i++) {
            join(wait, i);
        }
        server.blocked().block(wait, Client.Block.KEYS);
    }

    private void join(KeyWait wait, int arg) {
        Request request = wait.request;
        AwaitedKey key =
                keys.findOrMake(
                        wait.client.database,
                        request.array(),
                        request.offset(arg),
                        request.length(arg));
        if (key.last() != null && key.last().wait == wait) {
            return;
        }
        Place place = new Place(key, wait);
        wait.places.add(place);
        keys.join(key, place);
        if (wait.onNoKey && key.onNoKey++ == 0) {
            onNoKeyCount++;
        }
    }

    private void leave(Place place) {
        AwaitedKey key = place.key;
        if (place.wait.onNoKey && --key.onNoKey == 0) {
            onNoKeyCount--;
        }
        keys.leave(key, place);
    }

    // ---- becoming ready ----

    /** A key was touched: made, changed or removed. */
    void touched(int database, byte[] array, int offset, int length) {
        AwaitedKey key = keys.find(database, array, offset, length);
        if (key != null) {
            ready(key);
        }
    }

    /** A database holds other keys now than before. */
    void touched(int database) {
        keys.of(database).forEach(this::ready);
    }

    private void ready(AwaitedKey key) {
        if (key.isReady) {
            return;
        }
        key.isReady = true;
        if (ready.isEmpty() && !server.executor().isRunning()) {
            server.executor().submit(this::serveAlone);
        }
        ready.add(key);
    }

    /** A pause has ended: who was held back by it may be served. */
    void pauseEnded() {
        List<AwaitedKey> held = List.copyOf(heldBack);
        heldBack.clear();
        held.forEach(this::ready);
    }

    // ---- serving ----

    /** What made keys ready was no command. */
    private void serveAlone() {
        server.executor().turnBegins();
        serve();
        server.replication().feed();
    }

    /**
     * Serves who waits for what has become ready, and then who waits for what that has made ready. The time is read anew: what
     * made the keys ready may have taken long, and they may have expired by now.
     */
    void serve() {
        if (serving || ready.isEmpty() || server.executor().isBusy()) {
            return;
        }
        serving = true;
        server.clock().update();
        try {
            AwaitedKey key;
            while ((key = ready.poll()) != null) {
                key.isReady = false;
                serve(key);
            }
        } finally {
            serving = false;
        }
    }

    /** Serves the line as it is now: a client that blocks again while it is served waits for the next change. */
    private void serve(AwaitedKey key) {
        List<Place> line = new ArrayList<>(key.members());
        for (Place place = key.first; place != null; place = place.next) {
            line.add(place);
        }
        for (Place place : line) {
            KeyWait wait = place.wait;
            if (wait.client.wait == wait && (wait.onNoKey || holds(wait, key))) {
                if (server.executor().isHeldBack(wait.client, wait.command, wait.request)) {
                    heldBack.add(key);
                    return;
                }
                server.executor().executeAgain(wait);
            }
        }
    }

    private boolean holds(KeyWait wait, AwaitedKey key) {
        Database db = server.keyspace().database(key.database);
        int cell = db.find(key.name, 0, key.name.length);
        if (cell == 0 || db.type(cell) != wait.type) {
            return false;
        }
        long deadline = db.deadline(cell);
        if (deadline >= 0 && server.expiry().hides(wait.client, deadline)) {
            if (!key.expires) {
                key.expires = true;
                server.loop()
                        .schedule(() -> expire(key), EXPIRE_AFTER_MILLIS, TimeUnit.MILLISECONDS);
            }
            return false;
        }
        return true;
    }

    /** Whoever waited for a key that has expired was not served, and doesn't remove it; if nobody else does either, it goes. */
    private void expire(AwaitedKey key) {
        key.expires = false;
        Database db = server.keyspace().database(key.database);
        int cell = db.find(key.name, 0, key.name.length);
        if (cell != 0
                && !server.executor().isBusy()
                && !server.isLoading()
                && db.deadline(cell) >= 0
                && db.deadline(cell) < server.clock().millis()) {
            server.expiry().found(key.database, cell);
            server.changes().commit();
            server.replication().feed();
        }
    }
}
