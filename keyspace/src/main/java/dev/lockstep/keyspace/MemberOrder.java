package dev.lockstep.keyspace;

import java.util.Arrays;

/**
 * Orders the members of a sorted set that have equal scores: by their bytes. In place of a member's cell, 0 stands for the
 * bytes given to {@link #seek}. One thread; members live or frozen.
 */
final class MemberOrder implements CountedTree.TieOrder {
    private Cells cells;
    private byte[] sought;
    private int soughtOffset;
    private int soughtLength;

    void open(Cells newCells) {
        if (cells != newCells) {
            cells = newCells;
        }
    }

    /** Lets 0 mean these bytes from now on. */
    void seek(byte[] array, int offset, int length) {
        if (sought != array) {
            sought = array;
        }
        soughtOffset = offset;
        soughtLength = length;
    }

    @Override
    public int compare(int tie, int other) {
        if (tie == other) {
            return 0;
        }
        byte[] otherArray = other == 0 ? sought : EntryReader.keyArray(cells, other);
        int otherOffset = other == 0 ? soughtOffset : EntryReader.keyOffset(cells, other);
        int otherLength = other == 0 ? soughtLength : Entry.keyLength(cells, other);
        byte[] array = EntryReader.keyArray(cells, tie);
        int offset = EntryReader.keyOffset(cells, tie);
        return Arrays.compareUnsigned(
                array,
                offset,
                offset + Entry.keyLength(cells, tie),
                otherArray,
                otherOffset,
                otherOffset + otherLength);
    }
}
