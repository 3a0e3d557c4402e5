package dev.lockstep.server.replication;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Keeps one transfer below {@code repl-full-sync-max-rate}: tells how much to send at once and when the next piece is due. The
 * rate may change at any time. One thread.
 */
final class TransferPace {
    /** As much of a second's bytes goes out at once, so that the link is never silent for long. */
    private static final int PIECES_PER_SECOND = 10;

    private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final LongSupplier bytesPerSecond;
    private long lastRate;
    private long dueNanos = System.nanoTime();

    /**
     * @param bytesPerSecond asked for each piece; 0 is no limit
     */
    TransferPace(LongSupplier bytesPerSecond) {
        this.bytesPerSecond = bytesPerSecond;
    }

    /** How many bytes to send next, of at most so many. */
    int piece(int most) {
        long rate = bytesPerSecond.getAsLong();
        return rate == 0 ? most : (int) Math.max(1, Math.min(most, rate / PIECES_PER_SECOND));
    }

    /** So many bytes were sent: how long to wait before the next, in nanoseconds; never so long that the link seems dead. */
    long sent(int bytes) {
        long rate = bytesPerSecond.getAsLong();
        long now = System.nanoTime();
        if (rate != lastRate) {
            // What was sent at another rate is no debt at this one.
            lastRate = rate;
            dueNanos = now;
        }
        if (rate == 0) {
            return 0;
        }
        long takes = (long) (Math.min(bytes, rate) / (double) rate * SECOND_NANOS);
        dueNanos = Math.max(dueNanos, now - takes) + takes;
        return Math.max(0, Math.min(SECOND_NANOS, dueNanos - now));
    }
}
