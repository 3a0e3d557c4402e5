package dev.lockstep.keyspace;

/**
 * A stream: entries in the order of their IDs, each with fields and values, and groups of consumers that read them.
 *
 * <p>It is a {@link Structure} from its first entry on: a tree of {@link StreamBlock blocks} by the ID each was begun with,
 * which weigh as much as they have live entries; a table of {@link StreamGroup groups}; and a {@link StreamHeader}. New
 * entries go into the last block until it is full. A block goes when its last entry does; other deleted entries are
 * marked and stay in it, as in Redis.
 *
 * @see CollectionValue
 */
public final class StreamValue extends CollectionValue {
    private static final int MAX_BLOCK_BYTES = 1 << 30;

    /** The cell of a full block has as many bytes as a listpack may have: they share it with the head of the blob. */
    private static final int FULL_HEAD_BYTES = 4;

    private final BlockOrder order = new BlockOrder();
    private final CountedTree tree = new CountedTree(order, true);
    private final Blobs blobs = new Blobs();
    private final ElementTable groups = new ElementTable();
    private final BlockEntries entries = new BlockEntries();
    private final TreeWalk walk = new TreeWalk(true);
    private final StreamCursor edge = new StreamCursor();
    private final StreamId scratch = new StreamId();
    private final StreamId first = new StreamId();
    private final BlockCheck check = new BlockCheck();

    /** Points this at the stream in {@code streamCell}. */
    public StreamValue open(Database database, int streamCell) {
        openAt(database, streamCell);
        order.open(cells);
        blobs.open(slab);
        loadTree(tree);
        load(groups);
        return this;
    }

    /** Makes an empty stream for the key that {@code database} was asked for last and that is not there. */
    public StreamValue create(Database database, byte[] key, int offset, int length) {
        return open(
                database,
                database.create(
                        key,
                        offset,
                        length,
                        ValueType.STREAM,
                        ValueType.STREAM_BLOCKS,
                        StreamHeader.BYTES));
    }

    /** How many entries there are. */
    @Override
    public long size() {
        return tree.size();
    }

    public int blocks() {
        return getInt(StreamHeader.BLOCKS);
    }

    // ---- its IDs and counters ----

    public StreamId lastId(StreamId into) {
        return into.set(getLong(StreamHeader.LAST_MS), getLong(StreamHeader.LAST_SEQ));
    }

    public StreamId greatestDeletedId(StreamId into) {
        return into.set(getLong(StreamHeader.DELETED_MS), getLong(StreamHeader.DELETED_SEQ));
    }

    /** How many entries were ever added. */
    public long entriesAdded() {
        return getLong(StreamHeader.ENTRIES_ADDED);
    }

    /** The ID of the first entry, or 0-0 if there is none. */
    public StreamId firstId(StreamId into) {
        return edgeId(into, false);
    }

    /** The ID of the last entry that is there, or 0-0. */
    public StreamId topId(StreamId into) {
        return edgeId(into, true);
    }

    private StreamId edgeId(StreamId into, boolean last) {
        into.setMin();
        if (edge.openAll(cells, tree.root(), last).next()) {
            into.set(edge.ms(), edge.seq());
        }
        return into;
    }

    /** The ID that the first block's first entry has, be it deleted; the greatest there is if there are no blocks. */
    public StreamId oldestId(StreamId into) {
        if (size() == 0) {
            return into.setMax();
        }
        entries.open(cells, tree.firstTie());
        entries.read(entries.first());
        return into.set(entries.ms, entries.seq);
    }

    public void setLastId(StreamId id) {
        beginChange();
        putLong(StreamHeader.LAST_MS, id.ms());
        putLong(StreamHeader.LAST_SEQ, id.seq());
    }

    public void setGreatestDeletedId(StreamId id) {
        beginChange();
        putLong(StreamHeader.DELETED_MS, id.ms());
        putLong(StreamHeader.DELETED_SEQ, id.seq());
    }

    public void setEntriesAdded(long count) {
        beginChange();
        putLong(StreamHeader.ENTRIES_ADDED, count);
    }

    /**
     * How many entries had been added when the one with an ID was, as far as the counters and the edges of the stream tell;
     * {@link StreamGroup#UNKNOWN} where deleted entries or an ID in the middle leave it open.
     */
    public long entriesUpTo(StreamId id) {
        long added = entriesAdded();
        if (added == 0) {
            return 0;
        }
        int toLast = id.compareTo(lastId(scratch));
        if (size() == 0 && toLast <= 0) {
            return added;
        }
        greatestDeletedId(scratch);
        if (!id.isMin() && id.compareTo(scratch) < 0) {
            return StreamGroup.UNKNOWN;
        }
        if (toLast >= 0) {
            return toLast == 0 ? added : StreamGroup.UNKNOWN;
        }
        firstId(first);
        int toFirst = id.compareTo(first);
        if ((scratch.isMin() || scratch.compareTo(first) < 0) && toFirst <= 0) {
            return added - size() + (toFirst == 0 ? 1 : 0);
        }
        return StreamGroup.UNKNOWN;
    }

    /** Whether an entry was deleted that has a greater ID than the first one that is there, and than a given one, or the same. */
    public boolean hasDeletedFrom(StreamId id) {
        greatestDeletedId(scratch);
        return size() > 0
                && !scratch.isMin()
                && id.compareTo(scratch) <= 0
                && firstId(first).compareTo(scratch) <= 0;
    }

    /** Whether no entry that is there has an ID up to this one, nor was one behind the first that is there deleted. */
    public boolean isAhead(StreamId id) {
        greatestDeletedId(scratch);
        firstId(first);
        return size() > 0 && id.compareTo(first) < 0 && scratch.compareTo(first) < 0;
    }

    // ---- adding ----

    /** Whether an entry is small enough to be stored at all. */
    public static boolean fits(EntryFields entry) {
        return textBytes(entry) <= MAX_BLOCK_BYTES;
    }

    /** What an entry takes in a stream that has none yet, the stream included, in bytes. */
    public static int bytesForFirst(EntryFields entry) {
        return StreamHeader.BYTES + TreeNode.MIN_BYTES + StreamBlock.bytesOfNew(entry);
    }

    private static long textBytes(EntryFields entry) {
        long bytes = 0;
        for (int i = 0; i < 2 * entry.fields(); i++) {
            bytes += entry.length(i);
        }
        return bytes;
    }

    /** Adds an entry with an ID that is greater than the last one. */
    public void add(StreamId id, EntryFields entry) {
        int last = tree.size() == 0 ? 0 : tree.lastTie();
        if (last != 0 && !isFull(last, entry)) {
            addToBlock(last, id, entry);
        } else {
            addBlock(last, id, entry);
        }
        saveTree(tree);
        putLong(StreamHeader.LAST_MS, id.ms());
        putLong(StreamHeader.LAST_SEQ, id.seq());
        putLong(StreamHeader.ENTRIES_ADDED, entriesAdded() + 1);
    }

    private boolean isFull(int block, EntryFields entry) {
        byte[] a = Blobs.array(cells, block);
        int lp = listpack(block);
        long maxBytes = limits.streamNodeMaxBytes();
        if (maxBytes == 0 || maxBytes > MAX_BLOCK_BYTES) {
            maxBytes = MAX_BLOCK_BYTES;
        }
        if (Listpack.bytes(a, lp) + textBytes(entry) >= maxBytes) {
            return true;
        }
        long maxEntries = limits.streamNodeMaxEntries();
        return maxEntries != 0
                && StreamBlock.live(a, lp) + (long) StreamBlock.dead(a, lp) >= maxEntries;
    }

    private void addToBlock(int block, StreamId id, EntryFields entry) {
        byte[] a = Blobs.array(cells, block);
        int lp = listpack(block);
        boolean sameFields = StreamBlock.hasFields(a, lp, entry);
        int countGrowth =
                Listpack.sizeOf(StreamBlock.live(a, lp) + 1L)
                        - Listpack.sizeOf(StreamBlock.live(a, lp));
        int bytes =
                StreamBlock.HEAD_BYTES
                        + Listpack.bytes(a, lp)
                        + countGrowth
                        + StreamBlock.bytesOfEntry(
                                entry,
                                sameFields,
                                id.ms() - StreamBlock.firstMs(a, lp),
                                id.seq() - StreamBlock.firstSeq(a, lp));
        int roomy = block;
        if (bytes > blobs.capacity(block)) {
            roomy = blobs.resize(block, roomFor(bytes));
        } else if (!blobs.isWritable(block)) {
            roomy = blobs.writable(block);
        }
        beginChange();
        StreamBlock.add(
                Blobs.array(cells, roomy), listpack(roomy), id.ms(), id.seq(), entry, sameFields);
        tree.replaceLast(roomy, 1);
    }

    private void addBlock(int last, StreamId id, EntryFields entry) {
        int bytes = StreamBlock.bytesOfNew(entry);
        int block = blobs.allocate(last == 0 ? bytes : roomFor(bytes));
        beginChange();
        if (last != 0) {
            tree.replaceLast(fitted(last), 0);
        }
        StreamBlock.begin(Blobs.array(cells, block), listpack(block), id.ms(), id.seq(), entry);
        appendBlock(block, id.ms(), 1);
    }

    private void appendBlock(int block, long firstMs, int live) {
        tree.append(BlockOrder.key(firstMs), block, live);
        putInt(StreamHeader.BLOCKS, blocks() + 1);
    }

    /** A block that gets no more entries needs no room for them. */
    private int fitted(int block) {
        int bytes = usedBytes(block);
        return Blobs.roundUp(bytes) < blobs.capacity(block)
                ? blobs.resizeAnyway(block, bytes)
                : block;
    }

    private int usedBytes(int block) {
        return StreamBlock.HEAD_BYTES + Listpack.bytes(Blobs.array(cells, block), listpack(block));
    }

    /** Room for a block of so many bytes to grow by half, but not beyond what a full one takes. */
    private int roomFor(int bytes) {
        long full =
                limits.streamNodeMaxBytes() == 0 ? MAX_BLOCK_BYTES : limits.streamNodeMaxBytes();
        return (int) Math.max(bytes, Math.min(bytes + (long) (bytes >> 1), full - FULL_HEAD_BYTES));
    }

    private int listpack(int block) {
        return Blobs.offset(cells, block) + StreamBlock.HEAD_BYTES;
    }

    // ---- building from an RDB ----

    /**
     * Adds a block behind all others: its first ID, then its listpack, as an RDB has them.
     *
     * @return false if it isn't one, or doesn't go behind what is there
     */
    public boolean append(byte[] firstId, byte[] listpack, int offset, int length) {
        if (!Listpack.isValid(listpack, offset, length)) {
            return false;
        }
        int block = blobs.allocate(StreamBlock.HEAD_BYTES + length);
        byte[] a = Blobs.array(cells, block);
        int lp = listpack(block);
        System.arraycopy(firstId, 0, a, lp - StreamBlock.HEAD_BYTES, StreamBlock.HEAD_BYTES);
        System.arraycopy(listpack, offset, a, lp, length);
        boolean valid = check.accepts(a, lp, tree.size() == 0);
        if (valid && check.live() > 0) {
            beginChange();
            appendBlock(block, StreamBlock.firstMs(a, lp), check.live());
            saveTree(tree);
        } else {
            blobs.free(block);
        }
        return valid;
    }

    // ---- finding ----

    /** A position in the block that an ID belongs in: the last one that begins at or before it; else 0. */
    private long blockPosition(long ms, long seq) {
        order.seek(seq);
        long key = BlockOrder.key(ms);
        long before = tree.rank(key, 0);
        return tree.contains(key, 0) ? before : Math.max(0, before - 1);
    }

    /** Goes to where entries from an ID on are, or backwards, to an ID. */
    boolean seek(TreeWalk to, long ms, long seq) {
        to.open(cells, tree.root());
        return to.seek(blockPosition(ms, seq));
    }

    Cells cells() {
        return cells;
    }

    int root() {
        return tree.root();
    }

    /** Whether there is an entry with this ID. */
    public boolean contains(StreamId id) {
        return seek(walk, id.ms(), id.seq())
                && entries.open(cells, walk.tie()).find(id.ms(), id.seq());
    }

    /** How many entries have IDs between two, both included. */
    public long count(StreamId from, StreamId to) {
        boolean toEnd = !scratch.set(to).increment();
        long end = toEnd ? size() : before(scratch);
        return Math.max(0, end - before(from));
    }

    /** How many entries have lower IDs. */
    private long before(StreamId id) {
        if (id.isMin() || !seek(walk, id.ms(), id.seq())) {
            return 0;
        }
        order.seek(id.seq());
        long before = tree.rank(BlockOrder.key(id.ms()), 0);
        entries.open(cells, walk.tie());
        if (before == 0 || tree.contains(BlockOrder.key(id.ms()), 0)) {
            return before;
        }
        before -= walk.weight();
        for (int p = entries.first(); entries.read(p); p = entries.behind()) {
            if (!entries.isDeleted()) {
                if (entries.compareTo(id.ms(), id.seq()) >= 0) {
                    break;
                }
                before++;
            }
        }
        return before;
    }

    // ---- removing ----

    /** Removes an entry; false if it is not there. */
    public boolean remove(StreamId id) {
        if (!contains(id)) {
            return false;
        }
        long position = blockPosition(id.ms(), id.seq());
        int block = walk.tie();
        int weight = walk.weight();
        beginChange();
        if (weight == 1) {
            removeBlock(position, block);
        } else {
            int lean = changeable(block);
            int at = entries.at - entries.lp;
            entries.open(cells, lean);
            entries.read(entries.lp + at);
            entries.markDeleted();
            count(lean, 1);
            tree.replaceAt(position, lean, weight - 1);
        }
        saveTree(tree);
        return true;
    }

    private void removeBlock(long position, int block) {
        tree.removeAt(position);
        blobs.free(block);
        putInt(StreamHeader.BLOCKS, blocks() - 1);
    }

    /** The block, or a copy, with room for a count of one byte more; never refused. */
    private int changeable(int block) {
        int bytes = usedBytes(block) + 1;
        return bytes > blobs.capacity(block) || !blobs.isWritable(block)
                ? blobs.resizeAnyway(block, Math.max(bytes, blobs.capacity(block)))
                : block;
    }

    /** Counts entries of a block as deleted that were marked so. */
    private void count(int block, int deleted) {
        byte[] a = Blobs.array(cells, block);
        int lp = listpack(block);
        StreamBlock.counts(
                a,
                lp,
                StreamBlock.live(a, lp) - (long) deleted,
                StreamBlock.dead(a, lp) + (long) deleted);
    }

    /**
     * Removes the first entries, so that no more than some are left.
     *
     * @param wholeBlocks whether only whole blocks may go: then more may be left
     * @param most how many entries may go at most if only whole blocks do; 0 for any number
     * @return how many went
     */
    public long trimToLength(long length, boolean wholeBlocks, long most) {
        return trim(length, null, wholeBlocks, most);
    }

    /** The same for entries whose IDs are less than one. */
    public long trimBefore(StreamId id, boolean wholeBlocks, long most) {
        return trim(0, id, wholeBlocks, most);
    }

    private long trim(long length, StreamId minId, boolean wholeBlocks, long most) {
        long before = size();
        beginChange();
        while (size() > 0 && (minId != null || size() > length)) {
            int block = tree.firstTie();
            int live = StreamBlock.live(Blobs.array(cells, block), listpack(block));
            if (most > 0 && before - size() + live > most) {
                break;
            }
            if (minId == null ? size() - live >= length : endsBefore(block, minId)) {
                removeBlock(0, block);
            } else {
                if (!wholeBlocks) {
                    trimBlock(block, minId == null ? size() - length : live, minId);
                }
                break;
            }
        }
        saveTree(tree);
        return before - size();
    }

    /** Whether the last entry of a block, be it deleted, has a lower ID. */
    private boolean endsBefore(int block, StreamId id) {
        entries.open(cells, block);
        entries.readBefore(entries.end());
        return entries.compareTo(id.ms(), id.seq()) < 0;
    }

    /** Marks entries from the first one on as deleted, up to {@code most} and all below an ID, if that is not null. */
    private void trimBlock(int block, long most, StreamId minId) {
        int lean = changeable(block);
        int live = StreamBlock.live(Blobs.array(cells, lean), listpack(lean));
        int marked = 0;
        entries.open(cells, lean);
        for (int p = entries.first(); marked < most && entries.read(p); p = entries.behind()) {
            if (minId != null && entries.compareTo(minId.ms(), minId.seq()) >= 0) {
                break;
            }
            if (!entries.isDeleted()) {
                entries.markDeleted();
                marked++;
            }
        }
        if (marked == live) {
            tree.replaceAt(0, lean, live);
            removeBlock(0, lean);
            return;
        }
        if (marked > 0) {
            count(lean, marked);
        }
        tree.replaceAt(0, lean, live - marked);
    }

    // ---- groups ----

    /** How many groups there are. */
    public long groups() {
        return groups.count();
    }

    /** The group with this name, or 0; it is named by this number until the next change of it. */
    public int findGroup(byte[] name, int offset, int length) {
        return groups.find(name, offset, length);
    }

    /** Adds the group that {@link #findGroup} was asked for last and that is not there. */
    public int addGroup(byte[] name, int offset, int length) {
        beginChange();
        int group =
                groups.addStructure(
                        name,
                        offset,
                        length,
                        Entry.kind(ValueType.STREAM, ValueType.STREAM_GROUP, 0),
                        GroupHeader.BYTES);
        save(groups);
        return group;
    }

    /** Removes a group; what it consists of is given back in slices. */
    public void removeGroup(int group) {
        beginChange();
        db.reclaimStructure(group);
        groups.remove(group);
        save(groups);
    }

    /** The group, or a copy that is now in its place, to be changed. */
    int writableGroup(int group) {
        beginChange();
        int writable = groups.writable(group);
        save(groups);
        return writable;
    }

    /** Visits all groups, in no order. */
    public void eachGroup(CellVisitor visitor) {
        groups.scan(0, Long.MAX_VALUE, visitor);
    }

    /** Points {@code into} at the name of a group, or of a consumer. */
    public void readName(int part, StringValue into) {
        into.slice(
                EntryReader.keyArray(cells, part),
                EntryReader.keyOffset(cells, part),
                Entry.keyLength(cells, part));
    }

    Slab slab() {
        return slab;
    }
}
