package dev.lockstep.keyspace;

/**
 * A list of strings and integers in consecutive bytes, byte for byte Redis' listpack, so that small values go into an
 * RDB and come out of one as they are.
 *
 * <pre>
 *   at       +4      +6                            +bytes-1
 *   +--------+-------+---------+- - - - - - - - - -+------+
 *   | bytes  | count | entry 0 | entry 1 ...       | 0xFF |
 *   +--------+-------+---------+- - - - - - - - - -+------+
 *   bytes    the whole listpack, header and end mark included, little-endian
 *   count    of entries, little-endian; 65535 means that it is that many or more, or unknown: then they are counted
 * </pre>
 *
 * The entries are drawn in {@link ListpackEntry}. A string that is the canonical text of a 64-bit integer is stored as
 * the integer, so an element has no type of its own; {@link #equals} and {@link #find} compare accordingly.
 *
 * <p>Everything here works on an array and offsets in it, and allocates nothing. Entries are named by the offset of
 * their first byte, which is good until the next edit before it. Bytes from outside must pass {@link #isValid} before
 * any other method sees them.
 */
public final class Listpack {
    public static final int HEADER_BYTES = 6;
    public static final int EMPTY_BYTES = 7;

    /** No such entry; less than every offset. */
    public static final int NONE = -1;

    private static final int COUNT = 4;
    private static final int COUNT_UNKNOWN = 65535;

    private Listpack() {}

    /** Writes an empty listpack: {@link #EMPTY_BYTES}. */
    static void init(byte[] a, int at) {
        Cells.INT.set(a, at, EMPTY_BYTES);
        headerCount(a, at, 0);
        a[at + HEADER_BYTES] = ListpackEntry.END;
    }

    /** Size of the whole listpack. */
    public static int bytes(byte[] a, int at) {
        return (int) Cells.INT.get(a, at);
    }

    /** Number of entries; counts them one by one where there are more than the header can say. */
    public static int count(byte[] a, int at) {
        int count = headerCount(a, at);
        if (count != COUNT_UNKNOWN) {
            return count;
        }
        count = 0;
        for (int p = first(a, at); !isEnd(a, p); p = next(a, p)) {
            count++;
        }
        return count;
    }

    /** Whether {@link #count} need not count. */
    static boolean isCounted(byte[] a, int at) {
        return headerCount(a, at) != COUNT_UNKNOWN;
    }

    private static int headerCount(byte[] a, int at) {
        return (short) Cells.SHORT.get(a, at + COUNT) & 0xffff;
    }

    private static void headerCount(byte[] a, int at, int count) {
        Cells.SHORT.set(a, at + COUNT, (short) count);
    }

    /** The first entry, or the end mark if there is none. */
    public static int first(byte[] a, int at) {
        return at + HEADER_BYTES;
    }

    /** The end mark. */
    public static int end(byte[] a, int at) {
        return at + bytes(a, at) - 1;
    }

    public static boolean isEnd(byte[] a, int p) {
        return a[p] == ListpackEntry.END;
    }

    /** The entry behind {@code p} (an entry), or the end mark. */
    public static int next(byte[] a, int p) {
        return p + ListpackEntry.bytes(a, p);
    }

    /** The entry before {@code p} (an entry or the end mark), or {@link #NONE}. */
    public static int previous(byte[] a, int at, int p) {
        return p == at + HEADER_BYTES ? NONE : p - ListpackEntry.bytesBefore(a, p);
    }

    /** The entry at an index, or {@link #NONE}; negative ones count from the end, -1 is the last. Walks from the nearer side. */
    public static int seek(byte[] a, int at, int index) {
        int count = headerCount(a, at);
        int target = index;
        if (count != COUNT_UNKNOWN) {
            if (target < 0) {
                target += count;
            }
            if (target < 0 || target >= count) {
                return NONE;
            }
            if (target > count >> 1) {
                target -= count;
            }
        }
        return target < 0 ? seekBackward(a, at, target) : seekForward(a, at, target);
    }

    private static int seekForward(byte[] a, int at, int index) {
        int p = first(a, at);
        for (int i = index; i > 0 && !isEnd(a, p); i--) {
            p = next(a, p);
        }
        return isEnd(a, p) ? NONE : p;
    }

    private static int seekBackward(byte[] a, int at, int index) {
        int p = end(a, at);
        for (int i = index; i < 0 && p != NONE; i++) {
            p = previous(a, at, p);
        }
        return p;
    }

    /** Reads an element; a string is a slice of {@code a}. */
    public static void get(byte[] a, int p, StringValue into) {
        ListpackEntry.get(a, p, into);
    }

    /** {@link #get}, and then {@link #next}. */
    public static int read(byte[] a, int p, StringValue into) {
        return ListpackEntry.read(a, p, into);
    }

    /** Size of an entry in the listpack, everything included. */
    public static int entryBytes(byte[] a, int p) {
        return ListpackEntry.bytes(a, p);
    }

    /** How many bytes a listpack grows by when this string is inserted. */
    static int sizeOf(byte[] s, int off, int len) {
        long number = IntegerText.parse(s, off, len);
        return isInteger(number, s, off, len)
                ? ListpackEntry.sizeOfInteger(number)
                : ListpackEntry.sizeOfString(len);
    }

    static int sizeOf(long value) {
        return ListpackEntry.sizeOfInteger(value);
    }

    private static boolean isInteger(long parsed, byte[] s, int off, int len) {
        return parsed != IntegerText.NONE || IntegerText.isNone(s, off, len);
    }

    /**
     * Inserts a string before {@code p}, an entry or the end mark. The array has room for {@link #sizeOf} bytes more
     * behind the listpack, and {@code s} is not in the part that moves.
     *
     * @return the new entry, which is at {@code p}
     */
    static int insert(byte[] a, int at, int p, byte[] s, int off, int len) {
        long number = IntegerText.parse(s, off, len);
        if (isInteger(number, s, off, len)) {
            return insert(a, at, p, number);
        }
        resize(a, at, p, 0, ListpackEntry.sizeOfString(len));
        ListpackEntry.writeString(a, p, s, off, len);
        countInserted(a, at);
        return p;
    }

    /** Inserts an integer before {@code p}. */
    static int insert(byte[] a, int at, int p, long value) {
        int size = ListpackEntry.sizeOfInteger(value);
        resize(a, at, p, 0, size);
        ListpackEntry.writeInteger(a, p, value, size);
        countInserted(a, at);
        return p;
    }

    /**
     * Inserts a string before the first entry and leaves all others where they are: the header moves down instead. There are
     * {@link #sizeOf} bytes free before it.
     *
     * @return where the listpack begins now
     */
    static int prepend(byte[] a, int at, byte[] s, int off, int len) {
        long number = IntegerText.parse(s, off, len);
        boolean isInteger = isInteger(number, s, off, len);
        int size =
                isInteger ? ListpackEntry.sizeOfInteger(number) : ListpackEntry.sizeOfString(len);
        int begin = moveHeader(a, at, -size);
        if (isInteger) {
            ListpackEntry.writeInteger(a, first(a, begin), number, size);
        } else {
            ListpackEntry.writeString(a, first(a, begin), s, off, len);
        }
        countInserted(a, begin);
        return begin;
    }

    /** The header moves over what it leaves out, or takes in; the count is the caller's business. */
    private static int moveHeader(byte[] a, int at, int by) {
        int bytes = bytes(a, at);
        int count = headerCount(a, at);
        Cells.INT.set(a, at + by, bytes - by);
        headerCount(a, at + by, count);
        return at + by;
    }

    /** Puts a string in place of the entry at {@code p}; room and {@code s} as for {@link #insert}. */
    static int replace(byte[] a, int at, int p, byte[] s, int off, int len) {
        long number = IntegerText.parse(s, off, len);
        if (isInteger(number, s, off, len)) {
            return replace(a, at, p, number);
        }
        resize(a, at, p, ListpackEntry.bytes(a, p), ListpackEntry.sizeOfString(len));
        ListpackEntry.writeString(a, p, s, off, len);
        return p;
    }

    /** Puts an integer in place of the entry at {@code p}. */
    static int replace(byte[] a, int at, int p, long value) {
        int size = ListpackEntry.sizeOfInteger(value);
        resize(a, at, p, ListpackEntry.bytes(a, p), size);
        ListpackEntry.writeInteger(a, p, value, size);
        return p;
    }

    /**
     * Deletes entries from {@code p} on, fewer if the end comes first.
     *
     * @return what follows them, which is then at {@code p}
     */
    static int delete(byte[] a, int at, int p, int count) {
        int q = p;
        int deleted = 0;
        while (deleted < count && !isEnd(a, q)) {
            q = next(a, q);
            deleted++;
        }
        resize(a, at, p, q - p, 0);
        int before = headerCount(a, at);
        int left = before == COUNT_UNKNOWN ? count(a, at) : before - deleted;
        headerCount(a, at, Math.min(left, COUNT_UNKNOWN));
        return p;
    }

    /**
     * Deletes the first entries, no more than there are, and leaves all others where they are: the header moves up instead.
     *
     * @return where the listpack begins now
     */
    static int deleteFirst(byte[] a, int at, int count) {
        int p = first(a, at);
        for (int i = count; i > 0; i--) {
            p = next(a, p);
        }
        int begin = moveHeader(a, at, p - first(a, at));
        int before = headerCount(a, begin);
        if (before != COUNT_UNKNOWN) {
            headerCount(a, begin, before - count);
        }
        return begin;
    }

    /**
     * Deletes entries that are a sought element, in one pass.
     *
     * @param skip how many to leave where they are
     * @param most how many to delete; there are as many behind those
     */
    static void delete(byte[] a, int at, SoughtElement sought, int skip, int most) {
        int end = end(a, at);
        int p = first(a, at);
        int to = NONE;
        int kept = NONE;
        int met = 0;
        while (met < skip + most) {
            int next = next(a, p);
            if (sought.isAt(a, p) && ++met > skip) {
                if (to == NONE) {
                    to = p;
                } else {
                    System.arraycopy(a, kept, a, to, p - kept);
                    to += p - kept;
                }
                kept = next;
            }
            p = next;
        }
        System.arraycopy(a, kept, a, to, end + 1 - kept);
        Cells.INT.set(a, at, bytes(a, at) - (kept - to));
        int before = headerCount(a, at);
        if (before != COUNT_UNKNOWN) {
            headerCount(a, at, before - most);
        }
    }

    /** Adds the last {@code count} entries of another listpack, which begin at {@code p}; there is room for them. */
    static void append(byte[] a, int at, byte[] other, int otherAt, int p, int count) {
        int bytes = end(other, otherAt) - p;
        System.arraycopy(other, p, a, end(a, at), bytes + 1);
        Cells.INT.set(a, at, bytes(a, at) + bytes);
        headerCount(a, at, headerCount(a, at) + count);
    }

    /** Makes {@code size} bytes at {@code p} out of {@code oldSize}, moving what is behind them. */
    private static void resize(byte[] a, int at, int p, int oldSize, int size) {
        if (size == oldSize) {
            return;
        }
        int bytes = bytes(a, at);
        int behind = p + oldSize;
        System.arraycopy(a, behind, a, p + size, at + bytes - behind);
        Cells.INT.set(a, at, bytes + size - oldSize);
    }

    private static void countInserted(byte[] a, int at) {
        int count = headerCount(a, at);
        if (count != COUNT_UNKNOWN) {
            headerCount(a, at, count + 1);
        }
    }

    /** Whether an element is this string. */
    public static boolean equals(byte[] a, int p, byte[] s, int off, int len) {
        if (ListpackEntry.isString(a[p])) {
            return ListpackEntry.equalsString(a, p, s, off, len);
        }
        long number = IntegerText.parse(s, off, len);
        return isInteger(number, s, off, len) && ListpackEntry.integer(a, p) == number;
    }

    /**
     * The first element from {@code p} on that is this string, or {@link #NONE}. After each one compared, {@code skip}
     * are passed over: 1 finds a field among fields and values.
     */
    public static int find(byte[] a, int at, int p, byte[] s, int off, int len, int skip) {
        long number = IntegerText.parse(s, off, len);
        return isInteger(number, s, off, len)
                ? findInteger(a, p, number, s, off, len, skip)
                : findString(a, p, s, off, len, skip);
    }

    private static int findString(byte[] a, int p, byte[] s, int off, int len, int skip) {
        for (int q = p; !isEnd(a, q); q = next(a, q)) {
            if (ListpackEntry.equalsString(a, q, s, off, len)) {
                return q;
            }
            for (int i = skip; i > 0; i--) {
                q = next(a, q);
                if (isEnd(a, q)) {
                    return NONE;
                }
            }
        }
        return NONE;
    }

    /** Others may have stored the number as text, so strings are compared as well. */
    private static int findInteger(
            byte[] a, int p, long number, byte[] s, int off, int len, int skip) {
        for (int q = p; !isEnd(a, q); q = next(a, q)) {
            if (ListpackEntry.isString(a[q])
                    ? ListpackEntry.equalsString(a, q, s, off, len)
                    : ListpackEntry.integer(a, q) == number) {
                return q;
            }
            for (int i = skip; i > 0; i--) {
                q = next(a, q);
                if (isEnd(a, q)) {
                    return NONE;
                }
            }
        }
        return NONE;
    }

    /**
     * Whether {@code length} bytes are a listpack from header to end mark, with every entry whole and of a known
     * encoding. Takes no byte on trust; what it accepts, all other methods can work on.
     */
    public static boolean isValid(byte[] a, int at, int length) {
        if (length < EMPTY_BYTES || bytes(a, at) != length || !isEnd(a, at + length - 1)) {
            return false;
        }
        int end = at + length - 1;
        int count = 0;
        for (int p = first(a, at); p < end; count++) {
            int size = ListpackEntry.validBytes(a, p, end);
            if (size == 0) {
                return false;
            }
            p += size;
        }
        int header = headerCount(a, at);
        return header == count || header == COUNT_UNKNOWN;
    }
}
