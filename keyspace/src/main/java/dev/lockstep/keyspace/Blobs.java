package dev.lockstep.keyspace;

/**
 * Blocks of bytes of any size that are part of a value: the blocks of a list or a stream. A block is named by a cell:
 *
 * <pre>
 *   0        4
 *   +--------+-- - - - -+-- - - - - - -
 *   | kind   | front    | the bytes                 in the cell
 *   +--------+-- - - - -+-- - - - - - -
 *   | kind   | handle: 4|                           in an array of their own, behind its front
 *   +--------+----------+
 *   kind      bit 0 whether the bytes are in an array of their own; bits 1-31 how many bytes the front has
 * </pre>
 *
 * The front is room that is left free before the bytes, so that they can be added to at either end; there is none unless
 * the owner of a block leaves one. A block knows how many bytes it has room for, not how many it uses. Under a freeze a block
 * that a view can see is copied by {@link #writable} before its first change. Owned by the keyspace's thread; the static
 * methods read frozen blocks too.
 */
final class Blobs {
    private static final int HEADER_BYTES = 4;
    private static final int LARGE = 1;

    /** The most bytes a block has in its cell. */
    static final int MAX_INLINE = SizeClasses.MAX_BYTES - HEADER_BYTES;

    private Slab slab;
    private Cells cells;

    void open(Slab newSlab) {
        if (slab != newSlab) {
            slab = newSlab;
            cells = newSlab.cells;
        }
    }

    static byte[] array(Cells cells, int blob) {
        return isLarge(cells, blob) ? cells.large[handle(cells, blob)] : cells.array(blob);
    }

    static int offset(Cells cells, int blob) {
        int kind = cells.getInt(blob, 0);
        return (kind >>> 1) + ((kind & LARGE) != 0 ? 0 : Cells.offset(blob) + HEADER_BYTES);
    }

    private static boolean isLarge(Cells cells, int blob) {
        return (cells.getInt(blob, 0) & LARGE) != 0;
    }

    private static int handle(Cells cells, int blob) {
        return cells.getInt(blob, HEADER_BYTES);
    }

    /** What a block that is asked to have room for so many bytes has room for. */
    static int roundUp(int bytes) {
        return bytes > MAX_INLINE
                ? bytes
                : SizeClasses.roundUp(HEADER_BYTES + bytes) - HEADER_BYTES;
    }

    /** How many bytes a block has room for, its front included. */
    int capacity(int blob) {
        return isLarge(cells, blob)
                ? cells.large[handle(cells, blob)].length
                : slab.capacity(blob) - HEADER_BYTES;
    }

    int front(int blob) {
        return cells.getInt(blob, 0) >>> 1;
    }

    /** Makes the front of a block larger or smaller; the bytes stay where they are and begin elsewhere. */
    void front(int blob, int bytes) {
        cells.putInt(blob, 0, cells.getInt(blob, 0) & LARGE | bytes << 1);
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
        return place(bytes);
    }

    private int place(int bytes) {
        boolean large = bytes > MAX_INLINE;
        int handle = large ? slab.large().allocate(bytes) : 0;
        int blob = slab.allocate(HEADER_BYTES + (large ? Entry.HANDLE_BYTES : bytes));
        cells.putInt(blob, 0, large ? LARGE : 0);
        if (large) {
            cells.putInt(blob, HEADER_BYTES, handle);
        }
        return blob;
    }

    /** Whether a block may be changed in place. */
    boolean isWritable(int blob) {
        return slab.writable(blob)
                && (!isLarge(cells, blob) || slab.large().writable(handle(cells, blob)));
    }

    /** The block itself if it may be changed in place, else a copy that takes its place: its owner must name that now. */
    int writable(int blob) {
        if (isWritable(blob)) {
            return blob;
        }
        int copy = copyOf(blob);
        free(blob);
        return copy;
    }

    /** {@link #writable} that is never refused: the block is about to lose something. */
    int writableAnyway(int blob) {
        if (isWritable(blob)) {
            return blob;
        }
        int copy = fill(place(capacity(blob)), blob, front(blob), capacity(blob) - front(blob));
        free(blob);
        return copy;
    }

    /** A block with the same contents, up to the smaller size, and room for so many bytes; the old one is given back. */
    int resize(int blob, int bytes) {
        return move(blob, bytes, 0, Math.min(bytes, capacity(blob) - front(blob)));
    }

    /** A block with room for so many bytes, behind whose front are the first {@code kept} of another, which is given back. */
    int move(int blob, int bytes, int front, int kept) {
        int copy = copy(blob, bytes, front, kept);
        free(blob);
        return copy;
    }

    /** {@link #resize}, of a block without a front, that is never refused: the block is about to lose something. */
    int resizeAnyway(int blob, int bytes) {
        int copy = fill(place(bytes), blob, 0, Math.min(bytes, capacity(blob)));
        free(blob);
        return copy;
    }

    /** Another block with the same contents and room. */
    int copyOf(int blob) {
        int capacity = capacity(blob);
        int front = front(blob);
        return copy(blob, capacity, front, capacity - front);
    }

    private int copy(int blob, int bytes, int front, int kept) {
        return fill(allocate(bytes), blob, front, kept);
    }

    /** Gives a new block a front, and behind it the first {@code count} bytes of another. */
    private int fill(int to, int from, int front, int count) {
        front(to, front);
        System.arraycopy(
                array(cells, from),
                offset(cells, from),
                array(cells, to),
                offset(cells, to),
                count);
        return to;
    }

    /** Gives a block back. */
    void free(int blob) {
        if (isLarge(cells, blob)) {
            slab.large().free(handle(cells, blob));
        }
        slab.free(blob);
    }
}
