package dev.lockstep.keyspace;

/**
 * How much goes into one listpack of a list, as list-max-listpack-size says it: if that is positive, so many elements, but no
 * more than {@value #SAFE_BYTES} bytes; else -1 to -5 stand for 4 to 64 KiB.
 *
 * @param elements {@link Integer#MAX_VALUE} where only bytes count
 */
record BlockLimit(int bytes, int elements) {
    static final int SAFE_BYTES = 8192;

    private static final int LEAST_BYTES = 4096;
    private static final int SIZES = 5;

    static BlockLimit of(int setting) {
        if (setting >= 0) {
            return new BlockLimit(SAFE_BYTES, Math.max(1, setting));
        }
        int doublings = setting < -SIZES ? SIZES - 1 : -setting - 1;
        return new BlockLimit(LEAST_BYTES << doublings, Integer.MAX_VALUE);
    }

    boolean isExceededBy(long listpackBytes, long count) {
        return listpackBytes > bytes || count > elements;
    }

    /**
     * Whether one block is little enough to become a packed list: where elements are counted, its bytes are of no account.
     *
     * @param part of the limit that it may have: 1 for all, 2 for half
     */
    boolean allowsPacking(long listpackBytes, long count, int part) {
        return elements == Integer.MAX_VALUE
                ? listpackBytes <= bytes / part
                : count <= elements / part;
    }
}
