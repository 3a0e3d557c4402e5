package dev.lockstep.keyspace;

import java.util.Arrays;

/**
 * The layout of an entry: a key with its value, in one cell.
 *
 * <pre>
 *   0        4          8           12
 *   +--------+----------+-----------+-- - - - - --+-- - - --+-- - - - --+
 *   | kind   | key word | value len | deadline ms | key     | value     |
 *   +--------+----------+-----------+-- - - - - --+-- - - --+-- - - - --+
 *   kind      bits 0-3 type, 4-7 encoding, 8-31 access time (LRU seconds, or LFU minutes:16 counter:8)
 *   key word  bits 0-28 key length (0 if large: its array's), 29 key is large, 30 value is large, 31 has a deadline
 *   deadline  8 bytes, Unix milliseconds; only there when bit 31 is set
 *   key       the bytes, or where bit 29 is set a 4-byte handle
 *   value     the bytes, or where bit 30 is set a 4-byte handle; 8 bytes little-endian for an integer; a {@link Structure}
 *             for a collection that is not packed
 * </pre>
 *
 * The access time may change under a view; everything else of an entry that a view can see stays.
 */
final class Entry {
    static final int KIND = 0;
    static final int KEY_WORD = 4;
    static final int VALUE_LENGTH = 8;
    static final int HEADER_BYTES = 12;
    static final int DEADLINE_BYTES = 8;
    static final int HANDLE_BYTES = 4;

    static final int HAS_DEADLINE = 1 << 31;
    static final int LARGE_VALUE = 1 << 30;
    static final int LARGE_KEY = 1 << 29;
    static final int KEY_LENGTH_MASK = LARGE_KEY - 1;

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
        return ValueType.isStructure(encoding(cells, cell));
    }

    static int access(Cells cells, int cell) {
        return cells.getInt(cell, KIND) >>> ACCESS_SHIFT;
    }

    static void access(Cells cells, int cell, int access) {
        byte[] array = cells.array(cell);
        int at = Cells.offset(cell);
        Cells.INT.set(array, at, ((int) Cells.INT.get(array, at) & 0xff) | access << ACCESS_SHIFT);
    }

    static int keyOffset(int keyWord) {
        return HEADER_BYTES + ((keyWord >>> 31) << 3);
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
        return cells.getInt(cell, KEY_WORD) < 0 ? cells.getLong(cell, HEADER_BYTES) : -1;
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
