package dev.lockstep.protocol;

import java.nio.charset.StandardCharsets;

/**
 * Encodes commands as RESP arrays of bulk strings: what the change stream carries and what a replica says to its master.
 *
 * <p>{@link #begin} with the number of arguments, then that many {@code arg}. Allocates nothing but the buffer's growth.
 */
public final class RequestEncoder {
    private final ByteArray bytes;
    private int missing;

    public RequestEncoder(int initialCapacity) {
        this(new ByteArray(initialCapacity));
    }

    /** Appends to {@code bytes}. */
    public RequestEncoder(ByteArray bytes) {
        this.bytes = bytes;
    }

    /** What was encoded so far; clear it when it has been used. */
    public ByteArray bytes() {
        return bytes;
    }

    /** The array behind {@link #bytes}; the first {@link #length()} bytes count. */
    public byte[] array() {
        return bytes.array;
    }

    public int length() {
        return bytes.length;
    }

    public void clear() {
        assert missing == 0;
        bytes.clear();
    }

    public RequestEncoder begin(int argc) {
        assert missing == 0 : "the last command lacks " + missing + " arguments";
        missing = argc;
        header('*', argc);
        return this;
    }

    public RequestEncoder arg(byte[] array, int offset, int length) {
        assert missing > 0 : "more arguments than begun with";
        missing--;
        header('$', length);
        bytes.ensure(length + 2);
        bytes.append(array, offset, length);
        bytes.crlf();
        return this;
    }

    public RequestEncoder arg(byte[] array) {
        return arg(array, 0, array.length);
    }

    /** The text's UTF-8 bytes. */
    public RequestEncoder arg(String text) {
        return arg(text.getBytes(StandardCharsets.UTF_8));
    }

    /** The value's decimal digits. */
    public RequestEncoder arg(long value) {
        assert missing > 0 : "more arguments than begun with";
        missing--;
        header('$', Decimal.digits(value));
        bytes.appendDecimal(value);
        bytes.crlf();
        return this;
    }

    /** Argument i of a request. */
    public RequestEncoder arg(Request request, int i) {
        return arg(request.array(), request.offset(i), request.length(i));
    }

    /** A whole request as it came. */
    public RequestEncoder request(Request request) {
        begin(request.argc());
        for (int i = 0; i < request.argc(); i++) {
            arg(request, i);
        }
        return this;
    }

    private void header(int type, int number) {
        bytes.append(type);
        bytes.appendDecimal(number);
        bytes.crlf();
    }
}
