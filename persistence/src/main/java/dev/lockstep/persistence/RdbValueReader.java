package dev.lockstep.persistence;

import java.io.IOException;

/** Reads the values of one family of types, from behind the key on, and gives them to a handler. */
interface RdbValueReader {
    /** Reads the value of {@code entry}, whose type is one of this family's. */
    void read(RdbEntry entry, RdbInput in, RdbHandler handler) throws IOException;
}
