package dev.lockstep.server;

import dev.lockstep.keyspace.KeyPrefetch;
import dev.lockstep.protocol.KeyScanner;

/**
 * Brings near the keys of requests that wait, and the elements of big collections that they name, before the first of them is
 * executed: those of a pipeline, or of many clients that have sent one each. Executor only.
 *
 * <p>It costs about as much as parsing. Where it found one key again and again, as when clients push to one list, it passes over
 * the inputs that follow, more of them each time, up to {@value #PASSED_OVER_MOST}.
 */
public final class RequestPrefetch {
    private static final int PASSED_OVER_MOST = 31;

    private final LockstepServer server;
    private final KeyScanner keys = new KeyScanner();
    private final KeyPrefetch keyPrefetch = new KeyPrefetch(KeyScanner.MOST);
    private int added;
    private int database;

    /** So many inputs are passed over after it has found nothing far once more; 0 where it found something last. */
    private int patience;

    /** So many of them are to come. */
    private int passesOver;

    RequestPrefetch(LockstepServer server) {
        this.server = server;
    }

    /**
     * Looks at the requests of one client that wait behind one another.
     *
     * @return where the first request begins that was not looked at
     */
    public int pipeline(Client client, byte[] array, int from, int to) {
        if (passesOver()) {
            return to;
        }
        int found = keys.scan(array, from, to);
        if (found > 1) {
            addFound(client, array, found);
            run(array);
        }
        return keys.end();
    }

    /** Looks at what a client has sent, one of several in one array; {@link #run} comes when all have been looked at. */
    public void add(Client client, byte[] array, int from, int to) {
        if (passesOver()) {
            return;
        }
        int found = keys.scan(array, from, to);
        if (found > 0) {
            if (added > 0 && (database != client.database || added + found > KeyScanner.MOST)) {
                run(array);
            }
            addFound(client, array, found);
        }
    }

    private boolean passesOver() {
        if (passesOver == 0) {
            return false;
        }
        passesOver--;
        return true;
    }

    private void addFound(Client client, byte[] array, int found) {
        database = client.database;
        for (int i = 0; i < found; i++) {
            keyPrefetch.addKey(array, keys.offset(i, 1), keys.length(i, 1));
            if (keys.length(i, 2) >= 0) {
                keyPrefetch.addElement(
                        keys.offset(i, 2), keys.length(i, 2), keys.offset(i, 3), keys.length(i, 3));
            }
        }
        added += found;
    }

    /** Reads for all that was added, which lies in this array. */
    public void run(byte[] array) {
        if (added == 0) {
            return;
        }
        boolean far = keyPrefetch.run(server.keyspace().database(database), array);
        if (added > 1) {
            patience = far ? 0 : Math.min(2 * patience + 1, PASSED_OVER_MOST);
            passesOver = patience;
        }
        added = 0;
    }
}
