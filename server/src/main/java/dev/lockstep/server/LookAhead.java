package dev.lockstep.server;

import dev.lockstep.keyspace.ReadAhead;
import dev.lockstep.protocol.KeysAhead;

/**
 * Brings near the keys of requests that wait, and the elements of big collections that they name, before the first of them is
 * executed: those of a pipeline, or of many clients that have sent one each. Executor only.
 */
public final class LookAhead {
    private final LockstepServer server;
    private final KeysAhead keys = new KeysAhead();
    private final ReadAhead readAhead = new ReadAhead(KeysAhead.MOST);
    private int added;
    private int database;

    LookAhead(LockstepServer server) {
        this.server = server;
    }

    /**
     * Looks at the requests of one client that wait behind one another.
     *
     * @return where the first request begins that was not looked at
     */
    public int pipeline(Client client, byte[] array, int from, int to) {
        int found = keys.scan(array, from, to);
        if (found > 1) {
            addFound(client, array, found);
            run(array);
        }
        return keys.end();
    }

    /** Looks at what a client has sent, one of several in one array; {@link #run} comes when all have been looked at. */
    public void add(Client client, byte[] array, int from, int to) {
        int found = keys.scan(array, from, to);
        if (found > 0) {
            if (added > 0 && (database != client.database || added + found > KeysAhead.MOST)) {
                run(array);
            }
            addFound(client, array, found);
        }
    }

    private void addFound(Client client, byte[] array, int found) {
        database = client.database;
        for (int i = 0; i < found; i++) {
            readAhead.addKey(array, keys.offset(i, 1), keys.length(i, 1));
            if (keys.length(i, 2) >= 0) {
                readAhead.addElement(
                        keys.offset(i, 2), keys.length(i, 2), keys.offset(i, 3), keys.length(i, 3));
            }
        }
        added += found;
    }

    /** Reads for all that was added, which lies in this array. */
    public void run(byte[] array) {
        if (added > 0) {
            readAhead.run(server.keyspace().database(database), array);
            added = 0;
        }
    }
}
