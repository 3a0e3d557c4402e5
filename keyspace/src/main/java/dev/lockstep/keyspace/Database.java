package dev.lockstep.keyspace;

import java.util.SplittableRandom;

/**
 * One of the numbered databases: its entries by key and, for those that have one, by deadline.
 *
 * <p>An entry is named by its cell address, which holds until the next change of that entry: methods that may move it
 * return where it is now. Nothing here judges whether a key has expired; {@link #deadline} tells and the caller decides.
 * Keys and values are passed as slices; a slice may lie in the slab itself. Owned by the keyspace's thread.
 */
public final class Database {
    private static final int LARGE_STEP = 1 << 20;

    private final Keyspace keyspace;
    private final SplittableRandom random = new SplittableRandom();
    private Slab slab;
    private Cells cells;
    private Dict dict;
    private CountedTree expiry;
    private FieldDeadlines fieldDeadlines;
    private EntryMemory entries;
    private StringEntries strings;
    private final Blobs blobs = new Blobs();

    /** The fingerprint of the key that {@link #find} was asked for last. */
    private int soughtFingerprint;

    Database(Keyspace keyspace) {
        this.keyspace = keyspace;
    }

    void attach(Slab newSlab) {
        slab = newSlab;
        cells = newSlab.cells;
        dict = new Dict(newSlab);
        expiry = new CountedTree(newSlab);
        fieldDeadlines = new FieldDeadlines(newSlab);
        entries = new EntryMemory(newSlab);
        strings = new StringEntries(newSlab, entries, keyspace.clock());
        blobs.open(newSlab);
    }

    void detach() {
        attach(slab);
    }

    Dict dict() {
        return dict;
    }

    /** Where the reader of a view that has just been frozen meets the entries. */
    void stretches(Stretches known) {
        dict.stretches(known);
    }

    CountedTree expiry() {
        return expiry;
    }

    FieldDeadlines fieldDeadlines() {
        return fieldDeadlines;
    }

    /** How many keys there are, expired ones that were not removed yet included. */
    public long size() {
        return dict.count();
    }

    /** How many keys have a deadline. */
    public long volatileCount() {
        return expiry.size();
    }

    /** How many hashes have fields with deadlines. */
    public long volatileFieldsCount() {
        return fieldDeadlines.size();
    }

    // ---- reading ----

    /** The entry with this key, or 0. */
    public int find(byte[] key, int offset, int length) {
        soughtFingerprint = KeyHash.of(key, offset, length);
        return dict.find(soughtFingerprint, key, offset, length);
    }

    /** Unix milliseconds at which the entry ends, or -1. */
    public long deadline(int cell) {
        return Entry.deadline(cells, cell);
    }

    public int type(int cell) {
        return Entry.type(cells, cell);
    }

    public int encoding(int cell) {
        return Entry.encoding(cells, cell);
    }

    /** The 24 access bits; {@link AccessClock} reads them. */
    public int access(int cell) {
        return Entry.access(cells, cell);
    }

    public void access(int cell, int access) {
        Entry.access(cells, cell, access);
    }

    /** Notes that the entry was used now. */
    public void touch(int cell) {
        Entry.access(cells, cell, keyspace.clock().touched(Entry.access(cells, cell)));
    }

    public int keyLength(int cell) {
        return Entry.keyLength(cells, cell);
    }

    /** The array that the entry's key lies in, at {@link #keyOffset}. */
    public byte[] keyArray(int cell) {
        return EntryReader.keyArray(cells, cell);
    }

    public int keyOffset(int cell) {
        return EntryReader.keyOffset(cells, cell);
    }

    /** Points {@code into} at the entry's string value. */
    public void read(int cell, StringValue into) {
        EntryReader.read(cells, cell, into);
    }

    public int stringLength(int cell) {
        if (Entry.encoding(cells, cell) == ValueType.INT) {
            EntryReader.read(cells, cell, keyspace.scratch());
            return keyspace.scratch().length();
        }
        return cells.getInt(cell, Entry.VALUE_LENGTH);
    }

    /**
     * What the entry takes, in bytes, its place in the index not counted.
     *
     * @param samples how many elements of a big collection to look at, for an estimate; 0 for all, which is exact
     */
    public long memoryUsage(int cell, long samples) {
        return new EntrySize(slab).of(cell, samples);
    }

    /** What the entry itself takes, in bytes, without what a structure consists of. */
    public long entryBytes(int cell) {
        return entries.bytes(cell);
    }

    // ---- writing strings ----

    /** What setting a key to a string takes at most, in bytes, the index and rounding included; for {@link #admit}. */
    public static long bytesFor(int keyLength, int valueLength) {
        return 64L + keyLength + valueLength + (valueLength >> 3);
    }

    /**
     * For changes of several entries, which must not stop halfway: refuses, with MemoryLimitException, that so many bytes be
     * added, or sees to it that none of the steps is refused.
     */
    public void admit(long bytes) {
        slab.admitTogether(bytes);
    }

    /** An array of zeros for {@link #storeOwned}; MemoryLimitException if there is no memory for it. */
    public byte[] newArray(int length) {
        slab.admit(0, length);
        return new byte[length];
    }

    /**
     * Sets a key to a string, whatever it held before.
     *
     * @param deadline Unix milliseconds, or -1 for none
     * @return the entry
     * @throws MemoryLimitException with nothing changed; so do all methods here that can make an entry larger
     */
    public int setString(
            byte[] key,
            int keyOffset,
            int keyLength,
            byte[] value,
            int valueOffset,
            int valueLength,
            long deadline) {
        int old = find(key, keyOffset, keyLength);
        return storeString(
                old, key, keyOffset, keyLength, value, valueOffset, valueLength, deadline);
    }

    /**
     * {@link #setString} for the key that {@link #find} was asked for last: spares another look-up.
     *
     * @param old what it found, or 0 if that was removed since
     */
    public int storeString(
            int old,
            byte[] key,
            int keyOffset,
            int keyLength,
            byte[] value,
            int valueOffset,
            int valueLength,
            long deadline) {
        int cell =
                strings.of(
                        old, key, keyOffset, keyLength, value, valueOffset, valueLength, deadline);
        index(old, cell, deadline);
        return cell;
    }

    /** {@link #storeString} that keeps the bytes as they are, digits too. */
    public int storeBytes(
            int old,
            byte[] key,
            int keyOffset,
            int keyLength,
            byte[] value,
            int valueOffset,
            int valueLength,
            long deadline) {
        int cell =
                strings.ofBytes(
                        old, key, keyOffset, keyLength, value, valueOffset, valueLength, deadline);
        index(old, cell, deadline);
        return cell;
    }

    /** Sets a key to an integer, as {@link #setString} does with its digits. */
    public int setInteger(byte[] key, int keyOffset, int keyLength, long number, long deadline) {
        int old = find(key, keyOffset, keyLength);
        return storeInteger(old, key, keyOffset, keyLength, number, deadline);
    }

    /** {@link #setInteger} for the key that {@link #find} was asked for last, as {@link #storeString}. */
    public int storeInteger(
            int old, byte[] key, int keyOffset, int keyLength, long number, long deadline) {
        int cell = strings.ofInteger(old, key, keyOffset, keyLength, number, deadline);
        index(old, cell, deadline);
        return cell;
    }

    /** Makes an entry of zeros, raw, for the key that {@link #find} was asked for last and that is not there. */
    public int createString(byte[] key, int keyOffset, int keyLength, int length) {
        int cell = strings.ofZeros(key, keyOffset, keyLength, length);
        index(0, cell, -1);
        return cell;
    }

    /** Sets a key to the contents of an array that the caller gives up; for values that fill an array of their own. */
    public int setOwned(byte[] key, int keyOffset, int keyLength, byte[] value, long deadline) {
        int old = find(key, keyOffset, keyLength);
        return EntryMemory.inlineFits(keyLength, value.length, deadline)
                ? storeString(old, key, keyOffset, keyLength, value, 0, value.length, deadline)
                : storeOwned(old, key, keyOffset, keyLength, value, deadline);
    }

    /** {@link #setOwned} for the key that {@link #find} was asked for last, as {@link #storeBytes}. */
    public int storeOwned(
            int old, byte[] key, int keyOffset, int keyLength, byte[] value, long deadline) {
        if (EntryMemory.inlineFits(keyLength, value.length, deadline)) {
            return storeBytes(old, key, keyOffset, keyLength, value, 0, value.length, deadline);
        }
        int cell = strings.ofOwned(old, key, keyOffset, keyLength, value, deadline);
        index(old, cell, deadline);
        return cell;
    }

    // ---- collections ----

    /**
     * Makes an entry of any type for the key that {@link #find} was asked for last and that is not there. Its value is
     * {@code valueBytes} zeros, in place.
     */
    int create(byte[] key, int keyOffset, int keyLength, int type, int encoding, int valueBytes) {
        int kind = Entry.kind(type, encoding, keyspace.clock().fresh());
        int cell = entries.place(0, key, keyOffset, keyLength, valueBytes, -1, kind);
        byte[] array = valueArray(cell);
        int at = valueOffset(cell);
        zero(array, at, at + valueBytes);
        index(0, cell, -1);
        return cell;
    }

    /**
     * Gives an entry a value of another encoding, {@code valueBytes} zeros. The old value is given back, but not what it
     * consists of if it was a structure: that is the caller's, or goes with it by {@link #reclaimStructure}.
     */
    int replaceValue(int cell, int encoding, int valueBytes) {
        int oldWord = cells.getInt(cell, Entry.KEY_WORD);
        int head = Entry.keyOffset(oldWord) + Entry.keyBytes(oldWord);
        boolean large = head + valueBytes > SizeClasses.MAX_BYTES;
        int inCell = large ? Entry.HANDLE_BYTES : valueBytes;
        slab.admit(head + inCell, large ? valueBytes : 0);
        int handle = large ? slab.large().allocate(valueBytes) : 0;
        int copy = slab.allocate(head + inCell);
        entries.copyBytes(cell, copy, head);
        int kind = cells.getInt(cell, Entry.KIND);
        cells.putInt(copy, Entry.KIND, kind & ~0xf0 | encoding << 4);
        cells.putInt(copy, Entry.KEY_WORD, oldWord & ~Entry.LARGE_VALUE);
        cells.putInt(copy, Entry.VALUE_LENGTH, valueBytes);
        if (large) {
            entries.setLarge(copy, handle, valueBytes);
        } else {
            int at = Cells.offset(copy) + head;
            zero(cells.array(copy), at, at + valueBytes);
        }
        if ((oldWord & Entry.LARGE_VALUE) != 0) {
            slab.large().free(EntryMemory.largeValue(cells, cell, oldWord));
        }
        return moveTo(cell, copy);
    }

    /** Has what an entry's structure consists of given back in slices; the entry itself is about to be changed. */
    void reclaimStructure(int cell) {
        keyspace.reclaimLater(new Reclaim(keyspace, slab, cell));
    }

    /** The array that an entry's value lies in, at {@link #valueOffset}, as it is stored. */
    public byte[] valueArray(int cell) {
        return EntryReader.valueArray(cells, cell);
    }

    public int valueOffset(int cell) {
        return EntryReader.valueOffset(cells, cell);
    }

    /** What an array of the value's own takes that no view sees; 0 if there is none. */
    long bytesOfOwnArray(int cell) {
        int word = cells.getInt(cell, Entry.KEY_WORD);
        if ((word & Entry.LARGE_VALUE) == 0) {
            return 0;
        }
        int handle = cells.getInt(cell, Entry.keyOffset(word) + Entry.keyBytes(word));
        return slab.large().writable(handle) ? slab.large().bytes(handle) : 0;
    }

    /** How many bytes the value takes as it is stored. */
    public int valueLength(int cell) {
        return cells.getInt(cell, Entry.VALUE_LENGTH);
    }

    /**
     * The entry itself if its value may be changed in place, else a copy that is now in its place: of a structure, which is
     * small, so that no memory is asked for and nothing fails halfway.
     */
    int writable(int cell) {
        return slab.writable(cell) ? cell : moveTo(cell, entries.copyOf(cell));
    }

    Slab slab() {
        return slab;
    }

    Keyspace keyspace() {
        return keyspace;
    }

    // ---- entries that are indexed later, many at once; see BulkInsert ----

    /** Makes strings' entries that no index knows yet. */
    StringEntries strings() {
        return strings;
    }

    /**
     * Indexes an entry, in the place of what is there under its key if that may be; else answers false.
     *
     * @param mayExpire whether the entry may have a deadline
     */
    boolean indexLate(int fingerprint, int cell, boolean mayExpire, boolean replace) {
        int old = dict.insertIfAbsent(fingerprint, cell);
        if (old != 0 && !replace) {
            return false;
        }
        long deadline = mayExpire ? Entry.deadline(cells, cell) : -1;
        if (old != 0) {
            index(fingerprint, old, cell, deadline);
        } else if (deadline >= 0) {
            expiry.add(deadline, fingerprint);
        }
        return true;
    }

    /** Makes room in the index for so many entries in all, if memory has it. */
    void expect(long count) {
        dict.expect(count);
    }

    /** Reads what {@link #indexLate} will read first, to have it near. */
    int touchIndex(int fingerprint, int cell, boolean mayExpire) {
        int slot = dict.touch(fingerprint);
        return mayExpire ? slot + cells.getInt(cell, Entry.KEY_WORD) : slot;
    }

    /** Gives back an entry that no index knows. */
    void drop(int cell) {
        entries.free(cell);
    }

    /** Replaces the number of an entry that is stored as an integer. */
    public int replaceInteger(int cell, long number) {
        int word = cells.getInt(cell, Entry.KEY_WORD);
        cell = writableCell(cell);
        cells.putLong(cell, Entry.keyOffset(word) + Entry.keyBytes(word), number);
        return cell;
    }

    /**
     * Makes an entry's string changeable in place and {@code length} bytes long; bytes that are new are zero. Its encoding
     * is raw from then on. {@link #read} then gives the slice that may be written.
     */
    public int resizeString(int cell, int length) {
        int resized = resize(cell, length);
        int kind = cells.getInt(resized, Entry.KIND);
        cells.putInt(resized, Entry.KIND, kind & ~0xf0 | ValueType.RAW << 4);
        return resized;
    }

    /**
     * {@link #resizeString} for a packed value, which keeps its encoding and gets no room that it doesn't need. The slice
     * that may be written is then {@link #valueArray} from {@link #valueOffset} on.
     */
    int resize(int cell, int length) {
        StringValue value = keyspace.scratch();
        EntryReader.read(cells, cell, value);
        int word = cells.getInt(cell, Entry.KEY_WORD);
        int head = Entry.keyOffset(word) + Entry.keyBytes(word);
        boolean isLarge = (word & Entry.LARGE_VALUE) != 0;
        int kept = Math.min(value.length, length);
        boolean packed = ValueType.isPacked(Entry.encoding(cells, cell));
        if (isLarge && head + length > SizeClasses.MAX_BYTES >> 1) {
            cell = resizeArray(cell, head, kept, length, packed);
        } else if (!isLarge
                && slab.writable(cell)
                && !value.integer
                && head + length <= slab.capacity(cell)
                && !(packed && head + length < slab.capacity(cell) >> 1)) {
            zero(
                    cells.array(cell),
                    Cells.offset(cell) + head + kept,
                    Cells.offset(cell) + head + length);
        } else {
            cell = moveValue(cell, word, value, length, packed);
        }
        cells.putInt(cell, Entry.VALUE_LENGTH, length);
        return cell;
    }

    private int resizeArray(int cell, int head, int kept, int length, boolean packed) {
        int handle = cells.getInt(cell, head);
        byte[] array = cells.large[handle];
        if (slab.large().writable(handle) && array.length >= length) {
            cell = writable(cell);
            zero(array, kept, length);
            return cell;
        }
        int room = array.length < length ? roomFor(length, packed) : array.length;
        slab.admit(slab.writable(cell) ? 0 : slab.capacity(cell), room);
        cell = writable(cell);
        int newHandle = slab.large().allocate(room);
        System.arraycopy(array, 0, cells.large[newHandle], 0, kept);
        cells.putInt(cell, head, newHandle);
        slab.large().free(handle);
        return cell;
    }

    /** Moves a value to a new cell, or to an array of its own, a string with room to grow. */
    private int moveValue(int cell, int word, StringValue value, int length, boolean packed) {
        int head = Entry.keyOffset(word) + Entry.keyBytes(word);
        int kept = Math.min(value.length, length);
        int oldHandle = (word & Entry.LARGE_VALUE) != 0 ? cells.getInt(cell, head) : 0;
        int copy;
        if (head + length > SizeClasses.MAX_BYTES) {
            int room = roomFor(length, packed);
            slab.admit(head + Entry.HANDLE_BYTES, room);
            int handle = slab.large().allocate(room);
            System.arraycopy(value.array, value.offset, cells.large[handle], 0, kept);
            copy = slab.allocate(head + Entry.HANDLE_BYTES);
            entries.copyBytes(cell, copy, head);
            cells.putInt(copy, Entry.KEY_WORD, word | Entry.LARGE_VALUE);
            cells.putInt(copy, head, handle);
        } else {
            int room = packed || value.length == 0 ? length : length + (length >> 2);
            int bytes = Math.min(head + room, SizeClasses.MAX_BYTES);
            slab.admit(bytes, 0);
            copy = slab.allocate(bytes);
            entries.copyBytes(cell, copy, head);
            cells.putInt(copy, Entry.KEY_WORD, word & ~Entry.LARGE_VALUE);
            byte[] array = cells.array(copy);
            int at = Cells.offset(copy) + head;
            System.arraycopy(value.array, value.offset, array, at, kept);
            zero(array, at + kept, at + length);
        }
        if (oldHandle != 0) {
            slab.large().free(oldHandle);
        }
        return moveTo(cell, copy);
    }

    private static int roomFor(int length, boolean packed) {
        long room = (long) length + (packed ? length >> 3 : Math.min(length, LARGE_STEP));
        return (int) Math.min(room, Integer.MAX_VALUE - 16);
    }

    static void zero(byte[] array, int from, int to) {
        if (from < to) {
            java.util.Arrays.fill(array, from, to, (byte) 0);
        }
    }

    // ---- deadlines, removal, moving ----

    /** Gives the entry a deadline, or none with -1. */
    public int setDeadline(int cell, long deadline) {
        long old = Entry.deadline(cells, cell);
        if (old == deadline) {
            return cell;
        }
        int fingerprint = locate(cell);
        if (old >= 0 && deadline >= 0) {
            cell = writableCell(cell);
            Entry.deadline(cells, cell, deadline);
        } else {
            cell = moveTo(cell, entries.copyWithDeadline(cell, deadline));
        }
        indexDeadline(fingerprint, old, deadline);
        return cell;
    }

    /** Removes an entry; what a big collection consists of is given back in slices of {@link Keyspace#reclaim}. */
    public void delete(int cell) {
        int fingerprint = unlink(cell);
        giveBack(cell, fingerprint);
    }

    /** Gives back an entry that no index names any more. */
    private void giveBack(int cell, int fingerprint) {
        if (Entry.isStructure(cells, cell) && !ListBlocks.freeFew(blobs, cells, cell)) {
            keyspace.reclaimLater(new Reclaim(keyspace, slab, cell));
        }
        entries.free(cell, dict.stretches().of(fingerprint));
    }

    /**
     * Moves an entry to another key, perhaps of another database of the same keyspace; what stood there is removed. The
     * value is not copied where it has memory of its own. Nothing happens if the entry has that key already. The key may be
     * a slice of either entry: nothing is given back before the new entry stands.
     */
    public int rename(int cell, Database to, byte[] key, int keyOffset, int keyLength) {
        int fingerprint = KeyHash.of(key, keyOffset, keyLength);
        int existing = to.dict.find(fingerprint, key, keyOffset, keyLength);
        if (existing == cell) {
            return cell;
        }
        long deadline = Entry.deadline(cells, cell);
        int moved = entries.copyWithKey(cell, key, keyOffset, keyLength, deadline, true);
        int oldFingerprint = unlink(cell);
        entries.freeKeyAndCell(cell, dict.stretches().of(oldFingerprint));
        if (existing != 0) {
            to.delete(existing);
        }
        to.index(fingerprint, 0, moved, deadline);
        return moved;
    }

    /**
     * Copies an entry, with its deadline and encoding, to another key, perhaps of another database of the same keyspace;
     * what stood there is removed. Nothing happens if the entry has that key already.
     */
    public int copy(int cell, Database to, byte[] key, int keyOffset, int keyLength) {
        int fingerprint = KeyHash.of(key, keyOffset, keyLength);
        int existing = to.dict.find(fingerprint, key, keyOffset, keyLength);
        if (existing == cell) {
            return cell;
        }
        long deadline = Entry.deadline(cells, cell);
        int copied = entries.copyWithKey(cell, key, keyOffset, keyLength, deadline, false);
        Entry.access(cells, copied, keyspace.clock().fresh());
        if (Entry.isStructure(cells, cell)) {
            try {
                new StructureCopy(slab).copy(cell, copied);
            } catch (MemoryLimitException e) {
                giveBack(copied, fingerprint);
                throw e;
            }
        }
        if (existing != 0) {
            to.delete(existing);
        }
        to.index(fingerprint, 0, copied, deadline);
        return copied;
    }

    // ---- walking ----

    /**
     * Visits entries in hash order from a cursor on: at least {@code count}, and all whose hash is that of the last one.
     *
     * @return the next cursor, or 0 at the end
     */
    public long scan(long cursor, long count, CellVisitor visitor) {
        return new ScanWalk(cells, dict.root(), dict.depth()).scan(cursor, count, visitor);
    }

    /** A random entry, or 0 when there is none. */
    public int randomEntry() {
        return dict.random(random);
    }

    /** An entry whose deadline is not after {@code nowMillis}, the earliest first, or 0. */
    public int nextExpired(long nowMillis) {
        if (expiry.size() == 0 || expiry.firstKey() > nowMillis) {
            return 0;
        }
        return firstVolatile();
    }

    /** The entry with the earliest deadline; 0 when no key has one. */
    public int firstVolatile() {
        if (expiry.size() == 0) {
            return 0;
        }
        return dict.byDeadline(expiry.firstTie(), expiry.firstKey());
    }

    /** The hash with the field that ends first, if that is not after {@code nowMillis}; else 0. */
    public int nextWithExpiredField(long nowMillis) {
        return fieldDeadlines.first(dict, nowMillis);
    }

    /** Notes of a hash when its first field ends now; -1 where none does. */
    void earliestFieldDeadlineChanged(int cell, long before, long after) {
        if (before != after) {
            fieldDeadlines.changed(locate(cell), before, after);
        }
    }

    /** A random entry among those with a deadline, or 0 when there is none. */
    public int randomVolatile() {
        if (expiry.size() == 0) {
            return 0;
        }
        long position = random.nextLong(expiry.size());
        return dict.byDeadline(expiry.tieAt(position), expiry.keyAt(position));
    }

    /** The mean time that keys with a deadline have left, in milliseconds, by a sample; 0 without any. */
    public long averageTtl(long nowMillis) {
        long size = expiry.size();
        if (size == 0) {
            return 0;
        }
        int samples = (int) Math.min(size, 16);
        long sum = 0;
        for (int i = 0; i < samples; i++) {
            sum += Math.max(0, expiry.keyAt(size * i / samples) - nowMillis);
        }
        return sum / samples;
    }

    // ---- the indexes ----

    /** {@link #index(int, int, int, long)} for the key sought last. */
    private void index(int old, int cell, long deadline) {
        assert soughtFingerprint == KeyHash.of(keyArray(cell), keyOffset(cell), keyLength(cell))
                : "another key was sought since";
        index(soughtFingerprint, old, cell, deadline);
    }

    /** Makes the index and the expiry index say what {@code cell} is, and gives the entry it replaces back. */
    private void index(int fingerprint, int old, int cell, long deadline) {
        long oldDeadline = -1;
        if (old == 0) {
            dict.insert(fingerprint, cell);
            fieldDeadlines.added(fingerprint, cell);
        } else if (old == cell) {
            if (deadline >= 0) {
                oldDeadline = Entry.deadline(cells, cell);
                Entry.deadline(cells, cell, deadline);
            }
        } else {
            oldDeadline = Entry.deadline(cells, old);
            locate(old);
            dict.replaceFound(cell);
            fieldDeadlines.removed(fingerprint, old);
            giveBack(old, fingerprint);
        }
        indexDeadline(fingerprint, oldDeadline, deadline);
    }

    private void indexDeadline(int fingerprint, long old, long deadline) {
        if (old != deadline) {
            if (old >= 0) {
                boolean removed = expiry.remove(old, fingerprint);
                assert removed : "a deadline that the expiry index does not know";
            }
            if (deadline >= 0) {
                expiry.add(deadline, fingerprint);
            }
        }
    }

    /** Makes the index's place found last that of an entry; returns its fingerprint. */
    private int locate(int cell) {
        if (!dict.isFound(cell)) {
            dict.locate(KeyHash.of(keyArray(cell), keyOffset(cell), keyLength(cell)), cell);
        }
        return dict.foundFingerprint();
    }

    /** Takes an entry out of the indexes; returns its fingerprint. */
    private int unlink(int cell) {
        int fingerprint = locate(cell);
        long deadline = Entry.deadline(cells, cell);
        dict.removeFound();
        fieldDeadlines.removed(fingerprint, cell);
        indexDeadline(fingerprint, deadline, -1);
        return fingerprint;
    }

    /** Puts a copy of an entry in its place; key and value that have arrays of their own belong to the copy now. */
    private int moveTo(int cell, int copy) {
        int fingerprint = locate(cell);
        dict.replaceFound(copy);
        slab.free(cell, dict.stretches().of(fingerprint));
        return copy;
    }

    private int writableCell(int cell) {
        if (slab.writable(cell)) {
            return cell;
        }
        slab.admit(slab.capacity(cell), 0);
        return moveTo(cell, entries.copyOf(cell));
    }
}
