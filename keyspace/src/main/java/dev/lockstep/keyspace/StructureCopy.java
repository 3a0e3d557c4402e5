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

    /** Gives {@code to}, whose structure is the same bytes as that of {@code from}, parts of its own. */
    void copy(int from, int to) {
        int encoding = Entry.encoding(cells, from);
        int at = Structure.at(cells, from);
        Dict dict = copyDict(from, at);
        CountedTree tree = new CountedTree(null, ValueType.ownsBlobs(encoding));
        tree.open(slab, 0, 0);
        copyTree(cells.getInt(from, at + Structure.TREE_ROOT), encoding, dict, tree);
        CountedTree expiry = new CountedTree(slab);
        TreeWalk walk = new TreeWalk(false);
        walk.open(cells, cells.getInt(from, at + Structure.EXPIRY_ROOT));
        for (boolean more = walk.seek(0); more; more = walk.next()) {
            expiry.append(walk.key(), walk.tie(), 1);
        }
        int toAt = Structure.at(cells, to);
        cells.putInt(to, toAt + Structure.DICT_ROOT, dict.root());
        cells.putInt(to, toAt + Structure.DICT_DEPTH, dict.depth());
        cells.putInt(to, toAt + Structure.TREE_ROOT, tree.root());
        cells.putInt(to, toAt + Structure.EXPIRY_ROOT, expiry.root());
    }

    private Dict copyDict(int from, int at) {
        Dict dict = new Dict(slab);
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
                    dict.insert(Segment.fingerprint(word), copyEntry((int) word));
                }
            }
        }
        return dict;
    }

    private int copyEntry(int entry) {
        int copy =
                entries.copyWithKey(
                        entry,
                        EntryReader.keyArray(cells, entry),
                        EntryReader.keyOffset(cells, entry),
                        Entry.keyLength(cells, entry),
                        Entry.deadline(cells, entry),
                        false);
        if (Entry.isStructure(cells, entry)) {
            copy(entry, copy);
        }
        return copy;
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
