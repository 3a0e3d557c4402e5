package dev.lockstep.persistence;

import dev.lockstep.keyspace.Database;
import java.io.IOException;

/**
 * Receives what an RDB holds, in its order, on the thread that loads. Arrays and the entry are the reader's and valid
 * only during the call, unless the method says otherwise. An {@link IOException} thrown here ends the load and reaches
 * its caller unchanged.
 */
public interface RdbHandler {
    /** A field about the file, one of {@link RdbAux}'s or any other; one char per byte. */
    void aux(String name, String value) throws IOException;

    /** The keys that follow belong to this database; before the first call it is 0. */
    void selectDb(int db) throws IOException;

    /** How many keys, and keys with an expiry, the selected database holds: a hint that may be wrong. */
    void resizeDb(long keys, long expires) throws IOException;

    /** The code of a function library. The array is handed over. */
    void functionLibrary(byte[] code) throws IOException;

    /** A string of up to 32 KiB. It may look like an integer: writers don't have to encode it as one. */
    void string(RdbEntry entry, byte[] array, int offset, int length) throws IOException;

    /** A string that is the canonical decimal text of an integer, stored as that. */
    void stringInteger(RdbEntry entry, long value) throws IOException;

    /** A string of more than 32 KiB. The array is exactly as long as the value and is handed over. */
    void largeString(RdbEntry entry, byte[] owned) throws IOException;

    /**
     * A collection follows: the database to build it in, which has no entry with its key. {@link #built} comes next, unless
     * an exception ends the load; what was built by then stays there.
     */
    Database building(RdbEntry entry) throws IOException;

    /** The value of an entry has been built in the database that {@link #building} gave: this is its cell there. */
    void built(RdbEntry entry, int cell) throws IOException;

    /** A collection without elements was read, which is no value; a file's is left out. */
    default void empty(final RdbEntry entry) throws IOException {
        skipped("the key '" + entry.printableKey() + "', which has no elements");
    }

    /** Something was read over, such as the data of a module; the text says what, for the log. */
    void skipped(String text) throws IOException;

    /**
     * More bytes have arrived, called about once per 128 KiB.
     *
     * @param bytes read so far from the source
     */
    default void progress(final long bytes) throws IOException {}
}
