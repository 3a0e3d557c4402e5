package dev.lockstep.keyspace;

import java.util.Arrays;

/**
 * Values above {@link SizeClasses#MAX_BYTES}: an array each, behind an {@code int} handle.
 *
 * <p>An array may be longer than the value in it (its owner keeps the value's length), so that appending is cheap. The
 * same epochs as for pages decide whether an array may be changed in place.
 */
final class LargeArrays {
    /** What the JVM adds to an array. */
    private static final int HEADER_BYTES = 16;

    private final Slab slab;
    private int[] openedEpoch = new int[64];
    private int[] freeHandles = new int[16];
    private int freeCount;
    private int next = 1;
    private long bytes;

    LargeArrays(Slab slab) {
        this.slab = slab;
    }

    long bytes() {
        return bytes;
    }

    /**
     * A new array of exactly {@code length} bytes, zeroed; returns its handle.
     *
     * @throws MemoryLimitException if the heap has no such stretch free, though the limit would allow it
     */
    int allocate(int length) {
        try {
            return adopt(new byte[length]);
        } catch (OutOfMemoryError none) {
            throw MemoryLimitException.HEAP_FULL;
        }
    }

    /** Takes over an array that the caller gives up. */
    int adopt(byte[] array) {
        int handle = freeCount > 0 ? freeHandles[--freeCount] : next++;
        if (handle == slab.cells.large.length) {
            slab.cells.large = Arrays.copyOf(slab.cells.large, handle * 2);
            openedEpoch = Arrays.copyOf(openedEpoch, handle * 2);
        }
        slab.cells.large[handle] = array;
        openedEpoch[handle] = slab.epoch();
        bytes += array.length + HEADER_BYTES;
        return handle;
    }

    /** {@link #allocate}, with a copy of a slice. */
    int copyOf(byte[] array, int offset, int length) {
        try {
            return adopt(Arrays.copyOfRange(array, offset, offset + length));
        } catch (OutOfMemoryError none) {
            throw MemoryLimitException.HEAP_FULL;
        }
    }

    /** What an array takes. */
    long bytes(int handle) {
        return slab.cells.large[handle].length + HEADER_BYTES;
    }

    boolean writable(int handle) {
        return slab.largeWritable(openedEpoch[handle]);
    }

    /**
     * Gives an array back: at once, or when the last view that may see it has closed. Not sooner, wherever its reader is: an
     * array goes along when its key is renamed, so where it lies now doesn't tell where a view meets it.
     */
    void free(int handle) {
        if (writable(handle)) {
            release(handle);
        } else {
            slab.deferLarge(handle);
        }
    }

    void release(int handle) {
        bytes -= bytes(handle);
        slab.cells.large[handle] = null;
        if (freeCount == freeHandles.length) {
            freeHandles = Arrays.copyOf(freeHandles, freeCount * 2);
        }
        freeHandles[freeCount++] = handle;
    }
}
