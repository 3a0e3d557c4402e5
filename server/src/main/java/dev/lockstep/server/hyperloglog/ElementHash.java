package dev.lockstep.server.hyperloglog;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The hash of an element, and what HyperLogLog makes of it: the lowest bits choose a register, and the rank is how many of
 * the others come before the first that is set, and one.
 *
 * <p>The hash is MurmurHash64A by Austin Appleby (public domain), with the seed that Redis uses and for little-endian words
 * on any machine: HyperLogLogs are the same everywhere.
 */
public final class ElementHash {
    private static final long SEED = 0xadc83b19L;
    private static final long MULTIPLIER = 0xc6a4a7935bd1e995L;
    private static final int SHIFT = 47;

    private static final VarHandle WORD =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private ElementHash() {}

    public static long of(byte[] array, int offset, int length) {
        long hash = SEED ^ length * MULTIPLIER;
        int end = offset + length;
        int at = offset;
        for (; at <= end - Long.BYTES; at += Long.BYTES) {
            long word = (long) WORD.get(array, at) * MULTIPLIER;
            word = (word ^ word >>> SHIFT) * MULTIPLIER;
            hash = (hash ^ word) * MULTIPLIER;
        }
        if (at < end) {
            long rest = 0;
            for (int i = end - 1; i >= at; i--) {
                rest = rest << Byte.SIZE | array[i] & 0xff;
            }
            hash = (hash ^ rest) * MULTIPLIER;
        }
        hash = (hash ^ hash >>> SHIFT) * MULTIPLIER;
        return hash ^ hash >>> SHIFT;
    }

    public static int register(long hash) {
        return (int) hash & HyperLogLogLayout.REGISTERS - 1;
    }

    /** 1 to {@link HyperLogLogLayout#MAX_RANK}. */
    public static int rank(long hash) {
        long rest = hash >>> HyperLogLogLayout.REGISTER_BITS;
        return Math.min(Long.numberOfTrailingZeros(rest) + 1, HyperLogLogLayout.MAX_RANK);
    }
}
