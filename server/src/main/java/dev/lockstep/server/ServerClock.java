package dev.lockstep.server;

import java.util.function.LongSupplier;

/** The server's time: read once per batch of requests and per cron run, so that a batch sees one moment. */
public final class ServerClock {
    private final LongSupplier source;
    private long millis;

    /** @param source Unix time in milliseconds */
    public ServerClock(LongSupplier source) {
        this.source = source;
        update();
    }

    /** Reads the time anew; executor only. */
    public void update() {
        millis = source.getAsLong();
    }

    /** Unix milliseconds as of the last {@link #update}. */
    public long millis() {
        return millis;
    }
}
