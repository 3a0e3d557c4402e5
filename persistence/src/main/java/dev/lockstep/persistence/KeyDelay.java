package dev.lockstep.persistence;

import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Slows a save or a load down, key by key, for tests; and ends it when it is cancelled, also while it waits. The thread
 * that works calls {@link #afterKey}; any thread may {@link #cancel}.
 */
final class KeyDelay {
    private final String work;
    private final SplittableRandom random = new SplittableRandom();
    private volatile boolean cancelled;
    private volatile Thread waiting;

    /** @param work what is cancelled, for the exception's message */
    KeyDelay(String work) {
        this.work = work;
    }

    void cancel() {
        cancelled = true;
        LockSupport.unpark(waiting);
    }

    boolean isCancelled() {
        return cancelled;
    }

    /** Called often by the thread that works: so threads that wait for its processor, as the executor may, wait shortly. */
    void check() throws CancelledException {
        Thread.yield();
        if (cancelled) {
            throw new CancelledException(work);
        }
    }

    /**
     * Waits as Redis' key delay directives say.
     *
     * @param micros microseconds; negative to wait one microsecond at one key in so many
     */
    void afterKey(int micros) throws CancelledException {
        check();
        if (micros > 0) {
            pause(micros);
        } else if (micros < 0 && random.nextLong(-(long) micros) == 0) {
            pause(1);
        }
    }

    private void pause(int micros) throws CancelledException {
        long end = System.nanoTime() + TimeUnit.MICROSECONDS.toNanos(micros);
        waiting = Thread.currentThread();
        long left = end - System.nanoTime();
        while (left > 0) {
            check();
            LockSupport.parkNanos(this, left);
            left = end - System.nanoTime();
        }
        waiting = null;
    }
}
