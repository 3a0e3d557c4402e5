package dev.lockstep.server.command;

import dev.lockstep.keyspace.Database;
import dev.lockstep.persistence.RdbEntry;
import dev.lockstep.persistence.RdbException;
import dev.lockstep.persistence.RdbHandler;

/** Where the value goes that RESTORE reads: to a key of a database, or nowhere. Executor only. */
final class RestoredValue implements RdbHandler {
    private Database db;
    private long deadline;
    private int cell;

    /** The value is only checked. */
    RestoredValue discarding() {
        db = null;
        cell = 0;
        return this;
    }

    /** The value replaces whatever its key holds; {@code newDeadline} is Unix milliseconds or -1. */
    RestoredValue storing(Database database, long newDeadline) {
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
