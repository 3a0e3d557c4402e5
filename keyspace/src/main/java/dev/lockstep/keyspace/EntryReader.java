package dev.lockstep.keyspace;

/** Reads the key and the value of an entry, live or frozen. */
final class EntryReader {
    private EntryReader() {}

    static byte[] keyArray(Cells cells, int cell) {
        int word = cells.getInt(cell, Entry.KEY_WORD);
        return (word & Entry.LARGE_KEY) != 0
                ? cells.large[cells.getInt(cell, Entry.keyOffset(word))]
                : cells.array(cell);
    }

    static int keyOffset(Cells cells, int cell) {
        int word = cells.getInt(cell, Entry.KEY_WORD);
        return (word & Entry.LARGE_KEY) != 0 ? 0 : Cells.offset(cell) + Entry.keyOffset(word);
    }

    /** The array that a value lies in, as it is stored. */
    static byte[] valueArray(Cells cells, int cell) {
        int word = cells.getInt(cell, Entry.KEY_WORD);
        return (word & Entry.LARGE_VALUE) != 0
                ? cells.large[EntryMemory.largeValue(cells, cell, word)]
                : cells.array(cell);
    }

    static int valueOffset(Cells cells, int cell) {
        int word = cells.getInt(cell, Entry.KEY_WORD);
        return (word & Entry.LARGE_VALUE) != 0
                ? 0
                : Cells.offset(cell) + Entry.keyOffset(word) + Entry.keyBytes(word);
    }

    static void read(Cells cells, int cell, StringValue into) {
        byte[] array = cells.array(cell);
        int at = Cells.offset(cell);
        int word = (int) Cells.INT.get(array, at + Entry.KEY_WORD);
        int length = (int) Cells.INT.get(array, at + Entry.VALUE_LENGTH);
        int valueAt = at + Entry.keyOffset(word) + Entry.keyBytes(word);
        if ((word & Entry.LARGE_VALUE) != 0) {
            into.slice(cells.large[(int) Cells.INT.get(array, valueAt)], 0, length);
        } else if (Entry.hasKind(word)
                && ((int) Cells.INT.get(array, at + Entry.KIND) >>> 4 & 15) == ValueType.INT) {
            into.integer((long) Cells.LONG.get(array, valueAt));
        } else {
            into.slice(array, valueAt, length);
        }
    }
}
