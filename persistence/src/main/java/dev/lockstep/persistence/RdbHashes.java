package dev.lockstep.persistence;

import dev.lockstep.keyspace.Database;
import dev.lockstep.keyspace.ElementCursor;
import dev.lockstep.keyspace.HashValue;
import dev.lockstep.keyspace.Listpack;
import dev.lockstep.keyspace.ValueType;
import dev.lockstep.keyspace.ViewCursor;
import java.io.IOException;

/** Hashes in an RDB. */
final class RdbHashes implements RdbValueFormat {
    private final HashValue hash = new HashValue();
    private final RdbString field = new RdbString();
    private final RdbString value = new RdbString();

    @Override
    public void read(final RdbEntry entry, final RdbInput in, final RdbHandler handler)
            throws IOException {
        final Database database = RdbValues.building(entry, handler);
        hash.create(database, entry.keyArray(), entry.keyOffset(), entry.keyLength());
        if (entry.type() == RdbFormat.TYPE_HASH_LISTPACK) {
            readListpack(entry, in);
        } else {
            readFields(in);
        }
        handler.built(entry, hash.cell());
    }

    private void readListpack(final RdbEntry entry, final RdbInput in) throws IOException {
        in.string(value, "a hash listpack");
        value.detach();
        if (!Listpack.isValid(value.array(), value.offset(), value.length())
                || !hash.setListpack(value.array(), value.offset(), value.length())) {
            throw in.error("the listpack of the hash '" + entry.printableKey() + "' is damaged");
        }
    }

    private void readFields(final RdbInput in) throws IOException {
        final long count = in.length("the number of a hash's fields");
        if (count == 0) {
            throw in.error("a hash without fields");
        }
        for (long i = 0; i < count; i++) {
            in.string(field, "a field");
            field.detach();
            in.string(value, "a field's value");
            value.detach();
            if (!hash.set(
                    field.array(),
                    field.offset(),
                    field.length(),
                    value.array(),
                    value.offset(),
                    value.length())) {
                throw in.error("a hash has the same field twice");
            }
        }
    }

    @Override
    public int type(final ViewCursor entry) {
        return entry.encoding() == ValueType.LISTPACK
                ? RdbFormat.TYPE_HASH_LISTPACK
                : RdbFormat.TYPE_HASH;
    }

    @Override
    public void write(final ViewCursor entry, final RdbOutput out) throws IOException {
        if (entry.encoding() == ValueType.LISTPACK) {
            out.string(entry.valueArray(), entry.valueOffset(), entry.valueLength());
            return;
        }
        final ElementCursor fields = entry.elements();
        out.length(entry.elementCount());
        while (fields.next()) {
            RdbValues.text(fields.element(), out);
            RdbValues.text(fields.value(), out);
        }
    }
}
