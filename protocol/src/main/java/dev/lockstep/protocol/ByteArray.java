package dev.lockstep.protocol;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A growing byte array: what replies, the change stream and a replica's handshake are encoded into.
 *
 * <p>It is reused: {@link #clear()} keeps the array unless it has grown beyond {@link #KEPT_BYTES_MAX}, so that one
 * huge reply doesn't pin its memory for the life of a connection. Owned by one thread at a time.
 */
public final class ByteArray {
    /** A cleared buffer keeps an array up to this many bytes. */
    public static final int KEPT_BYTES_MAX = 256 * 1024;

    /** Up to here a full array is doubled; a longer one grows by a quarter, or what is large is there twice over. */
    private static final int DOUBLED_BYTES_MAX = 8 << 20;

    private static final int ARRAY_BYTES_MAX = Integer.MAX_VALUE - 16;

    private final int initialCapacity;
    byte[] array;
    int length;

    public ByteArray(int initialCapacity) {
        this.initialCapacity = Math.max(32, initialCapacity);
        this.array = new byte[this.initialCapacity];
    }

    /** The bytes; those before {@link #length()} count. Valid until the next append. */
    public byte[] array() {
        return array;
    }

    public int length() {
        return length;
    }

    /** An array of just the bytes that count. */
    public byte[] copy() {
        return Arrays.copyOf(array, length);
    }

    /** Makes room for {@code more} bytes behind the current length. */
    public void ensure(int more) {
        if (array.length - length < more) {
            grow(more);
        }
    }

    public void append(int oneByte) {
        if (length == array.length) {
            grow(1);
        }
        array[length++] = (byte) oneByte;
    }

    public void append(byte[] from, int offset, int count) {
        ensure(count);
        System.arraycopy(from, offset, array, length, count);
        length += count;
    }

    public void append(byte[] from) {
        append(from, 0, from.length);
    }

    /** Appends the decimal digits of {@code value}. */
    public void appendDecimal(long value) {
        ensure(Decimal.LONG_BYTES_MAX);
        length = Decimal.write(value, array, length);
    }

    /** Appends one byte per character: the counterpart of {@link Request#text}. Characters above 0xFF become '?'. */
    public void appendLatin1(String text) {
        int count = text.length();
        ensure(count);
        byte[] to = array;
        int at = length;
        for (int i = 0; i < count; i++) {
            char c = text.charAt(i);
            to[at++] = c <= 0xFF ? (byte) c : (byte) '?';
        }
        length = at;
    }

    public void crlf() {
        ensure(2);
        array[length] = '\r';
        array[length + 1] = '\n';
        length += 2;
    }

    /** Inserts {@code count} bytes at {@code position}, moving what lies behind. */
    public void insert(int position, byte[] from, int offset, int count) {
        assert position >= 0 && position <= length;
        ensure(count);
        System.arraycopy(array, position, array, position + count, length - position);
        System.arraycopy(from, offset, array, position, count);
        length += count;
    }

    /** Drops everything from {@code position} on. */
    public void truncate(int position) {
        assert position >= 0 && position <= length;
        length = position;
    }

    /** Empties the buffer, and gives back an array that has become too big to keep. */
    public void clear() {
        length = 0;
        if (array.length > KEPT_BYTES_MAX) {
            array = new byte[initialCapacity];
        }
    }

    public byte[] toByteArray() {
        return Arrays.copyOf(array, length);
    }

    /** The contents, one character per byte. */
    @Override
    public String toString() {
        return new String(array, 0, length, StandardCharsets.ISO_8859_1);
    }

    private void grow(int more) {
        long needed = (long) length + more;
        if (needed > ARRAY_BYTES_MAX) {
            throw new OutOfMemoryError(
                    "a buffer of " + needed + " bytes doesn't fit in one Java array");
        }
        long ample = array.length <= DOUBLED_BYTES_MAX ? 2L * array.length : array.length / 4 * 5L;
        array = Arrays.copyOf(array, (int) Math.min(ARRAY_BYTES_MAX, Math.max(needed, ample)));
    }
}
