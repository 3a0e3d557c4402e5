package dev.lockstep.server.process;

import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs what the executor is stuck in when it hasn't been heard of for the {@code watchdog-period}.
 *
 * <p>The executor's cron calls {@link #alive()}; a thread of the watchdog's own, which exists only while a
 * period is set, looks at how long ago that was. A stall is logged once, not once per period.
 */
public final class Watchdog {
    private static final Logger LOG = LoggerFactory.getLogger(Watchdog.class);
    private static final long NANOS_PER_MILLI = 1_000_000L;

    private final Thread watched;
    private volatile long heardNanos;
    private volatile long periodNanos;
    private Thread watcher;

    public Watchdog(Thread watched) {
        this.watched = watched;
    }

    /**
     * Starts, changes or, with 0, stops the watch. On the watched thread only.
     *
     * @param periodMillis the longest silence that goes unlogged; the caller keeps it at or above twice
     *     the cron's own interval
     */
    public void period(int periodMillis) {
        alive();
        periodNanos = periodMillis * NANOS_PER_MILLI;
        if (periodMillis == 0 || watcher != null && watcher.isAlive()) {
            LockSupport.unpark(watcher);
            return;
        }
        watcher = new Thread(this::watch, "watchdog");
        watcher.setDaemon(true);
        watcher.start();
    }

    /** Says that the watched thread makes progress. */
    public void alive() {
        heardNanos = System.nanoTime();
    }

    private void watch() {
        long reported = 0;
        for (long period = periodNanos; period != 0; period = periodNanos) {
            long heard = heardNanos;
            long silence = System.nanoTime() - heard;
            if (silence > period && heard != reported) {
                reported = heard;
                report();
            }
            LockSupport.parkNanos(Math.max(NANOS_PER_MILLI, period / 2));
        }
    }

    private void report() {
        StringBuilder text = new StringBuilder("\n--- WATCHDOG TIMER EXPIRED ---\n");
        CrashReport.append(text, watched, watched.getStackTrace());
        LOG.warn("{}------", text);
    }
}
