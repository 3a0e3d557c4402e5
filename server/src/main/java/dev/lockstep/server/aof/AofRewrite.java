package dev.lockstep.server.aof;

import dev.lockstep.persistence.AppendFile;
import dev.lockstep.server.KeyspaceSave;
import dev.lockstep.server.LockstepServer;
import dev.lockstep.server.aof.AppendOnlyFile.State;
import dev.lockstep.server.config.AppendOnlySettings;
import dev.lockstep.server.process.SystemReason;
import java.io.IOException;
import java.nio.file.Files;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the append-only file anew: a base of what the data are, in the place of all changes that led there. Executor only.
 *
 * <p>Four steps, of which the executor does the short ones. The file thread makes a new increment, and the manifest names it.
 * Then, in one moment, changes go there and the keyspace is frozen. The snapshot thread writes the frozen view as the new
 * base. The file thread lets it count, and deletes what it replaces. Whatever fails on the way, the parts that the manifest
 * names hold everything.
 */
public final class AofRewrite {
    private static final Logger LOG = LoggerFactory.getLogger(AofRewrite.class);
    private static final int FAILURES_UNDELAYED = 3;
    private static final int DELAY_MINUTES_MAX = 60;
    private static final long RETRY_WITHOUT_BASE_MILLIS = 5_000;

    private final LockstepServer server;
    private final AppendOnlyFile aof;
    private final AppendOnlySettings settings;

    /** One attempt; its parts compare themselves with the current one to find out that they are not wanted any more. */
    private final class Attempt {
        final long begunNanos = System.nanoTime();
        final boolean rdb = settings.rdbPreamble.get();
        final State state = aof.state();

        /** Where changes go from the freeze on; null if they are not recorded. */
        AppendFile increment;

        boolean saving;

        /** The replication offset at the freeze. */
        long offset;

        boolean isCurrent() {
            return attempt == this;
        }
    }

    private Attempt attempt;
    private boolean scheduled;
    private boolean lastSucceeded = true;
    private long lastSeconds = -1;
    private long rewrites;
    private int failures;
    private long retryMillis;
    private int delayMinutes;

    AofRewrite(LockstepServer server, AppendOnlyFile aof) {
        this.server = server;
        this.aof = aof;
        settings = server.config().appendOnly;
    }

    /** Whether it is under way. */
    public boolean isUnderWay() {
        return attempt != null;
    }

    /** Whether it begins as soon as nothing else is being saved. */
    public boolean isScheduled() {
        return scheduled;
    }

    /** Whether it is under way, or will begin by itself. */
    boolean isToCome() {
        return attempt != null || scheduled;
    }

    /** Begins it when nothing else is being saved. */
    public void schedule() {
        scheduled = true;
    }

    /** Begins it when nothing else is being saved, but not at once if several attempts have failed. */
    void scheduleAfterFailure() {
        failures++;
        scheduled = true;
    }

    /** Begins it at once, or as soon as nothing else is being saved. */
    void startSoon() {
        if (aof.isSuspended()
                || server.snapshots().isBusy()
                || server.executor().isBusy()
                || server.executor().isWithinAnother()) {
            scheduled = true;
            LOG.info(
                    "AOF was enabled but there is already another background operation. An AOF background was scheduled"
                            + " to start when possible.");
        } else {
            start();
        }
    }

    /** Begins; nothing else may be being saved. */
    public void start() {
        assert !server.snapshots().isBusy();
        scheduled = false;
        Attempt begun = new Attempt();
        attempt = begun;
        rewrites++;
        LOG.info("Background append only file rewriting started by pid {}", pid());
        aof.thread()
                .run(
                        () -> prepare(begun.state),
                        orEnd(
                                begun,
                                "Can't rewrite append only file in background: {}",
                                increment -> prepared(begun, increment)));
    }

    /** Takes what the file thread has done; if that has failed, the attempt ends, and the log says so. */
    private <T> FileThread.Listener<T> orEnd(Attempt begun, String failure, Consumer<T> next) {
        return new FileThread.Listener<>() {
            @Override
            public void done(T result) {
                next.accept(result);
            }

            @Override
            public void failed(IOException reason) {
                LOG.warn(failure, SystemReason.of(reason));
                end(begun, false);
            }
        };
    }

    /** Makes what changes go to from the freeze on; null if they are not recorded. On the file thread. */
    private AppendFile prepare(State state) throws IOException {
        AofFiles files = aof.files();
        switch (state) {
            case OFF -> {
                files.open();
                return null;
            }
            case AWAITS_BASE -> {
                files.createDirectory();
                return AppendFile.create(files.temporaryIncrement());
            }
            default -> {
                files.createDirectory();
                AppendFile increment = files.addIncrement();
                LOG.info(
                        "Creating AOF incr file {} on background rewrite",
                        increment.path().getFileName());
                return increment;
            }
        }
    }

    /** The increment is there: changes go to it from the moment of the freeze on. */
    private void prepared(Attempt begun, AppendFile increment) {
        if (!begun.isCurrent()) {
            discard(increment);
            return;
        }
        if (increment != null) {
            if (!aof.continueIn(increment)) {
                discard(increment);
                end(begun, false);
                return;
            }
            begun.increment = increment;
        }
        begun.saving = true;
        begun.offset = server.replication().offset();
        server.snapshots()
                .startRewrite(
                        aof.files().baseTarget(aof.files().temporaryBase()),
                        begun.rdb,
                        save -> written(begun, save));
    }

    private void discard(AppendFile increment) {
        if (increment != null) {
            aof.thread().quietly(increment::close);
        }
    }

    private void written(Attempt begun, KeyspaceSave save) {
        begun.saving = false;
        if (!begun.isCurrent()) {
            return;
        }
        if (save.failure() != null) {
            LOG.warn(
                    save.wasCancelled()
                            ? "Background AOF rewrite terminated by signal"
                            : "Background AOF rewrite terminated with error");
            end(begun, false);
            return;
        }
        LOG.info("Background AOF rewrite terminated with success");
        boolean takesIncrement = begun.state == State.AWAITS_BASE;
        int kept = begun.increment == null ? 0 : 1;
        aof.thread()
                .run(
                        () -> aof.files().installBase(begun.rdb, takesIncrement, kept),
                        orEnd(
                                begun,
                                "Error trying to let the rewritten AOF count: {}",
                                bytes -> installed(begun, bytes)));
    }

    private void installed(Attempt begun, long bytes) {
        if (begun.isCurrent()) {
            LOG.info("Background AOF rewrite finished successfully");
            if (begun.increment != null) {
                aof.rebased(bytes, begun.offset);
            }
            if (begun.state == State.AWAITS_BASE) {
                LOG.info("AOF is enabled from now on");
            }
            end(begun, true);
        }
        aof.deleteHistory();
    }

    private void end(Attempt ended, boolean succeeded) {
        if (!ended.isCurrent()) {
            return;
        }
        attempt = null;
        lastSeconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - ended.begunNanos);
        lastSucceeded = succeeded;
        failures = succeeded ? 0 : failures + 1;
        if (succeeded) {
            delayMinutes = 0;
            retryMillis = 0;
        } else {
            cleanUp(ended);
            scheduled |= aof.state() == State.AWAITS_BASE;
        }
    }

    private void cleanUp(Attempt ended) {
        aof.thread().quietly(() -> Files.deleteIfExists(aof.files().temporaryBase()));
        if (aof.state() == State.AWAITS_BASE && ended.increment != null) {
            LOG.info(
                    "Removing the temp incr aof file {} in the background",
                    aof.files().temporaryIncrement().getFileName());
            aof.record(null);
            aof.thread().quietly(ended.increment::close);
            aof.thread().quietly(() -> Files.deleteIfExists(aof.files().temporaryIncrement()));
        }
    }

    /** Ends it, because what it would write is not wanted any more; returns when it can do no more harm. */
    void cancel() {
        scheduled = false;
        Attempt cancelled = attempt;
        if (cancelled == null) {
            return;
        }
        LOG.info("Killing running AOF rewrite child: {}", pid());
        attempt = null;
        if (cancelled.saving) {
            server.snapshots().abandonRewrite();
        }
        cleanUp(cancelled);
        aof.thread().await();
    }

    private static long pid() {
        return ProcessHandle.current().pid();
    }

    // ---- by itself ----

    void everyTick() {
        if (server.snapshots().isBusy() || server.isLoading() || aof.isSuspended()) {
            return;
        }
        if (scheduled) {
            if (!isDelayed()) {
                start();
            }
            return;
        }
        if (aof.state() != State.ON || settings.rewritePercentage.get() == 0) {
            return;
        }
        long size = aof.currentSize();
        if (size <= settings.rewriteMinSize.bytes()) {
            return;
        }
        long base = Math.max(1, aof.baseSize());
        long growth = size * 100 / base - 100;
        if (growth >= settings.rewritePercentage.get() && !isDelayed()) {
            LOG.info("Starting automatic rewriting of AOF on {}% growth", growth);
            start();
        }
    }

    /** After several failures it is not tried again at once, since each attempt leaves one increment more. */
    private boolean isDelayed() {
        if (failures < FAILURES_UNDELAYED) {
            return false;
        }
        long now = server.clock().millis();
        if (retryMillis == 0 && aof.state() == State.AWAITS_BASE) {
            // no increments pile up, and much depends on it
            retryMillis = now + RETRY_WITHOUT_BASE_MILLIS;
            return true;
        }
        if (retryMillis == 0) {
            int most = aof.thread().failure() == null ? DELAY_MINUTES_MAX : 1; // writes are refused
            delayMinutes = Math.min(most, Math.max(1, delayMinutes * 2));
            retryMillis = now + TimeUnit.MINUTES.toMillis(delayMinutes);
            LOG.warn(
                    "Background AOF rewrite has repeatedly failed and triggered the limit, will retry in {} minutes",
                    delayMinutes);
            return true;
        }
        if (now < retryMillis) {
            return true;
        }
        retryMillis = 0;
        failures = FAILURES_UNDELAYED - 1;
        return false;
    }

    // ---- for INFO ----

    public boolean lastSucceeded() {
        return lastSucceeded;
    }

    /** How long the last one took, in seconds; -1 if there was none. */
    public long lastSeconds() {
        return lastSeconds;
    }

    /** For how long it has been under way, in seconds; -1 if it isn't. */
    public long currentSeconds() {
        return attempt == null
                ? -1
                : TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - attempt.begunNanos);
    }

    /** How many were begun. */
    public long rewrites() {
        return rewrites;
    }

    /** How many have failed since the last success. */
    public int consecutiveFailures() {
        return failures;
    }
}
