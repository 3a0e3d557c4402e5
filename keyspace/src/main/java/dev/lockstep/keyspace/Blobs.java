package dev.lockstep.keyspace;

/**
 * Blocks of bytes of any size that are part of a value: the blocks of a list or a stream. A block is named by a cell:
 *
 * <pre>
 *   0        4
 *   +--------+-- - - - - - -
 *   | kind   | the bytes, or a 4-byte handle
 *   +--------+-- - - - - - -
 *   kind      0: the bytes are in the cell; 1: in an array of their own, which the handle names
 * </pre>
 *
 * A block knows how many bytes it has room for, not how many it uses. Under a freeze a block that a view can see is copied
 * by {@link #writable} before its first change. Owned by the keyspace's thread; the static methods read frozen blocks too.
 */
final class Blobs {
    private static final int HEADER_BYTES = 4;
    private static final int INLINE = 0;
    private static final int LARGE = 1;

    /** The most bytes a block has in its cell. */
    static final int MAX_INLINE = SizeClasses.MAX_BYTES - HEADER_BYTES;

    private Slab slab;
    private Cells cells;

    void open(Slab newSlab) {
        slab = newSlab;
        cells = newSlab.cells;
    }

    static byte[] array(Cells cells, int blob) {
        return isLarge(cells, blob) ? cells.large[handle(cells, blob)] : cells.array(blob);
    }

    static int offset(Cells cells, int blob) {
        return isLarge(cells, blob) ? 0 : Cells.offset(blob) + HEADER_BYTES;
    }

    private static boolean isLarge(Cells cells, int blob) {
        return cells.getInt(blob, 0) == LARGE;
    }

    private static int handle(Cells cells, int blob) {
        return cells.getInt(blob, HEADER_BYTES);
    }

    /** How many bytes a block has room for. */
    int capacity(int blob) {
        return isLarge(cells, blob)
                ? cells.large[handle(cells, blob)].length
                : slab.capacity(blob) - HEADER_BYTES;
    }

    /** What a block takes of the memory. */
    long memoryUsage(int blob) {
        long cell = slab.capacity(blob);
        return isLarge(cells, blob) ? cell + slab.large().bytes(handle(cells, blob)) : cell;
    }

    /** A new block with room for so many bytes; their contents are undefined. MemoryLimitException with nothing changed. */
    int allocate(int bytes) {
        boolean large = bytes > MAX_INLINE;
        slab.admit(HEADER_BYTES + (large ? Entry.HANDLE_BYTES : bytes), large ? bytes : 0);
        int handle = large ? slab.large().allocate(bytes) : 0;
        int blob = slab.allocate(HEADER_BYTES + (large ? Entry.HANDLE_BYTES : bytes));
        cells.putInt(blob, 0, large ? LARGE : INLINE);
        if (large) {
            cells.putInt(blob, HEADER_BYTES, handle);
        }
        return blob;
    }

    /** The block itself if it may be changed in place, else a copy that takes its place: its owner must name that now. */
    int writable(int blob) {
        boolean seen = !slab.writable(blob);
        if (!seen && !isLarge(cells, blob) || !seen && slab.large().writable(handle(cells, blob))) {
            return blob;
        }
        return moved(blob, capacity(blob), capacity(blob));
    }

    /** A block with the same contents, up to the smaller size, and room for so many bytes; the old one is given back. */
    int resize(int blob, int bytes) {
        return moved(blob, bytes, Math.min(bytes, capacity(blob)));
    }

    /** Another block with the same contents and room. */
    int copyOf(int blob) {
        return copy(blob, capacity(blob), capacity(blob));
    }

    private int moved(int blob, int bytes, int kept) {
        int copy = copy(blob, bytes, kept);
        free(blob);
        return copy;
    }

    private int copy(int blob, int bytes, int kept) {
        int copy = allocate(bytes);
        System.arraycopy(
                array(cells, blob),
                offset(cells, blob),
                array(cells, copy),
                offset(cells, copy),
                kept);
        return copy;
    }

    /** Gives a block back. */
    void free(int blob) {
        if (isLarge(cells, blob)) {
            slab.large().free(handle(cells, blob));
        }
        slab.free(blob);
    }
}
