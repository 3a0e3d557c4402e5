package dev.lockstep.keyspace;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;

/**
 * Keeps a few zeroed chunks ready, so that the executor waits neither for the JVM to clear 4 MiB nor for the operating system
 * to find memory for them: under a freeze every write may need new cells.
 *
 * <p>One daemon thread serves the whole process. {@link #take} may be called from any thread; when no spare is there, the
 * caller makes its own.
 */
public final class ChunkSupply {
    /** The array header makes it exactly 4 MiB, which G1 treats as humongous and never copies. */
    public static final int CHUNK_BYTES = (4 << 20) - 16;

    private static final int MOST_SPARES = 4;

    /** Spares take at most this share of the heap. */
    private static final int HEAP_SHARE = 64;

    private static final int WANTED =
            (int)
                    Math.max(
                            1,
                            Math.min(
                                    MOST_SPARES,
                                    Runtime.getRuntime().maxMemory() / HEAP_SHARE / CHUNK_BYTES));

    private static final AtomicReferenceArray<byte[]> SPARES = new AtomicReferenceArray<>(WANTED);
    private static final AtomicInteger COUNT = new AtomicInteger();
    private static volatile Thread maker;

    private ChunkSupply() {}

    /** Starts the thread that keeps the spares; without it every chunk is made where it is needed. */
    public static synchronized void start() {
        if (maker == null) {
            Thread thread = new Thread(ChunkSupply::keepSpares, "lockstep-chunk");
            thread.setDaemon(true);
            maker = thread;
            thread.start();
        }
    }

    static byte[] take() {
        byte[] chunk = takeSpare();
        if (maker != null) {
            LockSupport.unpark(maker);
        }
        return chunk != null ? chunk : new byte[CHUNK_BYTES];
    }

    private static byte[] takeSpare() {
        for (int i = 0; COUNT.get() > 0 && i < WANTED; i++) {
            byte[] chunk = SPARES.getAndSet(i, null);
            if (chunk != null) {
                COUNT.decrementAndGet();
                return chunk;
            }
        }
        return null;
    }

    /** Lets go of the spares while memory is short. */
    public static void dropSpares() {
        byte[] dropped;
        do {
            dropped = takeSpare();
        } while (dropped != null);
    }

    private static void keepSpares() {
        while (true) {
            for (int i = 0; i < WANTED; i++) {
                if (SPARES.get(i) == null && !makeSpare(i)) {
                    break;
                }
            }
            LockSupport.park(SPARES);
        }
    }

    /** Only this thread fills a place, so that what it found empty still is. */
    private static boolean makeSpare(int place) {
        try {
            SPARES.set(place, new byte[CHUNK_BYTES]);
            COUNT.incrementAndGet();
            return true;
        } catch (OutOfMemoryError none) {
            return false;
        }
    }
}
