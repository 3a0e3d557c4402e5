package dev.lockstep.server.command;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** Bits gives what one bit after the other gives, at any offset and length. */
class BitsTest {
    private static final int ROUNDS = 5_000;

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);

    private byte[] array;
    private int offset;
    private int length;

    private void slice() {
        array = new byte[random.nextInt(120) + 1];
        int kind = random.nextInt(3);
        for (int i = 0; i < array.length; i++) {
            array[i] = (byte) (kind == 0 ? random.nextInt() : kind == 1 ? 0 : -1);
        }
        array[random.nextInt(array.length)] ^= (byte) (1 << random.nextInt(8));
        offset = random.nextInt(array.length);
        length = random.nextInt(array.length - offset) + 1;
    }

    private static int bit(byte[] array, int offset, long bit) {
        return array[offset + (int) (bit >> 3)] >> 7 - (bit & 7) & 1;
    }

    private String at(int round) {
        return "seed " + seed + ", round " + round;
    }

    @Test
    void countsBits() {
        for (int round = 0; round < ROUNDS; round++) {
            slice();
            long expected = 0;
            for (int i = 0; i < 8 * length; i++) {
                expected += bit(array, offset, i);
            }
            assertEquals(expected, Bits.count(array, offset, length), at(round));
        }
    }

    @Test
    void findsBits() {
        for (int round = 0; round < ROUNDS; round++) {
            slice();
            long first = random.nextInt(8 * length);
            long end = first + 1 + random.nextInt((int) (8 * length - first));
            boolean set = random.nextBoolean();
            long expected = first;
            while (expected < end && bit(array, offset, expected) != (set ? 1 : 0)) {
                expected++;
            }
            assertEquals(
                    expected == end ? -1 : expected,
                    Bits.find(array, offset, first, end, set),
                    at(round));
        }
    }

    @Test
    void combinesBytes() {
        for (int round = 0; round < ROUNDS; round++) {
            slice();
            byte[] other = new byte[length + 3];
            random.nextBytes(other);
            byte[] and = array.clone();
            byte[] or = array.clone();
            byte[] xor = array.clone();
            byte[] not = array.clone();
            Bits.and(and, offset, other, 3, length);
            Bits.or(or, offset, other, 3, length);
            Bits.xor(xor, offset, other, 3, length);
            Bits.not(not, offset, length);
            for (int i = 0; i < array.length; i++) {
                boolean within = i >= offset && i < offset + length;
                int by = within ? other[i - offset + 3] : 0;
                assertEquals((byte) (within ? array[i] & by : array[i]), and[i], at(round));
                assertEquals((byte) (within ? array[i] | by : array[i]), or[i], at(round));
                assertEquals((byte) (within ? array[i] ^ by : array[i]), xor[i], at(round));
                assertEquals((byte) (within ? ~array[i] : array[i]), not[i], at(round));
            }
        }
    }

    @Test
    void readsAndWritesNumbersOfAnyWidth() {
        for (int round = 0; round < ROUNDS; round++) {
            slice();
            int bits = 1 + random.nextInt(64);
            long at = random.nextInt(8 * length + 80);
            long expected = 0;
            for (int i = 0; i < bits; i++) {
                long there = at + i < 8L * length ? bit(array, offset, at + i) : 0;
                expected = expected << 1 | there;
            }
            assertEquals(expected, Bits.get(array, offset, length, at, bits), at(round));
            if (at + bits > 8L * length) {
                continue;
            }
            long number = random.nextLong();
            byte[] written = array.clone();
            byte[] expectedArray = array.clone();
            Bits.put(written, offset, at, bits, number);
            for (int i = 0; i < bits; i++) {
                int index = offset + (int) (at + i >> 3);
                int mask = 1 << 7 - (int) (at + i & 7);
                boolean on = (number >>> bits - 1 - i & 1) == 1;
                expectedArray[index] =
                        (byte) (on ? expectedArray[index] | mask : expectedArray[index] & ~mask);
            }
            assertArrayEquals(expectedArray, written, at(round));
        }
    }
}
