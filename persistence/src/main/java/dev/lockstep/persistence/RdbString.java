package dev.lockstep.persistence;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A string as it came out of an RDB: an integer, or a slice of the reader's memory, or (when longer than {@link
 * RdbInput#MAX_SLICE}) an array of its own. Reused from string to string; a slice is valid until the next read.
 */
final class RdbString {
    private static final int KEPT_BYTES = 256;

    private byte[] kept = new byte[KEPT_BYTES];
    private byte[] array;
    private int offset;
    private int length;
    private long integer;
    private boolean isInteger;
    private boolean owned;

    void integer(final long value) {
        integer = value;
        isInteger = true;
        owned = false;
        array = null;
    }

    void slice(final byte[] bytes, final int from, final int count) {
        array = bytes;
        offset = from;
        length = count;
        isInteger = false;
        owned = false;
    }

    void owned(final byte[] bytes) {
        slice(bytes, 0, bytes.length);
        owned = true;
    }

    /** Makes it text, its decimal digits if it was an integer, that stays while further strings are read. */
    void detach() {
        if (isInteger) {
            final byte[] digits = Long.toString(integer).getBytes(StandardCharsets.US_ASCII);
            slice(digits, 0, digits.length);
        } else if (!owned) {
            if (length > kept.length) {
                kept = new byte[Math.max(length, RdbInput.MAX_SLICE)];
            }
            System.arraycopy(array, offset, kept, 0, length);
            slice(kept, 0, length);
        }
    }

    boolean isInteger() {
        return isInteger;
    }

    /** Whether {@link #array} is nobody else's and exactly as long as the string. */
    boolean isOwned() {
        return owned;
    }

    long integer() {
        return integer;
    }

    byte[] array() {
        return array;
    }

    int offset() {
        return offset;
    }

    int length() {
        return length;
    }

    /** A copy of the bytes, the decimal digits if it is an integer. */
    byte[] copy() {
        return isInteger
                ? Long.toString(integer).getBytes(StandardCharsets.US_ASCII)
                : Arrays.copyOfRange(array, offset, offset + length);
    }

    /** One char per byte. */
    String text() {
        return isInteger
                ? Long.toString(integer)
                : new String(array, offset, length, StandardCharsets.ISO_8859_1);
    }
}
