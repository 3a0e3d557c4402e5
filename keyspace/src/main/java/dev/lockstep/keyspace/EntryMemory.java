package dev.lockstep.keyspace;

/**
 * Makes entries and gives them back: their cells, and the arrays of keys and values that have their own. What it makes is
 * in no index yet. All that makes something asks for the memory first and throws {@link MemoryLimitException} with nothing
 * changed.
 */
final class EntryMemory {
    private final Slab slab;
    private final Cells cells;

    EntryMemory(Slab slab) {
        this.slab = slab;
        this.cells = slab.cells;
    }

    /** Whether a value can be inline, in the cell with its key. */
    static boolean inlineFits(int keyLength, int valueBytes, long deadline) {
        return entryBytes(Entry.KEY_HEAD, keyLength, valueBytes, deadline) <= SizeClasses.MAX_BYTES;
    }

    /** What an entry takes if its value is inline; more than a cell holds where it can't be. */
    private static int entryBytes(int head, int keyLength, int valueBytes, long deadline) {
        int key = keyLength > Entry.MAX_INLINE_KEY ? Entry.HANDLE_BYTES : keyLength;
        int before = head + (deadline >= 0 ? Entry.DEADLINE_BYTES : 0) + key;
        return before + Math.min(valueBytes, SizeClasses.MAX_BYTES);
    }

    /**
     * A cell for an entry with its head written and room for the value: the old one where it fits without waste and no view
     * sees it, else a new one.
     *
     * @param kind or {@link Entry#NONE}, for part of a collection
     */
    int place(
            int old,
            byte[] key,
            int keyOffset,
            int keyLength,
            int valueLength,
            long deadline,
            int kind) {
        int head = Entry.head(valueLength, kind);
        int needed = entryBytes(head, keyLength, valueLength, deadline);
        boolean large = needed > SizeClasses.MAX_BYTES;
        if (old != 0
                && (large
                        ? fitsInOwnArray(old, valueLength, deadline)
                        : fitsInline(old, needed, deadline))) {
            if (kind != Entry.NONE) {
                cells.putInt(old, Entry.KIND, kind);
            }
            cells.putInt(old, Entry.VALUE_LENGTH, valueLength);
            return old;
        }
        slab.admit(
                large ? entryBytes(head, keyLength, Entry.HANDLE_BYTES, deadline) : needed,
                (large ? valueLength : 0) + largeKeyBytes(keyLength));
        if (!large) {
            return newCell(kind, key, keyOffset, keyLength, valueLength, deadline);
        }
        int handle = slab.large().allocate(valueLength);
        int cell = newCell(kind, key, keyOffset, keyLength, Entry.HANDLE_BYTES, deadline);
        setLarge(cell, handle, valueLength);
        return cell;
    }

    /** An entry that has a name and nothing else: a member of a set. */
    int member(byte[] name, int offset, int length) {
        slab.admit(entryBytes(Entry.MEMBER_HEAD, length, 0, -1), largeKeyBytes(length));
        return newCell(Entry.NONE, name, offset, length, Entry.NONE, -1);
    }

    private boolean fitsInline(int old, int needed, long deadline) {
        int word = cells.getInt(old, Entry.KEY_WORD);
        return (word & Entry.LARGE_VALUE) == 0
                && !Entry.isStructure(cells, old)
                && word < 0 == deadline >= 0
                && slab.writable(old)
                && slab.capacity(old) == SizeClasses.roundUp(needed);
    }

    /** Whether an entry's value has an array of its own that another one fits into, with an eighth to spare at most. */
    private boolean fitsInOwnArray(int old, int valueLength, long deadline) {
        int word = cells.getInt(old, Entry.KEY_WORD);
        if ((word & Entry.LARGE_VALUE) == 0 || word < 0 != deadline >= 0 || !slab.writable(old)) {
            return false;
        }
        int handle = largeValue(cells, old, word);
        int spare = cells.large[handle].length - valueLength;
        return slab.large().writable(handle) && spare >= 0 && spare <= valueLength >> 3;
    }

    /** An entry whose value is an array that the caller gives up. */
    int ofOwned(byte[] key, int keyOffset, int keyLength, byte[] value, long deadline, int kind) {
        slab.admit(
                entryBytes(Entry.KEY_HEAD, keyLength, Entry.HANDLE_BYTES, deadline),
                value.length + largeKeyBytes(keyLength));
        int cell = newCell(kind, key, keyOffset, keyLength, Entry.HANDLE_BYTES, deadline);
        setLarge(cell, slab.large().adopt(value), value.length);
        return cell;
    }

    /** Copies a cell as it is to a new one that may be written; asks for no memory. */
    int copyOf(int cell) {
        int bytes = slab.capacity(cell);
        int copy = slab.allocate(bytes);
        copyBytes(cell, copy, bytes);
        return copy;
    }

    /** A copy that has a deadline or not; its key's array, and its value's, are those of the original. */
    int copyWithDeadline(int cell, long deadline) {
        int word = cells.getInt(cell, Entry.KEY_WORD);
        int newWord = Entry.withDeadline(word, deadline >= 0);
        int keyBytes = Entry.keyBytes(word);
        int valueBytes = valueBytes(cell, word);
        int keyAt = Cells.offset(cell) + Entry.keyOffset(word);
        int head = Entry.keyOffset(newWord) + keyBytes;
        boolean leaves = head + valueBytes > SizeClasses.MAX_BYTES;
        int needed = head + (leaves ? Entry.HANDLE_BYTES : valueBytes);
        slab.admit(needed, leaves ? valueBytes : 0);
        int handle =
                leaves ? slab.large().copyOf(cells.array(cell), keyAt + keyBytes, valueBytes) : 0;
        int copy = slab.allocate(needed);
        copyBytes(cell, copy, Entry.KEY_HEAD);
        cells.putInt(copy, Entry.KEY_WORD, newWord);
        if (deadline >= 0) {
            Entry.deadline(cells, copy, deadline);
        }
        System.arraycopy(
                cells.array(cell),
                keyAt,
                cells.array(copy),
                Cells.offset(copy) + Entry.keyOffset(newWord),
                keyBytes + (leaves ? 0 : valueBytes));
        if (leaves) {
            setLarge(copy, handle, valueBytes);
        }
        return copy;
    }

    /**
     * A copy that has another key.
     *
     * @param takesOver whether a value's array goes over to the copy, where there is one; else that is copied as well
     */
    int copyWithKey(
            int cell, byte[] key, int keyOffset, int keyLength, long deadline, boolean takesOver) {
        int word = cells.getInt(cell, Entry.KEY_WORD);
        if (!Entry.hasValue(word)) {
            return member(key, keyOffset, keyLength);
        }
        int length = cells.getInt(cell, Entry.VALUE_LENGTH);
        int kind = Entry.kindOf(cells, cell);
        int head = Entry.head(length, kind);
        byte[] from = cells.array(cell);
        int fromAt = Cells.offset(cell) + Entry.keyOffset(word) + Entry.keyBytes(word);
        boolean isLarge = (word & Entry.LARGE_VALUE) != 0;
        boolean newArray =
                isLarge
                        ? !takesOver
                        : entryBytes(head, keyLength, length, deadline) > SizeClasses.MAX_BYTES;
        int needed = isLarge || newArray ? Entry.HANDLE_BYTES : length;
        slab.admit(
                entryBytes(head, keyLength, needed, deadline),
                (newArray ? length : 0) + largeKeyBytes(keyLength));
        int handle = isLarge ? largeValue(cells, cell, word) : 0;
        if (newArray) {
            handle =
                    isLarge
                            ? slab.large().copyOf(cells.large[handle], 0, length)
                            : slab.large().copyOf(from, fromAt, length);
        }
        int copy = newCell(kind, key, keyOffset, keyLength, needed, deadline);
        if (handle != 0) {
            setLarge(copy, handle, length);
            return copy;
        }
        int copyWord = cells.getInt(copy, Entry.KEY_WORD);
        System.arraycopy(
                from,
                fromAt,
                cells.array(copy),
                Cells.offset(copy) + Entry.keyOffset(copyWord) + Entry.keyBytes(copyWord),
                length);
        return copy;
    }

    private int newCell(
            int kind, byte[] key, int keyOffset, int keyLength, int valueBytes, long deadline) {
        boolean largeKey = keyLength > Entry.MAX_INLINE_KEY;
        int keyHandle = largeKey ? slab.large().copyOf(key, keyOffset, keyLength) : 0;
        int head = Entry.head(valueBytes, kind);
        int cell = slab.allocate(entryBytes(head, keyLength, Math.max(valueBytes, 0), deadline));
        int word =
                Entry.keyWord(largeKey ? 0 : keyLength, head, deadline >= 0)
                        | (largeKey ? Entry.LARGE_KEY : 0);
        byte[] array = cells.array(cell);
        int at = Cells.offset(cell);
        Cells.INT.set(array, at + Entry.KEY_WORD, word);
        if (valueBytes != Entry.NONE) {
            Cells.INT.set(array, at + Entry.VALUE_LENGTH, valueBytes);
        }
        if (kind != Entry.NONE) {
            Cells.INT.set(array, at + Entry.KIND, kind);
        }
        if (deadline >= 0) {
            Cells.LONG.set(array, at + Entry.deadlineOffset(word), deadline);
        }
        int keyAt = at + Entry.keyOffset(word);
        if (largeKey) {
            Cells.INT.set(array, keyAt, keyHandle);
        } else {
            System.arraycopy(key, keyOffset, array, keyAt, keyLength);
        }
        return cell;
    }

    void setLarge(int cell, int handle, int length) {
        int word = cells.getInt(cell, Entry.KEY_WORD) | Entry.LARGE_VALUE;
        cells.putInt(cell, Entry.KEY_WORD, word);
        cells.putInt(cell, Entry.VALUE_LENGTH, length);
        cells.putInt(cell, Entry.keyOffset(word) + Entry.keyBytes(word), handle);
    }

    /** What an entry itself takes: its cell, and the arrays of its key and its value where they have their own. */
    long bytes(int cell) {
        int word = cells.getInt(cell, Entry.KEY_WORD);
        long bytes = slab.capacity(cell);
        if ((word & Entry.LARGE_KEY) != 0) {
            bytes += slab.large().bytes(cells.getInt(cell, Entry.keyOffset(word)));
        }
        if ((word & Entry.LARGE_VALUE) != 0) {
            bytes += slab.large().bytes(largeValue(cells, cell, word));
        }
        return bytes;
    }

    private static long largeKeyBytes(int keyLength) {
        return keyLength > Entry.MAX_INLINE_KEY ? keyLength : 0;
    }

    private int valueBytes(int cell, int word) {
        return (word & Entry.LARGE_VALUE) != 0
                ? Entry.HANDLE_BYTES
                : Entry.valueLength(cells, cell);
    }

    void copyBytes(int from, int to, int bytes) {
        System.arraycopy(
                cells.array(from), Cells.offset(from), cells.array(to), Cells.offset(to), bytes);
    }

    /** Frees an entry of a collection that no index names any more. */
    void free(int cell) {
        free(cell, Stretches.NONE);
    }

    /** Frees an entry that no index names any more and that a view's reader meets in this stretch. */
    void free(int cell, int stretch) {
        int word = cells.getInt(cell, Entry.KEY_WORD);
        if ((word & Entry.LARGE_VALUE) != 0) {
            slab.large().free(largeValue(cells, cell, word));
        }
        freeKeyAndCell(cell, stretch);
    }

    /** Frees an entry whose value lives on elsewhere. */
    void freeKeyAndCell(int cell, int stretch) {
        int word = cells.getInt(cell, Entry.KEY_WORD);
        if ((word & Entry.LARGE_KEY) != 0) {
            slab.large().free(cells.getInt(cell, Entry.keyOffset(word)));
        }
        slab.free(cell, stretch);
    }

    /** The handle of an entry's value, which has an array of its own. */
    static int largeValue(Cells cells, int cell, int word) {
        return cells.getInt(cell, Entry.keyOffset(word) + Entry.keyBytes(word));
    }
}
