package dev.lockstep.persistence;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LzfTest {
    private final Lzf lzf = new Lzf();

    @Test
    void givesBackWhatItCompressed() {
        final long seed = System.nanoTime();
        final Random random = new Random(seed);
        int compressed = 0;
        for (int round = 0; round < 3000; round++) {
            final int length =
                    random.nextInt(50) == 0 ? random.nextInt(300_000) : random.nextInt(600);
            final byte[] plain = text(random, length + 10);
            final int packed = lzf.compress(plain, 5, length);
            if (packed == 0) {
                continue;
            }
            compressed++;
            assertTrue(packed <= length - 4, "seed " + seed);
            final byte[] out = new byte[length + 2];
            assertTrue(Lzf.decompress(lzf.output(), 0, packed, out, 1, length), "seed " + seed);
            assertArrayEquals(
                    Arrays.copyOfRange(plain, 5, 5 + length),
                    Arrays.copyOfRange(out, 1, 1 + length),
                    "seed " + seed);
            assertEquals(0, out[0]);
            assertEquals(0, out[length + 1]);
        }
        assertTrue(compressed > 500, "seed " + seed + ": compressed " + compressed);
    }

    @Test
    void declinesWhatDoesNotShrink() {
        final byte[] noise = new byte[200_000];
        new Random(1).nextBytes(noise);
        assertEquals(0, lzf.compress(noise, 0, 100));
        assertEquals(0, lzf.compress(noise, 0, noise.length));
    }

    @Test
    void findsWhatShrinksBehindNoise() {
        final byte[] plain = new byte[100_000];
        new Random(1).nextBytes(plain);
        for (int i = 50_000; i < plain.length; i++) {
            plain[i] = (byte) "a sentence that comes again and again; ".charAt(i % 39);
        }
        final int packed = lzf.compress(plain, 0, plain.length);
        assertTrue(packed > 50_000 && packed < 53_000, "packed " + packed);
    }

    @Test
    void compressesLongRunsOfAnyLength() {
        for (int length = 65_500; length < 65_700; length++) {
            final byte[] plain = Bytes.repeat('a', length);
            final int packed = lzf.compress(plain, 0, length);
            assertTrue(packed > 0 && packed < 1000, "length " + length + " packed " + packed);
            final byte[] out = new byte[length];
            assertTrue(Lzf.decompress(lzf.output(), 0, packed, out, 0, length));
            assertArrayEquals(plain, out);
        }
    }

    @Test
    void refusesWhatReachesOutside() {
        assertFalse(decompress(Bytes.of(4, "ab"), 5), "fewer literals than announced");
        assertFalse(decompress(Bytes.of(1, "ab"), 1), "more literals than room");
        assertFalse(decompress(Bytes.of(0, "a", 0x20, 1), 4), "back beyond the start");
        assertFalse(decompress(Bytes.of(0, "a", 0x20), 4), "half a reference");
        assertFalse(decompress(Bytes.of(0, "a", 0xe0, 1), 11), "half a long reference");
        assertFalse(decompress(Bytes.of(0, "a", 0x20, 0), 3), "a run longer than the room");
        assertFalse(decompress(Bytes.of(0, "a"), 2), "too little");
        assertTrue(decompress(Bytes.of(0, "a", 0x20, 0), 4));
        assertTrue(decompress(Bytes.of(0, "a", 0xe0, 255, 0), 265));
    }

    @Test
    void survivesNoise() {
        final long seed = System.nanoTime();
        final Random random = new Random(seed);
        int accepted = 0;
        for (int round = 0; round < 20_000; round++) {
            final byte[] noise = new byte[1 + random.nextInt(40)];
            random.nextBytes(noise);
            if (random.nextBoolean()) {
                noise[0] = (byte) random.nextInt(4);
            }
            if (decompress(noise, random.nextInt(100))) {
                accepted++;
            }
        }
        assertTrue(accepted < 20_000, "seed " + seed);
    }

    private static boolean decompress(final byte[] in, final int length) {
        return Lzf.decompress(in, 0, in.length, new byte[length], 0, length);
    }

    /** From repeating letters to noise. */
    static byte[] text(final Random random, final int length) {
        final byte[] text = new byte[length];
        final int letters = 1 << random.nextInt(9);
        final int copyPercent = random.nextInt(100);
        for (int i = 0; i < length; i++) {
            text[i] =
                    i > 20 && random.nextInt(100) < copyPercent
                            ? text[i - 1 - random.nextInt(20)]
                            : (byte) random.nextInt(letters);
        }
        return text;
    }
}
