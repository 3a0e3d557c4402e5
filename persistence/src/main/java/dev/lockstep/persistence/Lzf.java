package dev.lockstep.persistence;

import java.util.Arrays;

/**
 * Raw LZF blocks, as RDB strings carry them: a sequence of runs without any header.
 *
 * <pre>
 *   000lllll                    l + 1 literal bytes follow (1..32)
 *   LLLooooo oooooooo           copy L + 2 bytes (3..8) from o + 1 bytes back, for L = 1..6
 *   111ooooo llllllll oooooooo  copy l + 9 bytes (9..264) from o + 1 bytes back
 * </pre>
 *
 * <p>Format: liblzf (Marc Lehmann). Compressing is ours because most values are small and many don't shrink: the table
 * is as large as the value deserves and never cleared, literals are copied only once a match ends them, and stretches
 * without a match are searched in steps of up to eight bytes. On random values of 64 bytes that takes half the time of the
 * compress-lzf library. Decompressing is ours because the input may be hostile: it never reads or writes outside of what
 * it is given.
 *
 * <p>An instance belongs to one thread and keeps table and output between values, so that compressing allocates only
 * when a value is larger than those before it.
 */
final class Lzf {
    /** No {@code n} compressed bytes yield more than {@code n} times this (3 bytes give 264). */
    static final int MAX_EXPANSION = 88;

    private static final int MIN_TABLE_BITS = 8;
    private static final int MAX_TABLE_BITS = 13;
    private static final int HASH_MULTIPLIER = 0x9e3779b1;
    private static final int STEP_SHIFT = 5;
    private static final int MAX_SKIP = 7;
    private static final int MAX_DISTANCE = 1 << 13;
    private static final int MAX_MATCH = 264;
    private static final int MAX_LITERALS = 32;
    private static final int RETAINED_CAPACITY = 1 << 20;

    private final int[] table = new int[1 << MAX_TABLE_BITS];
    private byte[] output = new byte[1024];
    private int used = 1;

    /**
     * Compresses into {@link #output}.
     *
     * <p>The table holds positions that go on counting from value to value: so what is left over from another value lies
     * before this one, and is told apart by one comparison that nearly always goes the same way.
     *
     * @return the compressed length, or 0 if that would be more than {@code length - 4}, from where on it doesn't pay
     */
    int compress(final byte[] array, final int offset, final int length) {
        if (output.length > RETAINED_CAPACITY) {
            output = new byte[RETAINED_CAPACITY];
        }
        final int bias = nextBias(length) - offset;
        final int shift = 32 - tableBits(length);
        final int limit = length - 4;
        final int end = offset + length;
        final int lastStart = end - 4;
        int literals = offset;
        int written = 0;
        for (long found = find(array, offset + 1, offset, lastStart, bias, shift);
                found >= 0;
                found = find(array, literals, offset, lastStart, bias, shift)) {
            final int at = (int) (found >>> 32);
            final int candidate = (int) found;
            final int run = matchLength(array, candidate, at, Math.min(MAX_MATCH, end - at));
            written = literals(array, literals, at, written, limit - 3);
            if (written < 0) {
                return 0;
            }
            written = match(at - candidate - 1, run - 2, written);
            literals = at + run;
            if (literals <= lastStart) {
                final int before = (int) IntegerViews.INT_LE.get(array, literals - 1) << 8;
                table[before * HASH_MULTIPLIER >>> shift] = literals - 1 + bias;
            }
        }
        return Math.max(0, literals(array, literals, end, written, limit));
    }

    /** The next place from {@code from} on whose three bytes were seen before: place and earlier place, or -1. */
    private long find(
            final byte[] array,
            final int from,
            final int offset,
            final int last,
            final int bias,
            final int shift) {
        final int[] positions = table;
        for (int i = from; i <= last; i += 1 + Math.min(i - from >> STEP_SHIFT, MAX_SKIP)) {
            final int three = (int) IntegerViews.INT_LE.get(array, i) << 8;
            final int slot = three * HASH_MULTIPLIER >>> shift;
            final int candidate = Math.max(positions[slot] - bias, offset);
            positions[slot] = i + bias;
            if ((int) IntegerViews.INT_LE.get(array, candidate) << 8 == three
                    && i - candidate <= MAX_DISTANCE) {
                return (long) i << 32 | candidate;
            }
        }
        return -1;
    }

    /** Holds what {@link #compress} made, from index 0, until its next call. */
    byte[] output() {
        return output;
    }

    private int nextBias(final int length) {
        if (used > Integer.MAX_VALUE - length - 8) {
            Arrays.fill(table, 0);
            used = 1;
        }
        final int bias = used;
        used += length;
        return bias;
    }

    private static int tableBits(final int length) {
        final int bits = 35 - Integer.numberOfLeadingZeros(length);
        return Math.max(MIN_TABLE_BITS, Math.min(MAX_TABLE_BITS, bits));
    }

    /** How many bytes are equal from two places on, 3 of which are known to be. */
    private static int matchLength(
            final byte[] array, final int candidate, final int at, final int max) {
        int n = 3;
        while (n + 8 <= max) {
            final long difference =
                    (long) IntegerViews.LONG_LE.get(array, candidate + n)
                            ^ (long) IntegerViews.LONG_LE.get(array, at + n);
            if (difference != 0) {
                return n + (Long.numberOfTrailingZeros(difference) >>> 3);
            }
            n += 8;
        }
        while (n < max && array[candidate + n] == array[at + n]) {
            n++;
        }
        return n;
    }

    /** Appends literals; the new end of the output, or -1 if that would be beyond {@code limit}. */
    private int literals(
            final byte[] array, final int from, final int to, final int written, final int limit) {
        final int count = to - from;
        final long needed = (long) written + count + (count + MAX_LITERALS - 1) / MAX_LITERALS;
        if (needed > limit) {
            return -1;
        }
        reserve((int) needed + 3);
        int o = written;
        for (int i = from; i < to; ) {
            final int run = Math.min(MAX_LITERALS, to - i);
            output[o] = (byte) (run - 1);
            System.arraycopy(array, i, output, o + 1, run);
            i += run;
            o += 1 + run;
        }
        return o;
    }

    /** Appends a reference, for which {@link #literals} left room; the new end of the output. */
    private int match(final int distance, final int run, final int written) {
        int o = written;
        if (run < 7) {
            output[o++] = (byte) (run << 5 | distance >>> 8);
        } else {
            output[o++] = (byte) (7 << 5 | distance >>> 8);
            output[o++] = (byte) (run - 7);
        }
        output[o++] = (byte) distance;
        return o;
    }

    private void reserve(final int capacity) {
        if (output.length < capacity) {
            final long doubled = Math.min(2L * output.length, Integer.MAX_VALUE - 8);
            output = Arrays.copyOf(output, (int) Math.max(doubled, capacity));
        }
    }

    /**
     * Decompresses exactly {@code outLength} bytes.
     *
     * @return false if the input is malformed or doesn't give exactly {@code outLength} bytes; the output is then
     *     garbage within its bounds
     */
    static boolean decompress(
            final byte[] in,
            final int offset,
            final int length,
            final byte[] out,
            final int outOffset,
            final int outLength) {
        final int end = offset + length;
        final int outEnd = outOffset + outLength;
        int i = offset;
        int o = outOffset;
        while (i < end) {
            final int control = in[i++] & 0xff;
            if (control < 32) {
                final int run = control + 1;
                if (run > end - i || run > outEnd - o) {
                    return false;
                }
                System.arraycopy(in, i, out, o, run);
                i += run;
                o += run;
                continue;
            }
            int run = control >> 5;
            if (end - i < (run == 7 ? 2 : 1)) {
                return false;
            }
            if (run == 7) {
                run += in[i++] & 0xff;
            }
            run += 2;
            final int distance = ((control & 0x1f) << 8 | in[i++] & 0xff) + 1;
            if (distance > o - outOffset || run > outEnd - o) {
                return false;
            }
            copyBack(out, o, distance, run);
            o += run;
        }
        return o == outEnd;
    }

    /** A copy may overlap what it writes: then the bytes repeat, which arraycopy would not do. */
    private static void copyBack(
            final byte[] out, final int at, final int distance, final int run) {
        if (distance >= run) {
            System.arraycopy(out, at - distance, out, at, run);
        } else if (distance == 1) {
            Arrays.fill(out, at, at + run, out[at - 1]);
        } else {
            for (int k = at, end = at + run; k < end; k++) {
                out[k] = out[k - distance];
            }
        }
    }
}
