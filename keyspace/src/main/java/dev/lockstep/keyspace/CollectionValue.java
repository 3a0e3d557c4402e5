package dev.lockstep.keyspace;

/**
 * A collection that is a key's value, opened to be read or changed where it lies. Subclasses know the types.
 *
 * <p>An object of this kind holds no data: it is pointed at an entry with {@code open} or makes one with {@code create}, and is
 * used again for the next. It stays valid until the entry is changed in any other way, or moved to another key; changing
 * other entries does no harm, so long as no second object is open on the same entry. A change may move the entry:
 * {@link #cell} tells where it is now. Slices given out are valid until the next change of the keyspace.
 *
 * <p>A value is packed, then {@link #array} from {@link #at} on is a listpack or an intset; or it is a {@link Structure}, then
 * that is what lies there. Bytes to be stored must not lie in the value itself. All that makes a value larger asks for the
 * memory first and throws {@link MemoryLimitException} with nothing changed. Owned by the keyspace's thread.
 *
 * <p>Here and in other objects that are used again for every command, a reference is stored only if it is another one: to the
 * collector G1 each store of a reference in an old object is a memory fence and a card to look at, a fifth of a push.
 */
public abstract class CollectionValue extends ArrayWindow {
    /** What an element takes in a table beside its bytes, at most: its head, rounding, its places in the index and in a tree. */
    private static final int TABLE_BYTES = 96;

    /** What an element takes in a packed value beside its bytes, at most. */
    private static final int PACKED_BYTES = 16;

    private static final long STRING_BYTES_MAX = 1L << 31;

    Database db;
    Slab slab;
    Cells cells;
    EncodingLimits limits;
    int cell;
    int at;

    /** Whether the memory for the changes to come was asked for at once, with {@link #grant}. */
    boolean granted;

    CollectionValue() {}

    /** The entry, where it is now. */
    public int cell() {
        return cell;
    }

    public Database database() {
        return db;
    }

    /** How many elements there are. */
    public abstract long size();

    /** One of {@link ValueType}'s encodings. */
    public int encoding() {
        return db.encoding(cell);
    }

    /** Removes the key if nothing is left in the value; tells whether it did. */
    public boolean deleteIfEmpty() {
        if (size() > 0) {
            return false;
        }
        db.delete(cell);
        return true;
    }

    void openAt(Database database, int newCell) {
        Slab newSlab = database.slab();
        EncodingLimits newLimits = database.keyspace().encodingLimits();
        if (db != database || slab != newSlab || limits != newLimits) {
            db = database;
            slab = newSlab;
            cells = newSlab.cells;
            limits = newLimits;
        }
        granted = false;
        moved(newCell);
    }

    /** Makes an entry with an empty packed value for the key that the database was asked for last and that is not there. */
    void createPacked(
            Database database, byte[] key, int offset, int length, int type, int encoding) {
        int bytes = encoding == ValueType.LISTPACK ? Listpack.EMPTY_BYTES : Intset.HEADER_BYTES;
        openAt(database, database.create(key, offset, length, type, encoding, bytes));
        if (encoding == ValueType.LISTPACK) {
            Listpack.init(array, at);
        } else {
            Intset.init(array, at);
        }
    }

    private void moved(int newCell) {
        cell = newCell;
        lookInto(db.valueArray(newCell));
        at = db.valueOffset(newCell);
    }

    @Override
    void letGo() {
        super.letGo();
        cell = 0;
    }

    boolean isPacked() {
        return ValueType.isPacked(encoding());
    }

    // ---- packed values ----

    /** Gives the packed value room for so many bytes, and makes it changeable in place. Offsets into it begin at {@link #at}. */
    void room(int bytes) {
        if (!granted) {
            moved(db.resize(cell, bytes));
            return;
        }
        int oldCell = cell;
        byte[] oldArray = array;
        int cellBytes = slab.writable(oldCell) ? slab.capacity(oldCell) : 0;
        long arrayBytes = db.bytesOfOwnArray(oldCell);
        moved(db.resize(oldCell, bytes));
        slab.grantMore((cell != oldCell ? cellBytes : 0) + (array != oldArray ? arrayBytes : 0));
    }

    /** Asks for memory for several changes at once, so that none of them is refused. */
    void grant(long bytes) {
        slab.admitTogether(bytes);
        granted = true;
    }

    /**
     * Asks for all the memory that it takes to add so many elements of so many bytes in all, packed or in a table: then
     * adding them is not refused halfway.
     *
     * @param packedGrowth by how many bytes they can make a packed value longer, at most
     */
    void admit(long elements, long bytes, long packedGrowth) {
        long needed = TABLE_BYTES * (elements + 1) + bytes + (bytes >> 3);
        if (isPacked()) {
            long packed = db.entryBytes(cell) + Math.min(needed, packedGrowth);
            needed += converting() + 4 * packed;
        }
        grant(needed);
    }

    /**
     * By how many bytes so many elements more can make a packed value longer, at most.
     *
     * @param mostElements how many may be packed
     * @param strings of how many strings each consists
     * @param longest how many bytes a string may have that is packed
     */
    long packedGrowth(long elements, long mostElements, int strings, long longest) {
        long some = Math.min(elements, Math.max(0, mostElements - size()));
        return some * strings * (Math.min(longest, STRING_BYTES_MAX) + PACKED_BYTES);
    }

    /** Asks for what turning the packed value into a table takes, unless that was granted. */
    void admitTable() {
        if (!granted) {
            slab.admitMore(converting());
        }
    }

    private long converting() {
        return slab.capacity(cell) + 2L * db.valueLength(cell) + TABLE_BYTES * (size() + 1);
    }

    /** Adds an element to the listpack before the one at an offset from {@link #at}. */
    void insertPacked(int before, byte[] bytes, int offset, int length) {
        room(Listpack.bytes(array, at) + Listpack.sizeOf(bytes, offset, length));
        Listpack.insert(array, at, at + before, bytes, offset, length);
    }

    void appendPacked(byte[] bytes, int offset, int length) {
        insertPacked(Listpack.end(array, at) - at, bytes, offset, length);
    }

    void replacePacked(int element, byte[] bytes, int offset, int length) {
        int more =
                Listpack.sizeOf(bytes, offset, length) - Listpack.entryBytes(array, at + element);
        int size = Listpack.bytes(array, at) + more;
        room(Math.max(size, size - more));
        Listpack.replace(array, at, at + element, bytes, offset, length);
        trim();
    }

    /** Takes elements out of the listpack, from the one at an offset from {@link #at} on. Is not refused. */
    void deletePacked(int element, int count) {
        roomToRemove(Listpack.bytes(array, at));
        Listpack.delete(array, at, at + element, count);
        trim();
    }

    /** {@link #room} for the packed value as it is, which is about to become smaller: neither that nor trimming is refused. */
    void roomToRemove(int bytes) {
        slab.admitRemoval(2 * db.entryBytes(cell));
        room(bytes);
    }

    /** Gives back the room that a listpack which has become smaller leaves. */
    void trim() {
        trimTo(Listpack.bytes(array, at));
    }

    /** Gives back room that the packed value doesn't need. Is not refused: what has made it smaller is done. */
    void trimTo(int bytes) {
        if (bytes < db.valueLength(cell)) {
            slab.admitRemoval(db.entryBytes(cell));
            room(bytes);
        }
    }

    /** Makes the entry's value another packed one, of zeros; what it was is gone. */
    void becomePacked(int encoding, int bytes) {
        moved(db.replaceValue(cell, encoding, bytes));
    }

    // ---- structures ----

    /** Makes the entry's value an empty structure; what was packed is gone. */
    void becomeStructure(int encoding, int bytes) {
        moved(db.replaceValue(cell, encoding, bytes));
    }

    /** Makes the structure changeable in place. */
    void beginChange() {
        moved(db.writable(cell));
    }

    /** {@link #beginChange} to remove something: is not refused. */
    void beginRemoval() {
        slab.admitRemoval(db.entryBytes(cell));
        beginChange();
    }

    int getInt(int field) {
        return (int) Cells.INT.get(array, at + field);
    }

    long getLong(int field) {
        return (long) Cells.LONG.get(array, at + field);
    }

    void putInt(int field, int value) {
        Cells.INT.set(array, at + field, value);
    }

    void putLong(int field, long value) {
        Cells.LONG.set(array, at + field, value);
    }

    void load(ElementTable table) {
        table.open(
                slab,
                getInt(Structure.DICT_ROOT),
                getInt(Structure.DICT_DEPTH),
                getLong(Structure.DICT_COUNT));
    }

    /** Stores what a table is now; {@link #beginChange} comes before. */
    void save(ElementTable table) {
        Dict dict = table.dict();
        putInt(Structure.DICT_ROOT, dict.root());
        putInt(Structure.DICT_DEPTH, dict.depth());
        putLong(Structure.DICT_COUNT, dict.count());
    }

    void loadTree(CountedTree tree) {
        tree.open(slab, getInt(Structure.TREE_ROOT), getLong(Structure.TREE_SIZE));
    }

    void saveTree(CountedTree tree) {
        putInt(Structure.TREE_ROOT, tree.root());
        putLong(Structure.TREE_SIZE, tree.size());
    }
}
