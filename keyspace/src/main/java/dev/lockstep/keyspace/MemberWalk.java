package dev.lockstep.keyspace;

/**
 * Goes through the members of a sorted set, live or frozen, from any position on, forwards or backwards. The value must not
 * change meanwhile. Reused; one thread.
 */
public final class MemberWalk extends ArrayWindow {
    private final TreeWalk items = new TreeWalk(false);
    private final StringValue member = new StringValue();
    private final StringValue scoreText = new StringValue();
    private Cells cells;
    private boolean packed;
    private int at;

    /** In a listpack, the member gone to. */
    private int element;

    /** Walks the sorted set in a live entry; {@link #seek} comes next. */
    public MemberWalk open(Database database, int cell) {
        return open(database.slab().cells, cell);
    }

    MemberWalk open(Cells newCells, int cell) {
        if (cells != newCells) {
            cells = newCells;
        }
        lookInto(EntryReader.valueArray(newCells, cell));
        at = EntryReader.valueOffset(newCells, cell);
        packed = Entry.encoding(newCells, cell) == ValueType.LISTPACK;
        if (!packed) {
            items.open(newCells, (int) Cells.INT.get(array, at + Structure.TREE_ROOT));
        }
        return this;
    }

    /** Goes to the member at a position, at least 0, the lowest first; false if there is none. */
    public boolean seek(long position) {
        if (!packed) {
            return items.seek(position);
        }
        int index = (int) Math.min(position, Integer.MAX_VALUE / 2);
        element = Listpack.seek(array, at, 2 * index);
        return element != Listpack.NONE;
    }

    /** Goes on to the next member; false at the end, where the walk stays. */
    public boolean next() {
        if (!packed) {
            return items.next();
        }
        int next = Listpack.next(array, Listpack.next(array, element));
        if (Listpack.isEnd(array, next)) {
            return false;
        }
        element = next;
        return true;
    }

    /** Goes back to the member before; false at the beginning, where the walk stays. */
    public boolean previous() {
        if (!packed) {
            return items.previous();
        }
        int score = Listpack.previous(array, at, element);
        if (score == Listpack.NONE) {
            return false;
        }
        element = Listpack.previous(array, at, score);
        return true;
    }

    /** The member gone to; the same object every time. */
    public StringValue member() {
        if (packed) {
            Listpack.get(array, element, member);
        } else {
            int cell = items.tie();
            member.slice(
                    EntryReader.keyArray(cells, cell),
                    EntryReader.keyOffset(cells, cell),
                    Entry.keyLength(cells, cell));
        }
        return member;
    }

    /** Its score. */
    public double score() {
        if (packed) {
            return Scores.at(array, Listpack.next(array, element), scoreText);
        }
        double score = Scores.ofOrdered(items.key());
        return score == 0 ? Scores.ofMember(cells, items.tie()) : score;
    }

    /** Its score as a listpack has it; only of a packed sorted set. The same object every time. */
    public StringValue scoreText() {
        Listpack.get(array, Listpack.next(array, element), scoreText);
        return scoreText;
    }
}
