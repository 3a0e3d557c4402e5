package dev.lockstep.keyspace;

/**
 * A set of integers as a sorted array, byte for byte Redis' intset, so that it goes into an RDB and comes out of one as
 * it is.
 *
 * <pre>
 *   at       +4      +8        +8+width
 *   +--------+-------+---------+---------+- - -
 *   | width  | count | value 0 | value 1 | ...
 *   +--------+-------+---------+---------+- - -
 *   width    bytes of each value: 2, 4 or 8
 *   count    of values, which ascend
 *   all of it little-endian, values signed
 * </pre>
 *
 * Values widen when one comes that needs it, and never narrow.
 *
 * <p>Everything here works on an array and an offset in it, and allocates nothing. Bytes from outside must pass {@link
 * #isValid} before any other method sees them.
 */
public final class Intset {
    public static final int HEADER_BYTES = 8;

    private static final int COUNT = 4;

    private Intset() {}

    /** Writes an empty intset: {@link #HEADER_BYTES}. */
    static void init(byte[] a, int at) {
        header(a, at, Short.BYTES, 0);
    }

    /** Writes an intset of these values, which ascend: {@link #bytes(long[])}. */
    static void init(byte[] a, int at, long[] values) {
        int width = widthFor(values);
        header(a, at, width, values.length);
        for (int i = 0; i < values.length; i++) {
            write(a, at + HEADER_BYTES, width, i, values[i]);
        }
    }

    /** Size of an intset of these values, which ascend. */
    static int bytes(long[] values) {
        return HEADER_BYTES + Math.multiplyExact(values.length, widthFor(values));
    }

    private static int widthFor(long[] values) {
        return values.length == 0
                ? Short.BYTES
                : Math.max(widthOf(values[0]), widthOf(values[values.length - 1]));
    }

    private static void header(byte[] a, int at, int width, int count) {
        Cells.INT.set(a, at, width);
        Cells.INT.set(a, at + COUNT, count);
    }

    private static int width(byte[] a, int at) {
        return (int) Cells.INT.get(a, at);
    }

    private static int widthOf(long value) {
        if (value == (short) value) {
            return Short.BYTES;
        }
        return value == (int) value ? Integer.BYTES : Long.BYTES;
    }

    /** Size of the whole intset. */
    public static int bytes(byte[] a, int at) {
        return HEADER_BYTES + count(a, at) * width(a, at);
    }

    public static int count(byte[] a, int at) {
        return (int) Cells.INT.get(a, at + COUNT);
    }

    /** The value at an index from 0 to count - 1; index 0 has the least. */
    public static long valueAt(byte[] a, int at, int index) {
        return read(a, at + HEADER_BYTES, width(a, at), index);
    }

    private static long read(byte[] a, int values, int width, int index) {
        switch (width) {
            case Short.BYTES:
                return (short) Cells.SHORT.get(a, values + index * Short.BYTES);
            case Integer.BYTES:
                return (int) Cells.INT.get(a, values + index * Integer.BYTES);
            default:
                return (long) Cells.LONG.get(a, values + index * Long.BYTES);
        }
    }

    private static void write(byte[] a, int values, int width, int index, long value) {
        switch (width) {
            case Short.BYTES:
                Cells.SHORT.set(a, values + index * Short.BYTES, (short) value);
                break;
            case Integer.BYTES:
                Cells.INT.set(a, values + index * Integer.BYTES, (int) value);
                break;
            default:
                Cells.LONG.set(a, values + index * Long.BYTES, value);
        }
    }

    /** The index of a value; if it is not there, -1 - the index where it would be. */
    public static int indexOf(byte[] a, int at, long value) {
        int width = width(a, at);
        int values = at + HEADER_BYTES;
        int low = 0;
        int high = count(a, at) - 1;
        if (widthOf(value) > width) {
            return value < 0 ? -1 : -2 - high;
        }
        while (low <= high) {
            int middle = (low + high) >>> 1;
            long there = read(a, values, width, middle);
            if (there < value) {
                low = middle + 1;
            } else if (there > value) {
                high = middle - 1;
            } else {
                return middle;
            }
        }
        return -1 - low;
    }

    /** Size of the whole intset once a value is in it that now is not; no search is made for it. */
    static int bytesAfterAdd(byte[] a, int at, long value) {
        int width = Math.max(width(a, at), widthOf(value));
        return HEADER_BYTES + Math.multiplyExact(count(a, at) + 1, width);
    }

    /**
     * Adds a value. The array has room for {@link #bytesAfterAdd}.
     *
     * @return false if it was there already
     */
    static boolean add(byte[] a, int at, long value) {
        int index = indexOf(a, at, value);
        if (index >= 0) {
            return false;
        }
        int place = -1 - index;
        int width = width(a, at);
        int needed = widthOf(value);
        int count = count(a, at);
        int values = at + HEADER_BYTES;
        if (needed > width) {
            widen(a, values, count, width, needed, place == 0 ? 1 : 0);
            width = needed;
        } else {
            int from = values + place * width;
            System.arraycopy(a, from, a, from + width, (count - place) * width);
        }
        write(a, values, width, place, value);
        header(a, at, width, count + 1);
        return true;
    }

    /** A value that needs more width is below or above all others: these move to the end by {@code shift} places. */
    private static void widen(byte[] a, int values, int count, int from, int to, int shift) {
        for (int i = count - 1; i >= 0; i--) {
            write(a, values, to, i + shift, read(a, values, from, i));
        }
    }

    /** Removes a value; false if it was not there. */
    static boolean remove(byte[] a, int at, long value) {
        int index = indexOf(a, at, value);
        if (index < 0) {
            return false;
        }
        removeAt(a, at, index);
        return true;
    }

    /** Removes the value at an index. */
    static void removeAt(byte[] a, int at, int index) {
        int width = width(a, at);
        int count = count(a, at);
        int to = at + HEADER_BYTES + index * width;
        System.arraycopy(a, to + width, a, to, (count - index - 1) * width);
        header(a, at, width, count - 1);
    }

    /**
     * Whether {@code length} bytes are an intset whose values ascend without duplicates. One without values is valid
     * too (Redis refuses it in an RDB or a payload, as it refuses every empty value).
     */
    public static boolean isValid(byte[] a, int at, int length) {
        if (length < HEADER_BYTES) {
            return false;
        }
        int width = width(a, at);
        if (width != Short.BYTES && width != Integer.BYTES && width != Long.BYTES) {
            return false;
        }
        int count = count(a, at);
        if (count < 0 || HEADER_BYTES + (long) count * width != length) {
            return false;
        }
        for (int i = 1; i < count; i++) {
            if (valueAt(a, at, i - 1) >= valueAt(a, at, i)) {
                return false;
            }
        }
        return true;
    }
}
