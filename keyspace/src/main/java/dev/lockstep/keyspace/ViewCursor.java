package dev.lockstep.keyspace;

/**
 * Steps through the entries of a frozen database, or is pointed at a live one; its accessors tell of the entry stepped to or
 * pointed at. One thread.
 */
public final class ViewCursor {
    private static final int AHEAD = 32;
    private static final int CACHE_LINE_BYTES = 64;

    private final DictWalk walk;
    private final View consumed;
    private final Stretches stretches;
    private Cells cells;
    private final StringValue value = new StringValue();
    private final ElementCursor elements = new ElementCursor();
    private final MemberWalk members = new MemberWalk();
    private final ListBlockWalk blocks = new ListBlockWalk();
    private final StreamParts stream = new StreamParts();
    private int segment;
    private int index;
    private int slots;
    private int cell;

    private final int[] ahead = new int[AHEAD];
    private int met;
    private int at;

    /** Keeps the compiler from leaving out the reads that fill it. */
    private int touched;

    /**
     * Walks a database.
     *
     * @param consumed the view that is told how far this has come, or null
     */
    ViewCursor(Cells cells, DictWalk walk, View consumed, Stretches stretches) {
        this.cells = cells;
        this.walk = walk;
        this.consumed = consumed;
        this.stretches = stretches;
    }

    /** A cursor that only {@link #at} points anywhere. */
    public ViewCursor() {
        this(null, null, null, null);
    }

    /** Points this at a live entry. */
    public ViewCursor at(Database database, int entry) {
        cells = database.slab().cells;
        cell = entry;
        return this;
    }

    /** Goes on to the next entry; false at the end. */
    public boolean next() {
        if (at == met && !meet()) {
            return false;
        }
        cell = ahead[at++];
        return true;
    }

    /**
     * Collects the next entries and reads a word of each. The entries lie anywhere in memory; read one after the other, as
     * they are used, each would be waited for, but these reads don't depend on one another and go on together.
     */
    private boolean meet() {
        at = 0;
        met = 0;
        while (met == 0) {
            if (index == slots) {
                if (consumed != null) {
                    consumed.passed(stretches.before(walk.goneBy()));
                }
                segment = walk.next();
                if (segment == 0) {
                    return false;
                }
                index = 0;
                slots = Segment.slots(cells.array(segment), Cells.offset(segment));
            }
            byte[] array = cells.array(segment);
            int offset = Cells.offset(segment);
            int sum = 0;
            while (index < slots && met < AHEAD) {
                long word = Segment.slot(array, offset, index++);
                if (word != 0) {
                    ahead[met++] = (int) word;
                    sum += touch((int) word);
                }
            }
            touched = sum;
        }
        return true;
    }

    /** Reads from the first two cache lines of a cell. */
    private int touch(int entry) {
        byte[] array = cells.array(entry);
        int offset = Cells.offset(entry);
        return array[offset] + array[Math.min(offset + CACHE_LINE_BYTES, array.length - 1)];
    }

    public byte[] keyArray() {
        return EntryReader.keyArray(cells, cell);
    }

    public int keyOffset() {
        return EntryReader.keyOffset(cells, cell);
    }

    public int keyLength() {
        return Entry.keyLength(cells, cell);
    }

    /** Unix milliseconds, or -1. */
    public long deadline() {
        return Entry.deadline(cells, cell);
    }

    public int type() {
        return Entry.type(cells, cell);
    }

    public int encoding() {
        return Entry.encoding(cells, cell);
    }

    public int access() {
        return Entry.access(cells, cell);
    }

    /** The elements of the entry's collection; the same object every time. */
    public ElementCursor elements() {
        return elements.open(cells, cell);
    }

    /** The members of the entry's sorted set in their order; the same object every time. */
    public MemberWalk members() {
        return members.open(cells, cell);
    }

    /** What the entry's stream consists of; the same object every time. */
    public StreamParts stream() {
        return stream.open(cells, cell);
    }

    /** The array that the entry's value lies in, as it is stored. */
    public byte[] valueArray() {
        return EntryReader.valueArray(cells, cell);
    }

    public int valueOffset() {
        return EntryReader.valueOffset(cells, cell);
    }

    /** How many bytes the value takes as it is stored. */
    public int valueLength() {
        return cells.getInt(cell, Entry.VALUE_LENGTH);
    }

    /** How many elements the table of a collection has that is not packed. */
    public long elementCount() {
        return cells.getLong(cell, Structure.at(cells, cell) + Structure.DICT_COUNT);
    }

    /** The blocks of a list that is not packed; the same object every time. */
    public ListBlockWalk blocks() {
        blocks.open(cells, valueArray(), valueOffset());
        return blocks;
    }

    /** When the first field of a hash ends, Unix milliseconds, or -1 if none does. */
    public long earliestFieldDeadline() {
        return FieldDeadlines.earliest(cells, cell);
    }

    /** The entry's string; the same object every time. */
    public StringValue string() {
        EntryReader.read(cells, cell, value);
        return value;
    }
}
