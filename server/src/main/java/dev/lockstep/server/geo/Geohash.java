package dev.lockstep.server.geo;

/**
 * Geohashes: a longitude and a latitude, each as the number of its slice of the world, interleaved to one number.
 *
 * <pre>
 *   bit  51  50  49  48      ...       3   2   1   0
 *       +---+---+---+---+---     ---+---+---+---+---+
 *       |lon|lat|lon|lat|           |lon|lat|lon|lat|    with 26 steps; fewer steps have fewer bits
 *       +---+---+---+---+---     ---+---+---+---+---+
 * </pre>
 *
 * With n steps there are 2^n slices of either. The world ends at the latitudes of the Mercator projection's square map. As
 * places are ordered by their geohashes, those in one cell of fewer steps are a range of numbers.
 *
 * <p>Source: the public descriptions of geohashes and of Redis' 52-bit form of them.
 */
public final class Geohash {
    public static final double LONGITUDE_MAX = 180;
    public static final double LATITUDE_MAX = 85.05112878;

    /** The steps of a place: 52 bits, which a double holds. */
    public static final int STEPS = 26;

    private static final double BITS_MAX = 0x1p63;
    private static final double STANDARD_LATITUDE_MAX = 90;
    private static final int STANDARD_LENGTH = 11;
    private static final int STANDARD_CHAR_BITS = 5;
    private static final byte[] STANDARD_CHARS = {
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'j',
        'k', 'm', 'n', 'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z'
    };

    /** Number i has 2^i ones, as many zeros, and so on, from the lowest bit. */
    private static final long[] RUNS = {
        0x5555555555555555L,
        0x3333333333333333L,
        0x0f0f0f0f0f0f0f0fL,
        0x00ff00ff00ff00ffL,
        0x0000ffff0000ffffL,
        0x00000000ffffffffL
    };

    private Geohash() {}

    /**
     * The cell that a member's score stands for. One that no place has, being beyond what 64 bits hold, stands for what it does
     * in Redis on common processors.
     */
    public static long ofScore(double score) {
        if (score < BITS_MAX) {
            return score < -BITS_MAX ? Long.MIN_VALUE : (long) score;
        }
        return score < 2 * BITS_MAX ? (long) (score - BITS_MAX) ^ Long.MIN_VALUE : 0;
    }

    /** Whether there is a geohash of a place. */
    public static boolean isOnMap(double longitude, double latitude) {
        return Math.abs(longitude) <= LONGITUDE_MAX && Math.abs(latitude) <= LATITUDE_MAX;
    }

    /** The geohash of a place. */
    public static long encode(double longitude, double latitude, int steps) {
        return encode(longitude, latitude, steps, LATITUDE_MAX);
    }

    private static long encode(double longitude, double latitude, int steps, double latitudeMax) {
        return interleave(
                slice(longitude, LONGITUDE_MAX, steps), slice(latitude, latitudeMax, steps));
    }

    private static long slice(double degrees, double max, int steps) {
        double part = (degrees + max) / (max + max);
        return (long) (part * (1L << steps));
    }

    /** The geohash of two slices. */
    static long interleave(long longitude, long latitude) {
        return spread(longitude) << 1 | spread(latitude);
    }

    /** Puts bit n of the lower 32 where bit 2n is. */
    private static long spread(long bits) {
        long spread = bits & RUNS[RUNS.length - 1];
        for (int i = RUNS.length - 2; i >= 0; i--) {
            spread = (spread | spread << (1 << i)) & RUNS[i];
        }
        return spread;
    }

    /** Puts bit 2n where bit n is. */
    private static long gather(long bits) {
        long gathered = bits & RUNS[0];
        for (int i = 1; i < RUNS.length; i++) {
            gathered = (gathered | gathered >>> (1 << i - 1)) & RUNS[i];
        }
        return gathered;
    }

    /** The longitude's slice of a geohash. */
    static long longitudeSlice(long hash) {
        return gather(hash >>> 1);
    }

    static long latitudeSlice(long hash) {
        return gather(hash);
    }

    /** The degrees of longitude where a slice begins; it ends where the next one begins. */
    static double longitude(long slice, int steps) {
        return degrees(slice, LONGITUDE_MAX, steps);
    }

    static double latitude(long slice, int steps) {
        return degrees(slice, LATITUDE_MAX, steps);
    }

    private static double degrees(long slice, double max, int steps) {
        return -max + (double) slice / (1L << steps) * (max + max);
    }

    /** The longitude in the middle of the cell that a place's geohash names. */
    public static double longitudeOf(long hash) {
        long slice = longitudeSlice(hash);
        double middle = (longitude(slice, STEPS) + longitude(slice + 1, STEPS)) / 2;
        return Math.max(-LONGITUDE_MAX, Math.min(middle, LONGITUDE_MAX));
    }

    /** The latitude in the middle of the cell that a place's geohash names. */
    public static double latitudeOf(long hash) {
        long slice = latitudeSlice(hash);
        double middle = (latitude(slice, STEPS) + latitude(slice + 1, STEPS)) / 2;
        return Math.max(-LATITUDE_MAX, Math.min(middle, LATITUDE_MAX));
    }

    /**
     * The standard text of a place's geohash, whose world reaches from pole to pole: 11 characters of 5 bits, the last one
     * always 0, because 52 bits are all there are.
     */
    public static byte[] standardText(long hash) {
        long standard = encode(longitudeOf(hash), latitudeOf(hash), STEPS, STANDARD_LATITUDE_MAX);
        byte[] text = new byte[STANDARD_LENGTH];
        for (int i = 0; i < STANDARD_LENGTH; i++) {
            int shift = 2 * STEPS - (i + 1) * STANDARD_CHAR_BITS;
            text[i] = STANDARD_CHARS[shift < 0 ? 0 : (int) (standard >>> shift) & 31];
        }
        return text;
    }
}
