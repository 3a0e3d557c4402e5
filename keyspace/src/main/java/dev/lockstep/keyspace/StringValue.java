package dev.lockstep.keyspace;

/**
 * A string value where it lies: a slice of slab memory, valid until the keyspace changes. Reused, not allocated.
 *
 * <p>An integer has its digits in a scratch array of this object, so that the slice is always the value's text.
 */
public final class StringValue extends ArrayWindow {
    private final byte[] digits = new byte[20];

    int offset;
    int length;
    boolean integer;
    long number;

    public byte[] array() {
        return array;
    }

    public int offset() {
        return offset;
    }

    public int length() {
        return length;
    }

    /** Whether the value is stored as an integer; then {@link #number} is it. */
    public boolean isInteger() {
        return integer;
    }

    public long number() {
        return number;
    }

    /** Makes it the empty string. */
    public void clear() {
        slice(digits, 0, 0);
    }

    @Override
    void letGo() {
        clear();
    }

    /** Makes it a slice of an array. Public for the walkers over old encodings in RDB files, which fill it too. */
    public void slice(byte[] array, int offset, int length) {
        lookInto(array);
        this.offset = offset;
        this.length = length;
        integer = false;
    }

    /** Makes it an integer, whose text is the slice; public as {@link #slice} is. */
    public void integer(long value) {
        integer = true;
        number = value;
        lookInto(digits);
        int at = digits.length;
        long rest = value;
        do {
            digits[--at] = (byte) ('0' + Math.abs(rest % 10));
            rest /= 10;
        } while (rest != 0);
        if (value < 0) {
            digits[--at] = '-';
        }
        offset = at;
        length = digits.length - at;
    }
}
