package dev.lockstep.keyspace;

/**
 * Orders entries that are pending by their IDs. In place of one, 0 stands for the ID given to {@link #seek}. One thread;
 * entries live or frozen.
 */
final class PendingOrder implements CountedTree.TieOrder {
    private Cells cells;
    private long soughtMs;
    private long soughtSeq;

    void open(Cells newCells) {
        if (cells != newCells) {
            cells = newCells;
        }
    }

    void seek(long ms, long seq) {
        soughtMs = ms;
        soughtSeq = seq;
    }

    @Override
    public int compare(int tie, int other) {
        return tie == other
                ? 0
                : StreamId.compare(
                        PendingEntry.ms(cells, tie),
                        PendingEntry.seq(cells, tie),
                        other == 0 ? soughtMs : PendingEntry.ms(cells, other),
                        other == 0 ? soughtSeq : PendingEntry.seq(cells, other));
    }
}
