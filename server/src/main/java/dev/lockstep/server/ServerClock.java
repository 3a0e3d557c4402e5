package dev.lockstep.server;

import java.time.Instant;
import java.util.function.LongSupplier;

/**
 * The server's time: read once per batch of requests and per cron run, so that a batch sees one moment. Executor only. What is for
 * people, such as the moments in MONITOR, is the system's time.
 */
public final class ServerClock {
    private final LongSupplier source;
    private long millis;
    private Instant moment;

    /** @param source Unix time in milliseconds */
    public ServerClock(LongSupplier source) {
        this.source = source;
        update();
    }

    /** Reads the time anew; executor only. */
    public void update() {
        millis = source.getAsLong();
    }

    /** Puts back what {@link #millis} was, for a command that has let others be served meanwhile. */
    void backTo(long before) {
        millis = before;
    }

    /** A command begins that no other has called: {@link #moment} is a new one. */
    void commandBegins() {
        moment = null;
    }

    /** Now, to the microsecond; the same for all that a script or a transaction calls. */
    public Instant moment() {
        if (moment == null) {
            moment = Instant.now();
        }
        return moment;
    }

    /** Unix milliseconds as of the last {@link #update}. */
    public long millis() {
        return millis;
    }
}
