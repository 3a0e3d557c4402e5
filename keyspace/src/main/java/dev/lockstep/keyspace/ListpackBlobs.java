package dev.lockstep.keyspace;

/**
 * Changes the blocks of a list: each a listpack in a blob, with room at one end or both, so that pushing there and popping
 * moves no other element and seldom needs another blob.
 *
 * <p>Methods that change a block return where it is now. They ask for memory before they change anything, and throw
 * {@link MemoryLimitException} then, but for those that remove elements. No block has as many elements as its header can't
 * count. On the keyspace's thread.
 */
final class ListpackBlobs {
    private static final int LEAST_ROOM = 256;

    /** A block gets a smaller blob when it uses less than this part of it. */
    private static final int WASTE = 4;

    private final Blobs blobs = new Blobs();
    private Slab slab;
    private Cells cells;
    private int fullBytes;

    /** @param newFullBytes how large a block gets, for which room is made in doubling steps */
    void open(Slab newSlab, int newFullBytes) {
        if (slab != newSlab) {
            slab = newSlab;
            cells = newSlab.cells;
            blobs.open(newSlab);
        }
        fullBytes = newFullBytes > Blobs.MAX_INLINE + 4 ? newFullBytes : newFullBytes - 4;
    }

    byte[] array(int block) {
        return Blobs.array(cells, block);
    }

    int at(int block) {
        return Blobs.offset(cells, block);
    }

    int bytes(int block) {
        return Listpack.bytes(array(block), at(block));
    }

    int count(int block) {
        return count(cells, block);
    }

    static int count(Cells cells, int block) {
        return Listpack.count(Blobs.array(cells, block), Blobs.offset(cells, block));
    }

    int capacity(int block) {
        return blobs.capacity(block);
    }

    long memoryUsage(int block) {
        return blobs.memoryUsage(block);
    }

    void free(int block) {
        blobs.free(block);
    }

    // ---- new blocks ----

    /** A new block of one element, with room to grow. */
    int make(byte[] bytes, int offset, int length, boolean inFront) {
        int size = Listpack.EMPTY_BYTES + ListpackEntry.sizeOfString(length);
        int block = blobs.allocate(roomToPush(size));
        if (inFront) {
            blobs.front(block, blobs.capacity(block) - Listpack.EMPTY_BYTES);
        }
        Listpack.init(array(block), at(block));
        return push(block, bytes, offset, length, inFront);
    }

    /** A new block that is a given listpack, without more room. */
    int of(byte[] listpack, int offset, int length) {
        int block = blobs.allocate(length);
        System.arraycopy(listpack, offset, array(block), at(block), length);
        return block;
    }

    // ---- at the ends ----

    /** Adds an element as the first, or else as the last. */
    int push(int block, byte[] bytes, int offset, int length, boolean first) {
        int size = ListpackEntry.sizeOfString(length);
        int roomy = withRoom(block, size, first, roomToPush(bytes(block) + size));
        byte[] a = array(roomy);
        int at = at(roomy);
        if (first) {
            prepend(roomy, bytes, offset, length);
        } else {
            Listpack.insert(a, at, Listpack.end(a, at), bytes, offset, length);
        }
        return roomy;
    }

    private void prepend(int block, byte[] bytes, int offset, int length) {
        int at = at(block);
        int begin = Listpack.prepend(array(block), at, bytes, offset, length);
        blobs.front(block, blobs.front(block) - (at - begin));
    }

    /** Removes the first elements, but not all. */
    int removeFirst(int block, int count) {
        int lean = withoutWaste(block);
        int at = at(lean);
        int begin = Listpack.deleteFirst(array(lean), at, count);
        blobs.front(lean, blobs.front(lean) + begin - at);
        return lean;
    }

    /** Removes elements from an index on, but not all. */
    int remove(int block, int index, int count) {
        if (index == 0) {
            return removeFirst(block, count);
        }
        int lean = withoutWaste(block);
        byte[] a = array(lean);
        int at = at(lean);
        Listpack.delete(a, at, Listpack.seek(a, at, index), count);
        return lean;
    }

    /** Removes elements that are a sought one; see {@link Listpack}. */
    int remove(int block, SoughtElement sought, int skip, int most) {
        int lean = withoutWaste(block);
        Listpack.delete(array(lean), at(lean), sought, skip, most);
        return lean;
    }

    // ---- in the middle ----

    /** Adds an element before the one at an index, or behind the last. */
    int insert(int block, int index, byte[] bytes, int offset, int length) {
        int roomy = withRoom(block, ListpackEntry.sizeOfString(length), index == 0);
        byte[] a = array(roomy);
        int at = at(roomy);
        if (index == 0) {
            prepend(roomy, bytes, offset, length);
        } else {
            int p = index == count(roomy) ? Listpack.end(a, at) : Listpack.seek(a, at, index);
            Listpack.insert(a, at, p, bytes, offset, length);
        }
        return roomy;
    }

    int replace(int block, int index, byte[] bytes, int offset, int length) {
        int p = Listpack.seek(array(block), at(block), index);
        int more = ListpackEntry.sizeOfString(length) - Listpack.entryBytes(array(block), p);
        int roomy = withRoom(block, Math.max(0, more), false);
        byte[] a = array(roomy);
        int at = at(roomy);
        Listpack.replace(a, at, Listpack.seek(a, at, index), bytes, offset, length);
        return roomy;
    }

    int writable(int block) {
        return blobs.writable(block);
    }

    /**
     * Moves the elements from an index on, neither none nor all, to a new block.
     *
     * @param block that is writable, and stays where it is
     * @return the new block
     */
    int split(int block, int index) {
        byte[] a = array(block);
        int at = at(block);
        int p = Listpack.seek(a, at, index);
        int moved = count(block) - index;
        int right = blobs.allocate(roomToInsert(Listpack.EMPTY_BYTES + Listpack.end(a, at) - p));
        Listpack.init(array(right), at(right));
        Listpack.append(array(right), at(right), a, at, p, moved);
        Listpack.delete(a, at, p, moved);
        return right;
    }

    /** A block that {@link #join} can add another one to. */
    int roomToJoin(int left, int right) {
        return withRoom(left, bytes(right) - Listpack.EMPTY_BYTES, false);
    }

    /** Moves all elements of a block behind those of another, which has room for them; the emptied one is given back. */
    void join(int left, int right) {
        byte[] a = array(right);
        int at = at(right);
        Listpack.append(array(left), at(left), a, at, Listpack.first(a, at), count(right));
        free(right);
    }

    // ---- room ----

    /** What to make room for when a block is pushed to until it has so many bytes: more will follow. */
    private int roomToPush(int bytes) {
        int wanted = Math.max(LEAST_ROOM, (int) Math.min(2L * bytes, fullBytes));
        return Blobs.roundUp(Math.max(bytes, wanted));
    }

    /** The same when elements are put in its middle, where no more may follow. */
    private static int roomToInsert(int bytes) {
        return Blobs.roundUp((int) Math.min((long) bytes + (bytes >> 4), Integer.MAX_VALUE - 16));
    }

    private int withRoom(int block, int bytes, boolean inFront) {
        return withRoom(block, bytes, inFront, roomToInsert(bytes(block) + bytes));
    }

    /**
     * A block that may be changed in place, with so many bytes free before or behind its elements. Where there is room
     * enough in all, the elements are moved so that half of what is over is at either end; else to a blob with {@code room}.
     */
    private int withRoom(int block, int bytes, boolean inFront, int room) {
        int front = blobs.front(block);
        int used = bytes(block);
        int behind = blobs.capacity(block) - front - used;
        boolean writable = blobs.isWritable(block);
        if ((inFront ? front : behind) >= bytes) {
            return writable ? block : blobs.writable(block);
        }
        int over = front + behind - bytes;
        if (over >= 0 && writable) {
            byte[] array = array(block);
            int at = at(block);
            int newFront = inFront ? bytes + over / 2 : over / 2;
            System.arraycopy(array, at, array, at + newFront - front, used);
            blobs.front(block, newFront);
            return block;
        }
        return blobs.move(block, room, inFront ? room - used : 0, used);
    }

    /**
     * A block that may be changed in place, in a smaller blob if it uses little of this one and there is memory. Is not refused:
     * what is about to be removed may be spread over many blocks.
     */
    private int withoutWaste(int block) {
        int used = bytes(block);
        int room = blobs.capacity(block);
        if (room > LEAST_ROOM && used <= room / WASTE) {
            return blobs.writableAnyway(
                    moved(block, Blobs.roundUp(Math.max(LEAST_ROOM, 2 * used))));
        }
        return blobs.writableAnyway(block);
    }

    /** The block in a blob no larger than it needs, if there is memory; for one that is not to be pushed to any more. */
    int trimmed(int block) {
        int used = bytes(block);
        return Blobs.roundUp(used) < blobs.capacity(block) ? moved(block, used) : block;
    }

    private int moved(int block, int room) {
        int used = bytes(block);
        try {
            return blobs.move(block, room, (room - used) / 2, used);
        } catch (MemoryLimitException full) {
            return block;
        }
    }
}
