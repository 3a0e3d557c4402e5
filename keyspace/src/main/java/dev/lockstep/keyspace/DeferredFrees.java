package dev.lockstep.keyspace;

/**
 * Cells and large arrays that were given up while a view could still see them, in the order of their epochs.
 *
 * <p>A queue of blocks that are slab cells themselves. A block holds entries of one epoch:
 *
 * <pre>
 *   0        4        8        12       16
 *   +--------+--------+--------+--------+--------+--------+- ...
 *   | next   | count  | epoch  | large? | entry  | entry  |
 *   +--------+--------+--------+--------+--------+--------+- ...
 * </pre>
 *
 * {@code next} is the next block's address or 0; an entry is a cell address, or a handle where {@code large} is 1.
 */
final class DeferredFrees {
    private static final int BLOCK_BYTES = 4096;
    private static final int NEXT = 0;
    private static final int COUNT = 4;
    private static final int EPOCH = 8;
    private static final int LARGE = 12;
    private static final int ENTRIES = 16;
    private static final int ENTRIES_PER_BLOCK = (BLOCK_BYTES - ENTRIES) / 4;

    private final Slab slab;
    private int first;
    private int last;
    private long size;

    DeferredFrees(Slab slab) {
        this.slab = slab;
    }

    long size() {
        return size;
    }

    void add(int cell, int epoch) {
        append(cell, epoch, 0);
    }

    void addLarge(int handle, int epoch) {
        append(handle, epoch, 1);
    }

    private void append(int entry, int epoch, int large) {
        Cells cells = slab.cells;
        if (last == 0
                || cells.getInt(last, COUNT) == ENTRIES_PER_BLOCK
                || cells.getInt(last, EPOCH) != epoch
                || cells.getInt(last, LARGE) != large) {
            int block = slab.allocate(BLOCK_BYTES);
            cells.putInt(block, NEXT, 0);
            cells.putInt(block, COUNT, 0);
            cells.putInt(block, EPOCH, epoch);
            cells.putInt(block, LARGE, large);
            if (last == 0) {
                first = block;
            } else {
                cells.putInt(last, NEXT, block);
            }
            last = block;
        }
        int count = cells.getInt(last, COUNT);
        cells.putInt(last, ENTRIES + 4 * count, entry);
        cells.putInt(last, COUNT, count + 1);
        size++;
    }

    /** Releases up to {@code most} entries whose epoch is before {@code oldestLiveEpoch}; returns how many. */
    int release(int most, int oldestLiveEpoch) {
        Cells cells = slab.cells;
        int released = 0;
        while (first != 0 && released < most && cells.getInt(first, EPOCH) < oldestLiveEpoch) {
            int count = cells.getInt(first, COUNT);
            boolean large = cells.getInt(first, LARGE) == 1;
            while (count > 0 && released < most) {
                int entry = cells.getInt(first, ENTRIES + 4 * --count);
                if (large) {
                    slab.large().release(entry);
                } else {
                    slab.release(entry);
                }
                released++;
            }
            cells.putInt(first, COUNT, count);
            if (count == 0) {
                int block = first;
                first = cells.getInt(block, NEXT);
                if (first == 0) {
                    last = 0;
                }
                slab.free(block);
            }
        }
        size -= released;
        return released;
    }
}
