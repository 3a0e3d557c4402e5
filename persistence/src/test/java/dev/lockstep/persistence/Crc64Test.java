package dev.lockstep.persistence;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class Crc64Test {
    private static final long POLYNOMIAL = 0xad93d23594c935a9L;

    @Test
    void hasTheKnownCheckValue() {
        final byte[] check = "123456789".getBytes(StandardCharsets.US_ASCII);
        assertEquals(0xe9c6d914c4b8d9caL, Crc64.update(0, check, 0, check.length));
    }

    @Test
    void equalsTheBitwiseDefinitionInPiecesOfAnyLength() {
        final long seed = System.nanoTime();
        final Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            final byte[] bytes = new byte[random.nextInt(300)];
            random.nextBytes(bytes);
            long crc = 0;
            for (int from = 0; from < bytes.length; ) {
                final int piece = 1 + random.nextInt(bytes.length - from);
                crc = Crc64.update(crc, bytes, from, piece);
                from += piece;
            }
            assertEquals(bitwise(bytes), crc, "seed " + seed);
        }
    }

    private static long bitwise(final byte[] bytes) {
        long crc = 0;
        for (final byte b : bytes) {
            for (int bit = 0; bit < 8; bit++) {
                final boolean out = crc < 0;
                crc <<= 1;
                if (out != ((b >>> bit & 1) == 1)) {
                    crc ^= POLYNOMIAL;
                }
            }
        }
        return Long.reverse(crc);
    }
}
