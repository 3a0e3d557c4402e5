package dev.lockstep.persistence;

import java.io.IOException;

/** Reads string values. */
final class RdbStringReader implements RdbValueReader {
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
}
