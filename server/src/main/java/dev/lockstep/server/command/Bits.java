package dev.lockstep.server.command;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Bits of slices of arrays, eight bytes at a time. Bit 0 of a slice is the highest of its first byte, as Redis counts.
 */
final class Bits {
    private static final VarHandle WORD =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private Bits() {}

    /** How many bits of a slice are set. */
    static long count(byte[] array, int offset, int length) {
        int at = offset;
        int end = offset + length;
        long count = 0;
        for (int last = end - 31; at < last; at += 32) {
            count +=
                    Long.bitCount((long) WORD.get(array, at))
                            + Long.bitCount((long) WORD.get(array, at + 8))
                            + Long.bitCount((long) WORD.get(array, at + 16))
                            + Long.bitCount((long) WORD.get(array, at + 24));
        }
        for (; at < end; at++) {
            count += Integer.bitCount(array[at] & 0xff);
        }
        return count;
    }

    /**
     * The first bit from {@code firstBit} on, before {@code endBit}, that is set, or clear, or -1. Bits are counted from
     * the slice's beginning.
     */
    static long find(byte[] array, int offset, long firstBit, long endBit, boolean set) {
        int flip = set ? 0 : -1;
        int at = offset + (int) (firstBit >>> 3);
        int end = offset + (int) (endBit + 7 >>> 3);
        int first = (array[at] ^ flip) & 0xff >>> (firstBit & 7);
        if (first == 0) {
            at = skip(array, at + 1, end, flip);
            if (at == end) {
                return -1;
            }
            first = (array[at] ^ flip) & 0xff;
        }
        long found = ((long) (at - offset) << 3) + Integer.numberOfLeadingZeros(first) - 24;
        return found < endBit ? found : -1;
    }

    /** The first byte from {@code at} on that is not all ones (or, with a {@code flip} of 0, all zeros), or {@code end}. */
    private static int skip(byte[] array, int at, int end, int flip) {
        long word = flip;
        while (at <= end - 32
                && (long) WORD.get(array, at) == word
                && (long) WORD.get(array, at + 8) == word
                && (long) WORD.get(array, at + 16) == word
                && (long) WORD.get(array, at + 24) == word) {
            at += 32;
        }
        while (at <= end - 8 && (long) WORD.get(array, at) == word) {
            at += 8;
        }
        while (at < end && array[at] == (byte) flip) {
            at++;
        }
        return at;
    }

    /** {@code into &= from}, over {@code length} bytes. */
    static void and(byte[] into, int at, byte[] from, int offset, int length) {
        int i = 0;
        for (int last = length - 7; i < last; i += 8) {
            long word = (long) WORD.get(into, at + i) & (long) WORD.get(from, offset + i);
            WORD.set(into, at + i, word);
        }
        for (; i < length; i++) {
            into[at + i] &= from[offset + i];
        }
    }

    /** {@code into |= from}, over {@code length} bytes. */
    static void or(byte[] into, int at, byte[] from, int offset, int length) {
        int i = 0;
        for (int last = length - 7; i < last; i += 8) {
            long word = (long) WORD.get(into, at + i) | (long) WORD.get(from, offset + i);
            WORD.set(into, at + i, word);
        }
        for (; i < length; i++) {
            into[at + i] |= from[offset + i];
        }
    }

    /** {@code into ^= from}, over {@code length} bytes. */
    static void xor(byte[] into, int at, byte[] from, int offset, int length) {
        int i = 0;
        for (int last = length - 7; i < last; i += 8) {
            long word = (long) WORD.get(into, at + i) ^ (long) WORD.get(from, offset + i);
            WORD.set(into, at + i, word);
        }
        for (; i < length; i++) {
            into[at + i] ^= from[offset + i];
        }
    }

    /** {@code into = ~into}, over {@code length} bytes. */
    static void not(byte[] into, int at, int length) {
        int i = 0;
        for (int last = length - 7; i < last; i += 8) {
            WORD.set(into, at + i, ~(long) WORD.get(into, at + i));
        }
        for (; i < length; i++) {
            into[at + i] = (byte) ~into[at + i];
        }
    }

    /** The number in 1 to 64 bits, unsigned; bits behind the slice are 0. */
    static long get(byte[] array, int offset, int length, long bit, int bits) {
        long value = 0;
        long end = bit + bits;
        while (bit < end) {
            long index = bit >>> 3;
            int skipped = (int) bit & 7;
            int taken = (int) Math.min(8 - skipped, end - bit);
            int there = index < length ? array[offset + (int) index] & 0xff : 0;
            value = value << taken | there >>> 8 - skipped - taken & (1 << taken) - 1;
            bit += taken;
        }
        return value;
    }

    /** Writes the low 1 to 64 bits of a number. */
    static void put(byte[] array, int offset, long bit, int bits, long value) {
        int left = bits;
        while (left > 0) {
            int at = offset + (int) (bit >>> 3);
            int skipped = (int) bit & 7;
            int given = Math.min(8 - skipped, left);
            int shift = 8 - skipped - given;
            int mask = (1 << given) - 1 << shift;
            left -= given;
            array[at] = (byte) (array[at] & ~mask | (int) (value >>> left) << shift & mask);
            bit += given;
        }
    }
}
