package dev.lockstep.server;

import dev.lockstep.server.process.Watchdog;
import dev.lockstep.server.warmup.WarmUp;
import io.netty.channel.EventLoop;
import java.util.List;
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
    private final List<Job> everyTick;
    private final List<Job> everySecond;

    /** What may follow from the others' work. */
    private final List<Job> afterAll;

    private Watchdog watchdog;
    private final WarmUp warmUp;
    private boolean paused;
    private boolean sliceScheduled;
    private long lastSecond;

    /** What is to be looked at regularly; {@code now} in Unix milliseconds. */
    private interface Job {
        void run(long now);
    }

    Cron(LockstepServer server, EventLoop loop) {
        this.server = server;
        this.loop = loop;
        warmUp = new WarmUp(server);
        everyTick =
                List.of(
                        now -> rate.sample(server.stats(), now),
                        now -> server.pauses().endIfOver(now),
                        now -> server.shutdown().everyTick(now),
                        now -> server.memory().everyTick(),
                        now -> server.tracking().everyTick(),
                        now -> server.clients().eviction().everyTick(),
                        now -> background(),
                        now -> server.snapshots().everyTick(now),
                        now -> server.snapshots().loading().everyTick(),
                        now -> server.aof().everyTick(),
                        now -> server.replication().everyTick(now));
        everySecond =
                List.of(
                        now -> server.clients().everySecond(now),
                        now -> server.replication().everySecond(now),
                        now -> server.migrations().everySecond());
        afterAll = List.of(now -> warmUp.everyTick(), now -> server.replication().feed());
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
        long begun = System.nanoTime();
        server.clock().update();
        watchdog.alive();
        long now = server.clock().millis();
        server.keyspace().clock().now(now);
        run(everyTick, now);
        if (now / 1000 != lastSecond) {
            lastSecond = now / 1000;
            run(everySecond, now);
        }
        run(afterAll, now);
        server.stats().tickEnds(System.nanoTime() - begun);
    }

    /** One that fails doesn't keep those behind it from their work. */
    private static void run(List<Job> jobs, long now) {
        for (int i = 0; i < jobs.size(); i++) {
            try {
                jobs.get(i).run(now);
            } catch (RuntimeException | Error e) {
                LOG.error("A background task failed", e);
            }
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
