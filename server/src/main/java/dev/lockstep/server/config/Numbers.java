package dev.lockstep.server.config;

import java.math.BigInteger;
import java.util.Locale;
import java.util.OptionalLong;

/** The ways in which a directive may write a number. */
public final class Numbers {
    private static final BigInteger UNSIGNED_MAX =
            BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE);

    private static final String[] UNITS = {"gb", "mb", "kb"};

    private Numbers() {}

    /** A decimal in its only canonical form: no sign but {@code -}, no leading zero, no blank. */
    static OptionalLong decimal(String text) {
        try {
            long value = Long.parseLong(text);
            return Long.toString(value).equals(text)
                    ? OptionalLong.of(value)
                    : OptionalLong.empty();
        } catch (NumberFormatException e) {
            return OptionalLong.empty();
        }
    }

    /** A decimal that may have blanks before it and a sign, as in the parts of {@code save}. */
    static OptionalLong lenientDecimal(String text) {
        try {
            return OptionalLong.of(Long.parseLong(text.stripLeading()));
        } catch (NumberFormatException e) {
            return OptionalLong.empty();
        }
    }

    static OptionalLong octal(String text) {
        try {
            return OptionalLong.of(text.isEmpty() ? 0 : Long.parseLong(text.stripLeading(), 8));
        } catch (NumberFormatException e) {
            return OptionalLong.empty();
        }
    }

    /**
     * A count of bytes: digits and a unit in any case, {@code b}, {@code k m g} for powers of 1000, {@code kb mb gb}
     * for powers of 1024. No digits count as 0; what doesn't fit becomes the largest unsigned value.
     *
     * @return the bytes as an unsigned 64-bit number
     */
    public static OptionalLong memory(String text) {
        int digits = 0;
        while (digits < text.length() && text.charAt(digits) >= '0' && text.charAt(digits) <= '9') {
            digits++;
        }
        long factor =
                switch (text.substring(digits).toLowerCase(Locale.ROOT)) {
                    case "", "b" -> 1;
                    case "k" -> 1_000;
                    case "kb" -> 1L << 10;
                    case "m" -> 1_000_000;
                    case "mb" -> 1L << 20;
                    case "g" -> 1_000_000_000;
                    case "gb" -> 1L << 30;
                    default -> 0;
                };
        if (factor == 0) {
            return OptionalLong.empty();
        }
        if (digits == 0) {
            return OptionalLong.of(0);
        }
        BigInteger bytes =
                new BigInteger(text.substring(0, digits)).multiply(BigInteger.valueOf(factor));
        return OptionalLong.of(bytes.min(UNSIGNED_MAX).longValue());
    }

    /** The bytes in the largest of gb, mb, kb that divides them, else as plain bytes. */
    static String memoryWithUnit(long bytes) {
        for (int i = 0; bytes != 0 && i < UNITS.length; i++) {
            long unit = 1L << (30 - 10 * i);
            if (Long.remainderUnsigned(bytes, unit) == 0) {
                return Long.toUnsignedString(Long.divideUnsigned(bytes, unit)) + UNITS[i];
            }
        }
        return Long.toUnsignedString(bytes);
    }
}
