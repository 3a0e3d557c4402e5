package dev.lockstep.protocol;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/**
 * Numbers as Redis writes and reads them in decimal: longs strictly canonical, doubles in the shortest form that reads
 * back the same.
 *
 * <p>Nothing here allocates unless it returns an object, save for doubles with more digits than the fast path takes.
 */
public final class Decimal {
    /** No long takes more bytes: the digits of Long.MIN_VALUE and its sign. */
    public static final int LONG_BYTES_MAX = 20;

    /** No double takes more bytes. */
    public static final int DOUBLE_BYTES_MAX = 32;

    /** So many decimal digits fit 64 bits. */
    private static final int DIGITS_MAX = 19;

    private static final MathContext SEVENTEEN_DIGITS = new MathContext(17, RoundingMode.HALF_EVEN);

    private static final byte[] LONG_MIN =
            "-9223372036854775808".getBytes(StandardCharsets.ISO_8859_1);
    private static final byte[] LONG_MAX =
            "9223372036854775807".getBytes(StandardCharsets.ISO_8859_1);
    private static final byte[] UNSIGNED_MAX =
            "18446744073709551615".getBytes(StandardCharsets.ISO_8859_1);

    private static final double[] EXACT_POWERS_OF_TEN = {
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
        1e17, 1e18, 1e19, 1e20, 1e21, 1e22
    };

    private static final byte[] PAIRS = new byte[200];

    static {
        for (int i = 0; i < 100; i++) {
            PAIRS[2 * i] = (byte) ('0' + i / 10);
            PAIRS[2 * i + 1] = (byte) ('0' + i % 10);
        }
    }

    private Decimal() {}

    /** How many bytes {@link #write} takes for this value, the sign included. */
    public static int digits(long value) {
        if (value < 0) {
            return value == Long.MIN_VALUE ? LONG_BYTES_MAX : 1 + digits(-value);
        }
        int count = 1;
        for (long rest = value; rest >= 10; rest /= 10) {
            count++;
        }
        return count;
    }

    /** Writes the digits of {@code value} at {@code at}; returns the index behind them. */
    public static int write(long value, byte[] into, int at) {
        if (value < 0) {
            if (value == Long.MIN_VALUE) {
                System.arraycopy(LONG_MIN, 0, into, at, LONG_MIN.length);
                return at + LONG_MIN.length;
            }
            into[at++] = '-';
            value = -value;
        }
        if (value < 10) {
            into[at] = (byte) ('0' + value);
            return at + 1;
        }
        int end = at + digits(value);
        int p = end;
        while (value > Integer.MAX_VALUE) {
            int pair = (int) (value % 100) * 2;
            value /= 100;
            into[--p] = PAIRS[pair + 1];
            into[--p] = PAIRS[pair];
        }
        int rest = (int) value;
        while (rest >= 10) {
            int pair = rest % 100 * 2;
            rest /= 100;
            into[--p] = PAIRS[pair + 1];
            into[--p] = PAIRS[pair];
        }
        if (p > at) {
            into[--p] = (byte) ('0' + rest);
        }
        return end;
    }

    public static byte[] toBytes(long value) {
        byte[] bytes = new byte[digits(value)];
        write(value, bytes, 0);
        return bytes;
    }

    /**
     * Whether these bytes are a long as Redis reads one: an optional minus, no plus, no space, no leading zero, no
     * "-0", and within 64 bits.
     */
    public static boolean isLong(byte[] bytes, int offset, int length) {
        if (length <= 0 || length > LONG_BYTES_MAX) {
            return false;
        }
        if (bytes[offset] != '-') {
            return isCanonical(bytes, offset, length, LONG_MAX, 0);
        }
        return length > 1
                && bytes[offset + 1] != '0'
                && isCanonical(bytes, offset + 1, length - 1, LONG_MIN, 1);
    }

    /** The value of bytes for which {@link #isLong} holds. */
    public static long parseLong(byte[] bytes, int offset, int length) {
        if (bytes[offset] == '-') {
            return -parseUnsigned(bytes, offset + 1, length - 1);
        }
        return parseUnsigned(bytes, offset, length);
    }

    /** Whether these bytes are canonical digits of a number from 0 to 2^64 - 1. */
    public static boolean isUnsigned(byte[] bytes, int offset, int length) {
        return length > 0 && isCanonical(bytes, offset, length, UNSIGNED_MAX, 0);
    }

    /** The value, as 64 unsigned bits, of bytes for which {@link #isUnsigned} holds. */
    public static long parseUnsigned(byte[] bytes, int offset, int length) {
        long value = 0;
        for (int i = offset, end = offset + length; i < end; i++) {
            value = value * 10 + (bytes[i] - '0');
        }
        return value;
    }

    private static boolean isCanonical(
            byte[] bytes, int offset, int length, byte[] max, int maxFrom) {
        int maxLength = max.length - maxFrom;
        if (length > maxLength || bytes[offset] == '0' && length > 1) {
            return false;
        }
        boolean mayExceed = length == maxLength;
        for (int i = 0; i < length; i++) {
            int c = bytes[offset + i];
            if (c < '0' || c > '9') {
                return false;
            }
            if (mayExceed && c != max[maxFrom + i]) {
                if (c > max[maxFrom + i]) {
                    return false;
                }
                mayExceed = false;
            }
        }
        return true;
    }

    /**
     * Writes a double as Redis 7.2 prints scores and RESP3 doubles; returns the index behind it. At most {@link
     * #DOUBLE_BYTES_MAX} bytes.
     *
     * <p>Integers up to 2^62 are printed as such; else the shortest digits by Grisu2, plain or with an exponent as {@link
     * ShortestDouble} says. (Redis 7.0 printed 17 significant digits here: 0.10000000000000001.)
     */
    public static int writeDouble(double value, byte[] into, int at) {
        if (value == 0) {
            if (1 / value < 0) {
                into[at++] = '-';
            }
            into[at] = '0';
            return at + 1;
        }
        if (Math.abs(value) <= 0x1p62 && (double) (long) value == value) {
            return write((long) value, into, at);
        }
        if (value != value) {
            into[at] = 'n';
            into[at + 1] = 'a';
            into[at + 2] = 'n';
            return at + 3;
        }
        if (value < 0) {
            into[at++] = '-';
            value = -value;
        }
        if (value == Double.POSITIVE_INFINITY) {
            into[at] = 'i';
            into[at + 1] = 'n';
            into[at + 2] = 'f';
            return at + 3;
        }
        return ShortestDouble.write(value, into, at);
    }

    public static byte[] toBytes(double value) {
        byte[] bytes = new byte[DOUBLE_BYTES_MAX];
        return Arrays.copyOf(bytes, writeDouble(value, bytes, 0));
    }

    public static String toString(double value) {
        return new String(toBytes(value), StandardCharsets.ISO_8859_1);
    }

    /** A double with 17 significant digits, as C's printf writes it by %.17g, and Redis in ZSCAN and digests. */
    public static byte[] toSeventeenDigits(double value) {
        if (value == 0 || Double.isInfinite(value) || isShortInteger(value)) {
            return toBytes(value);
        }
        BigDecimal rounded = new BigDecimal(value).round(SEVENTEEN_DIGITS);
        int exponent = rounded.precision() - rounded.scale() - 1;
        String text;
        if (exponent >= -4 && exponent < SEVENTEEN_DIGITS.getPrecision()) {
            text = rounded.stripTrailingZeros().toPlainString();
        } else {
            text =
                    rounded.movePointLeft(exponent).stripTrailingZeros().toPlainString()
                            + String.format(Locale.ROOT, "e%+03d", exponent);
        }
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static boolean isShortInteger(double value) {
        return Math.abs(value) < 1e17 && (double) (long) value == value;
    }

    /**
     * The double that these bytes spell, or NaN if Redis wouldn't take them as a float.
     *
     * <p>The whole of the bytes must be what C's strtod reads: decimal with an optional exponent, hexadecimal ("0x1p-3"),
     * "inf" or "infinity" in any case, each with an optional sign. No leading space; no NaN; nothing that overflows to
     * infinity or underflows to zero.
     */
    public static double parseDouble(byte[] bytes, int offset, int length) {
        double value = parseWhole(bytes, offset, offset + length);
        boolean outOfRange =
                (Double.isInfinite(value) || value == 0)
                        && isFiniteAndNotZero(bytes, offset, offset + length);
        return outOfRange ? Double.NaN : value;
    }

    /**
     * The double that these bytes spell to C's strtod, NaN if they are anything else: other than {@link #parseDouble}, it
     * takes white space before the number, infinity for what is too large and zero for what is too small, and zero for
     * nothing.
     */
    public static double parseDoubleLoosely(byte[] bytes, int offset, int length) {
        int p = offset;
        int end = offset + length;
        while (p < end && (bytes[p] == ' ' || bytes[p] >= '\t' && bytes[p] <= '\r')) {
            p++;
        }
        return length == 0 ? 0 : parseWhole(bytes, p, end);
    }

    private static double parseWhole(byte[] bytes, int from, int end) {
        int p = from;
        if (p >= end) {
            return Double.NaN;
        }
        boolean negative = bytes[p] == '-';
        if (negative || bytes[p] == '+') {
            p++;
        }
        double magnitude =
                switch (FloatSyntax.of(bytes, p, end)) {
                    case FloatSyntax.DECIMAL -> parseDecimal(bytes, p, end);
                    case FloatSyntax.HEXADECIMAL -> parseHexadecimal(bytes, p, end);
                    case FloatSyntax.INFINITY -> Double.POSITIVE_INFINITY;
                    default -> Double.NaN;
                };
        return negative ? -magnitude : magnitude;
    }

    private static boolean isFiniteAndNotZero(byte[] bytes, int from, int end) {
        int p = bytes[from] == '-' || bytes[from] == '+' ? from + 1 : from;
        return FloatSyntax.of(bytes, p, end) != FloatSyntax.INFINITY
                && FloatSyntax.hasNonZeroDigit(bytes, p, end);
    }

    /**
     * Up to 2^53 and powers of ten up to 10^22 are exact doubles, so that one multiplication or division rounds correctly
     * (Clinger's fast path). {@link NearestDouble} does the rest, up to {@value #DIGITS_MAX} digits; what is left is left to
     * the JDK, which allocates.
     */
    private static double parseDecimal(byte[] bytes, int from, int end) {
        long mantissa = 0;
        int digits = 0;
        int scale = 0;
        boolean point = false;
        boolean exact = true;
        int p = from;
        for (; p < end; p++) {
            int digit = bytes[p] - '0';
            if (bytes[p] == '.') {
                point = true;
            } else if (digit < 0 || digit > 9) {
                break;
            } else if (digits < DIGITS_MAX) {
                mantissa = mantissa * 10 + digit;
                digits += mantissa == 0 ? 0 : 1;
                scale -= point ? 1 : 0;
            } else {
                exact &= digit == 0;
                scale += point ? 0 : 1;
            }
        }
        if (p < end) {
            int sign = bytes[p + 1] == '-' ? -1 : 1;
            p += bytes[p + 1] == '-' || bytes[p + 1] == '+' ? 2 : 1;
            if (end - p > 4) {
                return parseByJdk(bytes, from, end, "");
            }
            scale += sign * (int) parseUnsigned(bytes, p, end - p);
        }
        if (exact && mantissa >= 0 && mantissa <= 1L << 53 && scale >= -22 && scale <= 22) {
            return scale < 0
                    ? mantissa / EXACT_POWERS_OF_TEN[-scale]
                    : mantissa * EXACT_POWERS_OF_TEN[scale];
        }
        double nearest = NearestDouble.of(mantissa, scale);
        boolean certain = exact || nearest == NearestDouble.of(mantissa + 1, scale);
        return certain && nearest == nearest ? nearest : parseByJdk(bytes, from, end, "");
    }

    private static double parseHexadecimal(byte[] bytes, int from, int end) {
        for (int i = from; i < end; i++) {
            if (bytes[i] == 'p' || bytes[i] == 'P') {
                return parseByJdk(bytes, from, end, "");
            }
        }
        return parseByJdk(bytes, from, end, "p0");
    }

    private static double parseByJdk(byte[] bytes, int from, int end, String suffix) {
        return Double.parseDouble(
                new String(bytes, from, end - from, StandardCharsets.ISO_8859_1) + suffix);
    }
}
