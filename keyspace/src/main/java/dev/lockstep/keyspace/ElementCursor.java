package dev.lockstep.keyspace;

/**
 * Steps through the elements of a list, hash, set or sorted set, live or frozen: in list order, by score, or in whatever order
 * they lie. Its accessors tell of the element stepped to. The value must not change meanwhile. Reused; one thread.
 */
public final class ElementCursor extends ArrayWindow {
    private final StringValue element = new StringValue();
    private final StringValue second = new StringValue();
    private final TreeWalk members = new TreeWalk(false);
    private final ListBlockWalk blocks = new ListBlockWalk();
    private final DictWalk walk = new DictWalk();

    private Cells cells;
    private int type;
    private int encoding;
    private int at;

    /** In an intset the next index, in a listpack the next element's offset. */
    private int next;

    private int segment;
    private int slot;
    private int elementCell;
    private boolean more;

    /** Begins with the elements of a live entry. */
    public ElementCursor open(Database database, int cell) {
        return open(database.slab().cells, cell);
    }

    ElementCursor open(Cells newCells, int cell) {
        if (cells != newCells) {
            cells = newCells;
        }
        type = Entry.type(newCells, cell);
        encoding = Entry.encoding(newCells, cell);
        lookInto(EntryReader.valueArray(newCells, cell));
        at = EntryReader.valueOffset(newCells, cell);
        elementCell = 0;
        segment = 0;
        slot = 0;
        more = true;
        switch (encoding) {
            case ValueType.INTSET -> next = 0;
            case ValueType.LISTPACK -> next = Listpack.first(array, at);
            case ValueType.HASHTABLE -> openTable();
            case ValueType.SKIPLIST -> {
                members.open(newCells, rootOfTree());
                more = members.seek(0);
            }
            case ValueType.QUICKLIST -> {
                blocks.open(newCells, array, at);
                nextBlock();
            }
            default -> throw new IllegalStateException("no collection of elements: " + encoding);
        }
        return this;
    }

    private int rootOfTree() {
        return (int) Cells.INT.get(array, at + Structure.TREE_ROOT);
    }

    private void openTable() {
        walk.open(
                cells,
                (int) Cells.INT.get(array, at + Structure.DICT_ROOT),
                (int) Cells.INT.get(array, at + Structure.DICT_DEPTH));
        segment = walk.next();
    }

    private void nextBlock() {
        more = blocks.next();
        if (more) {
            lookInto(blocks.array());
            next = Listpack.first(array, blocks.offset());
        }
    }

    /** Goes on to the next element; false at the end. */
    public boolean next() {
        return switch (encoding) {
            case ValueType.INTSET -> nextNumber();
            case ValueType.LISTPACK -> nextPacked();
            case ValueType.HASHTABLE -> nextOfTable();
            case ValueType.SKIPLIST -> nextMember();
            default -> nextOfBlocks();
        };
    }

    private boolean nextNumber() {
        if (next == Intset.count(array, at)) {
            return false;
        }
        element.integer(Intset.valueAt(array, at, next++));
        return true;
    }

    private boolean nextPacked() {
        if (Listpack.isEnd(array, next)) {
            return false;
        }
        Listpack.get(array, next, element);
        next = Listpack.next(array, next);
        if (type == ValueType.HASH || type == ValueType.ZSET) {
            Listpack.get(array, next, second);
            next = Listpack.next(array, next);
        }
        return true;
    }

    private boolean nextOfTable() {
        while (segment != 0) {
            byte[] table = cells.array(segment);
            int offset = Cells.offset(segment);
            int slots = Segment.slots(table, offset);
            while (slot < slots) {
                long word = Segment.slot(table, offset, slot++);
                if (word != 0) {
                    elementCell = (int) word;
                    readElement();
                    return true;
                }
            }
            segment = walk.next();
            slot = 0;
        }
        return false;
    }

    private boolean nextMember() {
        if (!more) {
            return false;
        }
        elementCell = members.tie();
        readElement();
        more = members.next();
        return true;
    }

    private boolean nextOfBlocks() {
        while (more && Listpack.isEnd(array, next)) {
            nextBlock();
        }
        if (!more) {
            return false;
        }
        next = Listpack.read(array, next, element);
        return true;
    }

    private void readElement() {
        element.slice(
                EntryReader.keyArray(cells, elementCell),
                EntryReader.keyOffset(cells, elementCell),
                Entry.keyLength(cells, elementCell));
        if (type == ValueType.HASH) {
            EntryReader.read(cells, elementCell, second);
        }
    }

    /** The element, or a hash's field, or a sorted set's member; the same object every time. */
    public StringValue element() {
        return element;
    }

    /** The value of a hash's field; the same object every time. */
    public StringValue value() {
        return second;
    }

    /** When a hash's field ends, Unix milliseconds, or -1. */
    public long deadline() {
        return elementCell == 0 ? -1 : Entry.deadline(cells, elementCell);
    }

    /** The score of a sorted set's member. */
    public double score() {
        return elementCell == 0 ? Scores.ofText(second) : Scores.ofMember(cells, elementCell);
    }
}
