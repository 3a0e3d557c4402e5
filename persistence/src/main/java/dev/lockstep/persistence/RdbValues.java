package dev.lockstep.persistence;

import java.io.IOException;

/** Finds the reader for a value's type. One instance per reading thread. */
final class RdbValues {
    private final RdbStringReader strings = new RdbStringReader();
    private final RdbModuleReader modules = new RdbModuleReader();

    /** Reads the value of {@code entry}, whose type and key have been read. */
    void read(final RdbEntry entry, final RdbInput in, final RdbHandler handler)
            throws IOException {
        of(entry, in).read(entry, in, handler);
    }

    RdbModuleReader modules() {
        return modules;
    }

    private RdbValueReader of(final RdbEntry entry, final RdbInput in) throws RdbException {
        switch (entry.type()) {
            case RdbFormat.TYPE_STRING:
                return strings;
            case RdbFormat.TYPE_MODULE_2:
                return modules;
            default:
                throw in.error(
                        "key '"
                                + entry.printableKey()
                                + "' has type "
                                + RdbFormat.typeName(entry.type())
                                + " (RDB type "
                                + entry.type()
                                + "), which this version can't load");
        }
    }
}
