package dev.lockstep.keyspace;

import dev.lockstep.protocol.Decimal;

/** Scores of sorted sets: as listpacks hold them, and as whole numbers in the same order, as trees hold them. */
public final class Scores {
    /** The longest text of a score. */
    static final int TEXT_BYTES_MAX = Decimal.DOUBLE_BYTES_MAX;

    /** Whole numbers up to this, and down to its negative, are kept as integers. */
    private static final double INTEGER_MAX = 0x1p62;

    private Scores() {}

    /** The score that a text is; NaN if it is none. */
    public static double ofText(StringValue text) {
        return text.integer
                ? text.number
                : Decimal.parseDouble(text.array, text.offset, text.length);
    }

    /** The score at {@code p} in a listpack; NaN if that is no score. */
    static double at(byte[] listpack, int p, StringValue scratch) {
        if (!ListpackEntry.isString(listpack[p])) {
            return ListpackEntry.integer(listpack, p);
        }
        ListpackEntry.get(listpack, p, scratch);
        return ofText(scratch);
    }

    /** The score of a member that has a cell of its own. */
    static double ofMember(Cells cells, int cell) {
        return Double.longBitsToDouble(cells.getLong(cell, Structure.at(cells, cell)));
    }

    /** Whether a listpack holds a score as an integer; -0.0 then is 0, as in Redis. */
    static boolean isInteger(double score) {
        return Math.abs(score) <= INTEGER_MAX && (double) (long) score == score;
    }

    /** Writes the text of a score, which is not an integer's; returns its length. */
    static int write(double score, byte[] into) {
        return Decimal.writeDouble(score, into, 0);
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
