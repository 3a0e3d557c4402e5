package dev.lockstep.persistence;

import java.io.IOException;

/** Where encoded bytes go: a file, the sockets of waiting replicas, an array. One thread at a time. */
public interface ByteSink {
    /**
     * Takes {@code length} bytes from {@code array}, all of them, blocking if it must. The array belongs to the caller
     * again when this returns, so a sink that keeps the bytes copies them.
     *
     * @throws IOException if the bytes cannot be taken; what was being written is then incomplete
     */
    void write(byte[] array, int offset, int length) throws IOException;
}
