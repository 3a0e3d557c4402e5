package dev.lockstep.server.hyperloglog;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The bytes of a HyperLogLog, as Redis keeps it in a string: a header and {@value #REGISTERS} registers.
 *
 * <pre>
 *   0        4          5          8                16
 *   +--------+----------+----------+----------------+-----------------------
 *   | "HYLL" | encoding | unused 3 | cardinality, 8 | registers ...
 *   +--------+----------+----------+----------------+-----------------------
 * </pre>
 *
 * <p>The encoding is 0 for {@linkplain DenseRegisters dense} registers, 1 for {@linkplain SparseOpcode sparse} ones. The
 * cardinality is the last estimate, little-endian; its highest bit says that registers were changed since. All methods take
 * the array that the string lies in and its offset there.
 */
public final class HyperLogLogLayout {
    public static final int REGISTER_BITS = 14;
    public static final int REGISTERS = 1 << REGISTER_BITS;

    /** The most that a register can become: the hash has so many bits beyond those that choose the register, and one. */
    public static final int MAX_RANK = Long.SIZE - REGISTER_BITS + 1;

    public static final int HEADER_BYTES = 16;
    public static final int DENSE_BYTES = HEADER_BYTES + DenseRegisters.BYTES;

    /** A sparse HyperLogLog of nothing: one opcode for all the registers. */
    public static final int EMPTY_BYTES = HEADER_BYTES + SparseOpcode.XZERO_BYTES;

    private static final int MAGIC = 'H' | 'Y' << 8 | 'L' << 16 | 'L' << 24;
    private static final int ENCODING = 4;
    private static final int CARDINALITY = 8;
    private static final byte DENSE = 0;
    private static final byte SPARSE = 1;
    private static final long OUTDATED = Long.MIN_VALUE;

    private static final VarHandle INT =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private HyperLogLogLayout() {}

    /** Whether a string can be a HyperLogLog; its sparse registers may still be corrupt. */
    public static boolean isHyperLogLog(byte[] array, int offset, int length) {
        return length >= HEADER_BYTES
                && (int) INT.get(array, offset) == MAGIC
                && (array[offset + ENCODING] == SPARSE
                        || array[offset + ENCODING] == DENSE && length == DENSE_BYTES);
    }

    public static boolean isSparse(byte[] array, int offset) {
        return array[offset + ENCODING] == SPARSE;
    }

    /** Makes {@link #EMPTY_BYTES} of zeros a HyperLogLog of nothing. */
    public static void writeEmpty(byte[] array, int offset) {
        INT.set(array, offset, MAGIC);
        array[offset + ENCODING] = SPARSE;
        SparseOpcode.putZeros(array, offset + HEADER_BYTES, REGISTERS);
    }

    /** Copies a header, all but its encoding, to the beginning of a dense HyperLogLog. */
    public static void writeDenseHeader(byte[] from, int fromOffset, byte[] to) {
        System.arraycopy(from, fromOffset, to, 0, HEADER_BYTES);
        to[ENCODING] = DENSE;
    }

    /** Whether {@link #cardinality} is that of the registers. */
    public static boolean knowsCardinality(byte[] array, int offset) {
        return (long) LONG.get(array, offset + CARDINALITY) >= 0;
    }

    public static long cardinality(byte[] array, int offset) {
        return (long) LONG.get(array, offset + CARDINALITY);
    }

    public static void cardinality(byte[] array, int offset, long estimate) {
        LONG.set(array, offset + CARDINALITY, estimate);
    }

    /** Notes that registers were changed. */
    public static void outdateCardinality(byte[] array, int offset) {
        cardinality(array, offset, cardinality(array, offset) | OUTDATED);
    }
}
