package dev.lockstep.keyspace;

import java.util.function.IntConsumer;

/**
 * What was given up while a view could still see it, in the order of the epochs: a queue of cell addresses, or one of
 * handles of large arrays.
 *
 * <p>The queue's blocks are slab cells themselves, which no view sees. A block holds entries of one epoch:
 *
 * <pre>
 *   0        4        8        12       16
 *   +--------+--------+--------+--------+--------+--------+- ...
 *   | next   | count  | epoch  | unused | entry  | entry  |
 *   +--------+--------+--------+--------+--------+--------+- ...
 * </pre>
 *
 * {@code next} is the next block's address or 0.
 */
final class DeferredFrees {
    private static final int BLOCK_BYTES = 4096;
    private static final int NEXT = 0;
    private static final int COUNT = 4;
    private static final int EPOCH = 8;
    private static final int ENTRIES = 16;
    private static final int ENTRIES_PER_BLOCK = (BLOCK_BYTES - ENTRIES) / 4;

    private final Slab slab;
    private final IntConsumer release;
    private int first;
    private int last;
    private long size;

    DeferredFrees(Slab slab, IntConsumer release) {
        this.slab = slab;
        this.release = release;
    }

    long size() {
        return size;
    }

    void add(int entry, int epoch) {
        Cells cells = slab.cells;
        if (last == 0
                || cells.getInt(last, COUNT) == ENTRIES_PER_BLOCK
                || cells.getInt(last, EPOCH) != epoch) {
            int block = slab.allocate(BLOCK_BYTES);
            cells.putInt(block, NEXT, 0);
            cells.putInt(block, COUNT, 0);
            cells.putInt(block, EPOCH, epoch);
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
            while (count > 0 && released < most) {
                release.accept(cells.getInt(first, ENTRIES + 4 * --count));
                released++;
            }
            cells.putInt(first, COUNT, count);
            if (count == 0) {
                int block = first;
                first = cells.getInt(block, NEXT);
                if (first == 0) {
                    last = 0;
                }
                slab.release(block);
            }
        }
        size -= released;
        return released;
    }
}
