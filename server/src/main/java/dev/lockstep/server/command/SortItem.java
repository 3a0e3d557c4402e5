package dev.lockstep.server.command;

import dev.lockstep.keyspace.StringValue;
import dev.lockstep.protocol.Decimal;
import java.util.Arrays;
import java.util.Comparator;

/**
 * An element that SORT puts in order, with what it is ordered by: a number, another text, or nothing but itself. Its bytes are
 * those of the element where it lies.
 */
final class SortItem {
    final byte[] array;
    final int offset;
    final int length;

    /** What it is ordered by. */
    double score;

    /** What it is ordered by if that is another text; its array is null if none was found. */
    private byte[] weight;

    private int weightOffset;
    private int weightLength;

    SortItem(StringValue element) {
        array = lasting(element);
        offset = array == element.array() ? element.offset() : 0;
        length = element.length();
    }

    void weight(StringValue value) {
        weight = lasting(value);
        weightOffset = weight == value.array() ? value.offset() : 0;
        weightLength = value.length();
    }

    /** The array of a value, or a copy of its text where that lies in the value, which is about to become another. */
    private static byte[] lasting(StringValue value) {
        return value.isInteger()
                ? Arrays.copyOfRange(value.array(), value.offset(), value.offset() + value.length())
                : value.array();
    }

    /** By number; elements of equal numbers by their bytes. */
    static final Comparator<SortItem> BY_SCORE =
            (one, other) -> {
                int order = compareScores(one.score, other.score);
                return order != 0 ? order : compareElements(one, other);
            };

    static final Comparator<SortItem> BY_ELEMENT = SortItem::compareElements;

    /** By texts up to their first zero bytes, as C compares them. */
    static final Comparator<SortItem> BY_ELEMENT_TEXT =
            (one, other) ->
                    compare(
                            one.array,
                            one.offset,
                            textLength(one.array, one.offset, one.length),
                            other.array,
                            other.offset,
                            textLength(other.array, other.offset, other.length));

    static final Comparator<SortItem> BY_WEIGHT =
            nothingFirst(
                    (one, other) ->
                            compare(
                                    one.weight,
                                    one.weightOffset,
                                    one.weightLength,
                                    other.weight,
                                    other.weightOffset,
                                    other.weightLength));

    static final Comparator<SortItem> BY_WEIGHT_TEXT =
            nothingFirst(
                    (one, other) ->
                            compare(
                                    one.weight,
                                    one.weightOffset,
                                    textLength(one.weight, one.weightOffset, one.weightLength),
                                    other.weight,
                                    other.weightOffset,
                                    textLength(
                                            other.weight, other.weightOffset, other.weightLength)));

    private static Comparator<SortItem> nothingFirst(Comparator<SortItem> byWeight) {
        return (one, other) ->
                one.weight == null || other.weight == null
                        ? Boolean.compare(one.weight != null, other.weight != null)
                        : byWeight.compare(one, other);
    }

    /** Unlike {@link Double#compare}, -0.0 and 0.0 are equal. */
    private static int compareScores(double one, double other) {
        return one < other ? -1 : one > other ? 1 : 0;
    }

    private static int compareElements(SortItem one, SortItem other) {
        return compare(one.array, one.offset, one.length, other.array, other.offset, other.length);
    }

    private static int compare(
            byte[] one,
            int oneOffset,
            int oneLength,
            byte[] other,
            int otherOffset,
            int otherLength) {
        return Arrays.compareUnsigned(
                one,
                oneOffset,
                oneOffset + oneLength,
                other,
                otherOffset,
                otherOffset + otherLength);
    }

    private static int textLength(byte[] array, int offset, int length) {
        int text = 0;
        while (text < length && array[offset + text] != 0) {
            text++;
        }
        return text;
    }

    /**
     * The number that C's strtod makes of a text up to its first zero byte, if it takes all of it and doesn't lose more than
     * rounding does; else NaN. The empty text is 0.
     */
    static double number(StringValue value) {
        if (value.isInteger()) {
            return value.number();
        }
        byte[] array = value.array();
        int from = value.offset();
        int end = from + textLength(array, from, value.length());
        if (from == end) {
            return 0;
        }
        while (from < end && (array[from] == ' ' || array[from] >= '\t' && array[from] <= '\r')) {
            from++;
        }
        double number = Decimal.parseDouble(array, from, end - from);
        boolean isTiny = number != 0 && Math.abs(number) < Double.MIN_NORMAL;
        return isTiny && !isHexadecimal(array, from, end) ? Double.NaN : number;
    }

    /** Hexadecimal numbers below the normal ones are exact, as far as anybody writes them. */
    private static boolean isHexadecimal(byte[] array, int from, int end) {
        for (int i = from; i < end; i++) {
            if ((array[i] | 0x20) == 'x') {
                return true;
            }
        }
        return false;
    }
}
