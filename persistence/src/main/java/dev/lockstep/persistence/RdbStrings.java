package dev.lockstep.persistence;

import dev.lockstep.keyspace.StringValue;
import dev.lockstep.keyspace.ViewCursor;
import java.io.IOException;

/** Strings in an RDB. */
final class RdbStrings implements RdbValueFormat {
    private final RdbString value = new RdbString();

    @Override
    public void read(final RdbEntry entry, final RdbInput in, final RdbHandler handler)
            throws IOException {
        in.string(value, "a string value");
        if (value.isInteger()) {
            handler.stringInteger(entry, value.integer());
        } else if (value.isOwned()) {
            handler.largeString(entry, value.array());
        } else {
            handler.string(entry, value.array(), value.offset(), value.length());
        }
    }

    @Override
    public int type(final ViewCursor entry) {
        return RdbFormat.TYPE_STRING;
    }

    @Override
    public void write(final ViewCursor entry, final RdbOutput out) throws IOException {
        final StringValue string = entry.string();
        if (string.isInteger()) {
            out.integerString(string.number());
        } else {
            out.string(string.array(), string.offset(), string.length());
        }
    }
}
