package dev.lockstep.server.tls;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;

/**
 * As much of ASN.1's DER (X.690) as it takes to look into a private key and to put one into another wrapping: elements of a tag
 * byte, a length and a content.
 *
 * <pre>
 *   tag: 1 | length: 1, if below 128; else 0x80 + n: 1, then n bytes, high ones first | content
 * </pre>
 */
final class Der {
    static final int INTEGER = 0x02;
    static final int OCTETS = 0x04;
    static final int NULL = 0x05;
    static final int OBJECT_ID = 0x06;
    static final int SEQUENCE = 0x30;

    /** The first of the optional elements that a format numbers itself. */
    static final int OPTION_0 = 0xa0;

    private static final int LENGTH_BYTES_MAX = 4;

    private final byte[] array;
    private final int end;
    private int at;

    private Der(byte[] array, int start, int end) {
        this.array = array;
        this.at = start;
        this.end = end;
    }

    /** Reads from the beginning of an array. */
    static Der of(byte[] array) {
        return new Der(array, 0, array.length);
    }

    /** The tag of the next element, or -1 at the end. */
    int tag() {
        return at < end ? array[at] & 0xff : -1;
    }

    /**
     * Goes past the next element, and reads in its content.
     *
     * @throws TlsException if it has another tag or is cut off
     */
    Der enter(int tag) throws TlsException {
        if (tag() != tag || at + 2 > end) {
            throw damaged();
        }
        long length = array[at + 1] & 0xff;
        int start = at + 2;
        if (length > 0x80) {
            int bytes = (int) length - 0x80;
            if (bytes > LENGTH_BYTES_MAX || start + bytes > end) {
                throw damaged();
            }
            length = 0;
            for (int i = 0; i < bytes; i++) {
                length = length << 8 | array[start++] & 0xff;
            }
        }
        if (length > end - start) {
            throw damaged();
        }
        at = start + (int) length;
        return new Der(array, start, at);
    }

    /** The bytes that are left. */
    byte[] rest() {
        return Arrays.copyOfRange(array, at, end);
    }

    private static TlsException damaged() {
        return new TlsException("the key is damaged");
    }

    /** An element of the parts, one after the other. */
    static byte[] element(int tag, byte[]... parts) {
        int length = 0;
        for (byte[] part : parts) {
            length += part.length;
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream(length + 6);
        out.write(tag);
        if (length < 0x80) {
            out.write(length);
        } else {
            int bytes = (39 - Integer.numberOfLeadingZeros(length)) / 8;
            out.write(0x80 + bytes);
            for (int i = bytes - 1; i >= 0; i--) {
                out.write(length >>> 8 * i);
            }
        }
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }
}
