package dev.lockstep.keyspace;

/** Tells whether a string is the canonical text of a 64-bit integer, so that it can be stored as one. */
final class IntegerText {
    /** Not an integer, unless {@link #isNone} says that the text is this very number. */
    static final long NONE = Long.MIN_VALUE;

    private static final byte[] NONE_TEXT =
            Long.toString(NONE).getBytes(java.nio.charset.StandardCharsets.US_ASCII);

    private IntegerText() {}

    static boolean isNone(byte[] array, int offset, int length) {
        return length == NONE_TEXT.length
                && java.util.Arrays.equals(array, offset, offset + length, NONE_TEXT, 0, length);
    }

    static long parse(byte[] array, int offset, int length) {
        if (length == 0 || length > 20) {
            return NONE;
        }
        int at = offset;
        int end = offset + length;
        boolean negative = array[at] == '-';
        if (negative && ++at == end) {
            return NONE;
        }
        int digit = array[at] - '0';
        if (digit == 0) {
            return length == 1 ? 0 : NONE;
        }
        long value = 0;
        for (; at < end; at++) {
            digit = array[at] - '0';
            if (digit < 0 || digit > 9 || value < (Long.MIN_VALUE + digit) / 10) {
                return NONE;
            }
            value = value * 10 - digit;
        }
        if (negative) {
            return value;
        }
        return value == Long.MIN_VALUE ? NONE : -value;
    }
}
