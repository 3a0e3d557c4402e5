package dev.lockstep.keyspace;

import java.util.Arrays;

/**
 * The layout of an entry: a key with its value, in one cell.
 *
 * <pre>
 *   0          4           8        12
 *   +----------+-- - - - --+- - - --+-- - - - - --+-- - - --+-- - - - --+
 *   | key word | value len | kind   | deadline ms | key     | value     |
 *   +----------+-- - - - --+- - - --+-- - - - - --+-- - - --+-- - - - --+
 *   key word  bits 0-25 key length (0 if large: its array's), 26-28 where the key begins, in units of 4 bytes, 29 key is
 *             large, 30 value is large, 31 has a deadline
 *   value len 4 bytes; an entry whose key begins at 4 has none and no value: a member of a set
 *   kind      4 bytes: bits 0-3 type, 4-7 encoding, 8-31 access time (LRU seconds, or LFU minutes:16 counter:8); what is
 *             part of a collection has none, its key begins at 8: its value is bytes as they were set
 *   deadline  8 bytes before the key, Unix milliseconds; only there when bit 31 is set
 *   key       the bytes, or where bit 29 is set a 4-byte handle
 *   value     the bytes, or where bit 30 is set a 4-byte handle; 8 bytes little-endian for an integer; a {@link Structure}
 *             for a collection that is not packed
 * </pre>
 *
 * So an entry's head says what it has: 4 bytes for a member, 8 for a field, 12 for a key, and 8 more with a deadline.
 *
 * <p>The access time may change under a view; everything else of an entry that a view can see stays.
 */
final class Entry {
    static final int KEY_WORD = 0;
    static final int VALUE_LENGTH = 4;
    static final int KIND = 8;
    static final int DEADLINE_BYTES = 8;
    static final int HANDLE_BYTES = 4;

    /** Where the key begins if there is no deadline. */
    static final int MEMBER_HEAD = 4;

    static final int FIELD_HEAD = 8;
    static final int KEY_HEAD = 12;

    /** In place of a kind or of a value's length: the entry has none. No kind is this number. */
    static final int NONE = -1;

    static final int HAS_DEADLINE = 1 << 31;
    static final int LARGE_VALUE = 1 << 30;
    static final int LARGE_KEY = 1 << 29;

    private static final int HEAD_SHIFT = 24;
    private static final int HEAD_MASK = 7 << 2;
    private static final int KEY_LENGTH_MASK = (1 << HEAD_SHIFT + 2) - 1;

    /** Keys longer than this get an array of their own. */
    static final int MAX_INLINE_KEY = 8 * 1024;

    private static final int ACCESS_SHIFT = 8;

    private Entry() {}

    static int kind(int type, int encoding, int access) {
        return type | encoding << 4 | access << ACCESS_SHIFT;
    }

    static int type(Cells cells, int cell) {
        return cells.getInt(cell, KIND) & 15;
    }

    static int encoding(Cells cells, int cell) {
        return cells.getInt(cell, KIND) >>> 4 & 15;
    }

    static boolean isStructure(Cells cells, int cell) {
        return hasKind(cells.getInt(cell, KEY_WORD))
                && ValueType.isStructure(encoding(cells, cell));
    }

    static int access(Cells cells, int cell) {
        return cells.getInt(cell, KIND) >>> ACCESS_SHIFT;
    }

    static void access(Cells cells, int cell, int access) {
        byte[] array = cells.array(cell);
        int at = Cells.offset(cell) + KIND;
        Cells.INT.set(array, at, ((int) Cells.INT.get(array, at) & 0xff) | access << ACCESS_SHIFT);
    }

    /**
     * The head of an entry, but for a deadline.
     *
     * @param valueLength or {@link #NONE}
     * @param kind or {@link #NONE}
     */
    static int head(int valueLength, int kind) {
        if (valueLength == NONE) {
            return MEMBER_HEAD;
        }
        return kind == NONE ? FIELD_HEAD : KEY_HEAD;
    }

    /** The key word of an entry without arrays of its own. */
    static int keyWord(int keyLength, int head, boolean deadline) {
        return withDeadline(keyLength | head << HEAD_SHIFT, deadline);
    }

    /** The key word of the same entry with a deadline or without one. */
    static int withDeadline(int keyWord, boolean deadline) {
        if (keyWord < 0 == deadline) {
            return keyWord;
        }
        int bits = HAS_DEADLINE + (DEADLINE_BYTES << HEAD_SHIFT);
        return deadline ? keyWord + bits : keyWord - bits;
    }

    /** Where in the cell the key begins. */
    static int keyOffset(int keyWord) {
        return keyWord >>> HEAD_SHIFT & HEAD_MASK;
    }

    /** Where in the cell the deadline is, if there is one. */
    static int deadlineOffset(int keyWord) {
        return keyOffset(keyWord) - DEADLINE_BYTES;
    }

    private static int headOf(int keyWord) {
        return keyOffset(keyWord) - ((keyWord >>> 31) << 3);
    }

    static boolean hasValue(int keyWord) {
        return headOf(keyWord) > MEMBER_HEAD;
    }

    static boolean hasKind(int keyWord) {
        return headOf(keyWord) == KEY_HEAD;
    }

    /** The kind of an entry, or {@link #NONE}. */
    static int kindOf(Cells cells, int cell) {
        return hasKind(cells.getInt(cell, KEY_WORD)) ? cells.getInt(cell, KIND) : NONE;
    }

    /** How many bytes the value has, as it is stored. */
    static int valueLength(Cells cells, int cell) {
        return hasValue(cells.getInt(cell, KEY_WORD)) ? cells.getInt(cell, VALUE_LENGTH) : 0;
    }

    static int keyLength(Cells cells, int cell) {
        int word = cells.getInt(cell, KEY_WORD);
        return (word & LARGE_KEY) != 0
                ? cells.large[cells.getInt(cell, keyOffset(word))].length
                : word & KEY_LENGTH_MASK;
    }

    /** How many bytes of the cell the key takes. */
    static int keyBytes(int keyWord) {
        return (keyWord & LARGE_KEY) != 0 ? HANDLE_BYTES : keyWord & KEY_LENGTH_MASK;
    }

    static long deadline(Cells cells, int cell) {
        int word = cells.getInt(cell, KEY_WORD);
        return word < 0 ? cells.getLong(cell, deadlineOffset(word)) : -1;
    }

    /** Changes the deadline of an entry that has one. */
    static void deadline(Cells cells, int cell, long deadline) {
        cells.putLong(cell, deadlineOffset(cells.getInt(cell, KEY_WORD)), deadline);
    }

    static boolean keyEquals(Cells cells, int cell, byte[] key, int offset, int length) {
        byte[] array = cells.array(cell);
        int at = Cells.offset(cell);
        int word = (int) Cells.INT.get(array, at + KEY_WORD);
        int from = at + keyOffset(word);
        if ((word & LARGE_KEY) != 0) {
            byte[] large = cells.large[(int) Cells.INT.get(array, from)];
            return Arrays.equals(large, 0, large.length, key, offset, offset + length);
        }
        if ((word & KEY_LENGTH_MASK) != length) {
            return false;
        }
        return Arrays.equals(array, from, from + length, key, offset, offset + length);
    }
}
