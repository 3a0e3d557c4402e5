package dev.lockstep.keyspace;

import java.util.Arrays;

/**
 * The layout of one entry of a {@link Listpack}: a string, or an integer in as few bytes as it needs.
 *
 * <pre>
 *   +----------+- - - - +---------+
 *   | encoding | data   | backlen |
 *   +----------+- - - - +---------+
 *   encoding and data
 *     0nnnnnnn                       integer 0 to 127
 *     110nnnnn nnnnnnnn              13-bit signed integer, high bits first
 *     0xF1, 2 bytes                  16-bit signed integer, little-endian, as all that follow
 *     0xF2, 3 bytes                  24-bit signed integer
 *     0xF3, 4 bytes                  32-bit signed integer
 *     0xF4, 8 bytes                  64-bit signed integer
 *     10nnnnnn, bytes                string of up to 63 bytes
 *     1110nnnn nnnnnnnn, bytes       string of up to 4095 bytes, high bits of the length first
 *     0xF0, length: 4, bytes         string of any length
 *   backlen
 *     the size of encoding and data, 7 bits a byte, high bits first. Every byte but the first has its high bit set, so
 *     that it can be read backwards. A size of all ones (16383, 2097151, 268435455) takes one byte more than it needs.
 * </pre>
 *
 * <p>Source: antirez' listpack specification 1.2; where backlen grows was observed on stock servers. Only
 * {@link #validBytes} takes no byte on trust: the other methods want an entry that is known to be whole.
 */
final class ListpackEntry {
    static final byte END = (byte) 0xff;

    private static final int STRING_6_MAX = 63;
    private static final int STRING_12_MAX = 4095;
    private static final int BACKLEN_1_MAX = 127;
    private static final int BACKLEN_2_MAX = 16382;
    private static final int BACKLEN_3_MAX = 2097150;
    private static final int BACKLEN_4_MAX = 268435454;

    /** First bytes, as signed: a string of 6-bit length is below the first, and so on. */
    private static final int INTEGER_13 = (byte) 0xc0;

    private static final int STRING_12 = (byte) 0xe0;
    private static final int STRING_32 = (byte) 0xf0;
    private static final int INTEGER_16 = (byte) 0xf1;
    private static final int INTEGER_24 = (byte) 0xf2;
    private static final int INTEGER_32 = (byte) 0xf3;
    private static final int INTEGER_64 = (byte) 0xf4;

    private ListpackEntry() {}

    /** Size of the whole entry at {@code p}. */
    static int bytes(byte[] a, int p) {
        int encoding = a[p];
        if (encoding >= 0) {
            return 2;
        }
        if (encoding < INTEGER_13) {
            return 2 + (encoding & STRING_6_MAX);
        }
        switch (encoding) {
            case INTEGER_16:
                return 4;
            case INTEGER_24:
                return 5;
            case INTEGER_32:
                return 6;
            case INTEGER_64:
                return 10;
            default:
                int payload = payloadBytes(a, p, encoding);
                return payload + backlenBytes(payload);
        }
    }

    /** Size of encoding and data where the encoding is neither a 7-bit integer nor a 6-bit string. */
    private static int payloadBytes(byte[] a, int p, int encoding) {
        return isString(encoding)
                ? stringHeader(encoding) + stringLength(a, p, encoding)
                : integerPayload(encoding);
    }

    private static int integerPayload(int encoding) {
        if (encoding < STRING_12) {
            return 2;
        }
        return encoding == INTEGER_64 ? 9 : 3 + encoding - INTEGER_16;
    }

    private static int length12(byte[] a, int p, int encoding) {
        return (encoding & 15) << 8 | a[p + 1] & 0xff;
    }

    private static int length32(byte[] a, int p) {
        return (int) Cells.INT.get(a, p + 1);
    }

    /** Whether the entry is encoded as a string (which may be the text of a number all the same). */
    static boolean isString(int encoding) {
        return encoding < INTEGER_13 || encoding >= STRING_12 && encoding <= STRING_32;
    }

    /** Size of what stands before a string's bytes. */
    private static int stringHeader(int encoding) {
        return encoding < INTEGER_13 ? 1 : encoding < STRING_32 ? 2 : 5;
    }

    private static int stringLength(byte[] a, int p, int encoding) {
        if (encoding < INTEGER_13) {
            return encoding & STRING_6_MAX;
        }
        return encoding < STRING_32 ? length12(a, p, encoding) : length32(a, p);
    }

    /** The value of an entry that is not a string. */
    static long integer(byte[] a, int p) {
        int encoding = a[p];
        if (encoding >= 0) {
            return encoding;
        }
        switch (encoding) {
            case INTEGER_16:
                return (short) Cells.SHORT.get(a, p + 1);
            case INTEGER_24:
                return a[p + 3] << 16 | (short) Cells.SHORT.get(a, p + 1) & 0xffff;
            case INTEGER_32:
                return (int) Cells.INT.get(a, p + 1);
            case INTEGER_64:
                return (long) Cells.LONG.get(a, p + 1);
            default:
                return (encoding << 27 >> 19) | a[p + 1] & 0xff;
        }
    }

    static void get(byte[] a, int p, StringValue into) {
        int encoding = a[p];
        if (isString(encoding)) {
            into.slice(a, p + stringHeader(encoding), stringLength(a, p, encoding));
        } else {
            into.integer(integer(a, p));
        }
    }

    /** {@link #get} that returns where the entry ends: most entries are short strings, which are looked at once. */
    static int read(byte[] a, int p, StringValue into) {
        int encoding = a[p];
        if (encoding < INTEGER_13) {
            int length = encoding & STRING_6_MAX;
            into.slice(a, p + 1, length);
            return p + 2 + length;
        }
        get(a, p, into);
        return p + bytes(a, p);
    }

    /** Whether the entry is encoded as a string and has these bytes. */
    static boolean equalsString(byte[] a, int p, byte[] s, int off, int len) {
        int encoding = a[p];
        return isString(encoding)
                && stringLength(a, p, encoding) == len
                && sameBytes(a, p + stringHeader(encoding), s, off, len);
    }

    /** Elements are short: two overlapping words compare up to 16 bytes without a call. */
    static boolean sameBytes(byte[] a, int p, byte[] s, int off, int len) {
        if (len >= 8) {
            return (long) Cells.LONG.get(a, p) == (long) Cells.LONG.get(s, off)
                    && (long) Cells.LONG.get(a, p + len - 8)
                            == (long) Cells.LONG.get(s, off + len - 8)
                    && (len <= 16
                            || Arrays.equals(a, p + 8, p + len - 8, s, off + 8, off + len - 8));
        }
        if (len >= 4) {
            return (int) Cells.INT.get(a, p) == (int) Cells.INT.get(s, off)
                    && (int) Cells.INT.get(a, p + len - 4) == (int) Cells.INT.get(s, off + len - 4);
        }
        for (int i = 0; i < len; i++) {
            if (a[p + i] != s[off + i]) {
                return false;
            }
        }
        return true;
    }

    /** Size of an entry that holds a string of this length as a string. */
    static int sizeOfString(int length) {
        int payload = (length <= STRING_6_MAX ? 1 : length <= STRING_12_MAX ? 2 : 5) + length;
        return payload + backlenBytes(payload);
    }

    static int sizeOfInteger(long value) {
        if (value >= 0 && value <= 127) {
            return 2;
        }
        if (value >= -4096 && value <= 4095) {
            return 3;
        }
        if (value == (short) value) {
            return 4;
        }
        if (value >= -0x800000 && value <= 0x7fffff) {
            return 5;
        }
        return value == (int) value ? 6 : 10;
    }

    /** Writes {@link #sizeOfString} bytes. */
    static void writeString(byte[] a, int p, byte[] s, int off, int len) {
        int header;
        if (len <= STRING_6_MAX) {
            a[p] = (byte) (0x80 | len);
            header = 1;
        } else if (len <= STRING_12_MAX) {
            a[p] = (byte) (STRING_12 | len >>> 8);
            a[p + 1] = (byte) len;
            header = 2;
        } else {
            a[p] = (byte) STRING_32;
            Cells.INT.set(a, p + 1, len);
            header = 5;
        }
        System.arraycopy(s, off, a, p + header, len);
        writeBacklen(a, p + header + len, header + len);
    }

    /** Writes {@link #sizeOfInteger} bytes, which the caller has at hand as {@code size}. */
    static void writeInteger(byte[] a, int p, long value, int size) {
        switch (size) {
            case 2:
                a[p] = (byte) value;
                break;
            case 3:
                a[p] = (byte) (INTEGER_13 | value >>> 8 & 31);
                a[p + 1] = (byte) value;
                break;
            case 4:
                a[p] = (byte) INTEGER_16;
                Cells.SHORT.set(a, p + 1, (short) value);
                break;
            case 5:
                a[p] = (byte) INTEGER_24;
                Cells.SHORT.set(a, p + 1, (short) value);
                a[p + 3] = (byte) (value >> 16);
                break;
            case 6:
                a[p] = (byte) INTEGER_32;
                Cells.INT.set(a, p + 1, (int) value);
                break;
            default:
                a[p] = (byte) INTEGER_64;
                Cells.LONG.set(a, p + 1, value);
        }
        a[p + size - 1] = (byte) (size - 1);
    }

    static int backlenBytes(int payload) {
        if (payload <= BACKLEN_1_MAX) {
            return 1;
        }
        if (payload <= BACKLEN_2_MAX) {
            return 2;
        }
        return payload <= BACKLEN_3_MAX ? 3 : payload <= BACKLEN_4_MAX ? 4 : 5;
    }

    private static void writeBacklen(byte[] a, int p, int payload) {
        int q = p + backlenBytes(payload) - 1;
        int rest = payload;
        for (; q > p; q--) {
            a[q] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        a[p] = (byte) rest;
    }

    /** Size of the whole entry that ends before {@code p}. */
    static int bytesBefore(byte[] a, int p) {
        int q = p - 1;
        int payload = a[q] & 0x7f;
        for (int shift = 7; a[q] < 0; shift += 7) {
            payload |= (a[--q] & 0x7f) << shift;
        }
        return payload + backlenBytes(payload);
    }

    /** Size of the entry at {@code p}, or 0 if there is no whole and well-formed one that ends at or before {@code end}. */
    static int validBytes(byte[] a, int p, int end) {
        int encoding = a[p];
        if (encoding >= 0) {
            return wholeBytes(a, p, end, 1);
        }
        if (!isString(encoding)) {
            return encoding > INTEGER_64 ? 0 : wholeBytes(a, p, end, integerPayload(encoding));
        }
        int header = stringHeader(encoding);
        if (header > end - p) {
            return 0;
        }
        return wholeBytes(a, p, end, header + (stringLength(a, p, encoding) & 0xffffffffL));
    }

    /** Size of an entry with that much encoding and data, or 0 if it runs over {@code end} or its backlen is wrong. */
    private static int wholeBytes(byte[] a, int p, int end, long payload) {
        if (payload >= end - p) {
            return 0;
        }
        int size = (int) payload + backlenBytes((int) payload);
        if (size > end - p) {
            return 0;
        }
        int q = p + size - 1;
        int rest = (int) payload;
        for (; q > p + payload; q--) {
            if (a[q] != (byte) (rest | 0x80)) {
                return 0;
            }
            rest >>>= 7;
        }
        return a[q] == rest ? size : 0;
    }
}
