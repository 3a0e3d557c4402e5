package dev.lockstep.keyspace;

/**
 * A consumer group of a stream: which entry it delivered last, its consumers, and what was delivered to them and is pending
 * until they acknowledge it.
 *
 * <p>Consumers and pending entries are named by numbers that hold until the next change of them: methods that may move one
 * return where it is now. Positions among what is pending, in the group or with one consumer, count from 0 in the order of
 * IDs. Layout: {@link GroupHeader}.
 *
 * <p>Pointed at a group with {@link #open}, and used again for the next; valid as long as the {@link StreamValue} is that it was
 * opened in, and while no other object changes that. Owned by the keyspace's thread.
 */
public final class StreamGroup {
    /** How many entries a group has read where nobody knows. */
    public static final long UNKNOWN = -1;

    /** In place of a time. */
    public static final long NEVER = -1;

    /** What an entry that is pending takes at most, its places in the trees included. */
    private static final int PENDING_BYTES = 96;

    /** In place of a consumer's number. */
    private static final int NOBODY = -1;

    private final PendingOrder order = new PendingOrder();
    private final CountedTree pending = new CountedTree(order, false);
    private final CountedTree byConsumer = new CountedTree(order, false);
    private final ElementTable consumers = new ElementTable();
    private final byte[] consumerBytes = new byte[GroupHeader.CONSUMER_BYTES];
    private StreamValue stream;
    private Slab slab;
    private Cells cells;
    private int cell;
    private int at;

    /** Points this at a group of {@code of}. */
    public StreamGroup open(StreamValue of, int group) {
        stream = of;
        slab = of.slab();
        cells = of.cells();
        order.open(cells);
        moved(group);
        pending.open(slab, getInt(Structure.TREE_ROOT), getLong(Structure.TREE_SIZE));
        byConsumer.open(slab, getInt(Structure.EXPIRY_ROOT), getLong(Structure.EXPIRY_SIZE));
        consumers.open(
                slab,
                getInt(Structure.DICT_ROOT),
                getInt(Structure.DICT_DEPTH),
                getLong(Structure.DICT_COUNT));
        return this;
    }

    private void moved(int group) {
        cell = group;
        at = Structure.at(cells, group);
    }

    /** The group, where it is now. */
    public int cell() {
        return cell;
    }

    private int getInt(int field) {
        return cells.getInt(cell, at + field);
    }

    private long getLong(int field) {
        return cells.getLong(cell, at + field);
    }

    private void begin() {
        moved(stream.writableGroup(cell));
    }

    private void store() {
        cells.putInt(cell, at + Structure.TREE_ROOT, pending.root());
        cells.putLong(cell, at + Structure.TREE_SIZE, pending.size());
        cells.putInt(cell, at + Structure.EXPIRY_ROOT, byConsumer.root());
        cells.putLong(cell, at + Structure.EXPIRY_SIZE, byConsumer.size());
        Dict dict = consumers.dict();
        cells.putInt(cell, at + Structure.DICT_ROOT, dict.root());
        cells.putInt(cell, at + Structure.DICT_DEPTH, dict.depth());
        cells.putLong(cell, at + Structure.DICT_COUNT, dict.count());
    }

    // ---- what it delivered ----

    public StreamId lastId(StreamId into) {
        return into.set(getLong(GroupHeader.LAST_MS), getLong(GroupHeader.LAST_SEQ));
    }

    /** How many entries there were up to the last one delivered, or {@link #UNKNOWN}. */
    public long entriesRead() {
        return getLong(GroupHeader.ENTRIES_READ);
    }

    public void setLast(StreamId id, long entriesRead) {
        begin();
        cells.putLong(cell, at + GroupHeader.LAST_MS, id.ms());
        cells.putLong(cell, at + GroupHeader.LAST_SEQ, id.seq());
        cells.putLong(cell, at + GroupHeader.ENTRIES_READ, entriesRead);
    }

    // ---- consumers ----

    public long consumers() {
        return consumers.count();
    }

    /** The consumer with this name, or 0. */
    public int findConsumer(byte[] name, int offset, int length) {
        return consumers.find(name, offset, length);
    }

    /**
     * Adds the consumer that {@link #findConsumer} was asked for last and that is not there.
     *
     * @param active when it last got something, or -1
     */
    public int addConsumer(byte[] name, int offset, int length, long seen, long active) {
        int number = freeNumber();
        Cells.INT.set(consumerBytes, GroupHeader.CONSUMER_NUMBER, number);
        Cells.LONG.set(consumerBytes, GroupHeader.CONSUMER_SEEN, seen);
        Cells.LONG.set(consumerBytes, GroupHeader.CONSUMER_ACTIVE, active);
        begin();
        int consumer =
                consumers.put(0, name, offset, length, consumerBytes, 0, consumerBytes.length, -1);
        byConsumer.add(GroupHeader.consumerKey(number), consumer);
        store();
        return consumer;
    }

    /** One more than the greatest number in use; once that is the greatest there is, the least that is free. */
    private int freeNumber() {
        if (byConsumer.size() == 0) {
            return 0;
        }
        int greatest = (int) (byConsumer.keyAt(byConsumer.size() - 1) >> 1);
        if (greatest < Integer.MAX_VALUE) {
            return greatest + 1;
        }
        int number = 0;
        while (byConsumer.below(GroupHeader.consumerKey(number))
                < byConsumer.through(GroupHeader.consumerKey(number))) {
            number++;
        }
        return number;
    }

    /** Removes a consumer, and what is pending with it from the group. */
    public void removeConsumer(int consumer) {
        begin();
        int number = number(consumer);
        long first = byConsumer.below(GroupHeader.consumerKey(number));
        byConsumer.removeAt(first);
        for (long left = pendingOf(consumer); left > 0; left--) {
            int entry = byConsumer.tieAt(first);
            byConsumer.removeAt(first);
            pending.take(key(entry), entry);
            slab.free(entry);
        }
        consumers.remove(consumer);
        store();
    }

    /** Visits all consumers, in no order. */
    public void eachConsumer(CellVisitor visitor) {
        consumers.scan(0, Long.MAX_VALUE, visitor);
    }

    private int number(int consumer) {
        return cells.getInt(consumer, Structure.at(cells, consumer) + GroupHeader.CONSUMER_NUMBER);
    }

    /** When a consumer last asked, Unix milliseconds. */
    public long seen(int consumer) {
        return cells.getLong(consumer, Structure.at(cells, consumer) + GroupHeader.CONSUMER_SEEN);
    }

    /** When it last got something, or -1. */
    public long active(int consumer) {
        return cells.getLong(consumer, Structure.at(cells, consumer) + GroupHeader.CONSUMER_ACTIVE);
    }

    public int setSeen(int consumer, long millis) {
        return setTime(consumer, GroupHeader.CONSUMER_SEEN, millis);
    }

    public int setActive(int consumer, long millis) {
        return setTime(consumer, GroupHeader.CONSUMER_ACTIVE, millis);
    }

    private int setTime(int consumer, int field, long millis) {
        int writable = consumer;
        if (!slab.writable(consumer)) {
            begin();
            writable = consumers.writable(consumer);
            long position = byConsumer.below(GroupHeader.consumerKey(number(writable)));
            byConsumer.replaceAt(position, writable, 1);
            store();
        }
        cells.putLong(writable, Structure.at(cells, writable) + field, millis);
        return writable;
    }

    // ---- what is pending ----

    /** How many entries are pending in all. */
    public long pending() {
        return pending.size();
    }

    /** How many are pending with a consumer. */
    public long pendingOf(int consumer) {
        long key = GroupHeader.pendingKey(number(consumer));
        return byConsumer.through(key) - byConsumer.below(key);
    }

    /** The entry that is pending with this ID, or 0. */
    public int find(StreamId id) {
        order.seek(id.ms(), id.seq());
        return pending.find(BlockOrder.key(id.ms()), 0);
    }

    /** The position of the first one whose ID is not below the given one. */
    public long position(StreamId id) {
        order.seek(id.ms(), id.seq());
        return pending.rank(BlockOrder.key(id.ms()), 0);
    }

    /** The one at a position. */
    public int at(long position) {
        return pending.tieAt(position);
    }

    /** The same among those that are pending with a consumer. */
    public long positionOf(int consumer, StreamId id) {
        order.seek(id.ms(), id.seq());
        long key = GroupHeader.pendingKey(number(consumer));
        return byConsumer.rank(key, 0) - byConsumer.below(key);
    }

    public int atOf(int consumer, long position) {
        return byConsumer.tieAt(
                byConsumer.below(GroupHeader.pendingKey(number(consumer))) + position);
    }

    public StreamId id(int entry, StreamId into) {
        return into.set(PendingEntry.ms(cells, entry), PendingEntry.seq(cells, entry));
    }

    /** When it was delivered last, Unix milliseconds. */
    public long deliveredAt(int entry) {
        return PendingEntry.time(cells, entry);
    }

    /** How often it was delivered. */
    public long deliveries(int entry) {
        return PendingEntry.times(cells, entry);
    }

    /** The consumer that it is pending with. */
    public int consumerOf(int entry) {
        int number = PendingEntry.consumer(cells, entry);
        return byConsumer.tieAt(byConsumer.below(GroupHeader.consumerKey(number)));
    }

    /**
     * Refuses, with MemoryLimitException, that so many entries be added and so many consumers with a name of that length, or sees
     * to it that none of them is.
     */
    public void admit(long entries, int consumers, int nameLength) {
        slab.admitTogether(
                entries * PENDING_BYTES
                        + consumers * Database.bytesFor(nameLength, GroupHeader.CONSUMER_BYTES));
    }

    /** Adds an entry that is pending from now on; there is none with its ID. */
    public int add(StreamId id, int consumer, long deliveredAt, long deliveries) {
        slab.admit(PendingEntry.BYTES, 0);
        begin();
        int entry = slab.allocate(PendingEntry.BYTES);
        PendingEntry.id(cells, entry, id.ms(), id.seq());
        PendingEntry.delivered(cells, entry, deliveredAt, deliveries);
        PendingEntry.consumer(cells, entry, number(consumer));
        pending.add(key(entry), entry);
        byConsumer.add(GroupHeader.pendingKey(number(consumer)), entry);
        store();
        return entry;
    }

    /** Delivers a pending entry again, perhaps to another consumer. */
    public int deliver(int entry, int consumer, long deliveredAt, long deliveries) {
        begin();
        int before = PendingEntry.consumer(cells, entry);
        int after = number(consumer);
        int moved = writable(entry);
        PendingEntry.delivered(cells, moved, deliveredAt, deliveries);
        if (before != after) {
            byConsumer.take(GroupHeader.pendingKey(before), moved);
            PendingEntry.consumer(cells, moved, after);
            byConsumer.add(GroupHeader.pendingKey(after), moved);
        }
        store();
        return moved;
    }

    private int writable(int entry) {
        if (slab.writable(entry)) {
            return entry;
        }
        int copy = slab.allocate(PendingEntry.BYTES);
        System.arraycopy(
                cells.array(entry),
                Cells.offset(entry),
                cells.array(copy),
                Cells.offset(copy),
                PendingEntry.BYTES);
        pending.replace(key(entry), entry, copy, 1);
        byConsumer.replace(
                GroupHeader.pendingKey(PendingEntry.consumer(cells, entry)), entry, copy, 1);
        slab.free(entry);
        return copy;
    }

    /** An entry is acknowledged, or gone. */
    public void remove(int entry) {
        begin();
        pending.take(key(entry), entry);
        byConsumer.take(GroupHeader.pendingKey(PendingEntry.consumer(cells, entry)), entry);
        slab.free(entry);
        store();
    }

    // ---- building from an RDB ----

    /** Adds an entry that is pending with nobody yet; false if one with its ID is there. */
    public boolean addUnowned(StreamId id, long deliveredAt, long deliveries) {
        if (find(id) != 0) {
            return false;
        }
        slab.admit(PendingEntry.BYTES, 0);
        begin();
        int entry = slab.allocate(PendingEntry.BYTES);
        PendingEntry.id(cells, entry, id.ms(), id.seq());
        PendingEntry.delivered(cells, entry, deliveredAt, deliveries);
        PendingEntry.consumer(cells, entry, NOBODY);
        pending.add(key(entry), entry);
        store();
        return true;
    }

    /** Whether an entry with this ID is pending with a consumer. */
    public boolean isOwned(StreamId id) {
        int entry = find(id);
        return entry != 0 && PendingEntry.consumer(cells, entry) != NOBODY;
    }

    /** Lets a pending entry of nobody be a consumer's; false if there is none with this ID. */
    public boolean own(int consumer, StreamId id) {
        int entry = find(id);
        if (entry == 0 || PendingEntry.consumer(cells, entry) != NOBODY) {
            return false;
        }
        begin();
        int number = number(consumer);
        PendingEntry.consumer(cells, entry, number);
        byConsumer.add(GroupHeader.pendingKey(number), entry);
        store();
        return true;
    }

    /** Whether nothing is pending with nobody. */
    public boolean isComplete() {
        return byConsumer.size() == pending.size() + consumers.count();
    }

    private long key(int entry) {
        return BlockOrder.key(PendingEntry.ms(cells, entry));
    }
}
