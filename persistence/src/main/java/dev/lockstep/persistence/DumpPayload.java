package dev.lockstep.persistence;

import dev.lockstep.keyspace.ViewCursor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What DUMP replies and RESTORE takes: one value as in an RDB, with a footer.
 *
 * <pre>
 *   type:1 byte, value, RDB version:2 bytes little-endian, crc64 of everything before it:8 bytes little-endian
 * </pre>
 *
 * <p>Reused: each write replaces the payload before. One thread.
 */
public final class DumpPayload {

    /** RESTORE's reply where {@link #read} throws. */
    public static final String BAD_DATA_FORMAT = "ERR Bad data format";

    /** Bytes of version and checksum. */
    public static final int FOOTER_LENGTH = 2 + RdbFormat.CHECKSUM_LENGTH;

    private static final int BUFFER_LENGTH = 16 << 10;
    private static final int RETAINED_CAPACITY = 1 << 20;

    private final RdbOutput out;
    private final RdbEntry entry = new RdbEntry();
    private final RdbValues values = new RdbValues();
    private byte[] payload = new byte[1024];
    private int length;

    /**
     * @param compression whether strings may be LZF-compressed (rdbcompression)
     */
    public DumpPayload(final boolean compression) {
        out = new RdbOutput(this::append, BUFFER_LENGTH, compression, true);
    }

    /** Makes the payload of an entry's value. */
    public void write(final ViewCursor value) {
        try {
            final RdbValueFormat format = values.of(value);
            final int type = format.type(value);
            begin();
            out.byteValue(type);
            format.write(value, out);
            end(RdbFormat.versionFor(type));
        } catch (final IOException e) {
            throw new AssertionError("an array doesn't fail", e);
        }
    }

    /** Makes the payload of function libraries: what FUNCTION DUMP replies. */
    public void writeLibraries(final List<byte[]> libraries) {
        try {
            begin();
            for (final byte[] library : libraries) {
                out.byteValue(RdbFormat.OPCODE_FUNCTION_2);
                out.string(library, 0, library.length);
            }
            end(RdbFormat.DEFAULT_VERSION);
        } catch (final IOException e) {
            throw new AssertionError("an array doesn't fail", e);
        }
    }

    /**
     * Reads the function libraries of a payload that {@link #verify} accepted.
     *
     * @throws RdbException if it is malformed, or holds something else
     */
    public static List<byte[]> readLibraries(final byte[] array, final int offset, final int count)
            throws IOException {
        final int length = count - FOOTER_LENGTH;
        final RdbInput in = new RdbInput(array, offset, length);
        final RdbString code = new RdbString();
        final List<byte[]> libraries = new ArrayList<>();
        while (in.offset() < length) {
            final int opcode = in.byteValue("an opcode");
            if (opcode != RdbFormat.OPCODE_FUNCTION_2) {
                throw new RdbException(in.offset() - 1, "given type is not a function");
            }
            in.string(code, "a function library");
            libraries.add(code.copy());
        }
        return libraries;
    }

    /** The payload is the first {@link #length} bytes of this array, until the next write. */
    public byte[] array() {
        return payload;
    }

    public int length() {
        return length;
    }

    /** Whether a payload has a footer with a version that can be read and the right checksum; 0 is none. */
    public static boolean verify(final byte[] array, final int offset, final int length) {
        if (!verifyVersion(array, offset, length)) {
            return false;
        }
        final int footer = offset + length - FOOTER_LENGTH;
        final long stored = (long) IntegerViews.LONG_LE.get(array, footer + 2);
        return stored == Crc64.update(0, array, offset, length - 8);
    }

    /** {@link #verify} that takes any checksum as right. */
    public static boolean verifyVersion(final byte[] array, final int offset, final int length) {
        if (length < FOOTER_LENGTH) {
            return false;
        }
        final int footer = offset + length - FOOTER_LENGTH;
        return ((short) IntegerViews.SHORT_LE.get(array, footer) & 0xffff) <= RdbFormat.MAX_VERSION;
    }

    /**
     * Reads the value of a payload that {@link #verify} accepted. The handler gets one call, with an entry that holds the
     * given key and no attributes.
     *
     * @throws RdbException if the value is malformed, or of a type that can't be loaded
     * @throws IOException what the handler threw
     */
    public void read(
            final byte[] array,
            final int offset,
            final int count,
            final byte[] key,
            final int keyOffset,
            final int keyLength,
            final RdbHandler handler)
            throws IOException {
        final RdbInput in = new RdbInput(array, offset, count - FOOTER_LENGTH);
        final int type = in.byteValue("a type");
        if (RdbFormat.typeName(type) == null) {
            throw new RdbException(0, "expected a type (0 to 25), found " + type);
        }
        entry.type(type);
        entry.key(key, keyOffset, keyLength);
        values.read(entry, in, handler);
    }

    private void begin() {
        if (payload.length > RETAINED_CAPACITY) {
            payload = new byte[BUFFER_LENGTH];
        }
        length = 0;
        out.restart();
    }

    private void end(final int version) throws IOException {
        out.shortLittleEndian(version);
        out.checksum();
    }

    private void append(final byte[] array, final int offset, final int count) {
        final int needed = Math.addExact(length, count);
        if (needed > payload.length) {
            final long doubled = Math.min(2L * payload.length, Integer.MAX_VALUE - 8);
            payload = Arrays.copyOf(payload, (int) Math.max(doubled, needed));
        }
        System.arraycopy(array, offset, payload, length, count);
        length = needed;
    }
}
