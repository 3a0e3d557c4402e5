package dev.lockstep.server.process;

import java.io.IOException;

/**
 * Starts threads where the system may have none left, for {@code ulimit -u} or the limit of a container: that is an error like
 * that of a disk, and not of the heap, though the JVM says OutOfMemoryError.
 */
public final class ThreadStart {
    private ThreadStart() {}

    /** @throws IOException if there may be no more threads */
    public static void start(Thread thread) throws IOException {
        guard(thread::start);
    }

    /**
     * Does what may start a thread.
     *
     * @throws IOException if there may be no more threads
     */
    public static void guard(Runnable starting) throws IOException {
        try {
            starting.run();
        } catch (OutOfMemoryError e) {
            // without the cause: what is told of it must not be taken for the heap's
            throw new IOException(
                    "no thread could be started, the limit of processes (ulimit -u, or that of a container) may be reached: "
                            + e.getMessage());
        }
    }
}
