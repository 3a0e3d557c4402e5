package dev.lockstep.persistence;

import dev.lockstep.keyspace.Database;

/** Has one collection built in a database; takes nothing else. */
final class Building implements RdbHandler {
    private final Database database;
    private int cell;

    Building(final Database database) {
        this.database = database;
    }

    /** What has been built, or 0. */
    int cell() {
        return cell;
    }

    @Override
    public Database building(final RdbEntry entry) {
        return database;
    }

    @Override
    public void built(final RdbEntry entry, final int builtCell) {
        cell = builtCell;
    }

    @Override
    public void skipped(final String text) throws RdbException {
        throw new RdbException(0, text);
    }

    @Override
    public void aux(final String name, final String value) {
        throw new AssertionError();
    }

    @Override
    public void selectDb(final int db) {
        throw new AssertionError();
    }

    @Override
    public void resizeDb(final long keys, final long expires) {
        throw new AssertionError();
    }

    @Override
    public void functionLibrary(final byte[] code) {
        throw new AssertionError();
    }

    @Override
    public void string(
            final RdbEntry entry, final byte[] array, final int offset, final int length) {}

    @Override
    public void stringInteger(final RdbEntry entry, final long value) {}

    @Override
    public void largeString(final RdbEntry entry, final byte[] owned) {}
}
