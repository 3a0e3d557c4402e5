package dev.lockstep.keyspace;

import java.util.Arrays;

/**
 * Adds many strings to a keyspace, faster than one by one: for loading.
 *
 * <p>Every entry gets its cell at once, but the index hears of it later, of up to {@value #BATCH} entries in hash order.
 * So an index of any size is walked once a batch, from one end to the other, where single entries would each go to a place
 * of their own that the processor's caches don't hold. What has been added is there to be found after {@link #flush};
 * meanwhile entries of other keys may be made in the database.
 *
 * <p>On the keyspace's thread. Nothing is allocated per entry.
 */
public final class BulkInsert {
    private static final int BATCH = 1 << 17;
    private static final int BUCKET_BITS = 16;
    private static final int AHEAD = 32;
    private static final int BUCKETS = 1 << BUCKET_BITS;

    /** An announced number is believed up to so many times what has come: a lie must not cost much memory. */
    private static final int BELIEVED = 16;

    private final Keyspace keyspace;
    private final boolean replace;
    private final long[] staged = new long[BATCH];
    private final long[] ordered = new long[BATCH];
    private final int[] starts = new int[BUCKETS];
    private Database database;
    private int count;
    private boolean anyDeadline;
    private long expected;
    private long madeRoomFor;
    private byte[] refusedKey;

    /** Keeps the compiler from leaving out the reads that fill it. */
    private int touched;

    /**
     * @param replace whether a key that is there already is replaced, or stays as it is
     */
    public BulkInsert(Keyspace keyspace, boolean replace) {
        this.keyspace = keyspace;
        this.replace = replace;
        database = keyspace.database(0);
    }

    /** What is added from now on goes to this database; at first it is 0. */
    public void select(int number) {
        flush();
        database = keyspace.database(number);
        expected = 0;
        madeRoomFor = 0;
    }

    /** How many entries are said to come into the selected database; the index has room for them beforehand. */
    public void expect(long entries) {
        expected = database.size() + Math.min(entries, Integer.MAX_VALUE);
    }

    /** One of the entries expected doesn't come. */
    public void expectOneLess() {
        expected--;
    }

    /** An entry was made in the database beside those added here. */
    public void addedBeside() {
        makeRoom();
    }

    private void makeRoom() {
        long there = database.size() + count;
        if (there > madeRoomFor && madeRoomFor < expected) {
            madeRoomFor = Math.min(expected, BELIEVED * there);
            database.expect(madeRoomFor);
        }
    }

    /** The database that was selected. */
    public Database database() {
        return database;
    }

    /**
     * Adds what {@link Database#setString} would set.
     *
     * @return the entry, for {@link #access} only
     */
    public int string(
            byte[] key,
            int keyOffset,
            int keyLength,
            byte[] value,
            int valueOffset,
            int valueLength,
            long deadline) {
        return stage(
                KeyHash.of(key, keyOffset, keyLength),
                database.strings()
                        .of(
                                0,
                                key,
                                keyOffset,
                                keyLength,
                                value,
                                valueOffset,
                                valueLength,
                                deadline),
                deadline);
    }

    /** Adds what {@link Database#setInteger} would set. */
    public int integer(byte[] key, int keyOffset, int keyLength, long number, long deadline) {
        return stage(
                KeyHash.of(key, keyOffset, keyLength),
                database.strings().ofInteger(0, key, keyOffset, keyLength, number, deadline),
                deadline);
    }

    /** Adds what {@link Database#setOwned} would set. */
    public int owned(byte[] key, int keyOffset, int keyLength, byte[] value, long deadline) {
        if (EntryMemory.inlineFits(keyLength, value.length, deadline)) {
            return string(key, keyOffset, keyLength, value, 0, value.length, deadline);
        }
        return stage(
                KeyHash.of(key, keyOffset, keyLength),
                database.strings().ofOwned(0, key, keyOffset, keyLength, value, deadline),
                deadline);
    }

    /** Sets the access bits of the entry added last. */
    public void access(int cell, int access) {
        database.access(cell, access);
    }

    private int stage(int fingerprint, int cell, long deadline) {
        anyDeadline |= deadline >= 0;
        staged[count++] = Segment.word(fingerprint, cell);
        if (count == BATCH) {
            flush();
        }
        return cell;
    }

    /** Makes everything that was added part of the data. */
    public void flush() {
        makeRoom();
        order();
        for (int first = 0; first < count; first += AHEAD) {
            int end = Math.min(first + AHEAD, count);
            touch(first, end);
            for (int i = first; i < end; i++) {
                long word = ordered[i];
                if (!database.indexLate(
                        Segment.fingerprint(word), (int) word, anyDeadline, replace)) {
                    refuse((int) word);
                }
            }
        }
        count = 0;
        anyDeadline = false;
    }

    /**
     * Reads where the next entries are and where they go. These reads don't depend on one another, so the processor waits
     * for all of them at once, and not for each when its turn comes.
     */
    private void touch(int first, int end) {
        int sum = 0;
        for (int i = first; i < end; i++) {
            sum +=
                    database.touchIndex(
                            Segment.fingerprint(ordered[i]), (int) ordered[i], anyDeadline);
        }
        touched = sum;
    }

    /** Puts the words of a batch in the order of their hashes' first bits: that of the segments they go to. */
    private void order() {
        Arrays.fill(starts, 0);
        for (int i = 0; i < count; i++) {
            starts[bucket(staged[i])]++;
        }
        int next = 0;
        for (int bucket = 0; bucket < BUCKETS; bucket++) {
            int size = starts[bucket];
            starts[bucket] = next;
            next += size;
        }
        for (int i = 0; i < count; i++) {
            long word = staged[i];
            ordered[starts[bucket(word)]++] = word;
        }
    }

    private static int bucket(long word) {
        return (int) (word >>> 64 - BUCKET_BITS);
    }

    private void refuse(int cell) {
        if (refusedKey == null) {
            int from = database.keyOffset(cell);
            refusedKey =
                    Arrays.copyOfRange(
                            database.keyArray(cell), from, from + database.keyLength(cell));
        }
        database.drop(cell);
    }

    /** A key that was not added because it was there already; null if there was none. */
    public byte[] refusedKey() {
        return refusedKey;
    }
}
