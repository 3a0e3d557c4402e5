package dev.lockstep.keyspace;

/**
 * Brings near what looking up several keys will read, before they are looked up one by one.
 *
 * <p>In a big database each look-up waits for memory three times: for a segment, for a slot in it, for the entry. For the
 * keys of a pipeline the waits of one kind don't depend on one another, so done together they are waited for only once. It
 * is no more than a hint: keys may come and go in between. Reused; on the keyspace's thread.
 */
public final class ReadAhead {
    private final int[] fingerprints;
    private final int[] places;
    private int count;

    /** Keeps the compiler from leaving out the reads that fill it. */
    private int touched;

    /**
     * @param most how many keys may be added
     */
    public ReadAhead(int most) {
        fingerprints = new int[most];
        places = new int[most];
    }

    /** Adds a key. */
    public void add(byte[] key, int offset, int length) {
        fingerprints[count++] = KeyHash.of(key, offset, length);
    }

    /** Reads for the keys added, and forgets them. */
    public void run(Database database) {
        touched = database.dict().readAhead(fingerprints, places, count);
        count = 0;
    }
}
