package dev.lockstep.persistence;

import java.io.IOException;

/** Where encoded bytes come from: a file, the socket of a master, an array. One thread at a time. */
public interface ByteSource {
    /** What {@link #size} answers when nobody knows. */
    long UNKNOWN_SIZE = -1;

    /**
     * Reads at least one and at most {@code length} bytes into {@code buffer}, blocking if it must.
     *
     * @param length 1 or more
     * @return how many bytes were read, or -1 at the end
     */
    int read(byte[] buffer, int offset, int length) throws IOException;

    /** How many bytes this source gives in all, counted from its start, or {@link #UNKNOWN_SIZE}. */
    default long size() {
        return UNKNOWN_SIZE;
    }
}
