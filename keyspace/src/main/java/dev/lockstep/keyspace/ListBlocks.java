package dev.lockstep.keyspace;

/**
 * The blocks that a big list consists of: a first one, a last one, and between them a tree of blocks by position.
 *
 * <pre>
 *   head         inner                                tail
 *   +-------+    +----------------------------+       +-------+
 *   | block |    | tree: block, block, ...    |       | block |
 *   +-------+    +----------------------------+       +-------+
 * </pre>
 *
 * The blocks at the ends stay out of the tree, which would have to count every element that is pushed or popped there. They
 * enter it when they are full, one in a thousand pushes, and leave it when they are needed. A list of one block has only a
 * head; there are inner blocks only where there is a tail.
 *
 * <p>Where a block ends and the next begins follows Redis' rules for its own nodes, because whether a list can be packed again
 * depends on it. An element too large to share a block has one of its own.
 *
 * <p>Opened on what a structure names and stored there again by its owner after a change. On the keyspace's thread.
 */
final class ListBlocks {
    /** What an element is taken to need beside its text when it is judged whether it fits. */
    private static final int ELEMENT_OVERHEAD = 8;

    /** As many elements of a block can be counted in its listpack's header. */
    private static final int MOST_ELEMENTS = 65534;

    private final ListpackBlobs blobs = new ListpackBlobs();
    private final CountedTree inner = new CountedTree(null, true);
    private final ListBlockWalk walk = new ListBlockWalk();
    private Slab slab;
    private BlockLimit limit = BlockLimit.of(EncodingLimits.DEFAULT.listMaxListpackSize());
    private int limitSetting = EncodingLimits.DEFAULT.listMaxListpackSize();
    private int packedThreshold;
    private int head;
    private int tail;

    /** The block that {@link #locate} found: where it is, and the position of its first element. */
    private int block;

    private int place;
    private int within;
    private long start;

    void open(Keyspace keyspace, int newHead, int newTail, int root, long size) {
        Slab newSlab = keyspace.slab();
        packedThreshold = keyspace.listPackedThreshold();
        if (slab != newSlab) {
            slab = newSlab;
        }
        blobs.open(newSlab, limit(keyspace.encodingLimits()).bytes());
        inner.open(newSlab, root, size);
        head = newHead;
        tail = newTail;
    }

    int head() {
        return head;
    }

    int tail() {
        return tail;
    }

    CountedTree inner() {
        return inner;
    }

    BlockLimit limit(EncodingLimits limits) {
        if (limits.listMaxListpackSize() != limitSetting) {
            limitSetting = limits.listMaxListpackSize();
            limit = BlockLimit.of(limitSetting);
        }
        return limit;
    }

    /** How many elements there are. */
    long size() {
        return sizeOf(head) + inner.size() + sizeOf(tail);
    }

    private int sizeOf(int end) {
        return end == 0 ? 0 : blobs.count(end);
    }

    /** Whether one block is all there is, and others may be added to it. */
    boolean isOneSharedBlock() {
        return head != 0 && tail == 0 && !isAlone(head);
    }

    byte[] array(int of) {
        return blobs.array(of);
    }

    int at(int of) {
        return blobs.at(of);
    }

    void free(int of) {
        blobs.free(of);
    }

    /**
     * Frees the blocks of a list that has one or two, and so no tree. Lists like that come and go all the time; it isn't worth
     * while to do it later.
     *
     * @return false if the structure in {@code cell} is something else, of which nothing was freed
     */
    static boolean freeFew(Blobs blobs, Cells cells, int cell) {
        int at = Structure.at(cells, cell);
        if (Entry.encoding(cells, cell) != ValueType.QUICKLIST
                || cells.getInt(cell, at + Structure.TREE_ROOT) != 0) {
            return false;
        }
        int head = cells.getInt(cell, at + Structure.LIST_HEAD);
        int tail = cells.getInt(cell, at + Structure.LIST_TAIL);
        if (head != 0) {
            blobs.free(head);
        }
        if (tail != 0) {
            blobs.free(tail);
        }
        return true;
    }

    // ---- what fits ----

    private boolean fits(int into, int length) {
        return length < packedThreshold
                && !limit.isExceededBy(
                        (long) blobs.bytes(into) + length + ELEMENT_OVERHEAD, blobs.count(into) + 1)
                && !isAlone(into);
    }

    /** Whether a block has but one element, which is too large to share it. */
    private boolean isAlone(int of) {
        int bytes = blobs.bytes(of);
        return bytes > packedThreshold
                && blobs.count(of) == 1
                && bytes >= Listpack.EMPTY_BYTES + ListpackEntry.sizeOfString(packedThreshold);
    }

    // ---- at the ends ----

    /** What to ask for at once where several elements of so many bytes together are to be pushed, all or none. */
    long bytesToPush(long bytes) {
        return 4 * bytes + 4L * limit.bytes();
    }

    void push(byte[] bytes, int offset, int length, boolean first) {
        int end = first || tail == 0 ? head : tail;
        if (end != 0 && fits(end, length)) {
            int pushed = blobs.push(end, bytes, offset, length, first);
            if (end == head) {
                head = pushed;
            } else {
                tail = pushed;
            }
        } else {
            add(blobs.make(bytes, offset, length, first), first);
        }
    }

    /** Adds a block at an end; the one that was there has got what it can hold. */
    void add(int added, boolean first) {
        if (head == 0) {
            head = added;
        } else if (tail == 0) {
            tail = first ? blobs.trimmed(head) : added;
            head = first ? added : blobs.trimmed(head);
        } else if (first) {
            int full = blobs.trimmed(head);
            inner.insertAt(0, full, blobs.count(full));
            head = added;
        } else {
            int full = blobs.trimmed(tail);
            inner.append(0, full, blobs.count(full));
            tail = added;
        }
    }

    /** Adds a block that is a given listpack behind all others. */
    void add(byte[] listpack, int offset, int length) {
        add(blobs.of(listpack, offset, length), false);
    }

    /** Adds a block of one element behind all others. */
    void addOne(byte[] bytes, int offset, int length) {
        add(blobs.make(bytes, offset, length, false), false);
    }

    /** Adds an element to the last block whether it fits or not, while the block can be counted. */
    void pushToLast(byte[] bytes, int offset, int length) {
        int end = tail == 0 ? head : tail;
        if (blobs.count(end) == MOST_ELEMENTS) {
            addOne(bytes, offset, length);
        } else if (end == head) {
            head = blobs.push(end, bytes, offset, length, false);
        } else {
            tail = blobs.push(end, bytes, offset, length, false);
        }
    }

    /** Removes the first or the last element. */
    void pop(boolean first) {
        int end = first || tail == 0 ? head : tail;
        int count = blobs.count(end);
        if (count == 1) {
            removeEnd(end == head);
            blobs.free(end);
        } else if (first) {
            head = blobs.removeFirst(head, 1);
        } else if (end == head) {
            head = blobs.remove(head, count - 1, 1);
        } else {
            tail = blobs.remove(tail, count - 1, 1);
        }
    }

    /** Takes the block at an end out of the list; the one beside it is at the end then. */
    private void removeEnd(boolean first) {
        if (inner.size() == 0) {
            head = first ? tail : head;
            tail = 0;
        } else if (first) {
            head = inner.tieAt(0);
            inner.removeAt(0);
        } else {
            tail = inner.tieAt(inner.size() - 1);
            inner.removeAt(inner.size() - 1);
        }
    }

    // ---- by position ----

    /** Points {@code into} at the element at a position. */
    void get(long position, StringValue into) {
        locate(position);
        byte[] a = blobs.array(block);
        Listpack.get(a, Listpack.seek(a, blobs.at(block), within), into);
    }

    /** Points {@code into} at the first or the last element. */
    void get(boolean first, StringValue into) {
        int end = first || tail == 0 ? head : tail;
        byte[] a = blobs.array(end);
        int at = blobs.at(end);
        int p = first ? Listpack.first(a, at) : Listpack.previous(a, at, Listpack.end(a, at));
        Listpack.get(a, p, into);
    }

    /** Finds the block that a position of the list is in. */
    private void locate(long position) {
        walk.open(slab.cells, head, inner.root(), tail);
        boolean found = walk.seek(position, inner.size());
        assert found : "no such position: " + position;
        block = walk.block();
        place = walk.place();
        within = walk.within();
        start = position - within;
    }

    /** The located block is another one now, or has another number of elements. */
    private void store(int changed) {
        switch (place) {
            case ListBlockWalk.HEAD -> head = changed;
            case ListBlockWalk.TAIL -> tail = changed;
            default -> inner.replaceAt(start - blobs.count(head), changed, blobs.count(changed));
        }
    }

    /** Takes the located block out of the list. */
    private void unlink() {
        if (place == ListBlockWalk.INNER) {
            inner.removeAt(start - blobs.count(head));
        } else {
            removeEnd(place == ListBlockWalk.HEAD);
        }
    }

    /** Puts a block behind the located one, which may have changed since but was stored. */
    private void linkBehind(int located, int added) {
        int count = blobs.count(added);
        switch (place) {
            case ListBlockWalk.HEAD -> {
                if (tail == 0) {
                    tail = added;
                } else {
                    inner.insertAt(0, added, count);
                }
            }
            case ListBlockWalk.TAIL -> {
                inner.append(0, located, blobs.count(located));
                tail = added;
            }
            default -> {
                long behind = start - blobs.count(head) + blobs.count(located);
                inner.insertAt(behind, added, count);
            }
        }
    }

    /** Puts another element in the place of the one at a position. */
    void set(long position, byte[] bytes, int offset, int length) {
        locate(position);
        if (blobs.count(block) == 1 || length < packedThreshold && staysSmall(length)) {
            store(blobs.replace(block, within, bytes, offset, length));
            return;
        }
        askForTwoBlocks(length);
        insert(position + 1, bytes, offset, length);
        removeAll(position, 1);
    }

    /** Redis lets a block grow with what is set in it. That is followed up to a size that is still good to move. */
    private boolean staysSmall(int length) {
        return (long) blobs.bytes(block) + length <= Math.max(2L * limit.bytes(), 1 << 16);
    }

    private void askForTwoBlocks(int length) {
        slab.admitMore(4L * blobs.bytes(block) + 4L * limit.bytes() + 4L * length);
    }

    /** Puts an element where it has a position then, from 0 to the list's size. */
    void insert(long position, byte[] bytes, int offset, int length) {
        if (position == 0 || position == size()) {
            push(bytes, offset, length, position == 0);
            return;
        }
        locate(position - 1);
        int index = within + 1;
        if (fits(block, length)) {
            store(blobs.insert(block, index, bytes, offset, length));
        } else if (index < blobs.count(block)) {
            splitAndInsert(index, bytes, offset, length);
        } else {
            insertBetween(position, bytes, offset, length);
        }
    }

    /** Puts an element between the located block, which it doesn't fit in, and the next one. */
    private void insertBetween(long position, byte[] bytes, int offset, int length) {
        locate(position);
        if (fits(block, length)) {
            store(blobs.insert(block, 0, bytes, offset, length));
            return;
        }
        askForTwoBlocks(length);
        int added = blobs.trimmed(blobs.make(bytes, offset, length, false));
        locate(position - 1);
        linkBehind(block, added);
    }

    /** Makes two of the located block and puts an element between them, into one of them where it fits. */
    private void splitAndInsert(int index, byte[] bytes, int offset, int length) {
        askForTwoBlocks(length);
        int left = blobs.writable(block);
        int right = blobs.split(left, index);
        left = blobs.trimmed(left);
        long middle = start + index;
        if (fits(left, length)) {
            left = blobs.insert(left, index, bytes, offset, length);
        } else if (fits(right, length)) {
            right = blobs.insert(right, 0, bytes, offset, length);
        } else {
            store(left);
            linkBehind(left, blobs.trimmed(blobs.make(bytes, offset, length, false)));
            locate(middle);
            linkBehind(block, right);
            return;
        }
        store(left);
        linkBehind(left, right);
    }

    /** What copies of the blocks take that two positions are in. */
    long bytesToCopy(long position, long other) {
        locate(position);
        long bytes = blobs.capacity(block);
        locate(other);
        return bytes + blobs.capacity(block);
    }

    /** Removes all elements but some from a position on, at least one. */
    void keep(long from, long count) {
        removeAll(from + count, size() - from - count);
        removeAll(0, from);
    }

    private void removeAll(long from, long count) {
        long left = count;
        while (left > 0) {
            locate(from);
            int removed = (int) Math.min(left, blobs.count(block) - within);
            if (removed == blobs.count(block)) {
                int emptied = block;
                unlink();
                blobs.free(emptied);
            } else {
                store(blobs.remove(block, within, removed));
            }
            left -= removed;
        }
    }

    /**
     * Removes elements that are a sought one.
     *
     * @param most how many at most
     * @param fromEnd whether to begin at the end
     * @return how many
     */
    long remove(SoughtElement sought, long most, boolean fromEnd) {
        long removed = 0;
        long position = fromEnd ? size() - 1 : 0;
        while (removed < most && position >= 0 && position < size()) {
            locate(position);
            int count = blobs.count(block);
            int met = sought.countIn(blobs.array(block), blobs.at(block));
            int some = (int) Math.min(met, most - removed);
            position = fromEnd ? start - 1 : start + count - some;
            if (some == count) {
                int emptied = block;
                unlink();
                blobs.free(emptied);
            } else if (some > 0) {
                long first = start;
                store(blobs.remove(block, sought, fromEnd ? met - some : 0, some));
                joinSmall(first);
            }
            removed += some;
        }
        return removed;
    }

    /**
     * Joins the block at a position with the one before or behind it if it has become small, unless the list would be one
     * block then: Redis doesn't join after removing, and packs lists of one block.
     */
    private void joinSmall(long position) {
        locate(position);
        if (inner.size() == 0
                || limit.isExceededBy(4L * blobs.bytes(block), 4L * blobs.count(block))) {
            return;
        }
        long first = start;
        long behind = first + blobs.count(block);
        if (!(behind < size() && join(first, behind)) && first > 0) {
            locate(first - 1);
            join(start, first);
        }
    }

    /** Joins the two blocks that begin at these positions, if together they are at most half of what a block may be. */
    private boolean join(long first, long second) {
        locate(second);
        int right = block;
        locate(first);
        long bytes = (long) blobs.bytes(block) + blobs.bytes(right);
        int count = blobs.count(block) + blobs.count(right);
        if (limit.isExceededBy(2 * bytes, 2L * count) || isAlone(block) || isAlone(right)) {
            return false;
        }
        try {
            store(blobs.roomToJoin(block, right));
        } catch (MemoryLimitException full) {
            return false;
        }
        locate(second);
        unlink();
        locate(first);
        blobs.join(block, right);
        store(block);
        return true;
    }
}
