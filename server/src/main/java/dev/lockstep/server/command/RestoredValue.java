package dev.lockstep.server.command;

import dev.lockstep.keyspace.Database;
import dev.lockstep.keyspace.Keyspace;
import dev.lockstep.persistence.RdbEntry;
import dev.lockstep.persistence.RdbException;
import dev.lockstep.persistence.RdbHandler;

/** Where the value goes that RESTORE reads: to a key of a database, or nowhere. Executor only. */
final class RestoredValue implements RdbHandler {
    private Keyspace keyspace;
    private Database db;
    private long deadline;
    private int cell;

    /** The value is only checked. */
    RestoredValue discarding(Keyspace target) {
        keyspace = target;
        db = null;
        cell = 0;
        return this;
    }

    /** The value replaces whatever its key holds; {@code newDeadline} is Unix milliseconds or -1. */
    RestoredValue storing(Keyspace target, Database database, long newDeadline) {
        keyspace = target;
        db = database;
        deadline = newDeadline;
        cell = 0;
        return this;
    }

    /** The entry that was made. */
    int cell() {
        return cell;
    }

    @Override
    public void string(RdbEntry entry, byte[] array, int offset, int length) {
        if (db != null) {
            cell =
                    db.setString(
                            entry.keyArray(),
                            entry.keyOffset(),
                            entry.keyLength(),
                            array,
                            offset,
                            length,
                            deadline);
        }
    }

    @Override
    public void stringInteger(RdbEntry entry, long value) {
        if (db != null) {
            cell =
                    db.setInteger(
                            entry.keyArray(),
                            entry.keyOffset(),
                            entry.keyLength(),
                            value,
                            deadline);
        }
    }

    @Override
    public void largeString(RdbEntry entry, byte[] owned) {
        if (db != null) {
            cell =
                    db.setOwned(
                            entry.keyArray(),
                            entry.keyOffset(),
                            entry.keyLength(),
                            owned,
                            deadline);
        }
    }

    /**
     * A collection is built in a database of its own over the same memory, so that nothing is changed if it turns out to be
     * damaged, and then moved to its key.
     */
    @Override
    public Database building(RdbEntry entry) {
        return keyspace.scratchDatabase();
    }

    @Override
    public void built(RdbEntry entry, int built) {
        if (db == null) {
            discardBuilt();
            return;
        }
        Database scratch = keyspace.scratchDatabase();
        int whole = scratch.setDeadline(built, deadline);
        cell = scratch.rename(whole, db, entry.keyArray(), entry.keyOffset(), entry.keyLength());
    }

    /** What a damaged payload left behind goes. */
    void discardBuilt() {
        Database scratch = keyspace.scratchDatabase();
        int left = scratch.randomEntry();
        if (left != 0) {
            scratch.delete(left);
        }
    }

    @Override
    public void skipped(String text) throws RdbException {
        throw new RdbException(0, text);
    }

    @Override
    public void aux(String name, String value) {
        throw new IllegalStateException("a payload has no fields about a file");
    }

    @Override
    public void selectDb(int number) {
        throw new IllegalStateException("a payload selects no database");
    }

    @Override
    public void resizeDb(long keys, long expires) {
        throw new IllegalStateException("a payload tells no sizes");
    }

    @Override
    public void functionLibrary(byte[] code) {
        throw new IllegalStateException("a payload holds no functions");
    }
}
