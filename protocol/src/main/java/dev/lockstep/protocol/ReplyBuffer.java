package dev.lockstep.protocol;

import java.nio.charset.StandardCharsets;

/**
 * Encodes replies into one growing array, in the RESP version of the client they are for.
 *
 * <p>What piles up beyond {@link #SPILL_BYTES} is handed to the {@link Spill}, and a bulk beyond {@link
 * #DIRECT_BULK_BYTES} goes there straight from where it is stored. Without a spill the buffer just grows. While a deferred
 * length is open nothing is spilled, because the header still has to be inserted.
 *
 * <p>RESP3 types fall back to what Redis sends to a RESP2 client. Encoding allocates nothing but the buffer's growth. Owned
 * by one thread at a time.
 */
public final class ReplyBuffer {
    /** The buffer is spilled when it holds more than this. */
    public static final int SPILL_BYTES = 64 * 1024;

    /** A bulk longer than this isn't copied into the buffer. */
    public static final int DIRECT_BULK_BYTES = 16 * 1024;

    /** Where full buffers and big bulks go. */
    public interface Spill {
        /** Takes these bytes, in order; they change as soon as this returns. */
        void spill(byte[] array, int offset, int length);
    }

    private static final int LINES = 1024;

    /** "n\r\n" for small n: the rest of nearly every header and of many integers. */
    private static final byte[][] NUMBER_LINES = new byte[LINES][];

    static {
        for (int i = 0; i < LINES; i++) {
            NUMBER_LINES[i] = (i + "\r\n").getBytes(StandardCharsets.ISO_8859_1);
        }
    }

    private final ByteArray bytes;
    private final Spill spill;
    private final byte[] header = new byte[Decimal.LONG_BYTES_MAX + 3];
    private int protocol = 2;
    private int openLengths;
    private long spilled;

    /** A buffer that keeps everything. */
    public ReplyBuffer(int initialCapacity) {
        this(initialCapacity, null);
    }

    public ReplyBuffer(int initialCapacity, Spill spill) {
        this.bytes = new ByteArray(initialCapacity);
        this.spill = spill;
    }

    /** The client's RESP version, 2 or 3. */
    public int protocol() {
        return protocol;
    }

    public void protocol(int version) {
        assert version == 2 || version == 3 : version;
        protocol = version;
    }

    /** The bytes not spilled yet; the first {@link #length()} count. */
    public byte[] array() {
        return bytes.array;
    }

    public int length() {
        return bytes.length;
    }

    /** Where the next reply begins, for {@link #truncate}. */
    public int position() {
        return bytes.length;
    }

    /**
     * Drops what was encoded since this position, and any deferred length left open; only if {@link #spilled()} hasn't
     * changed since.
     */
    public void truncate(int position) {
        bytes.truncate(position);
        openLengths = 0;
    }

    /** All bytes encoded so far, spilled or not: when it stands still, nothing was replied. */
    public long written() {
        return spilled + bytes.length;
    }

    /** The bytes that have gone to the spill so far. */
    public long spilled() {
        return spilled;
    }

    /** Empties the buffer without spilling, after its bytes were sent. Counts them as spilled. */
    public void clear() {
        openLengths = 0;
        spilled += bytes.length;
        bytes.clear();
    }

    /** Spills what is in the buffer. */
    public void flush() {
        assert openLengths == 0;
        if (bytes.length > 0) {
            spill.spill(bytes.array, 0, bytes.length);
            spilled += bytes.length;
            bytes.length = 0;
        }
    }

    public void ok() {
        simple(Replies.OK);
    }

    /** A simple string; must not contain a line break. */
    public void simple(String text) {
        bytes.append('+');
        bytes.appendLatin1(text);
        bytes.crlf();
        ended();
    }

    /** A complete reply such as {@link Replies#OK}. */
    public void simple(byte[] preencodedLine) {
        bytes.append(preencodedLine);
        ended();
    }

    /**
     * An error: its code, a space, and the message, one byte per character as {@link Request#text} gives them. Line breaks
     * at its ends are dropped, those within become spaces.
     */
    public void error(String withCode) {
        int from = 0;
        int end = withCode.length();
        while (from < end && isLineBreak(withCode.charAt(from))) {
            from++;
        }
        while (end > from && isLineBreak(withCode.charAt(end - 1))) {
            end--;
        }
        bytes.ensure(end - from + 3);
        bytes.append('-');
        for (int i = from; i < end; i++) {
            char c = withCode.charAt(i);
            bytes.append(isLineBreak(c) ? ' ' : c <= 0xFF ? c : '?');
        }
        bytes.crlf();
        ended();
    }

    public void integer(long value) {
        header(':', value);
        ended();
    }

    public void bulk(byte[] array, int offset, int length) {
        header('$', length);
        if (length > DIRECT_BULK_BYTES && spill != null && openLengths == 0) {
            flush();
            spill.spill(array, offset, length);
            spilled += length;
            bytes.crlf();
            return;
        }
        bytes.ensure(length + 2);
        bytes.append(array, offset, length);
        bytes.crlf();
        ended();
    }

    public void bulk(byte[] array) {
        bulk(array, 0, array.length);
    }

    /** A bulk string of the text's UTF-8 bytes. */
    public void bulk(String text) {
        bulk(text.getBytes(StandardCharsets.UTF_8));
    }

    /** A bulk string of the value's decimal digits. */
    public void bulkInteger(long value) {
        header('$', Decimal.digits(value));
        bytes.appendDecimal(value);
        bytes.crlf();
        ended();
    }

    public void nullBulk() {
        simple(protocol == 3 ? Replies.NULL_3 : Replies.NULL_BULK_2);
    }

    public void nullArray() {
        simple(protocol == 3 ? Replies.NULL_3 : Replies.NULL_ARRAY_2);
    }

    public void emptyArray() {
        simple(Replies.EMPTY_ARRAY);
    }

    /** The header of an array; its elements follow. */
    public void array(long count) {
        header('*', count);
    }

    /** The header of a map; keys and values follow in turn. RESP2: an array of both. */
    public void map(int pairs) {
        header(mapType(), mapLength(pairs));
    }

    /** The header of a set. RESP2: an array. */
    public void set(int count) {
        header(protocol == 3 ? '~' : '*', count);
    }

    /** The header of an out-of-band message. RESP2: an array. */
    public void push(int count) {
        header(protocol == 3 ? '>' : '*', count);
    }

    /** The header of attributes, which precede the reply they are about. RESP2 has no way to send them. */
    public void attribute(int pairs) {
        if (protocol != 3) {
            throw new IllegalStateException("attributes need RESP3");
        }
        header('|', pairs);
    }

    /** RESP2: 1 or 0. */
    public void bool(boolean value) {
        if (protocol == 3) {
            simple(value ? Replies.TRUE_3 : Replies.FALSE_3);
        } else {
            integer(value ? 1 : 0);
        }
    }

    /** RESP2: a bulk string of the same digits; see {@link Decimal#writeDouble}. */
    public void doubleValue(double value) {
        bytes.ensure(Decimal.DOUBLE_BYTES_MAX + 32);
        if (protocol == 3) {
            bytes.append(',');
            bytes.length = Decimal.writeDouble(value, bytes.array, bytes.length);
        } else {
            int at = bytes.length + 8;
            int digits = Decimal.writeDouble(value, bytes.array, at) - at;
            header('$', digits);
            System.arraycopy(bytes.array, at, bytes.array, bytes.length, digits);
            bytes.length += digits;
        }
        bytes.crlf();
        ended();
    }

    /** A double whose text is given. RESP2: a bulk string. */
    public void doubleText(byte[] text) {
        if (protocol == 3) {
            bytes.append(',');
            bytes.append(text);
            bytes.crlf();
            ended();
        } else {
            bulk(text);
        }
    }

    /** RESP2: a bulk string. */
    public void bigNumber(byte[] digits) {
        if (protocol == 3) {
            bytes.append('(');
            bytes.append(digits);
            bytes.crlf();
            ended();
        } else {
            bulk(digits);
        }
    }

    public void bigNumber(String digits) {
        bigNumber(digits.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Text with its format, three characters such as "txt". RESP2: a bulk string of the text alone. */
    public void verbatim(String format, byte[] array, int offset, int length) {
        assert format.length() == 3 : format;
        if (protocol == 3) {
            header('=', length + 4);
            bytes.appendLatin1(format);
            bytes.append(':');
            bytes.append(array, offset, length);
            bytes.crlf();
            ended();
        } else {
            bulk(array, offset, length);
        }
    }

    public void verbatim(String format, byte[] text) {
        verbatim(format, text, 0, text.length);
    }

    /** Bytes that are encoded already. */
    public void raw(byte[] array, int offset, int length) {
        bytes.append(array, offset, length);
        ended();
    }

    /**
     * Begins an array whose length isn't known yet; its elements follow, then {@link #endArray} with the mark returned here.
     * Deferred lengths nest; the inner is ended first.
     */
    public int deferArray() {
        return defer();
    }

    public void endArray(int mark, int count) {
        end(mark, '*', count);
    }

    public int deferMap() {
        return defer();
    }

    public void endMap(int mark, int pairs) {
        end(mark, mapType(), mapLength(pairs));
    }

    public int deferSet() {
        return defer();
    }

    public void endSet(int mark, int count) {
        end(mark, protocol == 3 ? '~' : '*', count);
    }

    public int deferPush() {
        return defer();
    }

    public void endPush(int mark, int count) {
        end(mark, protocol == 3 ? '>' : '*', count);
    }

    /** The contents, one character per byte. */
    @Override
    public String toString() {
        return bytes.toString();
    }

    private int defer() {
        openLengths++;
        return bytes.length;
    }

    private void end(int mark, int type, long count) {
        assert openLengths > 0;
        header[0] = (byte) type;
        int behind = Decimal.write(count, header, 1);
        header[behind] = '\r';
        header[behind + 1] = '\n';
        bytes.insert(mark, header, 0, behind + 2);
        openLengths--;
        ended();
    }

    private void header(int type, long number) {
        bytes.ensure(Decimal.LONG_BYTES_MAX + 3);
        byte[] to = bytes.array;
        int at = bytes.length;
        to[at++] = (byte) type;
        if (number >= 0 && number < LINES) {
            byte[] line = NUMBER_LINES[(int) number];
            System.arraycopy(line, 0, to, at, line.length);
            bytes.length = at + line.length;
            return;
        }
        at = Decimal.write(number, to, at);
        to[at] = '\r';
        to[at + 1] = '\n';
        bytes.length = at + 2;
    }

    private int mapType() {
        return protocol == 3 ? '%' : '*';
    }

    private long mapLength(int pairs) {
        return protocol == 3 ? pairs : 2L * pairs;
    }

    private void ended() {
        if (bytes.length > SPILL_BYTES && openLengths == 0 && spill != null) {
            flush();
        }
    }

    private static boolean isLineBreak(char c) {
        return c == '\r' || c == '\n';
    }
}
