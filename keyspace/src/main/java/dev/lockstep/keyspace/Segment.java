package dev.lockstep.keyspace;

/**
 * The layout of a Dict's segment: a small table in one cell, ordered by fingerprint.
 *
 * <pre>
 *   0        2        4            8
 *   +--------+--------+------------+--------------------+--------------------+-- ...
 *   | count  | slots  | local depth| slot 0             | slot 1             |
 *   +--------+--------+------------+--------------------+--------------------+-- ...
 *   slot      bits 32-63 fingerprint, 0-31 cell address; all zero when empty
 * </pre>
 *
 * A fingerprint's upper {@code local depth} bits are the same for all of a segment's entries. The bits that follow say
 * where the entry belongs: its home is that fraction of the way through the first 15/16 of the slots. Entries stand at
 * or after their home, in order of their fingerprints, with no empty slot between an entry and its home. So a look-up
 * ends at the first greater fingerprint, and walking the slots is walking in hash order. The last sixteenth takes what
 * is pushed over the end; nothing wraps around.
 */
final class Segment {
    static final int COUNT = 0;
    static final int SLOTS = 2;
    static final int LOCAL_DEPTH = 4;
    static final int FIRST_SLOT = 8;
    static final int SLOT_BYTES = 8;

    /** The most slots: with the header, 8 KiB. */
    static final int MAX_SLOTS = 1023;

    static final int MIN_SLOTS = 7;

    /** How many entries a table is meant to get at most that is made before they come: four fifths of the slots. */
    static final int EXPECTED = MAX_SLOTS * 4 / 5;

    private Segment() {}

    static int bytes(int slots) {
        return FIRST_SLOT + slots * SLOT_BYTES;
    }

    /** The next larger table: about a quarter more, filling its size class. */
    static int grown(int slots) {
        int bytes = SizeClasses.roundUp(bytes(slots + Math.max(slots >> 2, 4)));
        return Math.min((bytes - FIRST_SLOT) / SLOT_BYTES, MAX_SLOTS);
    }

    /** How many slots a table for {@code count} entries has, so that it is about 70 % full. */
    static int slotsFor(int count) {
        int slots = Math.max(count + count * 3 / 8 + 1, MIN_SLOTS);
        int bytes = SizeClasses.roundUp(Math.min(bytes(slots), bytes(MAX_SLOTS)));
        return Math.min((bytes - FIRST_SLOT) / SLOT_BYTES, MAX_SLOTS);
    }

    /** The most entries that a table takes before it grows or splits: seven eighths. */
    static int limit(int slots) {
        return slots - (slots >> 3) - 1;
    }

    /** The slot where a fingerprint belongs. */
    static int home(int fingerprint, int localDepth, int slots) {
        int span = slots - (slots >> 4);
        int rest = localDepth == 32 ? 0 : fingerprint << localDepth;
        return (int) (((rest & 0xffffffffL) * span) >>> 32);
    }

    static int count(byte[] array, int at) {
        return (short) Cells.SHORT.get(array, at + COUNT);
    }

    static int slots(byte[] array, int at) {
        return (short) Cells.SHORT.get(array, at + SLOTS);
    }

    static int localDepth(byte[] array, int at) {
        return (int) Cells.INT.get(array, at + LOCAL_DEPTH);
    }

    static long slot(byte[] array, int at, int index) {
        return (long) Cells.LONG.get(array, at + FIRST_SLOT + index * SLOT_BYTES);
    }

    static void slot(byte[] array, int at, int index, long word) {
        Cells.LONG.set(array, at + FIRST_SLOT + index * SLOT_BYTES, word);
    }

    static void count(byte[] array, int at, int count) {
        Cells.SHORT.set(array, at + COUNT, (short) count);
    }

    /** Makes an empty segment of the cell at {@code at}. */
    static void clear(byte[] array, int at, int slots, int localDepth) {
        Cells.SHORT.set(array, at + COUNT, (short) 0);
        Cells.SHORT.set(array, at + SLOTS, (short) slots);
        Cells.INT.set(array, at + LOCAL_DEPTH, localDepth);
        java.util.Arrays.fill(array, at + FIRST_SLOT, at + bytes(slots), (byte) 0);
    }

    static long word(int fingerprint, int cell) {
        return (long) fingerprint << 32 | cell & 0xffffffffL;
    }

    static int fingerprint(long word) {
        return (int) (word >>> 32);
    }

    /** Puts a word in its place, moving greater ones up; false (and nothing done) if it would run over the end. */
    static boolean insert(byte[] array, int at, long word) {
        return insertAt(array, at, placeFor(array, at, fingerprint(word)), word);
    }

    /** Where a word with this fingerprint goes: behind all that are not greater. */
    static int placeFor(byte[] array, int at, int fingerprint) {
        int slots = slots(array, at);
        int index = home(fingerprint, localDepth(array, at), slots);
        long there;
        while (index < slots
                && (there = slot(array, at, index)) != 0
                && Integer.compareUnsigned(fingerprint(there), fingerprint) <= 0) {
            index++;
        }
        return index;
    }

    /** {@link #insert} at the place that {@link #placeFor} gave. */
    static boolean insertAt(byte[] array, int at, int index, long word) {
        int slots = slots(array, at);
        int empty = index;
        while (empty < slots && slot(array, at, empty) != 0) {
            empty++;
        }
        if (empty >= slots) {
            return false;
        }
        if (empty > index) {
            int from = at + FIRST_SLOT + index * SLOT_BYTES;
            System.arraycopy(array, from, array, from + SLOT_BYTES, (empty - index) * SLOT_BYTES);
        }
        slot(array, at, index, word);
        count(array, at, count(array, at) + 1);
        return true;
    }

    /** Empties a slot, moving the entries behind it that stand past their home down by one. */
    static void remove(byte[] array, int at, int index) {
        int slots = slots(array, at);
        int localDepth = localDepth(array, at);
        int end = index + 1;
        long there;
        while (end < slots
                && (there = slot(array, at, end)) != 0
                && home(fingerprint(there), localDepth, slots) < end) {
            end++;
        }
        int to = at + FIRST_SLOT + index * SLOT_BYTES;
        System.arraycopy(array, to + SLOT_BYTES, array, to, (end - index - 1) * SLOT_BYTES);
        slot(array, at, end - 1, 0);
        count(array, at, count(array, at) - 1);
    }
}
