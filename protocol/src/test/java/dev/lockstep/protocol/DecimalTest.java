package dev.lockstep.protocol;

import static dev.lockstep.protocol.Recorded.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DecimalTest {
    private final long seed = Long.getLong("lockstep.seed", System.nanoTime());
    private final Random random = new Random(seed);

    @Test
    void writesAndReadsEveryWidthOfLong() {
        for (int i = 0; i < 20_000; i++) {
            long value = random.nextLong() >> random.nextInt(64);
            checkLong(value);
        }
        long power = 1;
        for (int i = 0; i < 19; i++) {
            for (long value : new long[] {power - 1, power, power + 1}) {
                checkLong(value);
                checkLong(-value);
            }
            power *= 10;
        }
        checkLong(Long.MIN_VALUE);
        checkLong(Long.MAX_VALUE);
    }

    private void checkLong(long value) {
        byte[] bytes = Decimal.toBytes(value);
        assertEquals(Long.toString(value), new String(bytes), "seed " + seed);
        assertEquals(bytes.length, Decimal.digits(value));
        assertTrue(Decimal.isLong(bytes, 0, bytes.length), () -> value + "");
        assertEquals(value, Decimal.parseLong(bytes, 0, bytes.length));
    }

    @Test
    void refusesWhatIsNotACanonicalLong() {
        List<String> refused =
                List.of(
                        "",
                        "-",
                        "+1",
                        " 1",
                        "1 ",
                        "01",
                        "-0",
                        "-01",
                        "1a",
                        "0x1",
                        "1.0",
                        "9223372036854775808",
                        "-9223372036854775809",
                        "18446744073709551615",
                        "99999999999999999999",
                        "100000000000000000000");
        for (String text : refused) {
            assertFalse(Decimal.isLong(bytes(text), 0, text.length()), text);
        }
        BigInteger limit = BigInteger.ONE.shiftLeft(63);
        for (int i = 0; i < 20_000; i++) {
            BigInteger value = new BigInteger(66, random).subtract(limit).subtract(limit);
            String text = value.toString();
            assertEquals(
                    value.bitLength() < 64, Decimal.isLong(bytes(text), 0, text.length()), text);
        }
    }

    @Test
    void readsUnsigned() {
        assertTrue(Decimal.isUnsigned(bytes("18446744073709551615"), 0, 20));
        assertEquals(-1L, Decimal.parseUnsigned(bytes("18446744073709551615"), 0, 20));
        for (String text :
                List.of("18446744073709551616", "-1", "", "00", "123456789012345678901")) {
            assertFalse(Decimal.isUnsigned(bytes(text), 0, text.length()), text);
        }
    }

    @Test
    void writesDoublesLikeRedis() throws Exception {
        for (String[] c : Recorded.cases("double.txt")) {
            assertEquals(c[1], Decimal.toString(Double.longBitsToDouble(Long.parseLong(c[0]))));
        }
        assertEquals("3", Decimal.toString(3));
        assertEquals("0.1", Decimal.toString(0.1));
        assertEquals("-0", Decimal.toString(-0.0));
        assertEquals("1e+21", Decimal.toString(1e21));
        assertEquals("1.5e-10", Decimal.toString(1.5e-10));
        assertEquals("4611686018427387904", Decimal.toString(0x1p62));
        assertEquals("9223372036854776000", Decimal.toString(0x1p63));
        assertEquals("5e-324", Decimal.toString(Double.MIN_VALUE));
        assertEquals("1.7976931348623157e+308", Decimal.toString(Double.MAX_VALUE));
        assertEquals("0.000001", Decimal.toString(1e-6));
        assertEquals("1e-7", Decimal.toString(1e-7));
        assertEquals("inf", Decimal.toString(Double.POSITIVE_INFINITY));
        assertEquals("-inf", Decimal.toString(Double.NEGATIVE_INFINITY));
        assertEquals("nan", Decimal.toString(Double.NaN));
    }

    @Test
    void readsTheNearestDouble() {
        for (int i = 0; i < 400_000; i++) {
            String text = randomNumber();
            assertEquals(
                    Double.parseDouble(text),
                    Decimal.parseDoubleLoosely(bytes(text), 0, text.length()),
                    () -> "seed " + seed + ", " + text);
        }
    }

    /** Doubles, middles between two of them with a digit more or less, and any digits with any exponent. */
    private String randomNumber() {
        double value = Double.longBitsToDouble(random.nextLong() & Long.MAX_VALUE);
        if (!Double.isFinite(value)) {
            return "0";
        }
        switch (random.nextInt(4)) {
            case 0:
                return new BigDecimal(value)
                        .round(new MathContext(random.nextInt(1, 25)))
                        .toString();
            case 1:
                BigDecimal middle =
                        new BigDecimal(
                                        random.nextInt(1 << 20)
                                                * Math.pow(2, random.nextInt(80) - 60))
                                .add(new BigDecimal(Math.ulp(value) / 2));
                return middle.round(new MathContext(random.nextInt(15, 60))).toString();
            case 2:
                double near = random.nextDouble() * Math.pow(2, random.nextInt(100) - 50);
                BigDecimal half = new BigDecimal(near).add(new BigDecimal(Math.ulp(near) / 2));
                BigDecimal less = half.subtract(BigDecimal.ONE.movePointLeft(half.scale() + 1));
                return (random.nextBoolean() ? half : less).toString();
            default:
                return random.nextLong(Long.MAX_VALUE)
                        + (random.nextBoolean() ? "." + random.nextLong(1_000_000) : "")
                        + "e"
                        + (random.nextInt(720) - 360);
        }
    }

    @Test
    void writesSeventeenDigits() {
        assertEquals("0.10000000000000001", text(Decimal.toSeventeenDigits(0.1)));
        assertEquals("1.0000000000000001e-05", text(Decimal.toSeventeenDigits(0.00001)));
        assertEquals("0.0001", text(Decimal.toSeventeenDigits(0.0001)));
        assertEquals("1e+21", text(Decimal.toSeventeenDigits(1e21)));
        assertEquals("10000000000000000", text(Decimal.toSeventeenDigits(1e16)));
        assertEquals(
                "1.2345678901234568e+17", text(Decimal.toSeventeenDigits(123456789012345678d)));
        assertEquals("4.9406564584124654e-324", text(Decimal.toSeventeenDigits(5e-324)));
        assertEquals("-1.5", text(Decimal.toSeventeenDigits(-1.5)));
        assertEquals("-0", text(Decimal.toSeventeenDigits(-0.0)));
        assertEquals("-inf", text(Decimal.toSeventeenDigits(Double.NEGATIVE_INFINITY)));
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    @Test
    void readsWhatStrtodReads() {
        assertEquals(5, loosely(" \t5"));
        assertEquals(0, loosely(""));
        assertEquals(Double.POSITIVE_INFINITY, loosely("1e400"));
        assertEquals(0, loosely("1e-400"));
        assertEquals(-0.5, loosely("-0x1p-1"));
        for (String refused : List.of(" ", "5 ", "nan", "x", "1e", "--1")) {
            assertTrue(Double.isNaN(loosely(refused)), refused);
        }
    }

    private static double loosely(String text) {
        return Decimal.parseDoubleLoosely(bytes(text), 0, text.length());
    }

    @Test
    void everyDoubleReadsBackTheSame() {
        byte[] bytes = new byte[Decimal.DOUBLE_BYTES_MAX];
        for (int i = 0; i < 200_000; i++) {
            double value = Double.longBitsToDouble(random.nextLong());
            if (i % 2 == 0) {
                value = random.nextInt(1_000_000) / 1000.0;
            }
            if (value != value || Double.isInfinite(value)) {
                continue;
            }
            int length = Decimal.writeDouble(value, bytes, 0);
            assertTrue(length <= 25, () -> "seed " + seed);
            assertEquals(value, Decimal.parseDouble(bytes, 0, length), "seed " + seed);
        }
    }

    @Test
    void readsDoublesAsStrtodDoes() {
        assertDouble(1.5, "1.5");
        assertDouble(0.5, ".5");
        assertDouble(5, "+5.");
        assertDouble(7, "007");
        assertDouble(-0.0, "-0");
        assertDouble(1200, "1.2E+3");
        assertDouble(0.125, "0x1p-3");
        assertDouble(1.5, "0X1.8");
        assertDouble(0, "0e99999999999");
        assertDouble(Double.MIN_VALUE, "4.9e-324");
        assertDouble(0.1, "0.1000000000000000055511151231257827");
        assertDouble(Double.POSITIVE_INFINITY, "inf");
        assertDouble(Double.NEGATIVE_INFINITY, "-Infinity");
        for (String text :
                List.of(
                        "", "+", "-", ".", "e5", "1e", "1e+", "1.2.3", " 1", "1 ", "1f", "1d", "0x",
                        "0x.", "0x1p", "nan", "-nan", "infinit", "in", "1e400", "-1e400", "1e-400",
                        "--1", "1\0", "1_0")) {
            assertTrue(Double.isNaN(Decimal.parseDouble(bytes(text), 0, text.length())), text);
        }
    }

    private static void assertDouble(double expected, String text) {
        assertEquals(expected, Decimal.parseDouble(bytes(text), 0, text.length()), text);
    }
}
