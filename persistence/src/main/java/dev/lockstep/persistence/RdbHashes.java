package dev.lockstep.persistence;

import dev.lockstep.keyspace.Database;
import dev.lockstep.keyspace.ElementCursor;
import dev.lockstep.keyspace.HashValue;
import dev.lockstep.keyspace.Listpack;
import dev.lockstep.keyspace.StringValue;
import dev.lockstep.keyspace.ValueType;
import dev.lockstep.keyspace.ViewCursor;
import java.io.IOException;

/**
 * Hashes in an RDB, from behind the key on.
 *
 * <pre>
 *   4  HASH          length count, { string field, string value }
 *   9  HASH_ZIPMAP   string: a {@link Zipmap}
 *   13 HASH_ZIPLIST  string: a {@link Ziplist} of field, value, ...
 *   16 HASH_LISTPACK string: a listpack of field, value, ...
 *   24 HASH_METADATA earliest:8 bytes, length count, { length ttl, string field, string value }
 *                    ttl: 0 for no deadline, else the deadline in Unix milliseconds less {@code earliest}, plus 1
 *   25 HASH_LISTPACK_EX earliest:8 bytes, string: a listpack of field, value, deadline or 0, ...
 * </pre>
 *
 * Types 4, 16 and 24 are written. All of this is Redis' own; the last two are those of 7.4.
 */
final class RdbHashes implements RdbValueFormat {
    private static final String FIELD = "a field";
    private static final String VALUE = "a field's value";

    /** Far beyond what any server takes for a deadline, so that sums don't overflow. */
    private static final long MAX_DEADLINE = 1L << 48;

    private final HashValue hash = new HashValue();
    private final RdbString field = new RdbString();
    private final RdbString value = new RdbString();
    private final StringValue packedField = new StringValue();
    private final StringValue packedValue = new StringValue();

    @Override
    public void read(final RdbEntry entry, final RdbInput in, final RdbHandler handler)
            throws IOException {
        final int type = entry.type();
        final boolean whole = type != RdbFormat.TYPE_HASH && type != RdbFormat.TYPE_HASH_METADATA;
        final boolean deadlines = type >= RdbFormat.TYPE_HASH_METADATA;
        final long earliest = deadlines ? earliest(in) : 0;
        final long count;
        if (whole) {
            in.string(value, "a packed hash");
            value.detach();
            count = packedCount(entry, in);
        } else {
            count = in.length("the number of a hash's fields");
        }
        if (count == 0) {
            handler.empty(entry);
            return;
        }
        final Database database = RdbValues.building(entry, handler);
        hash.create(database, entry.keyArray(), entry.keyOffset(), entry.keyLength());
        if (type == RdbFormat.TYPE_HASH_LISTPACK) {
            if (!hash.setListpack(value.array(), value.offset(), value.length())) {
                throw damaged(entry, in);
            }
        } else {
            readFields(entry, in, count, earliest);
            if (hash.size() != count || hash.hasDuplicates()) {
                throw in.error("the hash '" + entry.printableKey() + "' has a field twice");
            }
        }
        handler.built(entry, hash.cell());
    }

    private static long earliest(final RdbInput in) throws IOException {
        final long earliest = in.longLittleEndian("the earliest deadline of a hash's fields");
        if (earliest < 0 || earliest > MAX_DEADLINE) {
            throw in.error("a hash's fields have the impossible earliest deadline " + earliest);
        }
        return earliest;
    }

    private static RdbException damaged(final RdbEntry entry, final RdbInput in) {
        final String packing =
                switch (entry.type()) {
                    case RdbFormat.TYPE_HASH_ZIPMAP -> "Zipmap";
                    case RdbFormat.TYPE_HASH_ZIPLIST -> "Hash ziplist";
                    default -> "Hash listpack";
                };
        return in.error(
                packing
                        + " integrity check failed: the packed hash '"
                        + entry.printableKey()
                        + "' is damaged");
    }

    /** How many fields the packed hash in {@link #value} has, which is found to be valid in itself. */
    private long packedCount(final RdbEntry entry, final RdbInput in) throws IOException {
        final byte[] array = value.array();
        final int at = value.offset();
        final int length = value.length();
        boolean valid;
        int strings = 2;
        int count = 0;
        switch (entry.type()) {
            case RdbFormat.TYPE_HASH_ZIPMAP:
                valid = Zipmap.isValid(array, at, length);
                count = valid ? 2 * Zipmap.count(array, at) : 0;
                valid = count > 0; // no Redis has ever written an empty one
                break;
            case RdbFormat.TYPE_HASH_ZIPLIST:
                valid = Ziplist.isValid(array, at, length);
                count = valid ? Ziplist.count(array, at) : 0;
                break;
            default:
                valid = Listpack.isValid(array, at, length);
                count = valid ? Listpack.count(array, at) : 0;
                strings = entry.type() == RdbFormat.TYPE_HASH_LISTPACK_EX ? 3 : 2;
                break;
        }
        if (!valid || count % strings != 0) {
            throw damaged(entry, in);
        }
        return count / strings;
    }

    private void readFields(
            final RdbEntry entry, final RdbInput in, final long count, final long earliest)
            throws IOException {
        switch (entry.type()) {
            case RdbFormat.TYPE_HASH:
                for (long i = 0; i < count; i++) {
                    readField(in);
                }
                break;
            case RdbFormat.TYPE_HASH_METADATA:
                for (long i = 0; i < count; i++) {
                    readFieldWithDeadline(in, earliest);
                }
                break;
            case RdbFormat.TYPE_HASH_ZIPMAP:
                readZipmap();
                break;
            case RdbFormat.TYPE_HASH_ZIPLIST:
                readZiplist();
                break;
            default:
                readListpackWithDeadlines(entry, in);
                break;
        }
    }

    private void readField(final RdbInput in) throws IOException {
        in.string(field, FIELD);
        field.detach();
        in.string(value, VALUE);
        value.detach();
        hash.append(
                field.array(),
                field.offset(),
                field.length(),
                value.array(),
                value.offset(),
                value.length());
    }

    private void readFieldWithDeadline(final RdbInput in, final long earliest) throws IOException {
        final long ttl = in.length("a field's deadline");
        readField(in);
        if (ttl != 0) {
            setDeadline(field.array(), field.offset(), field.length(), earliest + ttl - 1, in);
        }
    }

    private void setDeadline(
            final byte[] array,
            final int offset,
            final int length,
            final long deadline,
            final RdbInput in)
            throws IOException {
        if (deadline < 0 || deadline > MAX_DEADLINE) {
            throw in.error("a field has the impossible deadline " + deadline);
        }
        hash.setDeadline(array, offset, length, deadline);
    }

    private void readZipmap() {
        final byte[] array = value.array();
        int p = Zipmap.first(array, value.offset());
        while (!Zipmap.isEnd(array, p)) {
            Zipmap.get(array, p, packedField, packedValue);
            appendPacked();
            p = Zipmap.next(array, p);
        }
    }

    private void readZiplist() {
        final byte[] array = value.array();
        int p = Ziplist.first(array, value.offset());
        while (!Ziplist.isEnd(array, p)) {
            Ziplist.get(array, p, packedField);
            p = Ziplist.next(array, p);
            Ziplist.get(array, p, packedValue);
            p = Ziplist.next(array, p);
            appendPacked();
        }
    }

    private void readListpackWithDeadlines(final RdbEntry entry, final RdbInput in)
            throws IOException {
        final byte[] array = value.array();
        int p = Listpack.first(array, value.offset());
        while (!Listpack.isEnd(array, p)) {
            Listpack.get(array, p, packedField);
            p = Listpack.next(array, p);
            Listpack.get(array, p, packedValue);
            p = Listpack.next(array, p);
            appendPacked();
            Listpack.get(array, p, packedValue);
            p = Listpack.next(array, p);
            if (!packedValue.isInteger()) {
                throw damaged(entry, in);
            }
            if (packedValue.number() != 0) {
                setDeadline(
                        packedField.array(),
                        packedField.offset(),
                        packedField.length(),
                        packedValue.number(),
                        in);
            }
        }
    }

    private void appendPacked() {
        hash.append(
                packedField.array(),
                packedField.offset(),
                packedField.length(),
                packedValue.array(),
                packedValue.offset(),
                packedValue.length());
    }

    @Override
    public int type(final ViewCursor entry) {
        if (entry.encoding() == ValueType.LISTPACK) {
            return RdbFormat.TYPE_HASH_LISTPACK;
        }
        return entry.earliestFieldDeadline() < 0
                ? RdbFormat.TYPE_HASH
                : RdbFormat.TYPE_HASH_METADATA;
    }

    @Override
    public void write(final ViewCursor entry, final RdbOutput out) throws IOException {
        if (entry.encoding() == ValueType.LISTPACK) {
            out.string(entry.valueArray(), entry.valueOffset(), entry.valueLength());
            return;
        }
        final long earliest = entry.earliestFieldDeadline();
        if (earliest >= 0) {
            out.longLittleEndian(earliest);
        }
        final ElementCursor fields = entry.elements();
        out.length(entry.elementCount());
        while (fields.next()) {
            if (earliest >= 0) {
                final long deadline = fields.deadline();
                out.length(deadline < 0 ? 0 : deadline - earliest + 1);
            }
            RdbValues.text(fields.element(), out);
            RdbValues.text(fields.value(), out);
        }
    }
}
