package dev.lockstep.server.hyperloglog;

/**
 * One opcode of sparse registers. Each stands for a run of equal registers; one behind the other they cover all of them.
 *
 * <pre>
 *   ZERO    00nnnnnn             n + 1 registers of 0: 1 to 64
 *   XZERO   01nnnnnn nnnnnnnn    n + 1 registers of 0, the higher bits first: 1 to 16,384
 *   VAL     1vvvvvnn             n + 1 registers of v + 1: 1 to 4 of 1 to 32
 * </pre>
 */
public final class SparseOpcode {
    static final int MAX_ZERO_SPAN = 64;
    static final int MAX_VALUE = 32;
    static final int MAX_VALUE_SPAN = 4;
    static final int XZERO_BYTES = 2;

    private static final int KIND = 0xc0;
    private static final int XZERO = 0x40;
    private static final int VAL = 0x80;

    private SparseOpcode() {}

    public static boolean isValue(byte opcode) {
        return (opcode & VAL) != 0;
    }

    public static boolean isXzero(byte opcode) {
        return (opcode & KIND) == XZERO;
    }

    /** How long the opcode is that begins with this byte. */
    public static int bytes(byte opcode) {
        return isXzero(opcode) ? XZERO_BYTES : 1;
    }

    /** The value of the opcode's registers. */
    public static int value(byte opcode) {
        return isValue(opcode) ? (opcode >> 2 & 31) + 1 : 0;
    }

    /** How many registers an opcode covers; one of two bytes must be there in full. */
    public static int span(byte[] array, int at) {
        byte opcode = array[at];
        if (isValue(opcode)) {
            return (opcode & 3) + 1;
        }
        return (isXzero(opcode) ? (opcode & 63) << 8 | array[at + 1] & 0xff : opcode & 63) + 1;
    }

    static byte ofValue(int value, int span) {
        return (byte) (VAL | value - 1 << 2 | span - 1);
    }

    /** Writes the shorter opcode that covers so many registers of 0; returns how long it is. */
    static int putZeros(byte[] array, int at, int span) {
        if (span <= MAX_ZERO_SPAN) {
            array[at] = (byte) (span - 1);
            return 1;
        }
        array[at] = (byte) (XZERO | span - 1 >> 8);
        array[at + 1] = (byte) (span - 1);
        return XZERO_BYTES;
    }
}
