package dev.lockstep.keyspace;

/**
 * Steps through the groups of a stream, live or frozen, and in each through what is pending, and through its consumers with
 * what is pending with each. The stream must not change meanwhile. Reused; one thread.
 *
 * <p>{@link #nextGroup} comes first; then {@link #nextPending} until it is false, then {@link #nextConsumer} in the same way, and
 * for each consumer {@link #nextPendingOfConsumer} until it is false.
 */
public final class GroupCursor {
    private final TreeWalk pending = new TreeWalk(false);
    private final TreeWalk byConsumer = new TreeWalk(false);
    private final TreeWalk ahead = new TreeWalk(false);
    private final StringValue name = new StringValue();
    private Cells cells;
    private final DictWalk walk = new DictWalk();
    private int stream;
    private int segment;
    private int slot;
    private int group;
    private int at;
    private boolean morePending;
    private boolean moreByConsumer;
    private int entry;
    private int consumer;

    GroupCursor open(Cells newCells, int cell) {
        cells = newCells;
        stream = cell;
        int structure = Structure.at(newCells, cell);
        walk.open(
                newCells,
                newCells.getInt(cell, structure + Structure.DICT_ROOT),
                newCells.getInt(cell, structure + Structure.DICT_DEPTH));
        segment = walk.next();
        slot = 0;
        return this;
    }

    /** How many groups there are. */
    public long groups() {
        return cells.getLong(stream, Structure.at(cells, stream) + Structure.DICT_COUNT);
    }

    /** Goes on to the next group; false behind the last. */
    public boolean nextGroup() {
        while (segment != 0) {
            byte[] array = cells.array(segment);
            int offset = Cells.offset(segment);
            int slots = Segment.slots(array, offset);
            while (slot < slots) {
                long word = Segment.slot(array, offset, slot++);
                if (word != 0) {
                    enter((int) word);
                    return true;
                }
            }
            segment = walk.next();
            slot = 0;
        }
        return false;
    }

    private void enter(int newGroup) {
        group = newGroup;
        at = Structure.at(cells, newGroup);
        pending.open(cells, cells.getInt(newGroup, at + Structure.TREE_ROOT));
        morePending = pending.seek(0);
        byConsumer.open(cells, cells.getInt(newGroup, at + Structure.EXPIRY_ROOT));
        moreByConsumer = byConsumer.seek(0);
        ahead.open(cells, cells.getInt(newGroup, at + Structure.EXPIRY_ROOT));
        ahead.seek(0);
    }

    /** The name of the group; the same object as that of a consumer. */
    public StringValue groupName() {
        return name(group);
    }

    private StringValue name(int cell) {
        name.slice(
                EntryReader.keyArray(cells, cell),
                EntryReader.keyOffset(cells, cell),
                Entry.keyLength(cells, cell));
        return name;
    }

    public long lastMs() {
        return cells.getLong(group, at + GroupHeader.LAST_MS);
    }

    public long lastSeq() {
        return cells.getLong(group, at + GroupHeader.LAST_SEQ);
    }

    public long entriesRead() {
        return cells.getLong(group, at + GroupHeader.ENTRIES_READ);
    }

    /** How many entries are pending in the group. */
    public long pending() {
        return cells.getLong(group, at + Structure.TREE_SIZE);
    }

    public long consumers() {
        return cells.getLong(group, at + Structure.DICT_COUNT);
    }

    /** Goes on to the next pending entry of the group, by ID; false behind the last. */
    public boolean nextPending() {
        if (!morePending) {
            return false;
        }
        entry = pending.tie();
        morePending = pending.next();
        return true;
    }

    /** Goes on to the next consumer; false behind the last. */
    public boolean nextConsumer() {
        if (!moreByConsumer) {
            return false;
        }
        consumer = byConsumer.tie();
        moreByConsumer = byConsumer.next();
        return true;
    }

    /** How many entries are pending with the consumer; to be asked once for each, before the first of them. */
    public long pendingOfConsumer() {
        long count = 0;
        while (ahead.next() && !GroupHeader.isConsumer(ahead.key())) {
            count++;
        }
        return count;
    }

    /** Goes on to the next entry that is pending with the consumer, by ID; false behind the last. */
    public boolean nextPendingOfConsumer() {
        if (!moreByConsumer || GroupHeader.isConsumer(byConsumer.key())) {
            return false;
        }
        entry = byConsumer.tie();
        moreByConsumer = byConsumer.next();
        return true;
    }

    public StringValue consumerName() {
        return name(consumer);
    }

    /** When the consumer last asked, Unix milliseconds. */
    public long seen() {
        return cells.getLong(consumer, Structure.at(cells, consumer) + GroupHeader.CONSUMER_SEEN);
    }

    /** When it last got something, or -1. */
    public long active() {
        return cells.getLong(consumer, Structure.at(cells, consumer) + GroupHeader.CONSUMER_ACTIVE);
    }

    /** The ID of the pending entry gone to. */
    public long ms() {
        return PendingEntry.ms(cells, entry);
    }

    public long seq() {
        return PendingEntry.seq(cells, entry);
    }

    /** When it was delivered last, Unix milliseconds. */
    public long deliveredAt() {
        return PendingEntry.time(cells, entry);
    }

    /** How often it was delivered. */
    public long deliveries() {
        return PendingEntry.times(cells, entry);
    }
}
