package dev.lockstep.keyspace;

/** Steps through the entries of a frozen database; its accessors tell of the entry stepped to. One thread. */
public final class ViewCursor {
    private final Cells cells;
    private final DictWalk walk;
    private final StringValue value = new StringValue();
    private int segment;
    private int index;
    private int slots;
    private int cell;

    ViewCursor(Cells cells, DictWalk walk) {
        this.cells = cells;
        this.walk = walk;
    }

    /** Goes on to the next entry; false at the end. */
    public boolean next() {
        while (true) {
            while (index < slots) {
                long word = Segment.slot(cells.array(segment), Cells.offset(segment), index++);
                if (word != 0) {
                    cell = (int) word;
                    return true;
                }
            }
            segment = walk.next();
            if (segment == 0) {
                return false;
            }
            index = 0;
            slots = Segment.slots(cells.array(segment), Cells.offset(segment));
        }
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

    /** The entry's string; the same object every time. */
    public StringValue string() {
        EntryReader.read(cells, cell, value);
        return value;
    }
}
