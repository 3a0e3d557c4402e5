package dev.lockstep.server;

import dev.lockstep.server.process.Watchdog;
import dev.lockstep.server.warmup.WarmUp;
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
    private Watchdog watchdog;
    private final WarmUp warmUp;
    private boolean paused;
    private boolean sliceScheduled;
    private long lastSecond;

    Cron(LockstepServer server, EventLoop loop) {
        this.server = server;
        this.loop = loop;
        warmUp = new WarmUp(server);
    }

    void start() {
        loop.execute(
                () -> {
                    watchdog = new Watchdog(Thread.currentThread());
                    watchdogPeriodChanged();
                    tick();
                });
    }

    /** Watches over the ticks for {@code watchdog-period}, but for no less than two of them. */
    void watchdogPeriodChanged() {
        int millis = server.config().general.watchdogPeriod.get();
        int least = 2000 / server.config().general.hz.get();
        watchdog.period(millis == 0 ? 0 : Math.max(millis, least));
    }

    void pause(boolean on) {
        paused = on;
    }

    boolean isPaused() {
        return paused;
    }

    private void tick() {
        try {
            if (!paused && !server.executor().isBusy()) {
                work();
            }
        } finally {
            loop.schedule(
                    this::tick, 1000 / server.config().general.hz.get(), TimeUnit.MILLISECONDS);
        }
    }

    private void work() {
        try {
            long begun = System.nanoTime();
            server.clock().update();
            watchdog.alive();
            long now = server.clock().millis();
            server.keyspace().clock().now(now);
            rate.sample(server.stats(), now);
            server.pauses().endIfOver(now);
            server.shutdown().everyTick(now);
            server.memory().everyTick();
            server.tracking().everyTick();
            server.clients().eviction().everyTick();
            background();
            server.snapshots().everyTick(now);
            server.snapshots().loading().everyTick();
            server.aof().everyTick();
            server.replication().everyTick(now);
            if (now / 1000 != lastSecond) {
                lastSecond = now / 1000;
                server.clients().everySecond(now);
                server.replication().everySecond(now);
                server.migrations().everySecond();
            }
            warmUp.everyTick();
            server.replication().feed();
            server.stats().tickEnds(System.nanoTime() - begun);
        } catch (RuntimeException | Error e) {
            LOG.error("A background task failed", e);
        }
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
        if (server.executor().isBusy()) {
            return;
        }
        server.clock().update();
        background();
        server.replication().feed();
    }

    /** Commands and bytes per second, as INFO shows them. */
    OperationsRate rate() {
        return rate;
    }
}
