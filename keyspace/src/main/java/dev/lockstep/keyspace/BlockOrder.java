package dev.lockstep.keyspace;

/**
 * Orders the blocks of a stream whose first IDs have the same milliseconds: by the rest of the ID. In place of a block, 0
 * stands for the number given to {@link #seek}. One thread; blocks live or frozen.
 */
final class BlockOrder implements CountedTree.TieOrder {
    private Cells cells;
    private long sought;

    void open(Cells newCells) {
        if (cells != newCells) {
            cells = newCells;
        }
    }

    /** The key of the blocks whose first ID has these milliseconds: keys are signed, milliseconds are not. */
    static long key(long ms) {
        return ms ^ Long.MIN_VALUE;
    }

    void seek(long seq) {
        sought = seq;
    }

    @Override
    public int compare(int tie, int other) {
        return tie == other ? 0 : Long.compareUnsigned(seq(tie), other == 0 ? sought : seq(other));
    }

    private long seq(int block) {
        return StreamBlock.firstSeq(
                Blobs.array(cells, block), Blobs.offset(cells, block) + StreamBlock.HEAD_BYTES);
    }
}
