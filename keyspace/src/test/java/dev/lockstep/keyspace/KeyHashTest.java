package dev.lockstep.keyspace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class KeyHashTest {
    private static final long MASK = -1L;

    /** SipHash with any number of rounds, written from the paper's description, one byte and one step at a time. */
    private static long plainSipHash(int c, int d, long k0, long k1, byte[] message) {
        long[] v = {
            k0 ^ 0x736f6d6570736575L,
            k1 ^ 0x646f72616e646f6dL,
            k0 ^ 0x6c7967656e657261L,
            k1 ^ 0x7465646279746573L
        };
        int words = message.length / 8 + 1;
        for (int w = 0; w < words; w++) {
            long word = 0;
            for (int b = 0; b < 8; b++) {
                int at = w * 8 + b;
                long next = at < message.length ? message[at] & 0xffL : 0;
                if (w == words - 1 && b == 7) {
                    next = message.length & 0xffL;
                }
                word |= next << 8 * b;
            }
            v[3] ^= word;
            rounds(v, c);
            v[0] ^= word;
        }
        v[2] ^= 0xff;
        rounds(v, d);
        return (v[0] ^ v[1] ^ v[2] ^ v[3]) & MASK;
    }

    private static void rounds(long[] v, int count) {
        for (int i = 0; i < count; i++) {
            half(v, 0, 1, 13, true);
            half(v, 2, 3, 16, false);
            half(v, 0, 3, 21, false);
            half(v, 2, 1, 17, true);
        }
    }

    private static void half(long[] v, int a, int b, int shift, boolean turn) {
        v[a] += v[b];
        v[b] = v[b] << shift | v[b] >>> 64 - shift;
        v[b] ^= v[a];
        if (turn) {
            v[a] = v[a] << 32 | v[a] >>> 32;
        }
    }

    /** The paper's own example (key 00..0f, message 00..0e) proves the plain version, with the paper's 2-4 rounds. */
    @Test
    void thePlainVersionGivesThePapersResult() {
        byte[] message = new byte[15];
        for (int i = 0; i < message.length; i++) {
            message[i] = (byte) i;
        }
        assertEquals(
                0xa129ca6149be45e5L,
                plainSipHash(2, 4, 0x0706050403020100L, 0x0f0e0d0c0b0a0908L, message));
    }

    @Test
    void oneThreeRoundsAgreeWithThePlainVersionAtEveryLengthAndOffset() {
        SplittableRandom random = new SplittableRandom(11);
        for (int length = 0; length < 600; length++) {
            byte[] message = new byte[length];
            random.nextBytes(message);
            long k0 = random.nextLong();
            long k1 = random.nextLong();
            long expected = plainSipHash(1, 3, k0, k1, message);
            int offset = random.nextInt(20);
            byte[] around = new byte[offset + length + random.nextInt(3)];
            random.nextBytes(around);
            System.arraycopy(message, 0, around, offset, length);
            assertEquals(expected, KeyHash.sip13(k0, k1, around, offset, length), "at " + length);
        }
    }

    @Test
    void theHashOfAKeyDependsOnItsBytesOnly() {
        byte[] one = "xxuser:1000yy".getBytes();
        byte[] other = "user:1000".getBytes();
        assertEquals(KeyHash.of(other, 0, 9), KeyHash.of(one, 2, 9));
        assertNotEquals(KeyHash.of(other, 0, 9), KeyHash.of(one, 1, 9));
    }
}
