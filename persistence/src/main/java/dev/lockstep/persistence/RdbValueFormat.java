package dev.lockstep.persistence;

import dev.lockstep.keyspace.ViewCursor;
import java.io.IOException;

/** How the values of one type stand in an RDB, from behind the key on. One instance per thread. */
interface RdbValueFormat {
    /** Reads the value of {@code entry}, whose RDB type is one of this type's, and gives it to a handler. */
    void read(RdbEntry entry, RdbInput in, RdbHandler handler) throws IOException;

    /** The RDB type that the value of an entry is written as. */
    int type(ViewCursor entry);

    /** Writes the value of an entry. */
    void write(ViewCursor entry, RdbOutput out) throws IOException;
}
