package dev.lockstep.server;

import io.netty.channel.EventLoop;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What has to happen without a client asking: {@code hz} times a second, in slices of at most half a millisecond between
 * batches of commands. Executor only.
 */
final class Cron {
    private static final Logger LOG = LoggerFactory.getLogger(Cron.class);
    private static final long SLICE_NANOS = 500_000;
    private static final long PAUSE_BETWEEN_SLICES_MICROS = 500;

    private final LockstepServer server;
    private final EventLoop loop;
    private final OperationsRate rate = new OperationsRate();
    private boolean sliceScheduled;
    private long lastSecond;

    Cron(LockstepServer server, EventLoop loop) {
        this.server = server;
        this.loop = loop;
    }

    void start() {
        loop.execute(this::tick);
    }

    private void tick() {
        try {
            server.clock().update();
            long now = server.clock().millis();
            server.keyspace().clock().now(now);
            rate.sample(server.stats(), now);
            server.clients().endPauseIfOver(now);
            server.waits().check(now);
            server.memory().everyTick();
            background();
            server.snapshots().everyTick(now);
            server.replication().everyTick(now);
            if (now / 1000 != lastSecond) {
                lastSecond = now / 1000;
                server.clients().everySecond(now);
                server.replication().everySecond(now);
            }
            server.replication().feed();
        } catch (RuntimeException e) {
            LOG.error("A background task failed", e);
        }
        loop.schedule(this::tick, 1000 / server.config().general.hz.get(), TimeUnit.MILLISECONDS);
    }

    /** Works for one slice on what is expired or to be given back, and comes again soon while there is more. */
    private void background() {
        long deadline = System.nanoTime() + SLICE_NANOS;
        boolean more = server.expiry().slice(SLICE_NANOS);
        while (server.keyspace().reclaim() > 0) {
            if (System.nanoTime() > deadline) {
                more = true;
                break;
            }
        }
        if (more && !sliceScheduled) {
            sliceScheduled = true;
            loop.schedule(this::anotherSlice, PAUSE_BETWEEN_SLICES_MICROS, TimeUnit.MICROSECONDS);
        }
    }

    private void anotherSlice() {
        sliceScheduled = false;
        server.clock().update();
        background();
        server.replication().feed();
    }

    /** Commands and bytes per second, as INFO shows them. */
    OperationsRate rate() {
        return rate;
    }
}
