package dev.lockstep.persistence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.keyspace.StringValue;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Zipmaps written by hand, and bent ones. Random ones are compared with stock in the whole-server tests. */
class ZipmapTest {
    private static byte[] small() {
        return Bytes.of(3, 1, "a", 2, 0, "bc", 0, 3, 2, "def", "..", 2, "gh", 0, 1, ".", 255);
    }

    private static Map<String, String> pairs(final byte[] a, final int at) {
        final StringValue field = new StringValue();
        final StringValue value = new StringValue();
        final Map<String, String> pairs = new LinkedHashMap<>();
        for (int p = Zipmap.first(a, at); !Zipmap.isEnd(a, p); p = Zipmap.next(a, p)) {
            Zipmap.get(a, p, field, value);
            pairs.put(text(field), text(value));
        }
        return pairs;
    }

    private static String text(final StringValue value) {
        return new String(
                value.array(), value.offset(), value.length(), StandardCharsets.ISO_8859_1);
    }

    @Test
    void readsPairsAndPassesOverFreeBytes() {
        final Map<String, String> expected = Map.of("a", "bc", "", "def", "gh", "");
        final byte[] a = small();
        assertTrue(Zipmap.isValid(a, 0, a.length));
        assertEquals(expected, pairs(a, 0));
        assertEquals(3, Zipmap.count(a, 0));
        final byte[] elsewhere = Bytes.of("...", a, 7);
        assertTrue(Zipmap.isValid(elsewhere, 3, a.length));
        assertEquals(expected, pairs(elsewhere, 3));
    }

    @Test
    void readsAnEmptyOne() {
        final byte[] a = Bytes.of(0, 255);
        assertTrue(Zipmap.isValid(a, 0, 2));
        assertEquals(0, Zipmap.count(a, 0));
        assertEquals(Map.of(), pairs(a, 0));
    }

    @Test
    void readsLongStrings() {
        final byte[] a =
                Bytes.of(
                        1,
                        0xfe,
                        0x2c,
                        1,
                        0,
                        0,
                        Bytes.repeat('f', 300),
                        0xfe,
                        0x20,
                        0x4e,
                        0,
                        0,
                        3,
                        Bytes.repeat('v', 20_000),
                        "...",
                        255);
        assertTrue(Zipmap.isValid(a, 0, a.length));
        assertEquals(Map.of("f".repeat(300), "v".repeat(20_000)), pairs(a, 0));
    }

    @Test
    void refusesLengthsLongerThanTheyNeedBe() {
        for (final int length : new int[] {253, 254}) {
            final byte[] field =
                    Bytes.of(1, 0xfe, length, 0, 0, 0, Bytes.repeat('f', length), 0, 0, 255);
            final byte[] value =
                    Bytes.of(1, 0, 0xfe, length, 0, 0, 0, 0, Bytes.repeat('v', length), 255);
            assertEquals(length == 254, Zipmap.isValid(field, 0, field.length));
            assertEquals(length == 254, Zipmap.isValid(value, 0, value.length));
        }
    }

    @Test
    void takesAnEndMarkForTheLengthOfAValueOnly() {
        final byte[] value = Bytes.of(1, 0, 0xff, 254, 0, 0, 0, 0, Bytes.repeat('v', 254), 255);
        assertTrue(Zipmap.isValid(value, 0, value.length));
        assertEquals(Map.of("", "v".repeat(254)), pairs(value, 0));
        final byte[] field = Bytes.of(1, 0xff, 254, 0, 0, 0, Bytes.repeat('f', 254), 0, 0, 255);
        assertFalse(Zipmap.isValid(field, 0, field.length));
    }

    @Test
    void endsAtItsFirstEndMark() {
        final byte[] a = Bytes.of(1, 1, "f", 1, 0, "v", 255, "rest", 255);
        assertTrue(Zipmap.isValid(a, 0, a.length));
        assertEquals(Map.of("f", "v"), pairs(a, 0));
    }

    @Test
    void countsWhereTheHeaderDoesNot() {
        final byte[] a = small();
        a[0] = (byte) 254;
        assertTrue(Zipmap.isValid(a, 0, a.length));
        assertEquals(3, Zipmap.count(a, 0));
    }

    @Test
    void refusesWhatIsNoZipmap() {
        final byte[] good = small();
        assertFalse(Zipmap.isValid(good, 0, good.length - 1));
        assertFalse(Zipmap.isValid(good, 0, 1));
        final int[][] bent = {
            {0, 2},
            {0, 4},
            {0, 255},
            {1, 2},
            {1, 0xfd},
            {1, 0xfe},
            {1, 0xff},
            {3, 3},
            {3, 0xfe},
            {4, 1},
            {9, 3},
            {15, 1},
            {15, 0xff},
            {18, 1},
            {18, 0xff},
            {19, 0},
            {19, 2}
        };
        for (final int[] change : bent) {
            final byte[] b = good.clone();
            b[change[0]] = (byte) change[1];
            assertFalse(Zipmap.isValid(b, 0, b.length), Arrays.toString(change));
        }
    }

    /** What isValid lets through must be walkable: no exception, no endless loop. */
    @Test
    void whatIsValidCanBeRead() {
        int accepted = 0;
        for (long seed = 0; seed < 200_000; seed++) {
            final SplittableRandom random = new SplittableRandom(seed);
            final byte[] a = small();
            for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
                final int at = random.nextInt(a.length);
                a[at] =
                        (byte)
                                (random.nextBoolean()
                                        ? a[at] ^ 1 << random.nextInt(8)
                                        : random.nextInt(256));
            }
            try {
                if (Zipmap.isValid(a, 0, a.length)) {
                    accepted++;
                    assertTrue(pairs(a, 0).size() <= Zipmap.count(a, 0));
                }
            } catch (final RuntimeException e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
        assertTrue(accepted > 1000, "accepted " + accepted);
    }
}
