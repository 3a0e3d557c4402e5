package dev.lockstep.keyspace;

/**
 * The hashes of a database that have fields with deadlines, in the order in which their first fields end: what says which
 * field of all is the next to expire. Pairs of (earliest deadline, key's fingerprint), beside the pairs of the keys' own
 * deadlines. Owned by the keyspace's thread.
 */
final class FieldDeadlines {
    private static final int TABLE_OF_FIELDS = ValueType.HASH | ValueType.HASHTABLE << 4;

    private final Cells cells;
    private final CountedTree tree;

    FieldDeadlines(Slab slab) {
        cells = slab.cells;
        tree = new CountedTree(slab);
    }

    CountedTree tree() {
        return tree;
    }

    /** How many hashes there are with such fields. */
    long size() {
        return tree.size();
    }

    /** When the first field of an entry ends, live or frozen; -1 if none does. */
    static long earliest(Cells cells, int cell) {
        if ((cells.getInt(cell, Entry.KIND) & 0xff) != TABLE_OF_FIELDS) {
            return -1;
        }
        int root = cells.getInt(cell, Structure.at(cells, cell) + Structure.EXPIRY_ROOT);
        return root == 0 ? -1 : CountedTree.firstKey(cells, root);
    }

    /** An entry has come to the database. */
    void added(int fingerprint, int cell) {
        changed(fingerprint, -1, earliest(cells, cell));
    }

    /** An entry leaves the database. */
    void removed(int fingerprint, int cell) {
        changed(fingerprint, earliest(cells, cell), -1);
    }

    /** The earliest deadline of a hash is another now; -1 for none. */
    void changed(int fingerprint, long before, long after) {
        if (before == after) {
            return;
        }
        if (before >= 0) {
            boolean removed = tree.remove(before, fingerprint);
            assert removed : "a hash whose deadline is not known";
        }
        if (after >= 0) {
            tree.add(after, fingerprint);
        }
    }

    /** The hash whose field ends first, if that is not after {@code nowMillis}; else 0. */
    int first(Dict dict, long nowMillis) {
        return tree.size() == 0 || tree.firstKey() > nowMillis
                ? 0
                : dict.byFieldDeadline(tree.firstTie(), tree.firstKey());
    }
}
