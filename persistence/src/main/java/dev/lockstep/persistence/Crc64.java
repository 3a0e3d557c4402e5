package dev.lockstep.persistence;

/**
 * The 64-bit checksum of RDB files and DUMP payloads: polynomial 0xad93d23594c935a9 (Jones), reflected, starting at 0,
 * no final inversion. Its check value, over the ASCII bytes {@code 123456789}, is 0xe9c6d914c4b8d9ca.
 *
 * <p>Sixteen bytes are folded per step through sixteen tables (slicing-by-16, after Kounavis and Berry, "A systematic
 * approach to building high performance software-based CRC generators", 2005): table {@code k} holds what a byte
 * contributes when {@code k} more bytes follow it. Table {@code k} begins at {@code k * 256} of one array of 32 KiB;
 * written with {@code +}, the indices are ones that the compiler can prove to be in bounds. Only the first eight bytes of
 * a step wait for the step before, and they are combined as a tree to keep that wait short. Any thread.
 */
public final class Crc64 {
    private static final long POLYNOMIAL = 0xad93d23594c935a9L;
    private static final int SLICES = 16;
    private static final long[] TABLE = table();

    private Crc64() {}

    /**
     * Continues a checksum over more bytes.
     *
     * @param crc the checksum so far, 0 at the start
     * @return the checksum with the bytes included
     */
    public static long update(
            final long crc, final byte[] array, final int offset, final int length) {
        final long[] t = TABLE;
        final int end = offset + length;
        int i = offset;
        long c = crc;
        for (final int last = end - SLICES; i <= last; i += SLICES) {
            final long a = c ^ (long) IntegerViews.LONG_LE.get(array, i);
            final long b = (long) IntegerViews.LONG_LE.get(array, i + 8);
            final long later =
                    t[1792 + ((int) b & 0xff)]
                            ^ t[1536 + ((int) (b >>> 8) & 0xff)]
                            ^ t[1280 + ((int) (b >>> 16) & 0xff)]
                            ^ t[1024 + ((int) (b >>> 24) & 0xff)]
                            ^ t[768 + ((int) (b >>> 32) & 0xff)]
                            ^ t[512 + ((int) (b >>> 40) & 0xff)]
                            ^ t[256 + ((int) (b >>> 48) & 0xff)]
                            ^ t[(int) (b >>> 56)];
            c =
                    later
                            ^ ((t[3840 + ((int) a & 0xff)] ^ t[3584 + ((int) (a >>> 8) & 0xff)])
                                    ^ (t[3328 + ((int) (a >>> 16) & 0xff)]
                                            ^ t[3072 + ((int) (a >>> 24) & 0xff)]))
                            ^ ((t[2816 + ((int) (a >>> 32) & 0xff)]
                                            ^ t[2560 + ((int) (a >>> 40) & 0xff)])
                                    ^ (t[2304 + ((int) (a >>> 48) & 0xff)]
                                            ^ t[2048 + (int) (a >>> 56)]));
        }
        for (; i < end; i++) {
            c = t[((int) c ^ array[i]) & 0xff] ^ c >>> 8;
        }
        return c;
    }

    private static long[] table() {
        final long reflected = Long.reverse(POLYNOMIAL);
        final long[] t = new long[SLICES << 8];
        for (int b = 0; b < 256; b++) {
            long c = b;
            for (int bit = 0; bit < 8; bit++) {
                c = (c & 1) == 0 ? c >>> 1 : c >>> 1 ^ reflected;
            }
            t[b] = c;
        }
        for (int i = 256; i < t.length; i++) {
            final long shorter = t[i - 256];
            t[i] = t[(int) shorter & 0xff] ^ shorter >>> 8;
        }
        return t;
    }
}
