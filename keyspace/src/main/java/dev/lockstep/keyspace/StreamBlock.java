package dev.lockstep.keyspace;

/**
 * The layout of a block of a stream: some entries that follow one another, in a {@link Blobs blob}. Both parts are byte for
 * byte what an RDB has.
 *
 * <pre>
 *   0              8             16
 *   +--------------+-------------+-- - - - - - -
 *   | first ID     | first ID    | listpack
 *   | ms: 8        | seq: 8      |
 *   +--------------+-------------+-- - - - - - -
 *   first ID   of the entry that the block was begun with, big-endian; that entry may be gone
 *
 *   listpack   master, entry, entry, ...
 *   master     | live | dead | fields: n | field 1 | ... | field n | 0 |
 *   entry      | flags | ms - first ms | seq - first seq | value 1 | ... | value n | elements |
 *   or         | flags | ms - first ms | seq - first seq | fields: m | field 1 | value 1 | ... | value m | elements |
 *   live, dead how many entries there are, and how many of them more that are marked as deleted
 *   flags      1: deleted; 2: the fields are those of the master
 *   elements   how many the entry has in the listpack, this one not counted: so one can go backwards
 * </pre>
 *
 * All but fields and values are integers of the listpack. Source: Redis' description of the format in its stream source; what
 * is written equals what stock servers write. The methods want the array and where the listpack begins in it.
 */
final class StreamBlock {
    /** What precedes the listpack. */
    static final int HEAD_BYTES = 16;

    static final int DELETED = 1;
    static final int SAME_FIELDS = 2;

    /** Elements of an entry that are neither fields nor values, where the fields are the master's. */
    static final int FRAME_ELEMENTS = 3;

    private StreamBlock() {}

    static void writeFirstId(byte[] a, int lp, long ms, long seq) {
        Cells.LONG.set(a, lp - HEAD_BYTES, Long.reverseBytes(ms));
        Cells.LONG.set(a, lp - HEAD_BYTES + 8, Long.reverseBytes(seq));
    }

    static long firstMs(byte[] a, int lp) {
        return Long.reverseBytes((long) Cells.LONG.get(a, lp - HEAD_BYTES));
    }

    static long firstSeq(byte[] a, int lp) {
        return Long.reverseBytes((long) Cells.LONG.get(a, lp - HEAD_BYTES + 8));
    }

    /** How many entries are not deleted. */
    static int live(byte[] a, int lp) {
        return (int) ListpackEntry.integer(a, Listpack.first(a, lp));
    }

    /** How many are. */
    static int dead(byte[] a, int lp) {
        return (int) ListpackEntry.integer(a, Listpack.next(a, Listpack.first(a, lp)));
    }

    static void counts(byte[] a, int lp, long live, long dead) {
        int p = Listpack.first(a, lp);
        Listpack.replace(a, lp, p, live);
        Listpack.replace(a, lp, Listpack.next(a, p), dead);
    }

    /** How many bytes a block takes that is begun with an entry of these fields. */
    static int bytesOfNew(EntryFields entry) {
        int fields = entry.fields();
        int bytes =
                HEAD_BYTES
                        + Listpack.EMPTY_BYTES
                        + Listpack.sizeOf(1)
                        + Listpack.sizeOf(0)
                        + Listpack.sizeOf(fields)
                        + Listpack.sizeOf(0)
                        + bytesOfEntry(entry, true, 0, 0);
        for (int i = 0; i < fields; i++) {
            bytes += sizeOf(entry, 2 * i);
        }
        return bytes;
    }

    /** How many bytes an entry adds to a block, the count in the master not included. */
    static int bytesOfEntry(EntryFields entry, boolean sameFields, long msDelta, long seqDelta) {
        int fields = entry.fields();
        int bytes =
                Listpack.sizeOf(SAME_FIELDS)
                        + Listpack.sizeOf(msDelta)
                        + Listpack.sizeOf(seqDelta)
                        + Listpack.sizeOf(elements(fields, sameFields));
        if (!sameFields) {
            bytes += Listpack.sizeOf(fields);
        }
        for (int i = sameFields ? 1 : 0; i < 2 * fields; i += sameFields ? 2 : 1) {
            bytes += sizeOf(entry, i);
        }
        return bytes;
    }

    private static int sizeOf(EntryFields entry, int element) {
        return Listpack.sizeOf(entry.array(), entry.offset(element), entry.length(element));
    }

    private static long elements(int fields, boolean sameFields) {
        return FRAME_ELEMENTS + (sameFields ? fields : 2L * fields + 1);
    }

    /** Begins a block with an entry; there is room for {@link #bytesOfNew}. */
    static void begin(byte[] a, int lp, long ms, long seq, EntryFields entry) {
        writeFirstId(a, lp, ms, seq);
        Listpack.init(a, lp);
        append(a, lp, 1);
        append(a, lp, 0);
        append(a, lp, entry.fields());
        for (int i = 0; i < entry.fields(); i++) {
            append(a, lp, entry, 2 * i);
        }
        append(a, lp, 0);
        appendEntry(a, lp, 0, 0, entry, true);
    }

    /** Adds an entry behind the others; there is room for {@link #bytesOfEntry} and a larger count. */
    static void add(byte[] a, int lp, long ms, long seq, EntryFields entry, boolean sameFields) {
        Listpack.replace(a, lp, Listpack.first(a, lp), live(a, lp) + 1L);
        appendEntry(a, lp, ms - firstMs(a, lp), seq - firstSeq(a, lp), entry, sameFields);
    }

    private static void appendEntry(
            byte[] a, int lp, long msDelta, long seqDelta, EntryFields entry, boolean sameFields) {
        append(a, lp, sameFields ? SAME_FIELDS : 0);
        append(a, lp, msDelta);
        append(a, lp, seqDelta);
        int fields = entry.fields();
        if (!sameFields) {
            append(a, lp, fields);
        }
        for (int i = 0; i < fields; i++) {
            if (!sameFields) {
                append(a, lp, entry, 2 * i);
            }
            append(a, lp, entry, 2 * i + 1);
        }
        append(a, lp, elements(fields, sameFields));
    }

    private static void append(byte[] a, int lp, long number) {
        Listpack.insert(a, lp, Listpack.end(a, lp), number);
    }

    private static void append(byte[] a, int lp, EntryFields entry, int element) {
        Listpack.insert(
                a,
                lp,
                Listpack.end(a, lp),
                entry.array(),
                entry.offset(element),
                entry.length(element));
    }

    /** Whether an entry's fields are those of the master. */
    static boolean hasFields(byte[] a, int lp, EntryFields entry) {
        int p = Listpack.next(a, Listpack.next(a, Listpack.first(a, lp)));
        if (ListpackEntry.integer(a, p) != entry.fields()) {
            return false;
        }
        for (int i = 0; i < entry.fields(); i++) {
            p = Listpack.next(a, p);
            int field = 2 * i;
            if (!Listpack.equals(a, p, entry.array(), entry.offset(field), entry.length(field))) {
                return false;
            }
        }
        return true;
    }
}
