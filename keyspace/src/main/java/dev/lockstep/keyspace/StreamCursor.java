package dev.lockstep.keyspace;

/**
 * Steps through the entries of a stream, live or frozen, whose IDs lie in a range, in either direction. Its accessors tell of
 * the entry stepped to. The stream must not change meanwhile. Reused, allocates nothing; one thread.
 */
public final class StreamCursor {
    private final TreeWalk walk = new TreeWalk(true);
    private final BlockEntries block = new BlockEntries();
    private final StringValue field = new StringValue();
    private final StringValue value = new StringValue();

    private Cells cells;
    private boolean backward;
    private boolean more;
    private long fromMs;
    private long fromSeq;
    private long toMs;
    private long toSeq;

    /** Where the next entry begins; going backwards, where the one before it ends. */
    private int next;

    private boolean isOpen;
    private int elementAt;
    private int masterFieldAt;
    private int fieldsLeft;

    /** Begins with the entries of a stream between two IDs, both included; from the last one if backwards. */
    public StreamCursor open(StreamValue stream, StreamId from, StreamId to, boolean fromLast) {
        range(stream.cells(), fromLast, from.ms(), from.seq(), to.ms(), to.seq());
        StreamId start = fromLast ? to : from;
        more = stream.seek(walk, start.ms(), start.seq());
        enter();
        return this;
    }

    /** Begins with all entries of the stream whose tree has this root. */
    StreamCursor openAll(Cells newCells, int root, boolean fromLast) {
        range(newCells, fromLast, 0, 0, -1, -1);
        walk.open(newCells, root);
        more = fromLast ? walk.seekLast() : walk.seek(0);
        enter();
        return this;
    }

    /** Begins with all entries of the stream in an entry, live or frozen. */
    StreamCursor open(Cells newCells, int cell) {
        int at = Structure.at(newCells, cell);
        return openAll(newCells, newCells.getInt(cell, at + Structure.TREE_ROOT), false);
    }

    private void range(
            Cells newCells, boolean fromLast, long ms, long seq, long endMs, long endSeq) {
        cells = newCells;
        backward = fromLast;
        fromMs = ms;
        fromSeq = seq;
        toMs = endMs;
        toSeq = endSeq;
        isOpen = false;
    }

    private void enter() {
        if (more) {
            block.open(cells, walk.tie());
            next = backward ? block.end() : block.first();
        }
    }

    /** Goes on to the next entry; false at the end. */
    public boolean next() {
        while (more) {
            if (!read()) {
                more = backward ? walk.previous() : walk.next();
                enter();
            } else if (!block.isDeleted()) {
                int toStart = block.compareTo(fromMs, fromSeq);
                int toEnd = block.compareTo(toMs, toSeq);
                if (toStart >= 0 && toEnd <= 0) {
                    masterFieldAt = block.masterFieldsAt;
                    return true;
                }
                more = backward ? toStart >= 0 : toEnd <= 0;
            }
        }
        return false;
    }

    private boolean read() {
        if (backward) {
            if (!block.readBefore(next)) {
                return false;
            }
            next = block.at;
        } else {
            int p = isOpen ? behindOpen() : next;
            isOpen = block.read(p);
            next = p;
            if (!isOpen) {
                return false;
            }
        }
        elementAt = block.elementsAt;
        fieldsLeft = block.fields;
        return true;
    }

    /** Where the entry being read ends: what was not read of it is passed over. */
    private int behindOpen() {
        int elements = block.hasMasterFields() ? fieldsLeft : 2 * fieldsLeft;
        return block.skip(elementAt, elements + 1);
    }

    public long ms() {
        return block.ms;
    }

    public long seq() {
        return block.seq;
    }

    public int fields() {
        return block.fields;
    }

    /** Goes on to the next field of the entry; false behind the last. */
    public boolean nextField() {
        if (fieldsLeft == 0) {
            return false;
        }
        fieldsLeft--;
        byte[] a = block.array;
        if (block.hasMasterFields()) {
            Listpack.get(a, masterFieldAt, field);
            masterFieldAt = Listpack.next(a, masterFieldAt);
        } else {
            Listpack.get(a, elementAt, field);
            elementAt = Listpack.next(a, elementAt);
        }
        Listpack.get(a, elementAt, value);
        elementAt = Listpack.next(a, elementAt);
        return true;
    }

    /** The field gone to; the same object every time. */
    public StringValue field() {
        return field;
    }

    /** Its value; the same object every time. */
    public StringValue value() {
        return value;
    }
}
