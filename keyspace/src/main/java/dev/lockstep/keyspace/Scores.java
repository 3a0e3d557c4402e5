package dev.lockstep.keyspace;

import java.nio.charset.StandardCharsets;

/** Scores of sorted sets: as text, as listpacks hold them, and as whole numbers in the same order, as trees hold them. */
final class Scores {
    private Scores() {}

    /** The score that an element of a listpack is. */
    static double ofText(StringValue text) {
        if (text.integer) {
            return text.number;
        }
        String number = new String(text.array, text.offset, text.length, StandardCharsets.US_ASCII);
        return switch (number) {
            case "inf" -> Double.POSITIVE_INFINITY;
            case "-inf" -> Double.NEGATIVE_INFINITY;
            default -> Double.parseDouble(number);
        };
    }

    /** A number that is less, equal or greater as the score is; -0.0 and 0.0 are equal. */
    static long ordered(double score) {
        long bits = Double.doubleToRawLongBits(score + 0.0);
        return bits ^ bits >> 63 & Long.MAX_VALUE;
    }

    /** The score that {@link #ordered} made a number of. */
    static double ofOrdered(long number) {
        return Double.longBitsToDouble(number ^ number >> 63 & Long.MAX_VALUE);
    }
}
