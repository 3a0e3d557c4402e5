package dev.lockstep.keyspace;

import java.util.SplittableRandom;

/**
 * A hash: fields with values. Small, one listpack of field, value, field, value; bigger, a table of fields.
 *
 * <p>Fields may have deadlines; then the hash is a table, however small, with a tree of (deadline, field's fingerprint). What
 * has expired is there until somebody removes it; {@link #hideBefore} lets look-ups pass over it. The database knows the
 * earliest deadline of each hash.
 *
 * <p>A field that was drawn or scanned is named by a number that holds until the next change of the hash.
 *
 * @see CollectionValue
 */
public final class HashValue extends CollectionValue {
    /** What {@link #deadline} answers where there is no such field. */
    public static final long NO_FIELD = -2;

    /** What {@link #deadline} answers of a field that has none. */
    public static final long NO_DEADLINE = -1;

    /** In place of a deadline to give a field: the one that it has, if it is there. */
    public static final long KEEP_DEADLINE = -2;

    private static final int MAX_LISTPACK_BYTES = 1 << 30;

    private final ElementTable table = new ElementTable();
    private final CountedTree deadlines = new CountedTree(null, false);
    private final Duplicates duplicates = new Duplicates();
    private final StringValue fieldRead = new StringValue();
    private final StringValue valueRead = new StringValue();
    private long hiddenBefore;
    private boolean metHidden;

    /** Points this at the hash in {@code hashCell}; nothing of it is hidden. */
    public HashValue open(Database database, int hashCell) {
        openAt(database, hashCell);
        hiddenBefore = Long.MIN_VALUE;
        metHidden = false;
        if (isPacked()) {
            deadlines.open(slab, 0, 0);
        } else {
            load(table);
            deadlines.open(slab, getInt(Structure.EXPIRY_ROOT), getLong(Structure.EXPIRY_SIZE));
        }
        return this;
    }

    /** Makes an empty hash for the key that {@code database} was asked for last and that is not there. */
    public HashValue create(Database database, byte[] key, int offset, int length) {
        createPacked(database, key, offset, length, ValueType.HASH, ValueType.LISTPACK);
        hiddenBefore = Long.MIN_VALUE;
        metHidden = false;
        deadlines.open(slab, 0, 0);
        return this;
    }

    /** Hides fields whose deadline is before this moment, in Unix milliseconds, from all that looks for them by name. */
    public HashValue hideBefore(long millis) {
        hiddenBefore = millis;
        return this;
    }

    /** How many fields there are, hidden ones included. */
    @Override
    public long size() {
        return isPacked() ? Listpack.count(array, at) / 2 : table.count();
    }

    /** How many fields are not hidden. */
    public long visibleSize() {
        return size() - (hasDeadlines() ? deadlines.below(hiddenBefore) : 0);
    }

    // ---- fields by name ----

    /** Points {@code into} at the value of a field; false if there is none. */
    public boolean get(byte[] field, int offset, int length, StringValue into) {
        if (isPacked()) {
            int there = findPacked(field, offset, length);
            if (there == Listpack.NONE) {
                return false;
            }
            Listpack.get(array, Listpack.next(array, there), into);
            return true;
        }
        int element = find(field, offset, length);
        if (element != 0) {
            EntryReader.read(cells, element, into);
        }
        return element != 0;
    }

    /** Whether the last look-up by name found nothing because what is there is hidden. */
    public boolean metHidden() {
        return metHidden;
    }

    private int findPacked(byte[] field, int offset, int length) {
        return Listpack.find(array, at, Listpack.first(array, at), field, offset, length, 1);
    }

    /** The element of a field in the table, or 0. */
    private int find(byte[] field, int offset, int length) {
        int element = table.find(field, offset, length);
        metHidden = element != 0 && isHidden(element);
        return metHidden ? 0 : element;
    }

    /** Readies an empty or small hash for so many fields to come, as Redis does: as if they were all new. */
    public void expect(long newFields) {
        if (isPacked() && newFields > limits.hashMaxListpackEntries()) {
            becomeTable();
        }
    }

    /** Sets a field, which has no deadline then; true if it is new. */
    public boolean set(
            byte[] field,
            int fieldOffset,
            int fieldLength,
            byte[] value,
            int valueOffset,
            int valueLength) {
        return set(field, fieldOffset, fieldLength, value, valueOffset, valueLength, NO_DEADLINE);
    }

    /** {@link #set} of a field that ends then, Unix milliseconds, or {@link #NO_DEADLINE}, or {@link #KEEP_DEADLINE}. */
    public boolean set(
            byte[] field,
            int fieldOffset,
            int fieldLength,
            byte[] value,
            int valueOffset,
            int valueLength,
            long deadline) {
        if (isPacked() && (deadline >= 0 || !mayStayPacked(fieldLength, valueLength))) {
            becomeTable();
        }
        return isPacked()
                ? setPacked(field, fieldOffset, fieldLength, value, valueOffset, valueLength)
                : setInTable(
                        field, fieldOffset, fieldLength, value, valueOffset, valueLength, deadline);
    }

    private boolean mayStayPacked(int fieldLength, int valueLength) {
        long limit = limits.hashMaxListpackValue();
        return fieldLength <= limit
                && valueLength <= limit
                && Listpack.bytes(array, at) + (long) fieldLength + valueLength
                        <= MAX_LISTPACK_BYTES;
    }

    private boolean setPacked(
            byte[] field,
            int fieldOffset,
            int fieldLength,
            byte[] value,
            int valueOffset,
            int valueLength) {
        int there = findPacked(field, fieldOffset, fieldLength);
        if (there != Listpack.NONE) {
            replacePacked(Listpack.next(array, there) - at, value, valueOffset, valueLength);
            return false;
        }
        if (isFullyPacked()) {
            becomeTable();
            return setInTable(
                    field, fieldOffset, fieldLength, value, valueOffset, valueLength, NO_DEADLINE);
        }
        appendPair(field, fieldOffset, fieldLength, value, valueOffset, valueLength);
        return true;
    }

    private void appendPair(
            byte[] field,
            int fieldOffset,
            int fieldLength,
            byte[] value,
            int valueOffset,
            int valueLength) {
        room(
                Listpack.bytes(array, at)
                        + Listpack.sizeOf(field, fieldOffset, fieldLength)
                        + Listpack.sizeOf(value, valueOffset, valueLength));
        int end = Listpack.end(array, at);
        int next =
                Listpack.next(
                        array, Listpack.insert(array, at, end, field, fieldOffset, fieldLength));
        Listpack.insert(array, at, next, value, valueOffset, valueLength);
    }

    /** Asks for the memory that adding so many fields takes, of so many bytes in all: then none of them is refused. */
    public void admit(long fields, long bytes) {
        long longest = limits.hashMaxListpackValue();
        admit(fields, bytes, packedGrowth(fields, limits.hashMaxListpackEntries(), 2, longest));
    }

    /** Whether no field more may be packed. */
    private boolean isFullyPacked() {
        return size() >= limits.hashMaxListpackEntries();
    }

    private boolean setInTable(
            byte[] field,
            int fieldOffset,
            int fieldLength,
            byte[] value,
            int valueOffset,
            int valueLength,
            long deadline) {
        beginChange();
        boolean isNew = find(field, fieldOffset, fieldLength) == 0;
        int old = table.found();
        long before = old == 0 ? NO_DEADLINE : Entry.deadline(cells, old);
        long after = deadline != KEEP_DEADLINE ? deadline : isNew ? NO_DEADLINE : before;
        table.put(old, field, fieldOffset, fieldLength, value, valueOffset, valueLength, after);
        moveDeadline(table.soughtFingerprint(), before, after);
        save(table);
        return isNew;
    }

    /** Removes a field; false if it is not there. */
    public boolean remove(byte[] field, int offset, int length) {
        if (isPacked()) {
            int there = findPacked(field, offset, length);
            if (there != Listpack.NONE) {
                deletePacked(there - at, 2);
            }
            return there != Listpack.NONE;
        }
        int element = find(field, offset, length);
        if (element != 0) {
            removeElement(element);
        }
        return element != 0;
    }

    private void removeElement(int element) {
        beginChange();
        long deadline = Entry.deadline(cells, element);
        int fingerprint = deadline < 0 ? 0 : table.fingerprint(element);
        table.remove(element);
        moveDeadline(fingerprint, deadline, NO_DEADLINE);
        save(table);
    }

    // ---- building from an RDB ----

    /**
     * Adds a field without looking whether it is there, as fast as one can be added. Once all are, {@link #size} or
     * {@link #hasDuplicates} tells whether there were any.
     */
    public void append(
            byte[] field,
            int fieldOffset,
            int fieldLength,
            byte[] value,
            int valueOffset,
            int valueLength) {
        if (isPacked() && (isFullyPacked() || !mayStayPacked(fieldLength, valueLength))) {
            becomeTable();
        }
        if (isPacked()) {
            appendPair(field, fieldOffset, fieldLength, value, valueOffset, valueLength);
        } else {
            setInTable(
                    field, fieldOffset, fieldLength, value, valueOffset, valueLength, NO_DEADLINE);
        }
    }

    /** Whether a hash that was appended to has a field twice while it is packed; else {@link #size} is less than expected. */
    public boolean hasDuplicates() {
        return isPacked() && duplicates.in(array, at, 2);
    }

    /**
     * Makes a whole listpack, which is valid in itself, the value of this empty hash. It stays packed whatever the length of
     * its strings, as in Redis.
     *
     * @return false if it is no hash: of an odd count, or with a field that is there twice
     */
    public boolean setListpack(byte[] bytes, int offset, int length) {
        if (Listpack.count(bytes, offset) % 2 != 0 || duplicates.in(bytes, offset, 2)) {
            return false;
        }
        room(length);
        System.arraycopy(bytes, offset, array, at, length);
        if (size() > limits.hashMaxListpackEntries()) {
            becomeTable();
        }
        return true;
    }

    private void becomeTable() {
        admitTable();
        table.open(slab, 0, 0, 0);
        for (int p = Listpack.first(array, at); !Listpack.isEnd(array, p); ) {
            Listpack.get(array, p, fieldRead);
            p = Listpack.next(array, p);
            Listpack.get(array, p, valueRead);
            p = Listpack.next(array, p);
            byte[] field = fieldRead.array;
            int old = table.find(field, fieldRead.offset, fieldRead.length);
            table.put(
                    old,
                    field,
                    fieldRead.offset,
                    fieldRead.length,
                    valueRead.array,
                    valueRead.offset,
                    valueRead.length,
                    NO_DEADLINE);
        }
        becomeStructure(ValueType.HASHTABLE, Structure.BYTES);
        save(table);
    }

    // ---- deadlines ----

    /** Whether any field has a deadline. */
    public boolean hasDeadlines() {
        return deadlines.size() > 0;
    }

    /** When a field ends, Unix milliseconds, or {@link #NO_DEADLINE}, or {@link #NO_FIELD}. */
    public long deadline(byte[] field, int offset, int length) {
        if (isPacked()) {
            return findPacked(field, offset, length) == Listpack.NONE ? NO_FIELD : NO_DEADLINE;
        }
        int element = find(field, offset, length);
        return element == 0 ? NO_FIELD : Entry.deadline(cells, element);
    }

    /** Gives a field a deadline, in Unix milliseconds, or none; false if there is no such field. */
    public boolean setDeadline(byte[] field, int offset, int length, long deadline) {
        if (isPacked()) {
            if (findPacked(field, offset, length) == Listpack.NONE) {
                return false;
            }
            if (deadline < 0) {
                return true;
            }
            becomeTable();
        }
        beginChange();
        int element = find(field, offset, length);
        if (element == 0) {
            return false;
        }
        long before = Entry.deadline(cells, element);
        if (before != deadline) {
            table.setDeadline(element, deadline);
            moveDeadline(table.soughtFingerprint(), before, deadline);
            save(table);
        }
        return true;
    }

    /** What it takes at most to give a field a deadline, in bytes, for {@link Database#admit}. */
    public long bytesForDeadline(byte[] field, int offset, int length) {
        return get(field, offset, length, valueRead)
                ? Database.bytesFor(length, valueRead.length)
                : 0;
    }

    private void moveDeadline(int fingerprint, long before, long after) {
        if (before == after) {
            return;
        }
        long earliest = earliestDeadline();
        if (before >= 0) {
            boolean removed = deadlines.remove(before, fingerprint);
            assert removed : "a deadline that the tree does not know";
        }
        if (after >= 0) {
            deadlines.add(after, fingerprint);
        }
        putInt(Structure.EXPIRY_ROOT, deadlines.root());
        putLong(Structure.EXPIRY_SIZE, deadlines.size());
        db.earliestFieldDeadlineChanged(cell, earliest, earliestDeadline());
    }

    private long earliestDeadline() {
        return hasDeadlines() ? deadlines.firstKey() : NO_DEADLINE;
    }

    /** The field that ends first, if that is before this moment, in Unix milliseconds; else 0. */
    public int firstExpired(long before) {
        return hasDeadlines() && deadlines.firstKey() < before
                ? table.byDeadline(deadlines.firstTie(), deadlines.firstKey())
                : 0;
    }

    /** Removes what {@link #firstExpired} gave. */
    public void removeExpired(int field) {
        removeElement(field);
    }

    // ---- fields by chance and in turn ----

    /** A field, each as likely as any other, hidden ones included; only while there are any. */
    public int draw(SplittableRandom random) {
        return isPacked()
                ? Listpack.seek(array, at, 2 * random.nextInt((int) size())) - at
                : table.random(random);
    }

    /** Whether a field that was drawn or scanned is hidden. */
    public boolean isHidden(int field) {
        if (isPacked()) {
            return false;
        }
        long deadline = Entry.deadline(cells, field);
        return deadline >= 0 && deadline < hiddenBefore;
    }

    /** Points {@code into} at the name of a field that was drawn or scanned. */
    public void readName(int field, StringValue into) {
        if (isPacked()) {
            Listpack.get(array, at + field, into);
        } else {
            into.slice(
                    EntryReader.keyArray(cells, field),
                    EntryReader.keyOffset(cells, field),
                    Entry.keyLength(cells, field));
        }
    }

    /** Points {@code into} at the value of a field that was drawn or scanned. */
    public void readValue(int field, StringValue into) {
        if (isPacked()) {
            Listpack.get(array, Listpack.next(array, at + field), into);
        } else {
            EntryReader.read(cells, field, into);
        }
    }

    /** Visits fields from a cursor on, as {@link Database#scan} does entries; all of them if the hash is packed. */
    public long scan(long cursor, long count, CellVisitor visitor) {
        if (!isPacked()) {
            return table.scan(cursor, count, visitor);
        }
        for (int p = Listpack.first(array, at); !Listpack.isEnd(array, p); ) {
            visitor.visit(p - at);
            p = Listpack.next(array, Listpack.next(array, p));
        }
        return 0;
    }
}
