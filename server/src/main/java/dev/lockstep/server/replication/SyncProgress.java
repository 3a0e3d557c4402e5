package dev.lockstep.server.replication;

import java.util.Locale;

/**
 * How far a full sync is, on either side: bytes, the part done where that is known, rate, and what is left. Executor only.
 */
final class SyncProgress {
    /** A long transfer has a line in the log every so often. */
    private static final long LOG_INTERVAL_MILLIS = 5_000;

    private long startMillis;
    private long loggedMillis;
    private long bytes;
    private long total;

    /** A transfer begins. */
    void begin(long nowMillis) {
        startMillis = nowMillis;
        loggedMillis = nowMillis;
        bytes = 0;
        total = 0;
    }

    /** How many bytes there are in all, 0 if nobody knows. */
    void total(long totalBytes) {
        total = totalBytes;
    }

    void moved(long more) {
        bytes += more;
    }

    void movedTo(long all) {
        bytes = all;
    }

    long bytes() {
        return bytes;
    }

    /** Bytes per second since the beginning. */
    long rate(long nowMillis) {
        return bytes * 1000 / Math.max(1, nowMillis - startMillis);
    }

    /**
     * The part that is done, 0 to 1, or negative if that isn't known.
     *
     * @param estimate of the part, for where the total isn't known; negative for none
     */
    double part(double estimate) {
        return total > 0 ? Math.min(1, (double) bytes / total) : estimate;
    }

    /** Seconds that the rest will take at the pace so far, or -1 if that isn't known. */
    long etaSeconds(double estimate, long nowMillis) {
        double part = part(estimate);
        return part <= 0 ? -1 : Math.round((nowMillis - startMillis) / 1000.0 * (1 - part) / part);
    }

    /** The fields of an INFO line. */
    String fields(double estimate, long nowMillis) {
        double part = part(estimate);
        return "bytes="
                + bytes
                + ",total="
                + total
                + ",perc="
                + (part < 0 ? "-1" : String.format(Locale.ROOT, "%.2f", part * 100))
                + ",rate="
                + rate(nowMillis)
                + ",eta="
                + etaSeconds(estimate, nowMillis);
    }

    /** Whether a line in the log is due. */
    boolean isLogDue(long nowMillis) {
        if (nowMillis - loggedMillis < LOG_INTERVAL_MILLIS) {
            return false;
        }
        loggedMillis = nowMillis;
        return true;
    }

    /** What that line says of the transfer. */
    String text(double estimate, long nowMillis) {
        double part = part(estimate);
        long eta = etaSeconds(estimate, nowMillis);
        return String.format(
                Locale.ROOT,
                "%d bytes%s, %.1f MB/s%s",
                bytes,
                part < 0 ? "" : String.format(Locale.ROOT, " (%.0f %%)", part * 100),
                rate(nowMillis) / 1e6,
                eta < 0 ? "" : ", " + eta + " s to go");
    }
}
