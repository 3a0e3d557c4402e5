package dev.lockstep.keyspace;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * A set: members, each there once. Small, one intset while all of them are integers, else one listpack; bigger, a table of
 * members.
 *
 * <p>A set leaves an encoding when it outgrows it and never goes back, but for {@link #becomeIntset}, which a caller asks for.
 *
 * @see CollectionValue
 */
public final class SetValue extends CollectionValue {
    /** The most integers that an intset may be allowed to have, and the most bytes of a listpack; Redis' own bounds. */
    private static final long MAX_INTSET_ENTRIES = 1 << 30;

    private static final long MAX_LISTPACK_BYTES = 1 << 30;

    private final ElementTable table = new ElementTable();
    private final StringValue member = new StringValue();
    private final Duplicates duplicates = new Duplicates();
    private final SplittableRandom random = new SplittableRandom();

    /** Where the member is that was chosen last: an index in an intset, an offset in a listpack, a cell of a table. */
    private int chosen;

    /** Points this at the set in {@code setCell}. */
    public SetValue open(Database database, int setCell) {
        openAt(database, setCell);
        if (!isPacked()) {
            load(table);
        }
        return this;
    }

    /** Makes an empty set for the key that {@code database} was asked for last and that is not there. */
    public SetValue create(Database database, byte[] key, int offset, int length, int encoding) {
        if (encoding != ValueType.HASHTABLE) {
            createPacked(database, key, offset, length, ValueType.SET, encoding);
        } else {
            int bytes = Structure.BYTES;
            openAt(database, database.create(key, offset, length, ValueType.SET, encoding, bytes));
            load(table);
        }
        return this;
    }

    /** The encoding of a new set that so many members are to be added to, of which this is the first. */
    public static int encodingFor(
            Database database, byte[] member, int offset, int length, long count) {
        EncodingLimits limits = database.keyspace().encodingLimits();
        if (count <= limits.setMaxIntsetEntries() && isInteger(member, offset, length)) {
            return ValueType.INTSET;
        }
        return count <= limits.setMaxListpackEntries() ? ValueType.LISTPACK : ValueType.HASHTABLE;
    }

    /** The encoding of a new set that so many members of a file are to be added to. */
    public static int encodingFor(Database database, long count) {
        long most =
                Math.min(
                        database.keyspace().encodingLimits().setMaxIntsetEntries(),
                        MAX_INTSET_ENTRIES);
        return count <= most ? ValueType.INTSET : ValueType.HASHTABLE;
    }

    private static boolean isInteger(byte[] text, int offset, int length) {
        return IntegerText.parse(text, offset, length) != IntegerText.NONE
                || IntegerText.isNone(text, offset, length);
    }

    @Override
    public long size() {
        switch (encoding()) {
            case ValueType.INTSET:
                return Intset.count(array, at);
            case ValueType.LISTPACK:
                return Listpack.count(array, at);
            default:
                return table.count();
        }
    }

    // ---- looking up ----

    public boolean contains(byte[] text, int offset, int length) {
        switch (encoding()) {
            case ValueType.INTSET:
                return findNumber(text, offset, length) >= 0;
            case ValueType.LISTPACK:
                return findPacked(text, offset, length) != Listpack.NONE;
            default:
                return table.find(text, offset, length) != 0;
        }
    }

    /** {@link #contains(byte[], int, int)} of another set's member. */
    public boolean contains(StringValue other) {
        return other.integer && encoding() == ValueType.INTSET
                ? Intset.indexOf(array, at, other.number) >= 0
                : contains(other.array, other.offset, other.length);
    }

    /** The index in the intset, negative if it is not there. */
    private int findNumber(byte[] text, int offset, int length) {
        long number = IntegerText.parse(text, offset, length);
        return number == IntegerText.NONE && !IntegerText.isNone(text, offset, length)
                ? -1
                : Intset.indexOf(array, at, number);
    }

    private int findPacked(byte[] text, int offset, int length) {
        return Listpack.find(array, at, Listpack.first(array, at), text, offset, length, 0);
    }

    // ---- adding ----

    /** Asks for the memory that adding so many members takes, of so many bytes in all: then none of them is refused. */
    public void admit(long members, long bytes) {
        long most = Math.max(limits.setMaxListpackEntries(), maxIntset());
        admit(members, bytes, packedGrowth(members, most, 1, limits.setMaxListpackValue()));
    }

    /** More members than a packed set may have are about to be added: makes it a table at once. */
    public void expect(long members) {
        if (encoding() == ValueType.INTSET && members > maxIntset()
                || encoding() == ValueType.LISTPACK && members > limits.setMaxListpackEntries()) {
            becomeTable();
        }
    }

    private long maxIntset() {
        return Math.min(limits.setMaxIntsetEntries(), MAX_INTSET_ENTRIES);
    }

    /** Adds a member; false if it was there already. */
    public boolean add(byte[] text, int offset, int length) {
        switch (encoding()) {
            case ValueType.INTSET:
                if (isInteger(text, offset, length)) {
                    long number = IntegerText.parse(text, offset, length);
                    return addNumber(number, text, offset, length);
                }
                leaveIntset(length);
                return add(text, offset, length);
            case ValueType.LISTPACK:
                return addPacked(text, offset, length);
            default:
                return addToTable(text, offset, length);
        }
    }

    /** {@link #add(byte[], int, int)} of another set's member. */
    public boolean add(StringValue other) {
        return other.integer && encoding() == ValueType.INTSET
                ? addNumber(other.number, other.array, other.offset, other.length)
                : add(other.array, other.offset, other.length);
    }

    private boolean addNumber(long number, byte[] text, int offset, int length) {
        if (Intset.indexOf(array, at, number) >= 0) {
            return false;
        }
        if (Intset.count(array, at) >= maxIntset()) {
            becomeTable();
            return addToTable(text, offset, length);
        }
        room(Intset.bytesAfterAdd(array, at, number));
        return Intset.add(array, at, number);
    }

    private boolean addPacked(byte[] text, int offset, int length) {
        if (findPacked(text, offset, length) != Listpack.NONE) {
            return false;
        }
        if (Listpack.count(array, at) >= limits.setMaxListpackEntries()
                || length > limits.setMaxListpackValue()
                || (long) Listpack.bytes(array, at) + length > MAX_LISTPACK_BYTES) {
            becomeTable();
            return addToTable(text, offset, length);
        }
        appendPacked(text, offset, length);
        return true;
    }

    private boolean addToTable(byte[] text, int offset, int length) {
        if (table.find(text, offset, length) != 0) {
            return false;
        }
        beginChange();
        table.add(text, offset, length);
        save(table);
        return true;
    }

    // ---- removing ----

    /** Removes a member; false if it is not there. */
    public boolean remove(byte[] text, int offset, int length) {
        switch (encoding()) {
            case ValueType.INTSET:
                chosen = findNumber(text, offset, length);
                break;
            case ValueType.LISTPACK:
                int there = findPacked(text, offset, length);
                chosen = there == Listpack.NONE ? -1 : there - at;
                break;
            default:
                int cellOfMember = table.find(text, offset, length);
                chosen = cellOfMember == 0 ? -1 : cellOfMember;
        }
        if (chosen == -1 || encoding() == ValueType.INTSET && chosen < 0) {
            return false;
        }
        removeChosen();
        return true;
    }

    /** {@link #remove(byte[], int, int)} of another set's member. */
    public boolean remove(StringValue other) {
        return remove(other.array, other.offset, other.length);
    }

    /** Points {@code into} at a member, each as likely as any other; there is one. */
    public void choose(StringValue into) {
        switch (encoding()) {
            case ValueType.INTSET:
                chosen = random.nextInt(Intset.count(array, at));
                into.integer(Intset.valueAt(array, at, chosen));
                break;
            case ValueType.LISTPACK:
                int place = Listpack.seek(array, at, random.nextInt(Listpack.count(array, at)));
                chosen = place - at;
                Listpack.get(array, place, into);
                break;
            default:
                chosen = table.random(random);
                table.name(chosen, into);
        }
    }

    /** What is different for every member that {@link #choose} gives, and never 0; in a listpack there is no such thing. */
    int chosenPlace() {
        return encoding() == ValueType.INTSET ? chosen + 1 : chosen;
    }

    /** Removes the member that {@link #choose} gave last. Is not refused. */
    public void removeChosen() {
        switch (encoding()) {
            case ValueType.INTSET:
                removeAt(chosen);
                break;
            case ValueType.LISTPACK:
                deletePacked(chosen, 1);
                break;
            default:
                beginRemoval();
                table.remove(chosen);
                save(table);
        }
    }

    private void removeAt(int index) {
        roomToRemove(Intset.bytes(array, at));
        Intset.removeAt(array, at, index);
        trimTo(Intset.bytes(array, at));
    }

    /**
     * Visits members in hash order, as {@link Database#scan} does; only of a set that is not packed.
     *
     * @param visitor is given cells that {@link #member} reads
     */
    public long scan(long cursor, long count, CellVisitor visitor) {
        return table.scan(cursor, count, visitor);
    }

    /** Points {@code into} at a member that {@link #scan} met. */
    public void member(int cellOfMember, StringValue into) {
        table.name(cellOfMember, into);
    }

    // ---- encodings ----

    /** Makes this intset what a member that is no integer, of so many bytes, can be added to. */
    private void leaveIntset(int length) {
        int count = Intset.count(array, at);
        long longest = length;
        long bytes = Listpack.EMPTY_BYTES;
        for (int i = 0; i < count; i++) {
            bytes += Listpack.sizeOf(Intset.valueAt(array, at, i));
        }
        if (count > 0) {
            member.integer(Intset.valueAt(array, at, 0));
            longest = Math.max(longest, member.length);
            member.integer(Intset.valueAt(array, at, count - 1));
            longest = Math.max(longest, member.length);
        }
        if (count >= limits.setMaxListpackEntries()
                || longest > limits.setMaxListpackValue()
                || bytes + length > MAX_LISTPACK_BYTES) {
            becomeTable();
        } else {
            becomeListpack((int) bytes);
        }
    }

    private void becomeListpack(int bytes) {
        byte[] numbers = Arrays.copyOfRange(array, at, at + Intset.bytes(array, at));
        becomePacked(ValueType.LISTPACK, bytes);
        Listpack.init(array, at);
        int count = Intset.count(numbers, 0);
        for (int i = 0; i < count; i++) {
            int end = Listpack.end(array, at);
            Listpack.insert(array, at, end, Intset.valueAt(numbers, 0, i));
        }
    }

    private void becomeTable() {
        admitTable();
        table.open(slab, 0, 0, 0);
        if (encoding() == ValueType.INTSET) {
            int count = Intset.count(array, at);
            for (int i = 0; i < count; i++) {
                member.integer(Intset.valueAt(array, at, i));
                addOnce(member);
            }
        } else {
            for (int p = Listpack.first(array, at); !Listpack.isEnd(array, p); ) {
                Listpack.get(array, p, member);
                addOnce(member);
                p = Listpack.next(array, p);
            }
        }
        becomeStructure(ValueType.HASHTABLE, Structure.BYTES);
        save(table);
    }

    private void addOnce(StringValue text) {
        if (table.find(text.array, text.offset, text.length) == 0) {
            table.add(text.array, text.offset, text.length);
        }
    }

    /** Makes a set whose members are integers an intset, unless it is one already or has too many. */
    public void becomeIntset() {
        long count = size();
        if (encoding() == ValueType.INTSET || count > maxIntset()) {
            return;
        }
        long[] numbers = new long[(int) count];
        ElementCursor members = new ElementCursor().open(db, cell);
        for (int i = 0; members.next(); i++) {
            StringValue text = members.element();
            numbers[i] = IntegerText.parse(text.array, text.offset, text.length);
        }
        Arrays.sort(numbers);
        slab.admitMore(slab.capacity(cell) + Intset.bytes(numbers));
        if (!isPacked()) {
            db.reclaimStructure(cell);
        }
        becomePacked(ValueType.INTSET, Intset.bytes(numbers));
        Intset.init(array, at, numbers);
    }

    /**
     * Makes a whole listpack, which is valid in itself, the value of this empty set.
     *
     * @return false if it is no set: with a member that is there twice
     */
    public boolean setListpack(byte[] bytes, int offset, int length) {
        long count = Listpack.count(bytes, offset);
        room(length);
        System.arraycopy(bytes, offset, array, at, length);
        if (count > limits.setMaxListpackEntries()) {
            becomeTable();
            return size() == count;
        }
        return !duplicates.in(array, at, 1);
    }

    /** Makes a whole intset, which is valid in itself, the value of this empty set. */
    public void setIntset(byte[] bytes, int offset, int length) {
        room(length);
        System.arraycopy(bytes, offset, array, at, length);
        if (Intset.count(array, at) > maxIntset()) {
            becomeTable();
        }
    }
}
