package dev.lockstep.protocol;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;

/**
 * The x87 80-bit long double that INCRBYFLOAT and HINCRBYFLOAT compute with: a 64-bit significand and a 15-bit exponent,
 * rounded to nearest, ties to even.
 *
 * <p>Redis keeps such values as text only, so parsing, one addition and printing are all there is. They are done on exact
 * integers here and rounded where the FPU would round. Infinity is a value ({@code +inf} parses); NaN isn't. The sign of
 * zero isn't kept, because printing drops it.
 */
public final class LongDouble {
    /** Longer text isn't read as a number. */
    public static final int TEXT_BYTES_MAX = 5 * 1024 - 1;

    private static final int SIGNIFICAND_BITS = 64;

    /** The exponent of the lowest bit of a denormal, and the highest that the lowest bit of a finite value can have. */
    private static final int EXPONENT_MIN = -16445;

    private static final int EXPONENT_MAX = 16320;

    /** Beyond these decimal exponents, with room to spare, a value is infinite or zero whatever its digits. */
    private static final int TEN_EXPONENT_MAX = 5_000;

    private static final int PLACES = 17;
    private static final BigInteger PLACES_FACTOR = BigInteger.TEN.pow(PLACES);

    private static final LongDouble INFINITY = new LongDouble(null, 0, 1);
    private static final LongDouble MINUS_INFINITY = new LongDouble(null, 0, -1);
    private static final LongDouble ZERO = new LongDouble(BigInteger.ZERO, 0, 0);

    /** Signed; null if infinite. The value is significand * 2^exponent. */
    private final BigInteger significand;

    private final int exponent;
    private final int signum;

    private LongDouble(BigInteger significand, int exponent, int signum) {
        this.significand = significand;
        this.exponent = exponent;
        this.signum = signum;
    }

    public static LongDouble of(long value) {
        return round(BigInteger.valueOf(value), 0, false);
    }

    public static LongDouble parse(byte[] text) {
        return parse(text, 0, text.length);
    }

    /**
     * Reads what C's strtold reads, the whole of it: decimal, hexadecimal, infinity, with an optional sign.
     *
     * @return null if it isn't a number, has leading space, overflows to infinity or underflows to zero
     */
    public static LongDouble parse(byte[] text, int offset, int length) {
        if (length <= 0 || length > TEXT_BYTES_MAX) {
            return null;
        }
        int p = offset;
        int end = offset + length;
        boolean negative = text[p] == '-';
        if (negative || text[p] == '+') {
            p++;
        }
        LongDouble magnitude;
        switch (FloatSyntax.of(text, p, end)) {
            case FloatSyntax.INFINITY:
                return negative ? MINUS_INFINITY : INFINITY;
            case FloatSyntax.DECIMAL:
                magnitude = parseDigits(text, p, end, 10, 'e');
                break;
            case FloatSyntax.HEXADECIMAL:
                magnitude = parseDigits(text, p + 2, end, 16, 'p');
                break;
            default:
                return null;
        }
        boolean underflow = magnitude.signum == 0 && FloatSyntax.hasNonZeroDigit(text, p, end);
        if (underflow || !magnitude.isFinite()) {
            return null;
        }
        return negative ? magnitude.negate() : magnitude;
    }

    private static LongDouble parseDigits(
            byte[] text, int from, int end, int radix, int exponentLetter) {
        StringBuilder digits = new StringBuilder(end - from);
        int places = 0;
        boolean point = false;
        int p = from;
        for (; p < end && (text[p] | 0x20) != exponentLetter; p++) {
            if (text[p] == '.') {
                point = true;
            } else {
                digits.append((char) text[p]);
                places += point ? 1 : 0;
            }
        }
        BigInteger value = new BigInteger(digits.toString(), radix);
        long scale = p < end ? parseExponent(text, p + 1, end) : 0;
        if (value.signum() == 0) {
            return ZERO;
        }
        if (radix == 16) {
            long exponent = scale - 4L * places;
            long top = exponent + value.bitLength();
            if (top > 2L * EXPONENT_MAX) {
                return INFINITY;
            }
            return top < 2L * EXPONENT_MIN ? ZERO : round(value, (int) exponent, false);
        }
        scale -= places;
        long magnitude = scale + digits.length();
        if (magnitude < -TEN_EXPONENT_MAX) {
            return ZERO;
        }
        if (scale > TEN_EXPONENT_MAX) {
            return INFINITY;
        }
        return scale >= 0
                ? round(value.multiply(BigInteger.TEN.pow((int) scale)), 0, false)
                : divide(value, BigInteger.TEN.pow((int) -scale));
    }

    private static long parseExponent(byte[] text, int from, int end) {
        boolean negative = text[from] == '-';
        long exponent = 0;
        for (int p = negative || text[from] == '+' ? from + 1 : from; p < end; p++) {
            exponent = Math.min(exponent * 10 + (text[p] - '0'), 1_000_000_000);
        }
        return negative ? -exponent : exponent;
    }

    public boolean isFinite() {
        return significand != null;
    }

    /** The sum, rounded; null if it is not a number (infinity and its opposite). */
    public LongDouble add(LongDouble other) {
        if (!isFinite() || !other.isFinite()) {
            if (!isFinite() && !other.isFinite() && signum != other.signum) {
                return null;
            }
            return isFinite() ? other : this;
        }
        int lower = Math.min(exponent, other.exponent);
        BigInteger sum =
                significand
                        .shiftLeft(exponent - lower)
                        .add(other.significand.shiftLeft(other.exponent - lower));
        return round(sum, lower, false);
    }

    /** Redis' human-friendly text: 17 places behind the point, without trailing zeros, never an exponent. */
    public byte[] format() {
        return toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    @Override
    public String toString() {
        if (!isFinite()) {
            return signum > 0 ? "inf" : "-inf";
        }
        if (signum == 0) {
            return "0";
        }
        BigInteger scaled = significand.multiply(PLACES_FACTOR);
        scaled =
                exponent >= 0
                        ? scaled.shiftLeft(exponent)
                        : shiftRightHalfEven(scaled.abs(), -exponent, false);
        if (scaled.signum() == 0) {
            return "0";
        }
        String digits = new BigDecimal(scaled.abs(), PLACES).stripTrailingZeros().toPlainString();
        return signum < 0 ? "-" + digits : digits;
    }

    private LongDouble negate() {
        return new LongDouble(significand.negate(), exponent, -signum);
    }

    /** The quotient of positive integers, with two bits more than the significand and the rest as a sticky bit. */
    private static LongDouble divide(BigInteger dividend, BigInteger divisor) {
        int shift = Math.max(0, SIGNIFICAND_BITS + 2 - dividend.bitLength() + divisor.bitLength());
        BigInteger[] quotient = dividend.shiftLeft(shift).divideAndRemainder(divisor);
        return round(quotient[0], -shift, quotient[1].signum() != 0);
    }

    /** Rounds value * 2^exponent, and a bit more if {@code sticky}, to a value that a long double can have. */
    private static LongDouble round(BigInteger value, int exponent, boolean sticky) {
        int signum = value.signum();
        BigInteger magnitude = value.abs();
        int drop = Math.max(magnitude.bitLength() - SIGNIFICAND_BITS, EXPONENT_MIN - exponent);
        if (drop > 0) {
            magnitude = shiftRightHalfEven(magnitude, drop, sticky);
            exponent += drop;
        }
        if (magnitude.signum() == 0) {
            return ZERO;
        }
        if (exponent + magnitude.bitLength() > EXPONENT_MAX + SIGNIFICAND_BITS) {
            return signum > 0 ? INFINITY : MINUS_INFINITY;
        }
        return new LongDouble(signum < 0 ? magnitude.negate() : magnitude, exponent, signum);
    }

    private static BigInteger shiftRightHalfEven(BigInteger magnitude, int bits, boolean sticky) {
        BigInteger kept = magnitude.shiftRight(bits);
        if (!magnitude.testBit(bits - 1)) {
            return kept;
        }
        boolean aboveHalf = sticky || magnitude.getLowestSetBit() < bits - 1;
        return aboveHalf || kept.testBit(0) ? kept.add(BigInteger.ONE) : kept;
    }
}
