package dev.lockstep.keyspace;

/** Gives back what entries take: their cells, and the arrays of keys and values that have their own. */
final class EntryMemory {
    private EntryMemory() {}

    /** Frees an entry that no index names any more. */
    static void free(Slab slab, int cell) {
        int word = slab.cells.getInt(cell, Entry.KEY_WORD);
        if ((word & Entry.LARGE_VALUE) != 0) {
            slab.large().free(largeValue(slab.cells, cell, word));
        }
        freeKeyAndCell(slab, cell);
    }

    /** Frees an entry whose value lives on elsewhere. */
    static void freeKeyAndCell(Slab slab, int cell) {
        int word = slab.cells.getInt(cell, Entry.KEY_WORD);
        if ((word & Entry.LARGE_KEY) != 0) {
            slab.large().free(slab.cells.getInt(cell, Entry.keyOffset(word)));
        }
        slab.free(cell);
    }

    /** The handle of an entry's value, which has an array of its own. */
    static int largeValue(Cells cells, int cell, int word) {
        return cells.getInt(cell, Entry.keyOffset(word) + Entry.keyBytes(word));
    }
}
