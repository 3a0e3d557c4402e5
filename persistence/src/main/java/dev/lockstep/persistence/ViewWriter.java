package dev.lockstep.persistence;

import java.io.IOException;

/**
 * Writes a frozen keyspace in one format or another. {@link #write} is called once, on any one thread; the other methods may be
 * called on any thread meanwhile. The view and the sink stay the caller's to close.
 */
public interface ViewWriter {
    /**
     * Writes everything.
     *
     * @throws CancelledException after {@link #cancel}
     * @throws IOException what the sink threw
     */
    void write(ByteSink sink) throws IOException;

    /** Makes {@link #write} end soon with {@link CancelledException}. */
    void cancel();

    /** How many keys have been written, give or take a few hundred. */
    long keysDone();

    /** How many keys there are to write. */
    long keysTotal();
}
