package dev.lockstep.keyspace;

/** Copies what the structure of one entry consists of, for another entry. On the keyspace's thread; takes as long as it is big. */
final class StructureCopy {
    private final Slab slab;
    private final Cells cells;
    private final EntryMemory entries;
    private final Blobs blobs = new Blobs();

    StructureCopy(Slab slab) {
        this.slab = slab;
        cells = slab.cells;
        entries = new EntryMemory(slab);
        blobs.open(slab);
    }

    /**
     * Gives {@code to}, whose structure is the same bytes as that of {@code from}, parts of its own. If the memory for that is
     * refused, {@code to} has those parts that were copied by then, and is to be given back as it is.
     */
    void copy(int from, int to) {
        int encoding = Entry.encoding(cells, from);
        int at = Structure.at(cells, from);
        Dict dict = new Dict(slab);
        boolean ofGroup = encoding == ValueType.STREAM_GROUP;
        CountedTree tree =
                new CountedTree(ofGroup ? pendingOrder() : null, ValueType.ownsBlobs(encoding));
        tree.open(slab, 0, 0);
        CountedTree expiry = new CountedTree(slab);
        try {
            store(to, dict, tree, expiry);
            if (encoding == ValueType.QUICKLIST) {
                copyEnds(to);
            }
            copyDict(from, at, dict);
            if (ofGroup) {
                copyPending(cells.getInt(from, at + Structure.TREE_ROOT), tree);
                copyByConsumer(cells.getInt(from, at + Structure.EXPIRY_ROOT), dict, tree, expiry);
            } else {
                copyTree(cells.getInt(from, at + Structure.TREE_ROOT), encoding, dict, tree);
                copyExpiry(cells.getInt(from, at + Structure.EXPIRY_ROOT), expiry);
            }
        } finally {
            store(to, dict, tree, expiry);
        }
    }

    private void store(int to, Dict dict, CountedTree tree, CountedTree expiry) {
        int at = Structure.at(cells, to);
        cells.putInt(to, at + Structure.DICT_ROOT, dict.root());
        cells.putInt(to, at + Structure.DICT_DEPTH, dict.depth());
        cells.putLong(to, at + Structure.DICT_COUNT, dict.count());
        cells.putInt(to, at + Structure.TREE_ROOT, tree.root());
        cells.putLong(to, at + Structure.TREE_SIZE, tree.size());
        cells.putInt(to, at + Structure.EXPIRY_ROOT, expiry.root());
        cells.putLong(to, at + Structure.EXPIRY_SIZE, expiry.size());
    }

    /** Copies the blocks of a list that are not in its tree: {@code to} names those of the original yet. */
    private void copyEnds(int to) {
        int at = Structure.at(cells, to);
        int head = cells.getInt(to, at + Structure.LIST_HEAD);
        int tail = cells.getInt(to, at + Structure.LIST_TAIL);
        cells.putInt(to, at + Structure.LIST_HEAD, 0);
        cells.putInt(to, at + Structure.LIST_TAIL, 0);
        cells.putInt(to, at + Structure.LIST_HEAD, blobs.copyOf(head));
        if (tail != 0) {
            cells.putInt(to, at + Structure.LIST_TAIL, blobs.copyOf(tail));
        }
    }

    private void copyExpiry(int root, CountedTree expiry) {
        TreeWalk walk = new TreeWalk(false);
        walk.open(cells, root);
        for (boolean more = walk.seek(0); more; more = walk.next()) {
            expiry.append(walk.key(), walk.tie(), 1);
        }
    }

    private PendingOrder pendingOrder() {
        PendingOrder order = new PendingOrder();
        order.open(cells);
        return order;
    }

    /** Copies what is pending in a consumer group. */
    private void copyPending(int root, CountedTree byId) {
        TreeWalk walk = new TreeWalk(false);
        walk.open(cells, root);
        for (boolean more = walk.seek(0); more; more = walk.next()) {
            slab.admit(PendingEntry.BYTES, 0);
            int copy = slab.allocate(PendingEntry.BYTES);
            entries.copyBytes(walk.tie(), copy, PendingEntry.BYTES);
            byId.append(walk.key(), copy, 1);
        }
    }

    /** Orders what was copied by consumer, as the original is. */
    private void copyByConsumer(
            int root, Dict consumers, CountedTree byId, CountedTree byConsumer) {
        TreeWalk walk = new TreeWalk(false);
        walk.open(cells, root);
        for (boolean more = walk.seek(0); more; more = walk.next()) {
            int tie = walk.tie();
            int copy =
                    GroupHeader.isConsumer(walk.key())
                            ? sameMember(tie, consumers)
                            : byId.find(BlockOrder.key(PendingEntry.ms(cells, tie)), tie);
            byConsumer.append(walk.key(), copy, 1);
        }
    }

    private void copyDict(int from, int at, Dict dict) {
        DictWalk walk =
                new DictWalk(
                        cells,
                        cells.getInt(from, at + Structure.DICT_ROOT),
                        cells.getInt(from, at + Structure.DICT_DEPTH));
        for (int segment = walk.next(); segment != 0; segment = walk.next()) {
            byte[] array = cells.array(segment);
            int offset = Cells.offset(segment);
            int slots = Segment.slots(array, offset);
            for (int i = 0; i < slots; i++) {
                long word = Segment.slot(array, offset, i);
                if (word != 0) {
                    copyEntry((int) word, Segment.fingerprint(word), dict);
                }
            }
        }
    }

    private void copyEntry(int entry, int fingerprint, Dict dict) {
        int copy =
                entries.copyWithKey(
                        entry,
                        EntryReader.keyArray(cells, entry),
                        EntryReader.keyOffset(cells, entry),
                        Entry.keyLength(cells, entry),
                        Entry.deadline(cells, entry),
                        false);
        dict.insert(fingerprint, copy);
        if (Entry.isStructure(cells, entry)) {
            copy(entry, copy);
        }
    }

    private void copyTree(int root, int encoding, Dict dict, CountedTree tree) {
        boolean weighted = ValueType.ownsBlobs(encoding);
        TreeWalk walk = new TreeWalk(weighted);
        walk.open(cells, root);
        for (boolean more = walk.seek(0); more; more = walk.next()) {
            int tie = walk.tie();
            int copy = weighted ? blobs.copyOf(tie) : sameMember(tie, dict);
            tree.append(walk.key(), copy, walk.weight());
        }
    }

    private int sameMember(int member, Dict dict) {
        byte[] name = EntryReader.keyArray(cells, member);
        int offset = EntryReader.keyOffset(cells, member);
        int length = Entry.keyLength(cells, member);
        return dict.find(KeyHash.of(name, offset, length), name, offset, length);
    }
}
