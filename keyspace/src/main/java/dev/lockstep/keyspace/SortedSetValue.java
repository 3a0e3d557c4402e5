package dev.lockstep.keyspace;

import java.util.Arrays;

/**
 * A sorted set: members with scores, in the order of score, then of the member's bytes. Small, one listpack of member, score,
 * member, score in that order; bigger, a table of members whose values are the scores, and a tree of (score, member's cell).
 *
 * <p>Positions count from 0, the lowest first; {@link MemberWalk} goes through the members from any position on.
 *
 * @see CollectionValue
 */
public final class SortedSetValue extends CollectionValue {
    private final ElementTable table = new ElementTable();
    private final MemberOrder order = new MemberOrder();
    private final CountedTree tree = new CountedTree(order, false);
    private final StringValue memberRead = new StringValue();
    private final StringValue scoreRead = new StringValue();
    private final byte[] text = new byte[2 * Scores.TEXT_BYTES_MAX];
    private final Duplicates duplicates = new Duplicates();

    /** What {@link #find} found: in a listpack the member's offset from its start, else the member's cell; 0 if nothing. */
    private int found;

    private long rangeBegin;
    private long rangeEnd;

    /** Points this at the sorted set in {@code zsetCell}. */
    public SortedSetValue open(Database database, int zsetCell) {
        openAt(database, zsetCell);
        found = 0;
        if (!isPacked()) {
            load(table);
            loadTree(tree);
            order.open(cells);
        }
        return this;
    }

    /** Makes an empty sorted set for the key that {@code database} was asked for last and that is not there. */
    public SortedSetValue create(Database database, byte[] key, int offset, int length) {
        createPacked(database, key, offset, length, ValueType.ZSET, ValueType.LISTPACK);
        found = 0;
        return this;
    }

    @Override
    public long size() {
        return isPacked() ? Listpack.count(array, at) / 2 : table.count();
    }

    /** Tells how many members are about to be added at once: for more than a listpack may have, it is not begun. */
    public void expect(long members) {
        if (isPacked() && members > limits.zsetMaxListpackEntries()) {
            becomeTable();
        }
    }

    /** Asks for the memory that adding so many members takes, of so many bytes in all: then none of them is refused. */
    public void admit(long members, long bytes) {
        long longest = Math.max(limits.zsetMaxListpackValue(), Scores.TEXT_BYTES_MAX);
        admit(members, bytes, packedGrowth(members, limits.zsetMaxListpackEntries(), 2, longest));
    }

    // ---- one member ----

    /** Looks a member up; false if it is not there. */
    public boolean find(byte[] member, int offset, int length) {
        if (isPacked()) {
            int p = Listpack.find(array, at, Listpack.first(array, at), member, offset, length, 1);
            found = p == Listpack.NONE ? 0 : p - at;
        } else {
            found = table.find(member, offset, length);
        }
        return found != 0;
    }

    /** The score of the member found last. */
    public double score() {
        return isPacked()
                ? Scores.at(array, Listpack.next(array, at + found), scoreRead)
                : Scores.ofMember(cells, found);
    }

    /** The position of the member found last. */
    public long rank() {
        if (!isPacked()) {
            return tree.rank(Scores.ordered(score()), found);
        }
        long rank = 0;
        for (int p = Listpack.first(array, at); p < at + found; p = nextPair(p)) {
            rank++;
        }
        return rank;
    }

    /** Adds the member that {@link #find} was asked for last and that is not there. */
    public void add(byte[] member, int offset, int length, double score) {
        if (isPacked()
                && (length > limits.zsetMaxListpackValue()
                        || size() >= limits.zsetMaxListpackEntries())) {
            becomeTable();
            table.find(member, offset, length);
        }
        if (isPacked()) {
            addPacked(member, offset, length, score);
            return;
        }
        beginChange();
        int cell = table.putLong(0, member, offset, length, Double.doubleToRawLongBits(score));
        tree.add(Scores.ordered(score), cell);
        store();
    }

    private void addPacked(byte[] member, int offset, int length, double score) {
        int textLength = Scores.isInteger(score) ? 0 : Scores.write(score, text);
        room(
                Listpack.bytes(array, at)
                        + Listpack.sizeOf(member, offset, length)
                        + sizeOfScore(score, textLength));
        insertPair(member, offset, length, score, textLength);
    }

    private int sizeOfScore(double score, int textLength) {
        return textLength == 0
                ? Listpack.sizeOf((long) score)
                : Listpack.sizeOf(text, 0, textLength);
    }

    private void insertPair(byte[] member, int offset, int length, double score, int textLength) {
        int p = placePacked(score, member, offset, length);
        Listpack.insert(array, at, p, member, offset, length);
        int next = Listpack.next(array, p);
        if (textLength == 0) {
            Listpack.insert(array, at, next, (long) score);
        } else {
            Listpack.insert(array, at, next, text, 0, textLength);
        }
    }

    /** The first member in the listpack that goes after a new one, or the end. */
    private int placePacked(double score, byte[] member, int offset, int length) {
        int p = Listpack.first(array, at);
        while (!Listpack.isEnd(array, p)) {
            int scoreAt = Listpack.next(array, p);
            double there = Scores.at(array, scoreAt, scoreRead);
            if (there > score || there == score && compare(p, member, offset, length) > 0) {
                break;
            }
            p = Listpack.next(array, scoreAt);
        }
        return p;
    }

    private int compare(int p, byte[] member, int offset, int length) {
        Listpack.get(array, p, memberRead);
        return Arrays.compareUnsigned(
                memberRead.array,
                memberRead.offset,
                memberRead.offset + memberRead.length,
                member,
                offset,
                offset + length);
    }

    /** Gives the member found last, whose bytes these are, another score. */
    public void rescore(byte[] member, int offset, int length, double score) {
        if (isPacked()) {
            int textLength = Scores.isInteger(score) ? 0 : Scores.write(score, text);
            int scoreAt = Listpack.next(array, at + found);
            int more = sizeOfScore(score, textLength) - Listpack.entryBytes(array, scoreAt);
            room(Listpack.bytes(array, at) + Math.max(more, 0));
            Listpack.delete(array, at, at + found, 2);
            insertPair(member, offset, length, score, textLength);
            trim();
            return;
        }
        beginChange();
        long old = Scores.ordered(score());
        int cell = table.writable(found);
        tree.move(old, found, Scores.ordered(score), cell);
        cells.putLong(cell, Structure.at(cells, cell), Double.doubleToRawLongBits(score));
        found = cell;
        store();
    }

    /** Removes the member found last. */
    public void remove() {
        if (isPacked()) {
            deletePacked(found, 2);
            return;
        }
        beginChange();
        tree.take(Scores.ordered(score()), found);
        table.remove(found);
        store();
    }

    private void store() {
        save(table);
        saveTree(tree);
    }

    // ---- positions ----

    /** Removes the members from a position on. */
    public void removeRange(long position, long count) {
        if (count == 0) {
            return;
        }
        if (isPacked()) {
            deletePacked(Listpack.seek(array, at, 2 * (int) position) - at, 2 * (int) count);
            return;
        }
        beginChange();
        for (long i = 0; i < count; i++) {
            table.remove(tree.removeAt(position));
        }
        store();
    }

    /** Finds the range of members whose scores are between two bounds: {@link #rangeBegin} and {@link #rangeEnd} tell. */
    public void rangeByScore(double min, boolean minExclusive, double max, boolean maxExclusive) {
        rangeBegin = boundary(min, minExclusive);
        rangeEnd = Math.max(rangeBegin, boundary(max, !maxExclusive));
    }

    /** How many members have a score less than this one, or, if {@code through}, not greater. */
    private long boundary(double score, boolean through) {
        if (!isPacked()) {
            long key = Scores.ordered(score);
            return through ? tree.through(key) : tree.below(key);
        }
        long count = 0;
        for (int p = Listpack.first(array, at); !Listpack.isEnd(array, p); count++) {
            int scoreAt = Listpack.next(array, p);
            double there = Scores.at(array, scoreAt, scoreRead);
            if (through ? there > score : there >= score) {
                break;
            }
            p = Listpack.next(array, scoreAt);
        }
        return count;
    }

    /**
     * Finds the range of members between two bounds: {@link #rangeBegin} and {@link #rangeEnd} tell. Where not all scores are
     * equal the members are not in order; then the range is, as in Redis, what a search from one end comes upon.
     *
     * @param fromEnd whether the search goes from the end to the beginning
     */
    public void rangeByLex(LexBound min, LexBound max, boolean fromEnd) {
        rangeBegin = 0;
        rangeEnd = 0;
        if (min.isAbove(max)) {
            return;
        }
        if (!isPacked()) {
            rangeBegin = min.boundary(tree, order, min.isExclusive());
            rangeEnd = Math.max(rangeBegin, max.boundary(tree, order, !max.isExclusive()));
        } else if (fromEnd) {
            packedRangeFromEnd(min, max);
        } else {
            packedRange(min, max);
        }
    }

    private void packedRange(LexBound min, LexBound max) {
        int p = Listpack.first(array, at);
        long position = 0;
        while (!Listpack.isEnd(array, p) && !begins(min, p)) {
            p = nextPair(p);
            position++;
        }
        rangeBegin = position;
        while (!Listpack.isEnd(array, p) && ends(max, p)) {
            p = nextPair(p);
            position++;
        }
        rangeEnd = position;
    }

    private void packedRangeFromEnd(LexBound min, LexBound max) {
        int p = previousPair(Listpack.end(array, at));
        long position = size();
        while (p != Listpack.NONE && !ends(max, p)) {
            p = previousPair(p);
            position--;
        }
        rangeEnd = position;
        while (p != Listpack.NONE && begins(min, p)) {
            p = previousPair(p);
            position--;
        }
        rangeBegin = position;
    }

    private boolean begins(LexBound bound, int p) {
        Listpack.get(array, p, memberRead);
        return bound.begins(memberRead.array, memberRead.offset, memberRead.length);
    }

    private boolean ends(LexBound bound, int p) {
        Listpack.get(array, p, memberRead);
        return bound.ends(memberRead.array, memberRead.offset, memberRead.length);
    }

    private int nextPair(int p) {
        return Listpack.next(array, Listpack.next(array, p));
    }

    private int previousPair(int p) {
        int score = Listpack.previous(array, at, p);
        return score == Listpack.NONE ? score : Listpack.previous(array, at, score);
    }

    /** The first position of the range found last. */
    public long rangeBegin() {
        return rangeBegin;
    }

    /** The position behind its last one. */
    public long rangeEnd() {
        return rangeEnd;
    }

    /**
     * Visits members of a table in hash order, as {@link Database#scan} does; a packed sorted set has no table, and is small
     * enough to be walked at once.
     */
    public long scan(long cursor, long count, CellVisitor visitor) {
        return table.scan(cursor, count, visitor);
    }

    /** Points {@code into} at the member in a cell that {@link #scan} gave; returns its score. */
    public double read(int memberCell, StringValue into) {
        into.slice(
                EntryReader.keyArray(cells, memberCell),
                EntryReader.keyOffset(cells, memberCell),
                Entry.keyLength(cells, memberCell));
        return Scores.ofMember(cells, memberCell);
    }

    // ---- whole values ----

    /**
     * Makes a whole listpack, which is valid in itself, the value of this empty sorted set.
     *
     * @return false if it is none: of an odd count, not in order, with a member that is there twice or a score that is no
     *     number
     */
    public boolean setListpack(byte[] bytes, int offset, int length) {
        int count = Listpack.count(bytes, offset);
        if (count % 2 != 0 || duplicates.in(bytes, offset, 2)) {
            return false;
        }
        room(length);
        System.arraycopy(bytes, offset, array, at, length);
        if (!isInOrder()) {
            return false;
        }
        if (count / 2 > limits.zsetMaxListpackEntries()) {
            becomeTable();
        }
        return true;
    }

    private boolean isInOrder() {
        double before = Double.NEGATIVE_INFINITY;
        int memberBefore = 0;
        for (int p = Listpack.first(array, at); !Listpack.isEnd(array, p); p = nextPair(p)) {
            double score = Scores.at(array, Listpack.next(array, p), scoreRead);
            if (!(score >= before)) {
                return false;
            }
            if (score == before && memberBefore != 0) {
                Listpack.get(array, memberBefore, scoreRead);
                if (compare(p, scoreRead.array, scoreRead.offset, scoreRead.length) <= 0) {
                    return false;
                }
            }
            before = score;
            memberBefore = p;
        }
        return true;
    }

    private void becomeTable() {
        admitTable();
        table.open(slab, 0, 0, 0);
        tree.open(slab, 0, 0);
        order.open(cells);
        for (int p = Listpack.first(array, at); !Listpack.isEnd(array, p); p = nextPair(p)) {
            double score = Scores.at(array, Listpack.next(array, p), scoreRead);
            Listpack.get(array, p, memberRead);
            byte[] member = memberRead.array;
            table.find(member, memberRead.offset, memberRead.length);
            int element =
                    table.putLong(
                            0,
                            member,
                            memberRead.offset,
                            memberRead.length,
                            Double.doubleToRawLongBits(score));
            tree.append(Scores.ordered(score), element, 1);
        }
        becomeStructure(ValueType.SKIPLIST, Structure.BYTES);
        store();
    }
}
