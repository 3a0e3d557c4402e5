package dev.lockstep.persistence;

import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;

/**
 * Decodes the primitives of the RDB format out of a buffer that is refilled from a {@link ByteSource}, or out of an
 * array that holds everything.
 *
 * <p>Every length is the word of whoever wrote the bytes, and may be a lie. So nothing is allocated on the strength of
 * a length alone: what exceeds the buffer grows as its bytes arrive. The checksum covers what has been consumed, and is
 * brought up to date only when the buffer is refilled. One thread.
 */
final class RdbInput {
    /** Strings up to this length are slices; longer ones get arrays of their own. */
    static final int MAX_SLICE = 32 << 10;

    static final int BUFFER_LENGTH = 128 << 10;

    private static final int MAX_STRING = Integer.MAX_VALUE - 8;
    private static final int FIRST_ALLOCATION = 1 << 20;

    private final ByteSource source;
    private final long size;
    private final byte[] buffer;
    private final boolean checksum;
    private final byte[] plain = new byte[MAX_SLICE];
    private final RdbString compressed = new RdbString();
    private RdbHandler progress;
    private int position;
    private int limit;
    private long base;
    private int crcFrom;
    private long crc;

    RdbInput(final ByteSource source, final boolean checksum) {
        this.source = source;
        this.size = source.size();
        this.buffer = new byte[BUFFER_LENGTH];
        this.checksum = checksum;
    }

    /** Reads from a slice that holds everything there is. Offsets count from its start. */
    RdbInput(final byte[] array, final int offset, final int length) {
        this.source = null;
        this.size = length;
        this.buffer = array;
        this.position = offset;
        this.limit = offset + length;
        this.base = -offset;
        this.crcFrom = offset;
        this.checksum = false;
    }

    /** Tells {@code handler} whenever bytes arrive. */
    void reportTo(final RdbHandler handler) {
        progress = handler;
    }

    /** Bytes consumed from the start. */
    long offset() {
        return base + position;
    }

    /** The checksum of everything consumed, 0 where checksums are off. */
    long crc() {
        updateCrc();
        return crc;
    }

    RdbException error(final String message) {
        return new RdbException(offset(), message);
    }

    int byteValue(final String what) throws IOException {
        require(1, what);
        return buffer[position++] & 0xff;
    }

    int intLittleEndian(final String what) throws IOException {
        require(4, what);
        final int value = (int) IntegerViews.INT_LE.get(buffer, position);
        position += 4;
        return value;
    }

    long longLittleEndian(final String what) throws IOException {
        require(8, what);
        final long value = (long) IntegerViews.LONG_LE.get(buffer, position);
        position += 8;
        return value;
    }

    double doubleBinary(final String what) throws IOException {
        return Double.longBitsToDouble(longLittleEndian(what));
    }

    /** A length; values of 2^63 and more come out negative. */
    long unsignedLength(final String what) throws IOException {
        final long at = offset();
        return length(byteValue(what), at, what);
    }

    /** A length below 2^63. */
    long length(final String what) throws IOException {
        final long at = offset();
        final long value = unsignedLength(what);
        if (value < 0) {
            throw new RdbException(
                    at, what + " is " + Long.toUnsignedString(value) + ", more than there can be");
        }
        return value;
    }

    /** A string in any encoding. */
    void string(final RdbString into, final String what) throws IOException {
        final long at = offset();
        final int first = byteValue(what);
        if ((first & RdbFormat.LENGTH_KIND_MASK) != RdbFormat.STRING_ENCODED) {
            bytes(into, checkedLength(length(first, at, what), at, what), what);
            return;
        }
        switch (first) {
            case RdbFormat.STRING_INT8:
                into.integer((byte) byteValue(what));
                break;
            case RdbFormat.STRING_INT16:
                require(2, what);
                into.integer((short) IntegerViews.SHORT_LE.get(buffer, position));
                position += 2;
                break;
            case RdbFormat.STRING_INT32:
                into.integer(intLittleEndian(what));
                break;
            case RdbFormat.STRING_LZF:
                lzf(into, what);
                break;
            default:
                throw new RdbException(
                        at,
                        String.format(
                                Locale.ROOT,
                                "%s has the unknown string encoding 0x%02x, expected a length or"
                                        + " 0xc0 to 0xc3",
                                what,
                                first));
        }
    }

    /** {@code count} bytes as they are. */
    void bytes(final RdbString into, final int count, final String what) throws IOException {
        if (count <= MAX_SLICE) {
            require(count, what);
            into.slice(buffer, position, count);
            position += count;
        } else {
            into.owned(ownedBytes(count, what));
        }
    }

    private long length(final int first, final long at, final String what) throws IOException {
        switch (first & RdbFormat.LENGTH_KIND_MASK) {
            case RdbFormat.LENGTH_6_BITS:
                return first & 0x3f;
            case RdbFormat.LENGTH_14_BITS:
                return (first & 0x3f) << 8 | byteValue(what);
            case RdbFormat.LENGTH_32_BITS:
                if (first == RdbFormat.LENGTH_32_BITS) {
                    require(4, what);
                    final long value =
                            (int) IntegerViews.INT_BE.get(buffer, position) & 0xffffffffL;
                    position += 4;
                    return value;
                }
                if (first == RdbFormat.LENGTH_64_BITS) {
                    require(8, what);
                    final long value = (long) IntegerViews.LONG_BE.get(buffer, position);
                    position += 8;
                    return value;
                }
                break;
            default:
                break;
        }
        throw new RdbException(
                at,
                String.format(Locale.ROOT, "%s has the invalid length byte 0x%02x", what, first));
    }

    private int checkedLength(final long length, final long at, final String what)
            throws RdbException {
        if (length < 0 || length > MAX_STRING) {
            throw new RdbException(
                    at,
                    what
                            + " claims "
                            + Long.toUnsignedString(length)
                            + " bytes, the longest string has "
                            + MAX_STRING);
        }
        if (size >= 0 && length > size - offset()) {
            throw new RdbException(
                    at,
                    what
                            + " claims "
                            + length
                            + " bytes, but only "
                            + Math.max(0, size - offset())
                            + " are left");
        }
        return (int) length;
    }

    /**
     * LZF can't expand more than {@link Lzf#MAX_EXPANSION} times, and the compressed bytes have arrived before
     * anything is allocated for the plain ones: so a lie about those costs little.
     */
    private void lzf(final RdbString into, final String what) throws IOException {
        final long at = offset();
        final int packed = checkedLength(unsignedLength(what), at, what);
        final long length = unsignedLength(what);
        if (length <= 0 || length > MAX_STRING || length > (long) packed * Lzf.MAX_EXPANSION) {
            throw new RdbException(
                    at,
                    what
                            + " is LZF-compressed and claims "
                            + Long.toUnsignedString(length)
                            + " bytes out of "
                            + packed);
        }
        bytes(compressed, packed, what);
        final int plainLength = (int) length;
        final byte[] out = plainLength <= MAX_SLICE ? plain : new byte[plainLength];
        if (!Lzf.decompress(compressed.array(), compressed.offset(), packed, out, 0, plainLength)) {
            throw new RdbException(at, what + " is not valid LZF of " + plainLength + " bytes");
        }
        if (out == plain) {
            into.slice(out, 0, plainLength);
        } else {
            into.owned(out);
        }
    }

    private byte[] ownedBytes(final int count, final String what) throws IOException {
        int have = Math.min(count, limit - position);
        byte[] bytes = new byte[Math.max(have, Math.min(count, FIRST_ALLOCATION))];
        System.arraycopy(buffer, position, bytes, 0, have);
        position += have;
        if (have == count) {
            return bytes;
        }
        discard();
        while (have < count) {
            if (have == bytes.length) {
                bytes = Arrays.copyOf(bytes, (int) Math.min(count, 2L * bytes.length));
            }
            final int read = source == null ? -1 : source.read(bytes, have, bytes.length - have);
            if (read < 0) {
                throw shortRead(count, have, what);
            }
            if (checksum) {
                crc = Crc64.update(crc, bytes, have, read);
            }
            have += read;
            base += read;
            if (progress != null) {
                progress.progress(base);
            }
        }
        return bytes;
    }

    private void require(final int count, final String what) throws IOException {
        if (limit - position < count) {
            fill(count, what);
        }
    }

    private void fill(final int count, final String what) throws IOException {
        if (source == null) {
            throw shortRead(count, limit - position, what);
        }
        final int left = limit - position;
        updateCrc();
        System.arraycopy(buffer, position, buffer, 0, left);
        base += position;
        position = 0;
        crcFrom = 0;
        limit = left;
        while (limit < count) {
            final int read = source.read(buffer, limit, buffer.length - limit);
            if (read < 0) {
                throw shortRead(count, limit, what);
            }
            limit += read;
        }
        if (progress != null) {
            progress.progress(base + limit);
        }
    }

    /** Empties the buffer, all of which has been consumed. */
    private void discard() {
        updateCrc();
        if (source != null) {
            base += position;
            position = 0;
            limit = 0;
            crcFrom = 0;
        }
    }

    private void updateCrc() {
        if (checksum) {
            crc = Crc64.update(crc, buffer, crcFrom, position - crcFrom);
            crcFrom = position;
        }
    }

    private RdbException shortRead(final int expected, final int found, final String what) {
        return new RdbException(
                base + limit,
                "short read: expected "
                        + expected
                        + (expected == 1 ? " byte of " : " bytes of ")
                        + what
                        + ", found "
                        + found);
    }
}
