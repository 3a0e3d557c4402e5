package dev.lockstep.persistence;

import dev.lockstep.keyspace.StringValue;

/**
 * Reads zipmaps: what small hashes were before Redis 2.6, so that RDB files of versions up to 3 hold them.
 *
 * <pre>
 *   at      +1                                         length-1
 *   +-------+--------+--------+- - - - - - - - - - - -+------+
 *   | count | pair 0 | pair 1 | ...                   | 0xFF |
 *   +-------+--------+--------+- - - - - - - - - - - -+------+
 *   count   of pairs; 254 means that they must be counted
 *
 *   pair  = length, field, length, free:1 byte, value, that many free bytes
 *   length  1 byte up to 253 | 0xFE, 4 bytes little-endian
 * </pre>
 *
 * <p>A value's length may also begin with 0xFF; stock servers read that as 0xFE, though none writes it.
 *
 * <p>Source: the public descriptions of the format (rdb.fnordig.de). Pairs are named by the offset of their first byte.
 * Bytes must pass {@link #isValid} before any other method sees them. Allocates nothing.
 */
final class Zipmap {
    private static final int HEADER_BYTES = 1;
    private static final int COUNT_UNKNOWN = 254;
    private static final int LARGE_LENGTH = 254;
    private static final int END = 255;
    private static final int FREE_BYTES = 1;

    private Zipmap() {}

    /** The first pair, or the end mark. */
    static int first(final byte[] a, final int at) {
        return at + HEADER_BYTES;
    }

    static boolean isEnd(final byte[] a, final int p) {
        return unsigned(a, p) == END;
    }

    /** The pair behind {@code p}, or the end mark. */
    static int next(final byte[] a, final int p) {
        final int value = p + lengthBytes(a, p) + (int) length(a, p);
        final int free = value + lengthBytes(a, value);
        return free + FREE_BYTES + (int) length(a, value) + unsigned(a, free);
    }

    /** Number of pairs. */
    static int count(final byte[] a, final int at) {
        final int header = unsigned(a, at);
        if (header < COUNT_UNKNOWN) {
            return header;
        }
        int count = 0;
        for (int p = first(a, at); !isEnd(a, p); p = next(a, p)) {
            count++;
        }
        return count;
    }

    /** Reads a pair; both are slices of {@code a}. */
    static void get(final byte[] a, final int p, final StringValue field, final StringValue value) {
        field.slice(a, p + lengthBytes(a, p), (int) length(a, p));
        final int q = field.offset() + field.length();
        value.slice(a, q + lengthBytes(a, q) + FREE_BYTES, (int) length(a, q));
    }

    private static int unsigned(final byte[] a, final int p) {
        return a[p] & 0xff;
    }

    private static int lengthBytes(final byte[] a, final int p) {
        return unsigned(a, p) < LARGE_LENGTH ? 1 : 5;
    }

    private static long length(final byte[] a, final int p) {
        return unsigned(a, p) < LARGE_LENGTH
                ? unsigned(a, p)
                : (int) IntegerViews.INT_LE.get(a, p + 1) & 0xffffffffL;
    }

    /**
     * Whether {@code length} bytes are a zipmap from count to end mark, every pair whole and the count right. As for stock
     * servers, there may be an earlier end mark, and anything behind that.
     */
    static boolean isValid(final byte[] a, final int at, final int length) {
        if (length <= HEADER_BYTES || !isEnd(a, at + length - 1)) {
            return false;
        }
        final int end = at + length - 1;
        int count = 0;
        for (int p = first(a, at); !isEnd(a, p); count++) {
            final int field = validBytes(a, p, end, 0);
            final int value = field == 0 ? 0 : validBytes(a, p + field, end, FREE_BYTES);
            if (value == 0) {
                return false;
            }
            p += field + value;
        }
        final int header = unsigned(a, at);
        return header == COUNT_UNKNOWN || header == count;
    }

    /**
     * Size of a length with its string (and the free bytes where there are some), or 0 if they run over {@code end} or the
     * length takes more bytes than it needs.
     */
    private static int validBytes(final byte[] a, final int p, final int end, final int freeBytes) {
        if (p >= end || end - p < lengthBytes(a, p) + freeBytes) {
            return 0;
        }
        final int header = lengthBytes(a, p) + freeBytes;
        final int free = freeBytes == 0 ? 0 : unsigned(a, p + header - 1);
        final long length = length(a, p);
        final boolean shortest = lengthBytes(a, p) == 1 || length >= LARGE_LENGTH;
        final long bytes = header + length + free;
        return !shortest || bytes > end - p ? 0 : (int) bytes;
    }
}
