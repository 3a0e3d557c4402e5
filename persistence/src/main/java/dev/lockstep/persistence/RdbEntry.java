package dev.lockstep.persistence;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/**
 * A key being loaded, with what came before its value. The reader reuses one instance and its key array for all keys:
 * both are valid only during the handler's call.
 */
public final class RdbEntry {
    /** {@link #expireAtMillis} of a key that doesn't expire. */
    public static final long NO_EXPIRY = -1;

    /** {@link #idleSeconds} and {@link #freq} when the RDB doesn't say. */
    public static final int UNKNOWN = -1;

    private static final int RETAINED_CAPACITY = 1 << 20;
    private static final int MAX_PRINTED = 128;

    private byte[] key = new byte[256];
    private int keyLength;
    private int type;
    private long expireAtMillis = NO_EXPIRY;
    private long idleSeconds = UNKNOWN;
    private int freq = UNKNOWN;

    RdbEntry() {}

    /** Holds the key from {@link #keyOffset} on, {@link #keyLength} bytes. */
    public byte[] keyArray() {
        return key;
    }

    public int keyOffset() {
        return 0;
    }

    public int keyLength() {
        return keyLength;
    }

    /** A copy of the key. */
    public byte[] copyKey() {
        return Arrays.copyOf(key, keyLength);
    }

    /** The type in the RDB, one of {@link RdbFormat}'s TYPE_ constants. */
    public int type() {
        return type;
    }

    /** Unix time in milliseconds, or {@link #NO_EXPIRY}; may be in the past. */
    public long expireAtMillis() {
        return expireAtMillis;
    }

    /** Seconds since the last access (LRU), or {@link #UNKNOWN}. */
    public long idleSeconds() {
        return idleSeconds;
    }

    /** The logarithmic access counter (LFU), 0 to 255, or {@link #UNKNOWN}. */
    public int freq() {
        return freq;
    }

    /** The key as text for messages: printable ASCII, the rest escaped, cut when long. */
    public String printableKey() {
        return printable(key, 0, keyLength);
    }

    static String printable(final byte[] bytes, final int offset, final int length) {
        final StringBuilder text = new StringBuilder();
        for (int i = offset; i < offset + Math.min(length, MAX_PRINTED); i++) {
            final int c = bytes[i] & 0xff;
            if (c >= ' ' && c < 127 && c != '\\') {
                text.append((char) c);
            } else {
                text.append(String.format(Locale.ROOT, "\\x%02x", c));
            }
        }
        return length > MAX_PRINTED ? text.append("...").toString() : text.toString();
    }

    void clearAttributes() {
        expireAtMillis = NO_EXPIRY;
        idleSeconds = UNKNOWN;
        freq = UNKNOWN;
    }

    void type(final int value) {
        type = value;
    }

    void expireAtMillis(final long value) {
        expireAtMillis = value;
    }

    void idleSeconds(final long value) {
        idleSeconds = value;
    }

    void freq(final int value) {
        freq = value;
    }

    void key(final RdbString from) {
        if (from.isInteger()) {
            final byte[] text = Long.toString(from.integer()).getBytes(StandardCharsets.US_ASCII);
            key(text, 0, text.length);
        } else {
            key(from.array(), from.offset(), from.length());
        }
    }

    void key(final byte[] array, final int offset, final int length) {
        if (length > key.length) {
            key = new byte[Math.max(length, (int) Math.min(2L * key.length, RETAINED_CAPACITY))];
        } else if (key.length > RETAINED_CAPACITY) {
            key = new byte[Math.max(length, 256)];
        }
        System.arraycopy(array, offset, key, 0, length);
        keyLength = length;
    }
}
