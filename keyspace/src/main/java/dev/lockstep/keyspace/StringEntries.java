package dev.lockstep.keyspace;

/**
 * Makes the entries of strings, as integers where they read as such. No index knows them yet. Owned by the keyspace's thread.
 *
 * <p>The entry {@code old} that they are to replace, 0 for none, is left as it is: all methods throw MemoryLimitException with
 * nothing changed. A deadline is Unix milliseconds, or -1 for none.
 */
final class StringEntries {
    private final Cells cells;
    private final EntryMemory entries;
    private final AccessClock clock;

    StringEntries(Slab slab, EntryMemory entries, AccessClock clock) {
        this.cells = slab.cells;
        this.entries = entries;
        this.clock = clock;
    }

    int of(
            int old,
            byte[] key,
            int keyOffset,
            int keyLength,
            byte[] value,
            int valueOffset,
            int valueLength,
            long deadline) {
        long number = IntegerText.parse(value, valueOffset, valueLength);
        return number != IntegerText.NONE || IntegerText.isNone(value, valueOffset, valueLength)
                ? ofInteger(old, key, keyOffset, keyLength, number, deadline)
                : ofBytes(
                        old, key, keyOffset, keyLength, value, valueOffset, valueLength, deadline);
    }

    /** {@link #of} that keeps the bytes as they are, digits too. */
    int ofBytes(
            int old,
            byte[] key,
            int keyOffset,
            int keyLength,
            byte[] value,
            int valueOffset,
            int valueLength,
            long deadline) {
        int encoding = valueLength <= ValueType.EMBSTR_MAX ? ValueType.EMBSTR : ValueType.RAW;
        int kind = kind(encoding, old);
        int cell = entries.place(old, key, keyOffset, keyLength, valueLength, deadline, kind);
        int word = cells.getInt(cell, Entry.KEY_WORD);
        if ((word & Entry.LARGE_VALUE) != 0) {
            byte[] array = cells.large[EntryMemory.largeValue(cells, cell, word)];
            System.arraycopy(value, valueOffset, array, 0, valueLength);
        } else {
            System.arraycopy(
                    value, valueOffset, cells.array(cell), inlineValue(cell, word), valueLength);
        }
        return cell;
    }

    int ofInteger(int old, byte[] key, int keyOffset, int keyLength, long number, long deadline) {
        int kind = kind(ValueType.INT, old);
        int cell = entries.place(old, key, keyOffset, keyLength, Long.BYTES, deadline, kind);
        int word = cells.getInt(cell, Entry.KEY_WORD);
        cells.putLong(cell, Entry.keyOffset(word) + Entry.keyBytes(word), number);
        return cell;
    }

    /** An entry of zeros, raw. */
    int ofZeros(byte[] key, int keyOffset, int keyLength, int length) {
        int kind = kind(ValueType.RAW, 0);
        int cell = entries.place(0, key, keyOffset, keyLength, length, -1, kind);
        int word = cells.getInt(cell, Entry.KEY_WORD);
        if ((word & Entry.LARGE_VALUE) == 0) {
            int at = inlineValue(cell, word);
            Database.zero(cells.array(cell), at, at + length);
        }
        return cell;
    }

    /** An entry of an array that the caller gives up, and that doesn't fit in the entry. */
    int ofOwned(int old, byte[] key, int keyOffset, int keyLength, byte[] value, long deadline) {
        int kind = kind(ValueType.RAW, old);
        return entries.ofOwned(key, keyOffset, keyLength, value, deadline, kind);
    }

    /** Where a value in the entry itself begins, in its chunk's array. */
    private static int inlineValue(int cell, int keyWord) {
        return Cells.offset(cell) + Entry.keyOffset(keyWord) + Entry.keyBytes(keyWord);
    }

    /** The kind of an entry that is set anew: to LRU it is fresh, LFU counts on, as in Redis. */
    private int kind(int encoding, int old) {
        int access = old != 0 && clock.isLfu() ? Entry.access(cells, old) : clock.fresh();
        return Entry.kind(ValueType.STRING, encoding, access);
    }
}
