package dev.lockstep.keyspace;

import java.util.random.RandomGenerator;

/**
 * The index of entries by key: extendible hashing over segments in slab memory.
 *
 * <p>The upper {@code depth} bits of a key's fingerprint choose an item of the directory, which names a segment
 * ({@link Segment}). A full segment grows by about a quarter until it has 1,023 slots, then splits alone into two; the
 * directory doubles when the segment was already as deep as the directory. So there is never a rehash, and the fill stays
 * between 70 and 87 % at any count.
 *
 * <p>The directory has one page of up to 1,024 segment addresses, or, deeper than 10, a root of page addresses. At depth 0
 * {@code root} is the only segment itself.
 *
 * <p>Under a freeze, root, pages and segments older than it are copied before their first change; the view keeps the root
 * it was given. Owned by the keyspace's thread. {@link #find} leaves the place it found in fields, which
 * {@link #replaceFound} and {@link #removeFound} use; any other change forgets it.
 */
final class Dict {
    static final int PAGE_BITS = 10;
    private static final int PAGE_ENTRIES = 1 << PAGE_BITS;

    /** The root of a two-level directory is one cell: 8,192 pages at most. */
    static final int MAX_DEPTH = PAGE_BITS + 13;

    /** {@link #random} takes a table to have so many slots for each entry. */
    private static final int SPARSENESS = 3;

    private final Slab slab;
    private final Cells cells;
    private final DictWalk emptied = new DictWalk();
    private Stretches stretches = Stretches.UNKNOWN;
    private int root;
    private int depth;
    private long count;

    private int foundSegment;
    private int foundSlot;

    Dict(Slab slab) {
        this.slab = slab;
        this.cells = slab.cells;
    }

    /** Makes this the Dict with a given directory. */
    void open(int newRoot, int newDepth, long newCount) {
        root = newRoot;
        depth = newDepth;
        count = newCount;
        foundSegment = 0;
    }

    long count() {
        return count;
    }

    /** Where a view's reader meets the entries: of a database's own index, once there is such a view. */
    Stretches stretches() {
        return stretches;
    }

    void stretches(Stretches known) {
        stretches = known;
    }

    int root() {
        return root;
    }

    int depth() {
        return depth;
    }

    // ---- look-up ----

    /** The cell of the entry with this key, or 0. */
    int find(int fingerprint, byte[] key, int offset, int length) {
        int segment = segment(fingerprint);
        foundSegment = 0;
        if (segment == 0) {
            return 0;
        }
        byte[] array = cells.array(segment);
        int at = Cells.offset(segment);
        int slots = Segment.slots(array, at);
        int index = Segment.home(fingerprint, Segment.localDepth(array, at), slots);
        for (; index < slots; index++) {
            long word = Segment.slot(array, at, index);
            int there = Segment.fingerprint(word);
            if (there == fingerprint) {
                if (word == 0) {
                    return 0;
                }
                if (Entry.keyEquals(cells, (int) word, key, offset, length)) {
                    foundSegment = segment;
                    foundSlot = index;
                    return (int) word;
                }
            } else if (word == 0 || Integer.compareUnsigned(there, fingerprint) > 0) {
                return 0;
            }
        }
        return 0;
    }

    /** Reads the slot where a fingerprint belongs, to have it near. */
    int touch(int fingerprint) {
        int segment = segment(fingerprint);
        if (segment == 0) {
            return 0;
        }
        byte[] array = cells.array(segment);
        int at = Cells.offset(segment);
        int slots = Segment.slots(array, at);
        int home = Segment.home(fingerprint, Segment.localDepth(array, at), slots);
        return (int) Segment.slot(array, at, home);
    }

    /** The cell of the first entry with this fingerprint in a segment, or 0; searched for from its home slot on. */
    static int candidate(Cells cells, int segment, int home, int fingerprint) {
        byte[] array = cells.array(segment);
        int at = Cells.offset(segment);
        int slots = Segment.slots(array, at);
        for (int index = home; index < slots; index++) {
            long word = Segment.slot(array, at, index);
            int there = Segment.fingerprint(word);
            if (there == fingerprint) {
                return (int) word;
            }
            if (word == 0 || Integer.compareUnsigned(there, fingerprint) > 0) {
                return 0;
            }
        }
        return 0;
    }

    /** Finds the place of a cell that is known to be here, so that it can be replaced or removed. */
    void locate(int fingerprint, int cell) {
        int segment = segment(fingerprint);
        byte[] array = cells.array(segment);
        int at = Cells.offset(segment);
        int index =
                Segment.home(fingerprint, Segment.localDepth(array, at), Segment.slots(array, at));
        while ((int) Segment.slot(array, at, index) != cell) {
            index++;
            assert index < Segment.slots(array, at) : "no such entry";
        }
        foundSegment = segment;
        foundSlot = index;
    }

    /** Whether the place of {@code cell} is the one found last. */
    boolean isFound(int cell) {
        return foundSegment != 0
                && (int)
                                Segment.slot(
                                        cells.array(foundSegment),
                                        Cells.offset(foundSegment),
                                        foundSlot)
                        == cell;
    }

    /** The entry with this fingerprint and deadline, which is there. */
    int byDeadline(int fingerprint, long deadline) {
        return byDeadline(fingerprint, deadline, false);
    }

    /** The hash with this fingerprint whose first field ends then, which is there. */
    int byFieldDeadline(int fingerprint, long deadline) {
        return byDeadline(fingerprint, deadline, true);
    }

    private int byDeadline(int fingerprint, long deadline, boolean ofField) {
        int segment = segment(fingerprint);
        byte[] array = cells.array(segment);
        int at = Cells.offset(segment);
        int slots = Segment.slots(array, at);
        int home = Segment.home(fingerprint, Segment.localDepth(array, at), slots);
        for (int i = home; i < slots; i++) {
            long word = Segment.slot(array, at, i);
            if (word != 0
                    && Segment.fingerprint(word) == fingerprint
                    && deadline
                            == (ofField
                                    ? FieldDeadlines.earliest(cells, (int) word)
                                    : Entry.deadline(cells, (int) word))) {
                return (int) word;
            }
        }
        throw new AssertionError("an expiry index names an entry that is not there");
    }

    /**
     * An entry, each as likely as any other, or 0 when there is none; the place is found.
     *
     * <p>A segment is drawn as often as its share of the hashes is large, and then a slot of as many as it would have if the
     * table were filled evenly and thinly; a draw that meets none is drawn again, some three times on average. What counts
     * is how densely the table is filled, not how deep its directory is: that stays deep when a table is emptied.
     */
    int random(RandomGenerator random) {
        long span = SPARSENESS * count;
        while (count > 0) {
            int segment = segment(random.nextInt());
            byte[] array = cells.array(segment);
            int at = Cells.offset(segment);
            int slots = Segment.slots(array, at);
            int localDepth = Segment.localDepth(array, at);
            if (slots > span >> localDepth) {
                span = (long) slots << localDepth;
            }
            long index = random.nextLong(span >> localDepth);
            long word = index < slots ? Segment.slot(array, at, (int) index) : 0;
            if (word != 0) {
                foundSegment = segment;
                foundSlot = (int) index;
                return (int) word;
            }
        }
        return 0;
    }

    /** The fingerprint of the entry at the place found last. */
    int foundFingerprint() {
        byte[] array = cells.array(foundSegment);
        return Segment.fingerprint(Segment.slot(array, Cells.offset(foundSegment), foundSlot));
    }

    int segment(int fingerprint) {
        return segment(cells, root, depth, fingerprint);
    }

    static int segment(Cells cells, int root, int depth, int fingerprint) {
        if (depth == 0) {
            return root;
        }
        int item = fingerprint >>> 32 - depth;
        if (depth <= PAGE_BITS) {
            return cells.getInt(root, item << 2);
        }
        int page = cells.getInt(root, item >>> PAGE_BITS << 2);
        return cells.getInt(page, (item & PAGE_ENTRIES - 1) << 2);
    }

    // ---- change ----

    /**
     * Makes room for so many entries in all, so that those to come find tables of their final size, of which few grow or
     * split. What is here moves. Nothing is done where a directory of that depth is there already, or where memory is
     * short: the room is made bit by bit then. The work grows with the number expected.
     */
    void expect(long entries) {
        int newDepth = 0;
        while (entries >> newDepth > Segment.EXPECTED) {
            newDepth++;
        }
        int slots = Segment.grown((int) (entries >> newDepth));
        if (newDepth <= depth
                || newDepth > MAX_DEPTH
                || !slab.isWithinLimit((long) Segment.bytes(slots) << newDepth)) {
            return;
        }
        DictWalk moved = new DictWalk(cells, root, depth);
        int oldRoot = root;
        int oldDepth = depth;
        root = 0;
        depth = 0;
        count = 0;
        foundSegment = 0;
        while (depth < newDepth) {
            doubleDirectory();
        }
        for (long item = 0; item < 1L << newDepth; item++) {
            point((int) (item << 32 - newDepth), newDepth, newSegment(slots, newDepth));
        }
        for (int segment = moved.next(); segment != 0; segment = moved.next()) {
            insertAll(segment);
            slab.free(segment);
        }
        freeDirectory(oldRoot, oldDepth);
    }

    private void insertAll(int segment) {
        byte[] array = cells.array(segment);
        int at = Cells.offset(segment);
        for (int i = 0; i < Segment.slots(array, at); i++) {
            long word = Segment.slot(array, at, i);
            if (word != 0) {
                insert(Segment.fingerprint(word), (int) word);
            }
        }
    }

    /** Adds a cell whose key is not here yet. */
    void insert(int fingerprint, int cell) {
        long word = Segment.word(fingerprint, cell);
        foundSegment = 0;
        while (true) {
            int segment = segment(fingerprint);
            if (segment == 0) {
                root = newSegment(Segment.MIN_SLOTS, 0);
                continue;
            }
            byte[] array = cells.array(segment);
            int at = Cells.offset(segment);
            if (Segment.count(array, at) < Segment.limit(Segment.slots(array, at))) {
                int writable = writableSegment(segment, fingerprint);
                if (Segment.insert(cells.array(writable), Cells.offset(writable), word)) {
                    count++;
                    return;
                }
                segment = writable;
            }
            makeRoom(segment, fingerprint);
        }
    }

    /** Adds a cell unless its key is here already; answers the cell that is, found as by {@link #find}, or 0. */
    int insertIfAbsent(int fingerprint, int cell) {
        int segment = segment(fingerprint);
        if (segment != 0) {
            byte[] array = cells.array(segment);
            int at = Cells.offset(segment);
            int index = Segment.placeFor(array, at, fingerprint);
            if (index > 0
                    && Segment.fingerprint(Segment.slot(array, at, index - 1)) == fingerprint) {
                int same =
                        find(
                                fingerprint,
                                EntryReader.keyArray(cells, cell),
                                EntryReader.keyOffset(cells, cell),
                                Entry.keyLength(cells, cell));
                if (same != 0) {
                    return same;
                }
            }
            if (Segment.count(array, at) < Segment.limit(Segment.slots(array, at))
                    && slab.writable(segment)
                    && Segment.insertAt(array, at, index, Segment.word(fingerprint, cell))) {
                foundSegment = 0;
                count++;
                return 0;
            }
        }
        insert(fingerprint, cell);
        return 0;
    }

    /** Puts another cell in the place found: the same key, moved. */
    void replaceFound(int cell) {
        int segment = foundSegment;
        if (!slab.writable(segment)) {
            byte[] array = cells.array(segment);
            long old = Segment.slot(array, Cells.offset(segment), foundSlot);
            segment = writableSegment(segment, Segment.fingerprint(old));
            foundSegment = segment;
        }
        byte[] array = cells.array(segment);
        int at = Cells.offset(segment);
        int fingerprint = Segment.fingerprint(Segment.slot(array, at, foundSlot));
        Segment.slot(array, at, foundSlot, Segment.word(fingerprint, cell));
    }

    /** Takes the entry at the place found out of the index; its cell is the caller's. */
    void removeFound() {
        byte[] array = cells.array(foundSegment);
        int fingerprint =
                Segment.fingerprint(Segment.slot(array, Cells.offset(foundSegment), foundSlot));
        int segment = writableSegment(foundSegment, fingerprint);
        foundSegment = 0;
        array = cells.array(segment);
        int at = Cells.offset(segment);
        Segment.remove(array, at, foundSlot);
        if (--count == 0) {
            reset();
        } else if (Segment.count(array, at) < Segment.slots(array, at) >> 2) {
            shrink(segment, fingerprint);
        }
    }

    /** Gives back the directory and the segments, which hold nothing any more. */
    private void reset() {
        emptied.open(cells, root, depth);
        for (int segment = emptied.next(); segment != 0; segment = emptied.next()) {
            slab.free(segment);
        }
        freeDirectory(root, depth);
        root = 0;
        depth = 0;
    }

    void freeDirectory(int oldRoot, int oldDepth) {
        if (oldDepth == 0) {
            return;
        }
        for (int page = 0; page < 1 << oldDepth - PAGE_BITS && oldDepth > PAGE_BITS; page++) {
            slab.free(cells.getInt(oldRoot, page << 2));
        }
        slab.free(oldRoot);
    }

    private int newSegment(int slots, int localDepth) {
        int segment = slab.allocate(Segment.bytes(slots));
        Segment.clear(cells.array(segment), Cells.offset(segment), slots, localDepth);
        return segment;
    }

    private int writableSegment(int segment, int fingerprint) {
        if (slab.writable(segment)) {
            return segment;
        }
        int copy = copyCell(segment);
        byte[] array = cells.array(copy);
        int localDepth = Segment.localDepth(array, Cells.offset(copy));
        point(fingerprint, localDepth, copy);
        slab.free(segment, stretches.ofSegment(fingerprint, localDepth));
        return copy;
    }

    private int copyCell(int cell) {
        int bytes = slab.capacity(cell);
        int copy = slab.allocate(bytes);
        System.arraycopy(
                cells.array(cell),
                Cells.offset(cell),
                cells.array(copy),
                Cells.offset(copy),
                bytes);
        return copy;
    }

    private void makeRoom(int segment, int fingerprint) {
        byte[] array = cells.array(segment);
        int slots = Segment.slots(array, Cells.offset(segment));
        int localDepth = Segment.localDepth(array, Cells.offset(segment));
        if (slots < Segment.MAX_SLOTS) {
            rebuild(segment, fingerprint, Segment.grown(slots));
        } else if (localDepth < MAX_DEPTH) {
            int at = Cells.offset(segment);
            divide(segment, 0, Segment.slots(array, at), fingerprint, localDepth);
            slab.free(segment, stretches.ofSegment(fingerprint, localDepth));
        } else {
            throw new IllegalStateException("too many keys of equal hash");
        }
    }

    /** Moves a segment's words to a table of another size. */
    private void rebuild(int segment, int fingerprint, int slots) {
        int at = Cells.offset(segment);
        byte[] from = cells.array(segment);
        int localDepth = Segment.localDepth(from, at);
        int to = packed(slots, localDepth, segment, 0, Segment.slots(from, at), 0);
        point(fingerprint, localDepth, to);
        slab.free(segment, stretches.ofSegment(fingerprint, localDepth));
    }

    /**
     * A new segment with the words of slots {@code first} to {@code end} of one segment, and then all of those of
     * {@code second} unless that is 0. They come in order, so that each goes to its home or behind the one before. Where
     * that runs over the end (in small tables, by chance) a larger table is taken; 0 if the largest doesn't do.
     */
    private int packed(int slots, int localDepth, int from, int first, int end, int second) {
        while (true) {
            int to = newSegment(slots, localDepth);
            int next = copyWords(from, first, end, to, 0);
            if (next >= 0 && second != 0) {
                int all = Segment.slots(cells.array(second), Cells.offset(second));
                next = copyWords(second, 0, all, to, next);
            }
            if (next >= 0) {
                return to;
            }
            slab.free(to);
            if (slots == Segment.MAX_SLOTS) {
                return 0;
            }
            slots = Segment.grown(slots);
        }
    }

    private int copyWords(int segment, int first, int end, int toSegment, int next) {
        byte[] from = cells.array(segment);
        int at = Cells.offset(segment);
        byte[] to = cells.array(toSegment);
        int toAt = Cells.offset(toSegment);
        int slots = Segment.slots(to, toAt);
        int localDepth = Segment.localDepth(to, toAt);
        int moved = 0;
        for (int i = first; i < end; i++) {
            long word = Segment.slot(from, at, i);
            if (word != 0) {
                next = Math.max(next, Segment.home(Segment.fingerprint(word), localDepth, slots));
                if (next == slots) {
                    return -1;
                }
                Segment.slot(to, toAt, next++, word);
                moved++;
            }
        }
        Segment.count(to, toAt, Segment.count(to, toAt) + moved);
        return next;
    }

    /** Splits the words of slots {@code first} to {@code end} by the next bit of their fingerprints. */
    private void divide(int from, int first, int end, int fingerprint, int localDepth) {
        if (localDepth == depth) {
            doubleDirectory();
        }
        byte[] array = cells.array(from);
        int at = Cells.offset(from);
        int bit = 1 << 31 - localDepth;
        int middle = first;
        while (middle < end) {
            long word = Segment.slot(array, at, middle);
            if (word != 0 && (Segment.fingerprint(word) & bit) != 0) {
                break;
            }
            middle++;
        }
        takeHalf(from, first, middle, fingerprint & ~bit, localDepth + 1);
        takeHalf(from, middle, end, fingerprint | bit, localDepth + 1);
    }

    /** One half becomes a segment; where its words crowd at the end so that they don't fit, it is divided again. */
    private void takeHalf(int from, int first, int end, int fingerprint, int localDepth) {
        byte[] array = cells.array(from);
        int at = Cells.offset(from);
        int entries = 0;
        for (int i = first; i < end; i++) {
            if (Segment.slot(array, at, i) != 0) {
                entries++;
            }
        }
        int half = packed(Segment.slotsFor(entries), localDepth, from, first, end, 0);
        if (half != 0) {
            point(fingerprint, localDepth, half);
        } else if (localDepth < MAX_DEPTH) {
            divide(from, first, end, fingerprint, localDepth);
        } else {
            throw new IllegalStateException("too many keys of equal hash");
        }
    }

    /** After removals: joins a segment with its other half where both are sparse, else gives it a smaller table. */
    private void shrink(int segment, int fingerprint) {
        byte[] array = cells.array(segment);
        int at = Cells.offset(segment);
        int localDepth = Segment.localDepth(array, at);
        int count = Segment.count(array, at);
        while (localDepth > 0) {
            int joined = join(segment, fingerprint, localDepth);
            if (joined == 0) {
                break;
            }
            if (Segment.count(cells.array(joined), Cells.offset(joined)) > 0) {
                return;
            }
            segment =
                    joined; // two empty ones: nothing will be removed from them any more, so go on
            localDepth--;
        }
        int slots = Segment.slotsFor(count);
        if (slots < Segment.slots(cells.array(segment), Cells.offset(segment))) {
            rebuild(segment, fingerprint, slots);
        }
    }

    /** Joins a segment with its other half; 0 where they would not be sparse. */
    private int join(int segment, int fingerprint, int localDepth) {
        int bit = 1 << 32 - localDepth;
        int other = segment(fingerprint ^ bit);
        byte[] otherArray = cells.array(other);
        int otherAt = Cells.offset(other);
        int sum =
                Segment.count(cells.array(segment), Cells.offset(segment))
                        + Segment.count(otherArray, otherAt);
        if (Segment.localDepth(otherArray, otherAt) != localDepth || sum > Segment.MAX_SLOTS / 2) {
            return 0;
        }
        int low = (fingerprint & bit) == 0 ? segment : other;
        int high = low == segment ? other : segment;
        int all = Segment.slots(cells.array(low), Cells.offset(low));
        int joined = packed(Segment.slotsFor(sum), localDepth - 1, low, 0, all, high);
        if (joined != 0) {
            point(fingerprint, localDepth - 1, joined);
            int stretch = stretches.ofSegment(fingerprint, localDepth - 1);
            slab.free(low, stretch);
            slab.free(high, stretch);
        }
        return joined;
    }

    // ---- directory ----

    /** Makes every directory item whose first {@code localDepth} bits are those of the fingerprint name a segment. */
    private void point(int fingerprint, int localDepth, int segment) {
        if (depth == 0) {
            root = segment;
            return;
        }
        int items = 1 << depth - localDepth;
        int first = localDepth == 0 ? 0 : fingerprint >>> 32 - localDepth << depth - localDepth;
        root = writableNode(root);
        if (depth <= PAGE_BITS) {
            fill(root, first, items, segment);
            return;
        }
        while (items > 0) {
            int slot = first >>> PAGE_BITS << 2;
            int page = cells.getInt(root, slot);
            int writable = writableNode(page);
            if (writable != page) {
                cells.putInt(root, slot, writable);
            }
            int within = first & PAGE_ENTRIES - 1;
            int some = Math.min(items, PAGE_ENTRIES - within);
            fill(writable, within, some, segment);
            first += some;
            items -= some;
        }
    }

    private int writableNode(int node) {
        if (slab.writable(node)) {
            return node;
        }
        int copy = copyCell(node);
        slab.free(node);
        return copy;
    }

    private void fill(int page, int first, int items, int segment) {
        for (int i = first; i < first + items; i++) {
            cells.putInt(page, i << 2, segment);
        }
    }

    private void doubleDirectory() {
        int newDepth = depth + 1;
        int newRoot;
        if (newDepth <= PAGE_BITS) {
            newRoot = slab.allocate(4 << newDepth);
            for (int i = 0; i < 1 << newDepth; i++) {
                cells.putInt(newRoot, i << 2, depth == 0 ? root : cells.getInt(root, i >>> 1 << 2));
            }
        } else {
            newRoot = slab.allocate(4 << newDepth - PAGE_BITS);
            for (int p = 0; p < 1 << newDepth - PAGE_BITS; p++) {
                int page = slab.allocate(4 * PAGE_ENTRIES);
                int old = depth == PAGE_BITS ? root : cells.getInt(root, p >>> 1 << 2);
                int base = (p & 1) * (PAGE_ENTRIES / 2);
                for (int i = 0; i < PAGE_ENTRIES; i++) {
                    cells.putInt(page, i << 2, cells.getInt(old, base + (i >>> 1) << 2));
                }
                cells.putInt(newRoot, p << 2, page);
            }
        }
        freeDirectory(root, depth);
        root = newRoot;
        depth = newDepth;
    }
}
