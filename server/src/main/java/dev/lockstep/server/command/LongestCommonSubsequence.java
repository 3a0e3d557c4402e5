package dev.lockstep.server.command;

/**
 * The longest common subsequence of two strings, by Hyyrö's bit-parallel algorithm (H. Hyyrö, "Bit-parallel LCS-length
 * computation revisited", 2004): one row of the table is one bit vector, computed 64 columns at a time.
 *
 * <p>Let L(i, j) be the length for the first i bytes of a and the first j of b. Row i keeps the bits
 * {@code L(i, j) == L(i, j - 1)}. That is all a way back through the table needs: where the last bytes differ, a cleared bit
 * says that dropping a byte of b would lose something, so one of a is dropped.
 */
final class LongestCommonSubsequence {
    private final byte[] a;
    private final byte[] b;
    private final int words;
    private final long[][] rows;
    private final int length;

    /**
     * @param keepRows whether {@link #backwards} is going to be asked; takes {@link #bytesNeeded} then
     */
    LongestCommonSubsequence(byte[] a, byte[] b, boolean keepRows) {
        this.a = a;
        this.b = b;
        words = wordsFor(b.length);
        rows = keepRows ? new long[a.length][] : null;
        length = compute();
    }

    /** What the computation takes at its peak, in bytes. */
    static long bytesNeeded(int aLength, int bLength, boolean keepRows) {
        long vectors = Math.min(aLength, 256) + 1L + (keepRows ? aLength : 0);
        return vectors * (wordsFor(bLength) * 8L + 24);
    }

    private static int wordsFor(int bits) {
        return bits + 63 >>> 6;
    }

    int length() {
        return length;
    }

    private int compute() {
        long[][] places = new long[256][];
        for (byte value : a) {
            places[value & 0xff] =
                    places[value & 0xff] == null ? new long[words] : places[value & 0xff];
        }
        for (int j = 0; j < b.length; j++) {
            long[] place = places[b[j] & 0xff];
            if (place != null) {
                place[j >>> 6] |= 1L << j;
            }
        }
        long[] row = new long[words];
        java.util.Arrays.fill(row, -1);
        for (int i = 0; i < a.length; i++) {
            long[] next = rows == null ? row : (rows[i] = new long[words]);
            advance(row, places[a[i] & 0xff], next);
            row = next;
        }
        int common = 0;
        for (int j = 0; j < b.length; j++) {
            common += (int) (~row[j >>> 6] >>> j & 1);
        }
        return common;
    }

    private void advance(long[] row, long[] matches, long[] next) {
        long carry = 0;
        for (int w = 0; w < words; w++) {
            long value = row[w];
            long matched = value & matches[w];
            long sum = value + matched;
            long carried = sum + carry;
            carry = (value & matched | (value | matched) & ~carried) >>> 63;
            next[w] = carried | value & ~matched;
        }
    }

    /** Takes the pairs of bytes that make up the subsequence. */
    @FunctionalInterface
    interface Pairs {
        void pair(int inA, int inB);
    }

    /** Gives the pairs from the last to the first. */
    void backwards(Pairs pairs) {
        int i = a.length;
        int j = b.length;
        while (i > 0 && j > 0) {
            if (a[i - 1] == b[j - 1]) {
                pairs.pair(--i, --j);
            } else if ((rows[i - 1][j - 1 >>> 6] >>> j - 1 & 1) == 0) {
                i--;
            } else {
                j--;
            }
        }
    }
}
