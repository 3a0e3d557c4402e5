package dev.lockstep.persistence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.keyspace.StringValue;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Ziplists written by hand, and bent ones. Random ones are compared with stock in the whole-server tests. */
class ZiplistTest {
    private static byte[] ziplist(final int count, final int tail, final byte[] entries) {
        final int bytes = Ziplist.HEADER_BYTES + entries.length + 1;
        return Bytes.of(
                bytes & 255,
                bytes >> 8 & 255,
                bytes >> 16,
                0,
                tail & 255,
                tail >> 8 & 255,
                tail >> 16,
                0,
                count & 255,
                count >> 8,
                entries,
                255);
    }

    /** Every encoding once; 10 entries, the last at offset 49. */
    private static byte[] mixed() {
        return ziplist(
                10,
                49,
                Bytes.of(
                        0, 0xf1, 2, 0xfd, 2, 0xfe, 0x80, 3, 0xc0, 0x00, 0x80, 4, 0xf0, 0x00, 0x00,
                        0x80, 5, 0xd0, 0x00, 0x00, 0x00, 0x80, 6, 0xe0, 0, 0, 0, 0, 0, 0, 0, 0x80,
                        10, 0x01, "x", 3, 0x40, 0x01, "y", 4, 0x80, 0, 0, 0, 1, "z"));
    }

    private static final List<String> MIXED =
            List.of(
                    "0",
                    "12",
                    "-128",
                    "-32768",
                    "-8388608",
                    "-2147483648",
                    "-9223372036854775808",
                    "x",
                    "y",
                    "z");

    private static List<String> elements(final byte[] a, final int at) {
        final StringValue value = new StringValue();
        final List<String> elements = new ArrayList<>();
        for (int p = Ziplist.first(a, at); !Ziplist.isEnd(a, p); p = Ziplist.next(a, p)) {
            Ziplist.get(a, p, value);
            elements.add(
                    new String(
                            value.array(),
                            value.offset(),
                            value.length(),
                            StandardCharsets.ISO_8859_1));
        }
        return elements;
    }

    @Test
    void readsEveryEncoding() {
        final byte[] a = mixed();
        assertTrue(Ziplist.isValid(a, 0, a.length));
        assertEquals(MIXED, elements(a, 0));
        assertEquals(10, Ziplist.count(a, 0));
        final byte[] elsewhere = Bytes.of("...", a, 7);
        assertTrue(Ziplist.isValid(elsewhere, 3, a.length));
        assertEquals(MIXED, elements(elsewhere, 3));
    }

    @Test
    void readsAnEmptyOne() {
        final byte[] a = ziplist(0, 10, new byte[0]);
        assertTrue(Ziplist.isValid(a, 0, a.length));
        assertEquals(List.of(), elements(a, 0));
        assertEquals(0, Ziplist.count(a, 0));
    }

    @Test
    void readsLongEntriesAndTheirSizes() {
        final byte[] run = Bytes.repeat('r', 300);
        final byte[] large = Bytes.repeat('l', 20_000);
        final byte[] a =
                ziplist(
                        3,
                        10 + 303 + 20_010,
                        Bytes.of(
                                0, 0x41, 300 - 256, run, 0xfe, 303 - 256, 1, 0, 0, 0x80, 0, 0, 0x4e,
                                0x20, large, 0xfe, 0x2a, 0x4e, 0, 0, 0xf2));
        assertTrue(Ziplist.isValid(a, 0, a.length));
        assertEquals(List.of("r".repeat(300), "l".repeat(20_000), "1"), elements(a, 0));
    }

    @Test
    void takesASmallSizeInTheLargeForm() {
        final byte[] a = ziplist(2, 12, Bytes.of(0, 0xf2, 0xfe, 2, 0, 0, 0, 0xf3));
        assertTrue(Ziplist.isValid(a, 0, a.length));
        assertEquals(List.of("1", "2"), elements(a, 0));
    }

    @Test
    void countsWhereTheHeaderDoesNot() {
        final byte[] a = mixed();
        a[8] = -1;
        a[9] = -1;
        assertTrue(Ziplist.isValid(a, 0, a.length));
        assertEquals(10, Ziplist.count(a, 0));
    }

    @Test
    void refusesWhatIsNoZiplist() {
        final byte[] good = ziplist(3, 16, Bytes.of(0, 2, "ab", 4, 0xf1, 2, 0xc0, 1, 2));
        assertTrue(Ziplist.isValid(good, 0, good.length));
        assertFalse(Ziplist.isValid(good, 0, good.length - 1));
        assertFalse(Ziplist.isValid(new byte[10], 0, 10));
        final int[][] bent = {
            {0, 22},
            {4, 14},
            {4, 17},
            {8, 2},
            {8, 4},
            {10, 1},
            {10, 0xff},
            {10, 0xfe},
            {11, 3},
            {11, 0x3f},
            {11, 0x7f},
            {11, 0x80},
            {11, 0xc1},
            {14, 3},
            {14, 0xfe},
            {14, 0xff},
            {15, 0xff},
            {15, 0xef},
            {15, 0xf0},
            {17, 0xe0},
            {17, 0xf0},
            {20, 0}
        };
        for (final int[] change : bent) {
            final byte[] b = good.clone();
            b[change[0]] = (byte) change[1];
            assertFalse(Ziplist.isValid(b, 0, b.length), Arrays.toString(change));
        }
    }

    /** What isValid lets through must be walkable: no exception, no endless loop. */
    @Test
    void whatIsValidCanBeRead() {
        int accepted = 0;
        for (long seed = 0; seed < 200_000; seed++) {
            final SplittableRandom random = new SplittableRandom(seed);
            final byte[] a = mixed();
            for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
                final int at = random.nextInt(a.length);
                a[at] =
                        (byte)
                                (random.nextBoolean()
                                        ? a[at] ^ 1 << random.nextInt(8)
                                        : random.nextInt(256));
            }
            try {
                if (Ziplist.isValid(a, 0, a.length)) {
                    accepted++;
                    assertEquals(Ziplist.count(a, 0), elements(a, 0).size());
                }
            } catch (final RuntimeException e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
        assertTrue(accepted > 1000, "accepted " + accepted);
    }
}
