package dev.lockstep.persistence;

import java.io.IOException;

/**
 * Encodes the primitives of the RDB format into a buffer, and hands full buffers to a {@link ByteSink}.
 *
 * <p>The checksum is taken over a whole buffer as it leaves, while it is still in the processor's cache. Nothing is
 * allocated per value. One thread.
 */
final class RdbOutput {

    /** Room for the largest primitive: a length byte and the digits of a 64-bit integer. */
    private static final int MAX_PRIMITIVE = 24;

    private static final long NOT_AN_INTEGER = Long.MIN_VALUE;

    private final ByteSink sink;
    private final byte[] buffer;
    private final Lzf lzf;
    private final boolean checksum;
    private int position;
    private long flushed;
    private long crc;

    RdbOutput(
            final ByteSink sink,
            final int bufferLength,
            final boolean compression,
            final boolean checksum) {
        this.sink = sink;
        this.buffer = new byte[bufferLength];
        this.lzf = compression ? new Lzf() : null;
        this.checksum = checksum;
    }

    /** Bytes encoded so far, whether they have reached the sink or not. */
    long bytesWritten() {
        return flushed + position;
    }

    /** Hands what is buffered to the sink. */
    void flush() throws IOException {
        if (position > 0) {
            if (checksum) {
                crc = Crc64.update(crc, buffer, 0, position);
            }
            sink.write(buffer, 0, position);
            flushed += position;
            position = 0;
        }
    }

    /** Appends the checksum of everything so far (0 where checksums are off) and flushes. */
    void checksum() throws IOException {
        flush();
        IntegerViews.LONG_LE.set(buffer, 0, checksum ? crc : 0L);
        sink.write(buffer, 0, RdbFormat.CHECKSUM_LENGTH);
        flushed += RdbFormat.CHECKSUM_LENGTH;
    }

    /** Forgets everything written, to begin another payload into the same sink. */
    void restart() {
        position = 0;
        flushed = 0;
        crc = 0;
    }

    void byteValue(final int value) throws IOException {
        reserve();
        buffer[position++] = (byte) value;
    }

    void shortLittleEndian(final int value) throws IOException {
        reserve();
        IntegerViews.SHORT_LE.set(buffer, position, (short) value);
        position += 2;
    }

    void longLittleEndian(final long value) throws IOException {
        reserve();
        IntegerViews.LONG_LE.set(buffer, position, value);
        position += 8;
    }

    /** A length in its shortest form; negative values are unsigned 64-bit ones. */
    void length(final long value) throws IOException {
        reserve();
        final byte[] b = buffer;
        final int p = position;
        if (value >= 0 && value < 1 << 6) {
            b[p] = (byte) (RdbFormat.LENGTH_6_BITS | value);
            position = p + 1;
        } else if (value >= 0 && value < 1 << 14) {
            IntegerViews.SHORT_BE.set(b, p, (short) (RdbFormat.LENGTH_14_BITS << 8 | value));
            position = p + 2;
        } else if (value >= 0 && value < 1L << 32) {
            b[p] = (byte) RdbFormat.LENGTH_32_BITS;
            IntegerViews.INT_BE.set(b, p + 1, (int) value);
            position = p + 5;
        } else {
            b[p] = (byte) RdbFormat.LENGTH_64_BITS;
            IntegerViews.LONG_BE.set(b, p + 1, value);
            position = p + 9;
        }
    }

    /** Bytes as they are, without a length. Those that don't fit the buffer go to the sink without a copy. */
    void raw(final byte[] array, final int offset, final int count) throws IOException {
        if (count > buffer.length - position) {
            flush();
            if (count >= buffer.length) {
                if (checksum) {
                    crc = Crc64.update(crc, array, offset, count);
                }
                sink.write(array, offset, count);
                flushed += count;
                return;
            }
        }
        System.arraycopy(array, offset, buffer, position, count);
        position += count;
    }

    /** A string in the smallest encoding: an integer, LZF if that is on and pays, else its bytes. */
    void string(final byte[] array, final int offset, final int count) throws IOException {
        if (count <= RdbFormat.MAX_INTEGER_TEXT) {
            final long value = canonicalInteger(array, offset, count);
            if (value != NOT_AN_INTEGER) {
                encodedInteger((int) value);
                return;
            }
        } else if (lzf != null && count > RdbFormat.MAX_UNCOMPRESSED) {
            final int compressed = lzf.compress(array, offset, count);
            if (compressed > 0) {
                byteValue(RdbFormat.STRING_LZF);
                length(compressed);
                length(count);
                raw(lzf.output(), 0, compressed);
                return;
            }
        }
        length(count);
        raw(array, offset, count);
    }

    /** The decimal text of an integer as a string, as an integer encoding where it has 32 bits. */
    void integerString(final long value) throws IOException {
        if (value == (int) value) {
            encodedInteger((int) value);
            return;
        }
        reserve();
        final int digits = digits(value);
        buffer[position] = (byte) digits;
        int p = position + digits;
        long rest = value;
        do {
            buffer[p--] = (byte) ('0' + Math.abs((int) (rest % 10)));
            rest /= 10;
        } while (rest != 0);
        if (value < 0) {
            buffer[p] = '-';
        }
        position += 1 + digits;
    }

    private void encodedInteger(final int value) throws IOException {
        reserve();
        final int p = position;
        if (value == (byte) value) {
            buffer[p] = (byte) RdbFormat.STRING_INT8;
            buffer[p + 1] = (byte) value;
            position = p + 2;
        } else if (value == (short) value) {
            buffer[p] = (byte) RdbFormat.STRING_INT16;
            IntegerViews.SHORT_LE.set(buffer, p + 1, (short) value);
            position = p + 3;
        } else {
            buffer[p] = (byte) RdbFormat.STRING_INT32;
            IntegerViews.INT_LE.set(buffer, p + 1, value);
            position = p + 5;
        }
    }

    private void reserve() throws IOException {
        if (buffer.length - position < MAX_PRIMITIVE) {
            flush();
        }
    }

    private static int digits(final long value) {
        int digits = value < 0 ? 2 : 1;
        for (long rest = value / 10; rest != 0; rest /= 10) {
            digits++;
        }
        return digits;
    }

    /** The 32-bit integer of which these bytes are the one canonical decimal text, or {@link #NOT_AN_INTEGER}. */
    private static long canonicalInteger(final byte[] array, final int offset, final int count) {
        if (count == 0) {
            return NOT_AN_INTEGER;
        }
        final boolean negative = array[offset] == '-';
        int i = negative ? offset + 1 : offset;
        final int end = offset + count;
        if (i == end) {
            return NOT_AN_INTEGER;
        }
        if (array[i] == '0') {
            return count == 1 ? 0 : NOT_AN_INTEGER;
        }
        long value = 0;
        for (; i < end; i++) {
            final int digit = array[i] - '0';
            if (digit < 0 || digit > 9) {
                return NOT_AN_INTEGER;
            }
            value = value * 10 + digit;
        }
        if (negative) {
            value = -value;
        }
        return value == (int) value ? value : NOT_AN_INTEGER;
    }
}
