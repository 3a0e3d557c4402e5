package dev.lockstep.keyspace;

/**
 * A list. Small, one listpack; bigger, blocks that are listpacks ({@link ListBlocks}).
 *
 * <p>What makes it bigger decides whether one listpack still will do before it adds anything, and by the length of the texts
 * alone, as Redis does. What makes it smaller leaves it as it is: {@link #shrunk} packs it again.
 *
 * @see CollectionValue
 */
public final class ListValue extends CollectionValue {
    private final ListBlocks blocks = new ListBlocks();
    private final StringValue element = new StringValue();
    private boolean packed;

    /** Points this at the list in {@code listCell}. */
    public ListValue open(Database database, int listCell) {
        openAt(database, listCell);
        blocks.limit(limits);
        packed = isPacked();
        if (!packed) {
            load();
        }
        return this;
    }

    private void load() {
        blocks.open(
                db.keyspace(),
                getInt(Structure.LIST_HEAD),
                getInt(Structure.LIST_TAIL),
                getInt(Structure.TREE_ROOT),
                getLong(Structure.TREE_SIZE));
    }

    /** Stores what the blocks are now; {@link #beginChange} comes before. */
    private void save() {
        putInt(Structure.LIST_HEAD, blocks.head());
        putInt(Structure.LIST_TAIL, blocks.tail());
        saveTree(blocks.inner());
    }

    @Override
    public long size() {
        return packed ? Listpack.count(array, at) : blocks.size();
    }

    // ---- pushing ----

    /** How much an element adds to a listpack. */
    public static int packedBytes(byte[] bytes, int offset, int length) {
        return Listpack.sizeOf(bytes, offset, length);
    }

    /**
     * Points this at a list to push so many elements to, all of which there is memory for then.
     *
     * @param textBytes how long they are together
     * @param packedBytes the sum of {@link #packedBytes}
     */
    public ListValue openToPush(
            Database database, int listCell, long textBytes, long packedBytes, int count) {
        open(database, listCell);
        if (packed && !fitsOneListpack(textBytes, count)) {
            slab.admitMore(blocks.bytesToPush(packedBytes) + 4L * db.valueLength(cell));
            becomeBlocks();
        } else if (!packed && count > 1) {
            slab.admitMore(blocks.bytesToPush(packedBytes));
        }
        if (packed) {
            room((int) (Listpack.bytes(array, at) + packedBytes));
        } else {
            beginChange();
        }
        return this;
    }

    /** The same with a new list for the key that {@code database} was asked for last and that is not there. */
    public ListValue createToPush(
            Database database,
            byte[] key,
            int offset,
            int length,
            long textBytes,
            long packedBytes,
            int count) {
        EncodingLimits newLimits = database.keyspace().encodingLimits();
        BlockLimit limit = blocks.limit(newLimits);
        if (limit.isExceededBy(Listpack.EMPTY_BYTES + textBytes, count)) {
            database.slab()
                    .admitMore(blocks.bytesToPush(packedBytes) + Database.bytesFor(length, 64));
            createBlocks(database, key, offset, length);
        } else {
            int bytes = (int) (Listpack.EMPTY_BYTES + packedBytes);
            create(database, key, offset, length, ValueType.LISTPACK, bytes);
            Listpack.init(array, at);
        }
        return this;
    }

    private void create(
            Database database, byte[] key, int offset, int length, int encoding, int bytes) {
        openAt(database, database.create(key, offset, length, ValueType.LIST, encoding, bytes));
        packed = encoding == ValueType.LISTPACK;
    }

    /** Adds an element as the first or the last; only what {@link #openToPush} or {@link #createToPush} was told of. */
    public void push(byte[] bytes, int offset, int length, boolean first) {
        if (packed) {
            int p = first ? Listpack.first(array, at) : Listpack.end(array, at);
            Listpack.insert(array, at, p, bytes, offset, length);
        } else {
            blocks.push(bytes, offset, length, first);
            save();
        }
    }

    private boolean fitsOneListpack(long moreTextBytes, int moreElements) {
        return !blocks.limit(limits)
                .isExceededBy(
                        Listpack.bytes(array, at) + moreTextBytes,
                        Listpack.count(array, at) + moreElements);
    }

    private void becomeBlocks() {
        blocks.open(db.keyspace(), 0, 0, 0, 0);
        if (Listpack.bytes(array, at) > Listpack.EMPTY_BYTES) {
            addBlock(array, at, Listpack.bytes(array, at));
        }
        becomeStructure(ValueType.QUICKLIST, Structure.LIST_BYTES);
        packed = false;
        save();
    }

    // ---- the ends ----

    /** Points {@code into} at the first or the last element. */
    public void get(boolean first, StringValue into) {
        if (packed) {
            int p =
                    first
                            ? Listpack.first(array, at)
                            : Listpack.previous(array, at, Listpack.end(array, at));
            Listpack.get(array, p, into);
        } else {
            blocks.get(first, into);
        }
    }

    /** Removes the first or the last element. Is not refused. */
    public void pop(boolean first) {
        if (packed) {
            int p = first ? Listpack.first(array, at) : Listpack.seek(array, at, -1);
            deletePacked(p - at, 1);
        } else {
            beginRemoval();
            blocks.pop(first);
            save();
        }
    }

    // ---- by position ----

    /** Points {@code into} at the element at a position; negative ones count from the end. False if there is none. */
    public boolean get(long index, StringValue into) {
        long size = size();
        long position = index < 0 ? index + size : index;
        if (position < 0 || position >= size) {
            return false;
        }
        if (packed) {
            Listpack.get(array, Listpack.seek(array, at, (int) position), into);
        } else {
            blocks.get(position, into);
        }
        return true;
    }

    /** Decides whether one listpack will do with one more element: before {@link #set} and {@link #insert}. */
    public void makeRoomFor(int length) {
        if (packed && !fitsOneListpack(length, 1)) {
            slab.admitMore(10L * db.valueLength(cell) + blocks.bytesToPush(length));
            becomeBlocks();
        }
    }

    /** Puts another element in the place of the one at a position. */
    public void set(long position, byte[] bytes, int offset, int length) {
        if (packed) {
            int p = Listpack.seek(array, at, (int) position);
            replacePacked(p - at, bytes, offset, length);
        } else {
            beginChange();
            blocks.set(position, bytes, offset, length);
            save();
        }
    }

    /** Puts an element where it has a position then, from 0 to the list's size. */
    public void insert(long position, byte[] bytes, int offset, int length) {
        if (packed) {
            int p =
                    position == size()
                            ? Listpack.end(array, at)
                            : Listpack.seek(array, at, (int) position);
            insertPacked(p - at, bytes, offset, length);
        } else {
            beginChange();
            blocks.insert(position, bytes, offset, length);
            save();
        }
    }

    // ---- removing ----

    /** Before an element of that length is popped and pushed to the same list again, so that neither is refused. */
    public void admitRotation(int length) {
        long bytes = 2 * (db.entryBytes(cell) + blocks.bytesToPush(length));
        slab.admitRemoval(packed ? bytes : bytes + 2 * blocks.bytesToCopy(0, size() - 1));
    }

    /** Removes all elements but some from a position on, at least one. Is not refused. */
    public void keep(long from, long count) {
        long behind = size() - from - count;
        if (packed) {
            roomToRemove(Listpack.bytes(array, at));
            if (behind > 0) {
                int p = Listpack.seek(array, at, (int) (from + count));
                Listpack.delete(array, at, p, (int) behind);
            }
            Listpack.delete(array, at, Listpack.first(array, at), (int) from);
            trim();
        } else {
            beginRemoval();
            blocks.keep(from, count);
            save();
        }
    }

    /**
     * Removes elements that are a sought one, which must not lie in the list. Is not refused.
     *
     * @param most how many at most
     * @param fromEnd whether to begin at the end
     * @return how many
     */
    public long remove(SoughtElement sought, long most, boolean fromEnd) {
        if (packed) {
            int met = sought.countIn(array, at);
            int some = (int) Math.min(met, most);
            if (some > 0) {
                roomToRemove(Listpack.bytes(array, at));
                Listpack.delete(array, at, sought, fromEnd ? met - some : 0, some);
                trim();
            }
            return some;
        }
        beginRemoval();
        long removed = blocks.remove(sought, most, fromEnd);
        save();
        return removed;
    }

    /** Packs the list if elements were removed and so little is left that Redis would; not without memory for it. */
    public void shrunk() {
        if (!packed && blocks.isOneSharedBlock()) {
            try {
                pack(2);
            } catch (MemoryLimitException full) {
                packed = false;
            }
        }
    }

    /** Packs the list if it is one block that has at most that part of what it may have. */
    private void pack(int part) {
        int head = blocks.head();
        byte[] listpack = blocks.array(head);
        int from = blocks.at(head);
        int bytes = Listpack.bytes(listpack, from);
        if (!blocks.limit(limits).allowsPacking(bytes, Listpack.count(listpack, from), part)) {
            return;
        }
        becomeStructure(ValueType.LISTPACK, bytes);
        System.arraycopy(listpack, from, array, at, bytes);
        blocks.free(head);
        packed = true;
    }

    // ---- walking ----

    boolean isInBlocks() {
        return !packed;
    }

    /** Points a walk at the block that a position is in. */
    void seek(ListBlockWalk walk, long position) {
        walk.open(cells, blocks.head(), blocks.inner().root(), blocks.tail());
        walk.seek(position, blocks.inner().size());
    }

    // ---- lists that are loaded ----

    /** Makes a list of a whole listpack, valid in itself and not empty. */
    public ListValue createOf(
            Database database,
            byte[] key,
            int keyOffset,
            int keyLength,
            byte[] listpack,
            int offset,
            int length) {
        BlockLimit limit = blocks.limit(database.keyspace().encodingLimits());
        if (limit.allowsPacking(length, Listpack.count(listpack, offset), 1)) {
            create(database, key, keyOffset, keyLength, ValueType.LISTPACK, length);
            System.arraycopy(listpack, offset, array, at, length);
        } else {
            createBlocks(database, key, keyOffset, keyLength);
            addListpack(listpack, offset, length);
        }
        return this;
    }

    /** Makes an empty list of blocks, which is to be filled at once. */
    public ListValue createBlocks(Database database, byte[] key, int offset, int length) {
        create(database, key, offset, length, ValueType.QUICKLIST, Structure.LIST_BYTES);
        load();
        return this;
    }

    /**
     * Makes an empty list of blocks, which is to be filled at once with elements that are pushed, and then is {@link #loaded}.
     *
     * @param packedBytes the sum of {@link #packedBytes}
     */
    public ListValue createBlocksToPush(
            Database database, byte[] key, int offset, int length, long packedBytes) {
        blocks.limit(database.keyspace().encodingLimits());
        database.slab().admitMore(blocks.bytesToPush(packedBytes) + Database.bytesFor(length, 64));
        return createBlocks(database, key, offset, length);
    }

    /** Adds a whole listpack, valid in itself and not empty, behind all others: a block. */
    public void addListpack(byte[] listpack, int offset, int length) {
        addBlock(listpack, offset, length);
        save();
    }

    /** Adds a block of one element behind all others; more may be pushed to it if it is not too large. */
    public void addBlockOfOne(byte[] bytes, int offset, int length) {
        blocks.addOne(bytes, offset, length);
        save();
    }

    /** Adds an element behind all others, to the last block, however large that is. */
    public void addToLastBlock(byte[] bytes, int offset, int length) {
        blocks.pushToLast(bytes, offset, length);
        save();
    }

    /** Packs a list that was loaded, if it is one block that may be a packed list. */
    public void loaded() {
        if (blocks.isOneSharedBlock()) {
            pack(1);
        }
    }

    private void addBlock(byte[] listpack, int offset, int length) {
        if (Listpack.isCounted(listpack, offset)) {
            blocks.add(listpack, offset, length);
        } else {
            int p = Listpack.first(listpack, offset);
            while (!Listpack.isEnd(listpack, p)) {
                p = Listpack.read(listpack, p, element);
                blocks.push(element.array, element.offset, element.length, false);
            }
        }
    }
}
