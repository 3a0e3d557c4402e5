package dev.lockstep.keyspace;

/**
 * Where in a walk of a view the entries of one database come. A walk takes the databases one after the other, each in the
 * order of the hashes; it is divided into {@value #COUNT} stretches of about as many keys each.
 *
 * <p>What is freed under a view is tagged with the stretch in which the view's reader meets it, so that it can be given
 * back when the reader has gone by. Immutable; any thread.
 */
final class Stretches {
    static final int COUNT = 64;

    /** The tag of what is not met in the walk's order: it can be given back only when the view closes. */
    static final int NONE = COUNT;

    /** Of a database that no walk is known of: everything is tagged {@link #NONE}. */
    static final Stretches UNKNOWN = new Stretches((long) COUNT << Stretches.FRACTION_BITS, 0);

    /** Positions are fixed-point numbers from 0 to {@value #COUNT}, with so many bits of a fraction. */
    private static final int FRACTION_BITS = 24;

    private static final long HASHES = 1L << 32;

    private final long start;
    private final long share;

    private Stretches(long start, long share) {
        this.start = start;
        this.share = share;
    }

    /** Of a database with {@code keys} keys, which comes after {@code before} keys of other databases. */
    static Stretches of(long before, long keys, long total) {
        long start = position(before, total);
        return new Stretches(start, position(before + keys, total) - start);
    }

    private static long position(long keys, long total) {
        return (long) ((double) keys / Math.max(total, 1) * ((long) COUNT << FRACTION_BITS));
    }

    /** The stretch in which an entry with this fingerprint is met. */
    int of(int fingerprint) {
        return stretch(fingerprint & 0xffffffffL);
    }

    /** The stretch in which the last entry is met that a segment may hold. */
    int ofSegment(int fingerprint, int localDepth) {
        return of(localDepth == 32 ? fingerprint : fingerprint | -1 >>> localDepth);
    }

    /**
     * How many stretches lie behind a walk that has gone by all hashes before {@code hash}, 0 to 2^32: all those before the
     * one that this hash is in.
     */
    int before(long hash) {
        assert hash >= 0 && hash <= HASHES;
        return stretch(hash);
    }

    private int stretch(long hash) {
        return (int) (start + (hash * share >>> 32) >>> FRACTION_BITS);
    }
}
