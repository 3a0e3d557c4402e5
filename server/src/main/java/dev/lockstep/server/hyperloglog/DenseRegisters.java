package dev.lockstep.server.hyperloglog;

/**
 * Dense registers: 6 bits each, the first in the lowest bits of the first byte, so that three bytes hold four.
 *
 * <pre>
 *   byte 0     byte 1     byte 2     byte 3 ...
 *   11000000   22221111   33333322   55444444    each bit named by its register
 * </pre>
 *
 * <p>All methods take the array and the offset where the registers begin.
 */
public final class DenseRegisters {
    private static final int BITS = 6;
    private static final int MAX = (1 << BITS) - 1;
    private static final int FOUR_BYTES = 3;

    public static final int BYTES = HyperLogLogLayout.REGISTERS * BITS / Byte.SIZE;

    private DenseRegisters() {}

    public static int get(byte[] array, int offset, int register) {
        int at = offset + (register >> 2) * FOUR_BYTES;
        return four(array, at) >> (register & 3) * BITS & MAX;
    }

    public static void set(byte[] array, int offset, int register, int value) {
        int at = offset + (register >> 2) * FOUR_BYTES;
        int shift = (register & 3) * BITS;
        putFour(array, at, four(array, at) & ~(MAX << shift) | value << shift);
    }

    /** Counts how many registers there are of each value. */
    static void count(byte[] array, int offset, int[] counts) {
        for (int at = offset, end = offset + BYTES; at < end; at += FOUR_BYTES) {
            int four = four(array, at);
            counts[four & MAX]++;
            counts[four >> BITS & MAX]++;
            counts[four >> 2 * BITS & MAX]++;
            counts[four >> 3 * BITS]++;
        }
    }

    /** Raises each of some registers, a byte each, to what it is here. */
    static void raise(byte[] array, int offset, byte[] registers) {
        for (int at = offset, i = 0; i < registers.length; at += FOUR_BYTES, i += 4) {
            int four = four(array, at);
            registers[i] = (byte) Math.max(registers[i], four & MAX);
            registers[i + 1] = (byte) Math.max(registers[i + 1], four >> BITS & MAX);
            registers[i + 2] = (byte) Math.max(registers[i + 2], four >> 2 * BITS & MAX);
            registers[i + 3] = (byte) Math.max(registers[i + 3], four >> 3 * BITS);
        }
    }

    /** Writes registers that are a byte each. */
    static void put(byte[] array, int offset, byte[] registers) {
        for (int at = offset, i = 0; i < registers.length; at += FOUR_BYTES, i += 4) {
            int two = registers[i] | registers[i + 1] << BITS;
            putFour(array, at, two | registers[i + 2] << 2 * BITS | registers[i + 3] << 3 * BITS);
        }
    }

    private static int four(byte[] array, int at) {
        return array[at] & 0xff | (array[at + 1] & 0xff) << 8 | (array[at + 2] & 0xff) << 16;
    }

    private static void putFour(byte[] array, int at, int four) {
        array[at] = (byte) four;
        array[at + 1] = (byte) (four >> 8);
        array[at + 2] = (byte) (four >> 16);
    }
}
