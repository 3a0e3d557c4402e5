package dev.lockstep.persistence;

import dev.lockstep.keyspace.ViewCursor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Writes an RDB: {@link #header}, {@link #aux} fields, then per database {@link #selectDb}, {@link #resizeDb} and its
 * keys, then {@link #end}.
 *
 * <p>A key is its attributes ({@link #expireAtMillis}, then {@link #idleSeconds} or {@link #freq}), then {@link #entry}.
 * Bytes reach the sink in blocks of up
 * to {@value #BUFFER_LENGTH}, larger values directly. Nothing is allocated per key. The first {@link IOException} of
 * the sink ends the use of a writer. One thread.
 */
public final class RdbWriter {
    /** Bytes buffered before they go to the sink. */
    public static final int BUFFER_LENGTH = 128 << 10;

    private final RdbOutput out;
    private final RdbValues values = new RdbValues();

    /**
     * @param compression whether strings may be LZF-compressed (rdbcompression)
     * @param checksum whether to compute the checksum (rdbchecksum); if not, 0 takes its place
     */
    public RdbWriter(final ByteSink sink, final boolean compression, final boolean checksum) {
        this.out = new RdbOutput(sink, BUFFER_LENGTH, compression, checksum);
    }

    /** Magic and version; {@link RdbFormat#DEFAULT_VERSION} unless the data need a newer one. */
    public void header(final int version) throws IOException {
        if (version < RdbFormat.FIRST_VERSION_WITH_CHECKSUM || version > RdbFormat.MAX_VERSION) {
            throw new IllegalArgumentException("RDB version " + version);
        }
        final String header = String.format(Locale.ROOT, "%s%04d", RdbFormat.MAGIC, version);
        out.raw(header.getBytes(StandardCharsets.US_ASCII), 0, RdbFormat.HEADER_LENGTH);
    }

    /** A field about the file; {@code value} one char per byte. */
    public void aux(final String name, final String value) throws IOException {
        out.byteValue(RdbFormat.OPCODE_AUX);
        text(name);
        text(value);
    }

    /** A numeric field about the file. */
    public void aux(final String name, final long value) throws IOException {
        out.byteValue(RdbFormat.OPCODE_AUX);
        text(name);
        out.integerString(value);
    }

    /** The keys that follow belong to this database. */
    public void selectDb(final int db) throws IOException {
        out.byteValue(RdbFormat.OPCODE_SELECT_DB);
        out.length(db);
    }

    /** How many keys, and keys with an expiry, follow for this database. */
    public void resizeDb(final long keys, final long expires) throws IOException {
        out.byteValue(RdbFormat.OPCODE_RESIZE_DB);
        out.length(keys);
        out.length(expires);
    }

    /** The code of a function library. */
    public void functionLibrary(final byte[] array, final int offset, final int length)
            throws IOException {
        out.byteValue(RdbFormat.OPCODE_FUNCTION_2);
        out.string(array, offset, length);
    }

    /** The next key's expiry, Unix time in milliseconds. */
    public void expireAtMillis(final long millis) throws IOException {
        out.byteValue(RdbFormat.OPCODE_EXPIRE_TIME_MS);
        out.longLittleEndian(millis);
    }

    /** Seconds since the next key's last access (written under an LRU policy). */
    public void idleSeconds(final long seconds) throws IOException {
        out.byteValue(RdbFormat.OPCODE_IDLE);
        out.length(seconds);
    }

    /** The next key's access counter, 0 to 255 (written under an LFU policy). */
    public void freq(final int counter) throws IOException {
        out.byteValue(RdbFormat.OPCODE_FREQ);
        out.byteValue(counter);
    }

    /** A whole string key. The value becomes an integer encoding or LZF where that is smaller. */
    public void string(
            final byte[] key,
            final int keyOffset,
            final int keyLength,
            final byte[] value,
            final int valueOffset,
            final int valueLength)
            throws IOException {
        out.byteValue(RdbFormat.TYPE_STRING);
        out.string(key, keyOffset, keyLength);
        out.string(value, valueOffset, valueLength);
    }

    /** A whole string key whose value is the decimal text of {@code value}. */
    public void stringInteger(
            final byte[] key, final int keyOffset, final int keyLength, final long value)
            throws IOException {
        out.byteValue(RdbFormat.TYPE_STRING);
        out.string(key, keyOffset, keyLength);
        out.integerString(value);
    }

    /** Type and name of a key; the fields its type consists of follow through the methods below. */
    public void begin(final int type, final byte[] key, final int keyOffset, final int keyLength)
            throws IOException {
        out.byteValue(type);
        out.string(key, keyOffset, keyLength);
    }

    /** A string within a value. */
    public void stringField(final byte[] array, final int offset, final int length)
            throws IOException {
        out.string(array, offset, length);
    }

    /** A string within a value that is the decimal text of {@code value}. */
    public void integerField(final long value) throws IOException {
        out.integerString(value);
    }

    /** A length or count within a value. */
    public void length(final long value) throws IOException {
        out.length(value);
    }

    /** A whole key: its type, its name and its value. */
    public void entry(final ViewCursor entry) throws IOException {
        final RdbValueFormat format = values.of(entry);
        out.byteValue(format.type(entry));
        out.string(entry.keyArray(), entry.keyOffset(), entry.keyLength());
        format.write(entry, out);
    }

    /** EOF and checksum. Everything has then reached the sink. */
    public void end() throws IOException {
        out.byteValue(RdbFormat.OPCODE_EOF);
        out.checksum();
    }

    /** Hands what is buffered to the sink now. */
    public void flush() throws IOException {
        out.flush();
    }

    /** Bytes encoded so far, whether they have reached the sink or not. */
    public long bytesWritten() {
        return out.bytesWritten();
    }

    private void text(final String text) throws IOException {
        final byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        out.string(bytes, 0, bytes.length);
    }
}
