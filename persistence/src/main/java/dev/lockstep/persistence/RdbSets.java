package dev.lockstep.persistence;

import dev.lockstep.keyspace.Database;
import dev.lockstep.keyspace.ElementCursor;
import dev.lockstep.keyspace.Intset;
import dev.lockstep.keyspace.Listpack;
import dev.lockstep.keyspace.SetValue;
import dev.lockstep.keyspace.StringValue;
import dev.lockstep.keyspace.ValueType;
import dev.lockstep.keyspace.ViewCursor;
import java.io.IOException;

/**
 * Sets in an RDB, from behind the key on.
 *
 * <pre>
 *   2  SET           length count, { string member }
 *   11 SET_INTSET    string: an {@link Intset}
 *   20 SET_LISTPACK  string: a {@link Listpack}
 * </pre>
 *
 * Type 20 needs version 11, so a set that is a listpack is written as type 2.
 */
final class RdbSets implements RdbValueFormat {
    private final SetValue set = new SetValue();
    private final RdbString string = new RdbString();
    private final StringValue member = new StringValue();

    @Override
    public void read(final RdbEntry entry, final RdbInput in, final RdbHandler handler)
            throws IOException {
        final boolean any;
        switch (entry.type()) {
            case RdbFormat.TYPE_SET_INTSET:
                any = readIntset(entry, in, handler);
                break;
            case RdbFormat.TYPE_SET_LISTPACK:
                any = readListpack(entry, in, handler);
                break;
            default:
                any = readMembers(entry, in, handler);
        }
        if (any) {
            handler.built(entry, set.cell());
        } else {
            handler.empty(entry);
        }
    }

    private boolean readIntset(final RdbEntry entry, final RdbInput in, final RdbHandler handler)
            throws IOException {
        in.string(string, "an intset");
        string.detach();
        if (!Intset.isValid(string.array(), string.offset(), string.length())) {
            throw in.error("the intset of the set '" + entry.printableKey() + "' is damaged");
        }
        if (Intset.count(string.array(), string.offset()) == 0) {
            return false;
        }
        create(entry, handler, ValueType.INTSET);
        set.setIntset(string.array(), string.offset(), string.length());
        return true;
    }

    private boolean readListpack(final RdbEntry entry, final RdbInput in, final RdbHandler handler)
            throws IOException {
        in.string(string, "a set listpack");
        string.detach();
        final boolean valid = Listpack.isValid(string.array(), string.offset(), string.length());
        if (valid && Listpack.count(string.array(), string.offset()) == 0) {
            return false;
        }
        if (valid) {
            create(entry, handler, ValueType.LISTPACK);
        }
        if (!valid || !set.setListpack(string.array(), string.offset(), string.length())) {
            throw in.error("the listpack of the set '" + entry.printableKey() + "' is damaged");
        }
        return true;
    }

    private boolean readMembers(final RdbEntry entry, final RdbInput in, final RdbHandler handler)
            throws IOException {
        final long count = in.length("the number of a set's members");
        if (count == 0) {
            return false;
        }
        final Database database = RdbValues.building(entry, handler);
        create(entry, database, SetValue.encodingFor(database, count));
        for (long i = 0; i < count; i++) {
            in.string(string, "a member of a set");
            if (string.isInteger()) {
                member.integer(string.integer());
            } else {
                member.slice(string.array(), string.offset(), string.length());
            }
            if (!set.add(member)) {
                throw in.error("the set '" + entry.printableKey() + "' has a member twice");
            }
        }
        return true;
    }

    private void create(final RdbEntry entry, final RdbHandler handler, final int encoding)
            throws IOException {
        create(entry, RdbValues.building(entry, handler), encoding);
    }

    private void create(final RdbEntry entry, final Database database, final int encoding) {
        set.create(database, entry.keyArray(), entry.keyOffset(), entry.keyLength(), encoding);
    }

    @Override
    public int type(final ViewCursor entry) {
        return entry.encoding() == ValueType.INTSET
                ? RdbFormat.TYPE_SET_INTSET
                : RdbFormat.TYPE_SET;
    }

    @Override
    public void write(final ViewCursor entry, final RdbOutput out) throws IOException {
        if (entry.encoding() == ValueType.INTSET) {
            out.string(entry.valueArray(), entry.valueOffset(), entry.valueLength());
            return;
        }
        final boolean packed = entry.encoding() == ValueType.LISTPACK;
        final ElementCursor members = entry.elements();
        out.length(
                packed
                        ? Listpack.count(entry.valueArray(), entry.valueOffset())
                        : entry.elementCount());
        while (members.next()) {
            RdbValues.text(members.element(), out);
        }
    }
}
