package dev.lockstep.keyspace;

/**
 * Goes through the blocks of a list that is not packed, live or frozen, in either direction. It begins before the first block.
 * The list must not change meanwhile. Reused; one thread.
 */
public final class ListBlockWalk {
    /** Where the walk is. */
    static final int BEFORE = 0;

    static final int HEAD = 1;
    static final int INNER = 2;
    static final int TAIL = 3;
    static final int BEHIND = 4;

    private final TreeWalk inner = new TreeWalk(true);
    private Cells cells;
    private int head;
    private int tail;
    private int place;
    private int block;
    private int within;

    /** Walks the blocks that the structure at an offset of an array names. */
    void open(Cells newCells, byte[] array, int at) {
        open(
                newCells,
                (int) Cells.INT.get(array, at + Structure.LIST_HEAD),
                (int) Cells.INT.get(array, at + Structure.TREE_ROOT),
                (int) Cells.INT.get(array, at + Structure.LIST_TAIL));
    }

    void open(Cells newCells, int newHead, int innerRoot, int newTail) {
        if (cells != newCells) {
            cells = newCells;
        }
        head = newHead;
        tail = newTail;
        inner.open(newCells, innerRoot);
        place = BEFORE;
        block = 0;
        within = 0;
    }

    /** Goes behind the last block. */
    void toEnd() {
        place = BEHIND;
        block = 0;
    }

    /** Goes to the block that a position, at least 0, is in; false if the list ends before it. */
    boolean seek(long position, long innerSize) {
        int inHead = head == 0 ? 0 : ListpackBlobs.count(cells, head);
        if (position < inHead) {
            within = (int) position;
            return at(HEAD, head);
        }
        long rest = position - inHead;
        if (rest < innerSize) {
            inner.seek(rest);
            within = inner.within();
            return at(INNER, inner.tie());
        }
        rest -= innerSize;
        if (tail == 0 || rest >= ListpackBlobs.count(cells, tail)) {
            return false;
        }
        within = (int) rest;
        return at(TAIL, tail);
    }

    private boolean at(int newPlace, int newBlock) {
        place = newPlace;
        block = newBlock;
        return true;
    }

    /** Goes on to the next block; false at the end. */
    public boolean next() {
        within = 0;
        switch (place) {
            case BEFORE:
                return head != 0 && at(HEAD, head);
            case HEAD:
                return inner.seek(0) ? at(INNER, inner.tie()) : nextIsTail();
            case INNER:
                return inner.next() ? at(INNER, inner.tie()) : nextIsTail();
            default:
                toEnd();
                return false;
        }
    }

    private boolean nextIsTail() {
        if (tail == 0) {
            toEnd();
            return false;
        }
        return at(TAIL, tail);
    }

    /** Goes back to the block before; false at the beginning. */
    boolean previous() {
        within = 0;
        switch (place) {
            case BEHIND:
                return tail != 0 ? at(TAIL, tail) : head != 0 && at(HEAD, head);
            case TAIL:
                return inner.seekLast() ? at(INNER, inner.tie()) : at(HEAD, head);
            case INNER:
                return inner.previous() ? at(INNER, inner.tie()) : at(HEAD, head);
            default:
                place = BEFORE;
                block = 0;
                return false;
        }
    }

    int place() {
        return place;
    }

    int block() {
        return block;
    }

    /** Which element of its block the position is that was sought; 0 after a step. */
    int within() {
        return within;
    }

    /** The array that the block's listpack lies in, at {@link #offset}. */
    public byte[] array() {
        return Blobs.array(cells, block);
    }

    public int offset() {
        return Blobs.offset(cells, block);
    }

    /** How many blocks there are from here on, this one not counted; then the walk is at the end. */
    public long countRest() {
        long count = 0;
        while (next()) {
            count++;
        }
        return count;
    }
}
