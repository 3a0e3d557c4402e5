package dev.lockstep.protocol;

import java.math.BigInteger;

/**
 * The shortest decimal digits that read back as the same double, by Grisu2 (Florian Loitsch, "Printing Floating-Point
 * Numbers Quickly and Accurately with Integers", 2010).
 *
 * <p>Redis 7.2 prints doubles with this algorithm too, and clients see its digits: Grisu2 misses the very shortest form
 * for about one double in a thousand, so an exact algorithm would differ from Redis there. For the same reason the choice
 * among cached powers of ten follows the usual table: one power in eight, from 10^-348 to 10^340.
 *
 * <p>Form: digits d and decimal exponent k (value = d * 10^k). An integer gets up to 7 zeros behind its digits, a
 * fraction is written plainly down to 6 places behind the point or while the value lies between 10^-3 and 10^4; else
 * "1.5e-10", "1e+21", the exponent without padding.
 */
final class ShortestDouble {
    private static final int POWER_FIRST = -348;
    private static final int POWER_STEP = 8;
    private static final int POWER_COUNT = 87;
    private static final int EXPONENT_MIN = -60;
    private static final int EXPONENT_MAX = -32;
    private static final double LOG10_OF_2 = 0.30102999566398114;
    private static final long HIDDEN_BIT = 1L << 52;

    private static final long[] POWER_SIGNIFICANDS = new long[POWER_COUNT];
    private static final int[] POWER_EXPONENTS = new int[POWER_COUNT];
    private static final long[] TENS = new long[19];

    static {
        for (int i = 0; i < POWER_COUNT; i++) {
            cachePower(i, POWER_FIRST + i * POWER_STEP);
        }
        TENS[0] = 1;
        for (int i = 1; i < TENS.length; i++) {
            TENS[i] = TENS[i - 1] * 10;
        }
    }

    private ShortestDouble() {}

    /** Writes a positive, finite double; returns the index behind it. Uses 17 bytes behind that as scratch at most. */
    static int write(double value, byte[] into, int at) {
        long bits = Double.doubleToRawLongBits(value);
        long significand = bits & (HIDDEN_BIT - 1);
        int exponent = (int) (bits >>> 52);
        if (exponent != 0) {
            significand |= HIDDEN_BIT;
            exponent -= 1075;
        } else {
            exponent = -1074;
        }

        int upperShift = Long.numberOfLeadingZeros(2 * significand + 1);
        long upper = (2 * significand + 1) << upperShift;
        int boundaryExponent = exponent - 1 - upperShift;
        int lowerShift = significand == HIDDEN_BIT ? 2 : 1;
        long lower =
                ((significand << lowerShift) - 1) << (exponent - lowerShift - boundaryExponent);
        long middle = significand << Long.numberOfLeadingZeros(significand);

        int power = cachedPower(boundaryExponent);
        long ten = POWER_SIGNIFICANDS[power];
        middle = multiply(middle, ten);
        upper = multiply(upper, ten) - 1;
        lower = multiply(lower, ten) + 1;
        int scaledExponent = boundaryExponent + POWER_EXPONENTS[power] + 64;
        return generate(
                middle,
                upper,
                lower,
                -scaledExponent,
                -(POWER_FIRST + power * POWER_STEP),
                into,
                at);
    }

    /**
     * Digits of {@code upper}, cut off as early as what is left still lies within the interval, then moved towards the
     * value itself. {@code pointBits} is the number of fraction bits of the three scaled numbers.
     */
    private static int generate(
            long middle,
            long upper,
            long lower,
            int pointBits,
            int tenExponent,
            byte[] into,
            int at) {
        long distance = upper - middle;
        long delta = upper - lower;
        long one = 1L << pointBits;
        long integral = upper >>> pointBits;
        long fraction = upper & (one - 1);
        int count = 0;

        for (int kappa = 9; kappa >= 0; kappa--) {
            long divisor = TENS[kappa];
            int digit = (int) (integral / divisor);
            if (digit != 0 || count != 0) {
                into[at + count++] = (byte) ('0' + digit);
            }
            integral -= digit * divisor;
            long rest = (integral << pointBits) + fraction;
            if (Long.compareUnsigned(rest, delta) <= 0) {
                approach(into, at + count - 1, delta, rest, divisor << pointBits, distance);
                return layOut(into, at, count, tenExponent + kappa);
            }
        }
        for (int places = 1; ; places++) {
            fraction *= 10;
            delta *= 10;
            int digit = (int) (fraction >>> pointBits);
            if (digit != 0 || count != 0) {
                into[at + count++] = (byte) ('0' + digit);
            }
            fraction &= one - 1;
            if (Long.compareUnsigned(fraction, delta) < 0) {
                approach(into, at + count - 1, delta, fraction, one, distance * TENS[places]);
                return layOut(into, at, count, tenExponent - places);
            }
        }
    }

    private static void approach(
            byte[] into, int last, long delta, long rest, long unit, long distance) {
        while (Long.compareUnsigned(rest, distance) < 0
                && Long.compareUnsigned(delta - rest, unit) >= 0
                && (Long.compareUnsigned(rest + unit, distance) < 0
                        || Long.compareUnsigned(distance - rest, rest + unit - distance) > 0)) {
            into[last]--;
            rest += unit;
        }
    }

    private static int layOut(byte[] into, int at, int count, int tenExponent) {
        int scientific = tenExponent + count - 1;
        if (tenExponent >= 0 && tenExponent < 8) {
            for (int i = 0; i < tenExponent; i++) {
                into[at + count + i] = '0';
            }
            return at + count + tenExponent;
        }
        if (tenExponent < 0 && (tenExponent > -7 || Math.abs(scientific) < 4)) {
            return layOutFraction(into, at, count, count + tenExponent);
        }
        int end = at + count;
        if (count > 1) {
            System.arraycopy(into, at + 1, into, at + 2, count - 1);
            into[at + 1] = '.';
            end++;
        }
        into[end++] = 'e';
        into[end++] = (byte) (scientific < 0 ? '-' : '+');
        return Decimal.write(Math.abs(scientific), into, end);
    }

    private static int layOutFraction(byte[] into, int at, int count, int integralDigits) {
        if (integralDigits > 0) {
            System.arraycopy(
                    into,
                    at + integralDigits,
                    into,
                    at + integralDigits + 1,
                    count - integralDigits);
            into[at + integralDigits] = '.';
            return at + count + 1;
        }
        int shift = 2 - integralDigits;
        System.arraycopy(into, at, into, at + shift, count);
        for (int i = 0; i < shift; i++) {
            into[at + i] = '0';
        }
        into[at + 1] = '.';
        return at + shift + count;
    }

    private static int cachedPower(int exponent) {
        int approximate = (int) (-(exponent + POWER_COUNT) * LOG10_OF_2);
        int index = (approximate - POWER_FIRST) / POWER_STEP;
        while (true) {
            int scaled = exponent + POWER_EXPONENTS[index] + 64;
            if (scaled < EXPONENT_MIN) {
                index++;
            } else if (scaled > EXPONENT_MAX) {
                index--;
            } else {
                return index;
            }
        }
    }

    /** The upper half of the 128-bit product, rounded. */
    private static long multiply(long a, long b) {
        long high = Math.multiplyHigh(a, b) + ((a >> 63) & b) + ((b >> 63) & a);
        return high + ((a * b) >>> 63);
    }

    private static void cachePower(int index, int power) {
        BigInteger magnitude = BigInteger.TEN.pow(Math.abs(power));
        int exponent;
        BigInteger significand;
        if (power >= 0) {
            exponent = magnitude.bitLength() - 64;
            significand =
                    exponent <= 0
                            ? magnitude.shiftLeft(-exponent)
                            : roundedShift(magnitude, exponent);
        } else {
            exponent = -(magnitude.bitLength() + 63);
            BigInteger twice = BigInteger.ONE.shiftLeft(1 - exponent).divide(magnitude);
            significand = twice.add(BigInteger.ONE).shiftRight(1);
        }
        assert significand.bitLength() == 64 : power;
        POWER_SIGNIFICANDS[index] = significand.longValue();
        POWER_EXPONENTS[index] = exponent;
    }

    private static BigInteger roundedShift(BigInteger value, int bits) {
        return value.shiftRight(bits - 1).add(BigInteger.ONE).shiftRight(1);
    }
}
