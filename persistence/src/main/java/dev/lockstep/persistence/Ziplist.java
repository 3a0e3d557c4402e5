package dev.lockstep.persistence;

import dev.lockstep.keyspace.StringValue;

/**
 * Reads ziplists: what small hashes, sorted sets and lists were before Redis 7.0, and the nodes of lists with them, so
 * that RDB files of versions up to 9 hold them.
 *
 * <pre>
 *   at       +4     +8      +10                                bytes-1
 *   +--------+------+-------+---------+---------+- - - - - - -+------+
 *   | bytes  | tail | count | entry 0 | entry 1 | ...         | 0xFF |
 *   +--------+------+-------+---------+---------+- - - - - - -+------+
 *   bytes    the whole ziplist, header and end mark included
 *   tail     where the last entry begins, from the start
 *   count    of entries; 65535 means that they must be counted
 *
 *   entry  = prevlen, encoding, data
 *   prevlen  size of the entry before, 0 for the first:
 *     1 byte up to 253 | 0xFE, 4 bytes
 *   encoding and data
 *     00nnnnnn, bytes                string of up to 63 bytes
 *     01nnnnnn nnnnnnnn, bytes       string of up to 16383 bytes, high bits of the length first
 *     10000000, length: 4, bytes     string of any length; the length is big-endian, alone of all numbers here
 *     11000000, 2 bytes              16-bit signed integer
 *     11010000, 4 bytes              32-bit signed integer
 *     11100000, 8 bytes              64-bit signed integer
 *     11110000, 3 bytes              24-bit signed integer
 *     11111110, 1 byte               8-bit signed integer
 *     1111nnnn                       integer 0 to 12, as n = 1 to 13
 * </pre>
 *
 * <p>Source: the public descriptions of the format (rdb.fnordig.de). Entries are named by the offset of their first byte.
 * Bytes must pass {@link #isValid} before any other method sees them. Allocates nothing.
 */
final class Ziplist {
    static final int HEADER_BYTES = 10;

    private static final int TAIL = 4;
    private static final int COUNT = 8;
    private static final int COUNT_UNKNOWN = 65535;
    private static final int END = 0xff;
    private static final int LARGE_PREVLEN = 0xfe;

    private static final int STRING_6 = 0x00;
    private static final int STRING_14 = 0x40;
    private static final int STRING_32 = 0x80;
    private static final int INTEGER = 0xc0;
    private static final int INTEGER_16 = 0xc0;
    private static final int INTEGER_32 = 0xd0;
    private static final int INTEGER_64 = 0xe0;
    private static final int INTEGER_24 = 0xf0;
    private static final int IMMEDIATE_MIN = 0xf1;
    private static final int IMMEDIATE_MAX = 0xfd;
    private static final int INTEGER_8 = 0xfe;

    private Ziplist() {}

    /** The first entry, or the end mark. */
    static int first(final byte[] a, final int at) {
        return at + HEADER_BYTES;
    }

    static boolean isEnd(final byte[] a, final int p) {
        return unsigned(a, p) == END;
    }

    /** The entry behind {@code p}, or the end mark. */
    static int next(final byte[] a, final int p) {
        final int q = p + prevlenBytes(a, p);
        return q + encodingBytes(unsigned(a, q)) + (int) dataBytes(a, q);
    }

    /** Number of entries. */
    static int count(final byte[] a, final int at) {
        final int header = headerCount(a, at);
        if (header != COUNT_UNKNOWN) {
            return header;
        }
        int count = 0;
        for (int p = first(a, at); !isEnd(a, p); p = next(a, p)) {
            count++;
        }
        return count;
    }

    /** Reads an element; a string is a slice of {@code a}. */
    static void get(final byte[] a, final int p, final StringValue into) {
        final int q = p + prevlenBytes(a, p);
        final int encoding = unsigned(a, q);
        if (encoding < INTEGER) {
            into.slice(a, q + encodingBytes(encoding), (int) dataBytes(a, q));
        } else {
            into.integer(integer(a, q, encoding));
        }
    }

    private static long integer(final byte[] a, final int q, final int encoding) {
        switch (encoding) {
            case INTEGER_8:
                return a[q + 1];
            case INTEGER_16:
                return (short) IntegerViews.SHORT_LE.get(a, q + 1);
            case INTEGER_24:
                return a[q + 3] << 16 | unsignedShort(a, q + 1);
            case INTEGER_32:
                return (int) IntegerViews.INT_LE.get(a, q + 1);
            case INTEGER_64:
                return (long) IntegerViews.LONG_LE.get(a, q + 1);
            default:
                return encoding - IMMEDIATE_MIN;
        }
    }

    private static int unsigned(final byte[] a, final int p) {
        return a[p] & 0xff;
    }

    private static int unsignedShort(final byte[] a, final int p) {
        return (short) IntegerViews.SHORT_LE.get(a, p) & 0xffff;
    }

    private static int headerCount(final byte[] a, final int at) {
        return unsignedShort(a, at + COUNT);
    }

    private static int prevlenBytes(final byte[] a, final int p) {
        return unsigned(a, p) == LARGE_PREVLEN ? 5 : 1;
    }

    private static long prevlen(final byte[] a, final int p) {
        return unsigned(a, p) == LARGE_PREVLEN
                ? (int) IntegerViews.INT_LE.get(a, p + 1) & 0xffffffffL
                : unsigned(a, p);
    }

    /** Size of the encoding: the first byte and the length of a string. */
    private static int encodingBytes(final int encoding) {
        switch (encoding & 0xc0) {
            case STRING_14:
                return 2;
            case STRING_32:
                return 5;
            default:
                return 1;
        }
    }

    /** Size of what follows the encoding at {@code q}. */
    private static long dataBytes(final byte[] a, final int q) {
        final int encoding = unsigned(a, q);
        switch (encoding & 0xc0) {
            case STRING_6:
                return encoding;
            case STRING_14:
                return (encoding & 0x3f) << 8 | unsigned(a, q + 1);
            case STRING_32:
                return (int) IntegerViews.INT_BE.get(a, q + 1) & 0xffffffffL;
            default:
                return integerBytes(encoding);
        }
    }

    private static int integerBytes(final int encoding) {
        switch (encoding) {
            case INTEGER_8:
                return 1;
            case INTEGER_16:
                return 2;
            case INTEGER_24:
                return 3;
            case INTEGER_32:
                return 4;
            case INTEGER_64:
                return 8;
            default:
                return 0;
        }
    }

    private static boolean isKnown(final int encoding) {
        return encoding < INTEGER
                || integerBytes(encoding) > 0
                || encoding >= IMMEDIATE_MIN && encoding <= IMMEDIATE_MAX;
    }

    /**
     * Whether {@code length} bytes are a ziplist from header to end mark, every entry whole and of a known encoding, with
     * the size of the one before it, and the header right about count and tail.
     */
    static boolean isValid(final byte[] a, final int at, final int length) {
        if (length <= HEADER_BYTES
                || (int) IntegerViews.INT_LE.get(a, at) != length
                || !isEnd(a, at + length - 1)) {
            return false;
        }
        final int end = at + length - 1;
        int count = 0;
        int previousBytes = 0;
        int last = first(a, at);
        for (int p = last; p < end; count++) {
            final int bytes = validBytes(a, p, end, previousBytes);
            if (bytes == 0) {
                return false;
            }
            last = p;
            previousBytes = bytes;
            p += bytes;
        }
        final int header = headerCount(a, at);
        return (header == count || header == COUNT_UNKNOWN)
                && (int) IntegerViews.INT_LE.get(a, at + TAIL) == last - at;
    }

    /** Size of the entry at {@code p}, or 0 if it is not a whole one that ends at or before {@code end}. */
    private static int validBytes(
            final byte[] a, final int p, final int end, final int previousBytes) {
        final int prevlenBytes = prevlenBytes(a, p);
        final int room = end - p - prevlenBytes;
        if (room < 1 || isEnd(a, p) || prevlen(a, p) != previousBytes) {
            return 0;
        }
        final int q = p + prevlenBytes;
        final int encoding = unsigned(a, q);
        final int encodingBytes = encodingBytes(encoding);
        if (!isKnown(encoding) || room < encodingBytes || room - encodingBytes < dataBytes(a, q)) {
            return 0;
        }
        return prevlenBytes + encodingBytes + (int) dataBytes(a, q);
    }
}
