package dev.lockstep.protocol;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * One request as slices of the array it arrived in: argument i is {@code length(i)} bytes of {@code array()} from {@code
 * offset(i)} on. Argument 0 is the command's name.
 *
 * <p>Reused for every request of its owner, so it is valid only until the next parse. Arrays for more than {@value
 * #KEPT_ARGUMENTS_MAX} arguments are given back when the request is cleared.
 */
public final class Request {
    static final int KEPT_ARGUMENTS_MAX = 16 * 1024;

    private static final int INITIAL_ARGUMENTS = 16;
    private static final byte[] NOTHING = {};

    private byte[] array = NOTHING;
    private int[] slices = new int[2 * INITIAL_ARGUMENTS];
    private int argc;
    private int wireLength;

    public byte[] array() {
        return array;
    }

    public int argc() {
        return argc;
    }

    public int offset(int i) {
        assert i >= 0 && i < argc : i;
        return slices[2 * i];
    }

    public int length(int i) {
        assert i >= 0 && i < argc : i;
        return slices[2 * i + 1];
    }

    /** How many bytes the request took on the wire, 0 if it was not parsed from there. */
    public int wireLength() {
        return wireLength;
    }

    /** Whether argument i is this word in any mix of upper and lower case (ASCII). The word has no upper case letters. */
    public boolean is(int i, byte[] lowerCaseWord) {
        int count = slices[2 * i + 1];
        if (count != lowerCaseWord.length) {
            return false;
        }
        byte[] from = array;
        int offset = slices[2 * i];
        for (int k = 0; k < count; k++) {
            int c = from[offset + k];
            if (c >= 'A' && c <= 'Z') {
                c += 32;
            }
            if (c != lowerCaseWord[k]) {
                return false;
            }
        }
        return true;
    }

    /** Whether argument i is exactly these bytes. */
    public boolean equals(int i, byte[] bytes) {
        int offset = slices[2 * i];
        return Arrays.equals(array, offset, offset + slices[2 * i + 1], bytes, 0, bytes.length);
    }

    /** Whether argument i is a canonical 64-bit integer; see {@link Decimal#isLong}. */
    public boolean isLong(int i) {
        return Decimal.isLong(array, offset(i), length(i));
    }

    /** The value of an argument for which {@link #isLong} holds. */
    public long longAt(int i) {
        return Decimal.parseLong(array, offset(i), length(i));
    }

    /** Argument i as a double, NaN if it isn't a valid float; see {@link Decimal#parseDouble}. */
    public double doubleAt(int i) {
        return Decimal.parseDouble(array, offset(i), length(i));
    }

    /**
     * Argument i with one character per byte (ISO 8859-1), so that any bytes survive the way back. For error texts and
     * configuration, not for the hot path.
     */
    public String text(int i) {
        return new String(array, offset(i), length(i), StandardCharsets.ISO_8859_1);
    }

    /** {@link #text}, of the first {@code bytesMax} bytes if there are more. */
    public String text(int i, int bytesMax) {
        return new String(
                array, offset(i), Math.min(length(i), bytesMax), StandardCharsets.ISO_8859_1);
    }

    public byte[] copy(int i) {
        int offset = offset(i);
        return Arrays.copyOfRange(array, offset, offset + length(i));
    }

    /** Starts a new request over this array, without arguments. */
    public void set(byte[] array) {
        clearArguments();
        if (this.array != array) {
            this.array = array;
        }
    }

    /** Forgets the arguments and the array. */
    public void clear() {
        clearArguments();
        array = NOTHING;
    }

    private void clearArguments() {
        argc = 0;
        wireLength = 0;
        if (slices.length > 2 * KEPT_ARGUMENTS_MAX) {
            slices = new int[2 * INITIAL_ARGUMENTS];
        }
    }

    /** Appends an argument. */
    public void add(int offset, int length) {
        int at = 2 * argc;
        if (at == slices.length) {
            slices = Arrays.copyOf(slices, 2 * slices.length);
        }
        slices[at] = offset;
        slices[at + 1] = length;
        argc++;
    }

    void wireLength(int bytes) {
        wireLength = bytes;
    }

    int keptArguments() {
        return slices.length / 2;
    }
}
