package dev.lockstep.keyspace;

import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * Keeps one zeroed chunk ready, so that the executor does not wait for the JVM to clear 4 MiB.
 *
 * <p>One daemon thread serves the whole process. {@link #take} may be called from any thread; when the spare is not
 * there yet, the caller makes its own.
 */
public final class ChunkSupply {
    /** The array header makes it exactly 4 MiB, which G1 treats as humongous and never copies. */
    public static final int CHUNK_BYTES = (4 << 20) - 16;

    private static final AtomicReference<byte[]> SPARE = new AtomicReference<>();
    private static volatile Thread maker;

    private ChunkSupply() {}

    /** Starts the thread that keeps the spare; without it every chunk is made where it is needed. */
    public static synchronized void start() {
        if (maker == null) {
            Thread thread = new Thread(ChunkSupply::keepSpare, "lockstep-chunk");
            thread.setDaemon(true);
            maker = thread;
            thread.start();
        }
    }

    static byte[] take() {
        byte[] chunk = SPARE.getAndSet(null);
        if (maker != null) {
            LockSupport.unpark(maker);
        }
        return chunk != null ? chunk : new byte[CHUNK_BYTES];
    }

    /** Lets go of the spare while memory is short. */
    public static void dropSpare() {
        SPARE.set(null);
    }

    private static void keepSpare() {
        while (true) {
            if (SPARE.get() == null) {
                try {
                    SPARE.compareAndSet(null, new byte[CHUNK_BYTES]);
                } catch (OutOfMemoryError none) {
                    SPARE.set(null);
                }
            }
            LockSupport.park(SPARE);
        }
    }
}
