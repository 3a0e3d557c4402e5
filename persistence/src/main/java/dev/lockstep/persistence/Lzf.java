package dev.lockstep.persistence;

import com.ning.compress.lzf.impl.VanillaChunkEncoder;
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
 * <p>Format: liblzf (Marc Lehmann). The search for matches is compress-lzf's; one instance keeps its tables and its
 * output between values, so that compressing allocates only when a value is larger than all before it. Decompressing is
 * ours because the input may be hostile: it never reads or writes outside of what it is given. An instance belongs to
 * one thread.
 */
final class Lzf {
    /** No run of {@code n} bytes yields more than {@code n} times this (3 bytes give 264). */
    static final int MAX_EXPANSION = 88;

    private static final int BLOCK = 1 << 16;
    private static final int MIN_LAST_BLOCK = 64;
    private static final int RETAINED_CAPACITY = 1 << 20;

    private final Encoder encoder = new Encoder();
    private byte[] output = new byte[1024];

    /** Reaches the library's encoder below its chunk headers. It never clears its table: it checks what it finds. */
    private static final class Encoder extends VanillaChunkEncoder {
        Encoder() {
            super(BLOCK, true);
        }

        int encode(byte[] in, int start, int end, byte[] out, int outOffset) {
            return tryCompress(in, start, end, out, outOffset);
        }
    }

    /**
     * Compresses into {@link #output}. Values above 64 KiB go block by block, which is still one valid sequence.
     *
     * @return the compressed length, or 0 if that is not below {@code length - 4}, from where on it doesn't pay
     */
    int compress(final byte[] array, final int offset, final int length) {
        if (output.length > RETAINED_CAPACITY) {
            output = new byte[RETAINED_CAPACITY];
        }
        final int end = offset + length;
        int from = offset;
        int written = 0;
        while (from < end) {
            final int left = end - from;
            final int block = left <= BLOCK + MIN_LAST_BLOCK ? left : BLOCK;
            reserve(written, block + (block >> 5) + 8);
            written = encoder.encode(array, from, from + block, output, written);
            from += block;
            if (written >= length - 4) {
                return 0;
            }
        }
        return written;
    }

    /** Holds what {@link #compress} made, from index 0, until its next call. */
    byte[] output() {
        return output;
    }

    private void reserve(final int used, final int more) {
        if (output.length - used < more) {
            final long doubled = Math.min(2L * output.length, Integer.MAX_VALUE - 8);
            output = Arrays.copyOf(output, (int) Math.max(doubled, used + more));
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
