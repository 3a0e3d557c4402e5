package dev.lockstep.persistence;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Reads an RDB of any version from 1 to 12 and reports what it holds to an {@link RdbHandler}, up to EOF and the
 * checksum.
 *
 * <p>The source is read in blocks, so up to 128 KiB behind the checksum may have been taken from it: a caller whose
 * stream goes on after the RDB limits the source to the RDB, or continues at {@link #offset}. Whatever is wrong with the
 * bytes is an {@link RdbException}; the handler may have received keys by then. One load per instance, one thread.
 */
public final class RdbReader {
    private final RdbInput in;
    private final boolean verifyChecksum;
    private final RdbEntry entry = new RdbEntry();
    private final RdbString text = new RdbString();
    private final RdbString second = new RdbString();
    private final RdbValues values = new RdbValues();
    private int version;

    /**
     * @param verifyChecksum whether a wrong checksum is an error (rdbchecksum); one of 0 never is, it means that the
     *     writer computed none
     */
    public RdbReader(final ByteSource source, final boolean verifyChecksum) {
        this.in = new RdbInput(source, verifyChecksum);
        this.verifyChecksum = verifyChecksum;
    }

    /** Bytes consumed so far; after {@link #load} the length of the RDB. */
    public long offset() {
        return in.offset();
    }

    /** The RDB version, 0 before {@link #load}. */
    public int version() {
        return version;
    }

    /**
     * Reads everything.
     *
     * @throws RdbException if the bytes are no RDB, damaged, or of a kind that can't be loaded
     * @throws IOException what the source or the handler threw
     */
    public void load(final RdbHandler handler) throws IOException {
        in.reportTo(handler);
        header();
        int opcode = in.byteValue("an opcode");
        while (opcode != RdbFormat.OPCODE_EOF) {
            if (opcode <= RdbFormat.TYPE_HASH_LISTPACK_EX) {
                entry(opcode, handler);
            } else {
                opcode(opcode, handler);
            }
            opcode = in.byteValue("an opcode");
        }
        checksum();
    }

    private void header() throws IOException {
        in.bytes(text, RdbFormat.MAGIC.length(), "the signature");
        if (!text.text().equals(RdbFormat.MAGIC)) {
            throw new RdbException(
                    0,
                    "Wrong signature trying to load DB from file: expected '"
                            + RdbFormat.MAGIC
                            + "', found bytes "
                            + hex(text));
        }
        in.bytes(text, RdbFormat.HEADER_LENGTH - RdbFormat.MAGIC.length(), "the version");
        final String digits = text.text();
        if (!digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw new RdbException(
                    RdbFormat.MAGIC.length(),
                    "expected four digits of RDB version, found bytes " + hex(text));
        }
        version = Integer.parseInt(digits);
        if (version < RdbFormat.MIN_VERSION || version > RdbFormat.MAX_VERSION) {
            throw new RdbException(
                    RdbFormat.MAGIC.length(), "Can't handle RDB format version " + version);
        }
    }

    private void entry(final int type, final RdbHandler handler) throws IOException {
        if (RdbFormat.typeName(type) == null) {
            throw unknown(type);
        }
        entry.type(type);
        in.string(text, "a key");
        entry.key(text);
        values.read(entry, in, handler);
        entry.clearAttributes();
    }

    private void opcode(final int opcode, final RdbHandler handler) throws IOException {
        switch (opcode) {
            case RdbFormat.OPCODE_EXPIRE_TIME_MS:
                entry.expireAtMillis(in.longLittleEndian("an expiry in milliseconds"));
                break;
            case RdbFormat.OPCODE_EXPIRE_TIME:
                entry.expireAtMillis(in.intLittleEndian("an expiry in seconds") * 1000L);
                break;
            case RdbFormat.OPCODE_FREQ:
                entry.freq(in.byteValue("an access counter"));
                break;
            case RdbFormat.OPCODE_IDLE:
                entry.idleSeconds(in.length("an idle time"));
                break;
            case RdbFormat.OPCODE_SELECT_DB:
                handler.selectDb(database());
                break;
            case RdbFormat.OPCODE_RESIZE_DB:
                final long keys = in.length("a number of keys");
                handler.resizeDb(keys, in.length("a number of expiries"));
                break;
            case RdbFormat.OPCODE_AUX:
                in.string(text, "the name of an AUX field");
                final String name = text.text();
                in.string(second, "the value of an AUX field");
                handler.aux(name, second.text());
                break;
            case RdbFormat.OPCODE_FUNCTION_2:
                in.string(text, "a function library");
                handler.functionLibrary(text.isOwned() ? text.array() : text.copy());
                break;
            case RdbFormat.OPCODE_FUNCTION_PRE_GA:
                throw new RdbException(
                        in.offset() - 1, "Pre-release function format not supported.");
            case RdbFormat.OPCODE_MODULE_AUX:
                values.modules().aux(in, handler);
                break;
            case RdbFormat.OPCODE_SLOT_INFO:
                in.length("a slot");
                in.length("a number of keys");
                in.length("a number of expiries");
                break;
            default:
                throw unknown(opcode);
        }
    }

    private int database() throws IOException {
        final long at = in.offset();
        final long db = in.length("a database number");
        if (db > Integer.MAX_VALUE) {
            throw new RdbException(at, "expected a database number, found " + db);
        }
        return (int) db;
    }

    private void checksum() throws IOException {
        if (version < RdbFormat.FIRST_VERSION_WITH_CHECKSUM) {
            return;
        }
        final long computed = in.crc();
        final long at = in.offset();
        final long stored = in.longLittleEndian("the checksum");
        if (verifyChecksum && stored != 0 && stored != computed) {
            throw new RdbException(
                    at,
                    String.format(
                            Locale.ROOT,
                            "RDB CRC error: expected the checksum %x, found %x",
                            computed,
                            stored));
        }
    }

    private RdbException unknown(final int opcode) {
        return new RdbException(
                in.offset() - 1,
                "expected an opcode or a type (0 to 25, 244 to 255), found " + opcode);
    }

    private static String hex(final RdbString bytes) {
        final StringBuilder hex = new StringBuilder();
        for (final byte b : bytes.text().getBytes(StandardCharsets.ISO_8859_1)) {
            hex.append(String.format(Locale.ROOT, "%02x", b));
        }
        return hex.toString();
    }
}
