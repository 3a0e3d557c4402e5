package dev.lockstep.server.warmup;

import dev.lockstep.server.LockstepServer;
import dev.lockstep.server.log.ServerLog;
import dev.lockstep.server.process.StartupFailure;
import dev.lockstep.server.process.ThreadStart;
import dev.lockstep.server.replication.MasterLink;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The JVM compiles code only when it has run often: without more ado the first 100,000 requests after a start are answered at
 * a third of the speed that comes later. So once, when the server has nothing to do for a moment, a thread of its own rehearses
 * what clients ask for on a {@link Stage}. It pauses whenever the server itself has something to do ({@code jit-warmup}).
 *
 * <p>Executor only, but for {@link #rehearse}, which is the thread's; they share the volatile fields.
 */
public final class WarmUp {
    private static final Logger LOG = LoggerFactory.getLogger(WarmUp.class);
    private static final long IDLE_MILLIS = 1_000;

    /** So many commands per second are no work to speak of. */
    private static final int IDLE_COMMANDS_PER_SECOND = 20;

    /** What the rehearsal may need of the heap, several times over. */
    private static final long LEAST_SPARE_BYTES = 128L << 20;

    /** What is done once, such as the first growth of an array, must have been done several times to be compiled well. */
    private static final int STAGES = 4;

    /** On which of them there is a second server as well; each takes memory, which the JVM keeps. */
    private static final int WITH_REPLICA = 1;

    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    /** A pause of this length is the last one. */
    private static final long PAUSE_NANOS_MAX = TimeUnit.SECONDS.toNanos(30);

    private final LockstepServer server;
    private Thread thread;
    private boolean reported;
    private long lastMillis;
    private long lastCommands;
    private long busyMillis;

    /** The thread's own: that the server has worked for so long that its code is compiled without a rehearsal. */
    private boolean overtaken;

    private volatile boolean wanted;
    private volatile boolean cancelled;
    private volatile String outcome;

    public WarmUp(LockstepServer server) {
        this.server = server;
    }

    /** Begins, pauses, and goes on. */
    public void everyTick() {
        if (reported) {
            return;
        }
        cancelled |= !server.config().general.jitWarmUp.get();
        wanted = isIdle(server.clock().millis());
        if (outcome != null) {
            ServerLog.silence(null);
            LOG.debug("JIT warm-up: {}", outcome);
            reported = true;
        } else if (thread == null && wanted && !cancelled && hasRoom()) {
            ThreadGroup group = new ThreadGroup("lockstep-warmup");
            ServerLog.silence(group);
            thread = new Thread(group, this::rehearse, "lockstep-warmup");
            thread.setDaemon(true);
            begin();
        }
    }

    private void begin() {
        try {
            ThreadStart.start(thread);
        } catch (IOException e) {
            ServerLog.silence(null);
            LOG.debug("JIT warm-up: {}", e.getMessage());
            reported = true;
        }
    }

    private boolean isIdle(long now) {
        long commands = server.stats().commandsProcessed;
        long tolerated = 1 + (now - lastMillis) * IDLE_COMMANDS_PER_SECOND / 1000;
        if (lastMillis == 0
                || commands - lastCommands > tolerated
                || server.isLoading()
                || server.snapshots().isBusy()
                || isBeingSynced()) {
            busyMillis = now;
        }
        lastCommands = commands;
        lastMillis = now;
        return now - busyMillis >= IDLE_MILLIS;
    }

    private boolean isBeingSynced() {
        MasterLink link = server.replication().link();
        return link != null && link.isSyncing();
    }

    private boolean hasRoom() {
        return server.memory().slabLimit() - server.keyspace().slab().reserved()
                >= LEAST_SPARE_BYTES;
    }

    private void rehearse() {
        long begun = System.nanoTime();
        try {
            for (int i = 0; i < STAGES && goesOn(); i++) {
                rehearse(i);
            }
            outcome =
                    (overtaken ? "overtaken, " : "")
                            + "took "
                            + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun)
                            + " ms";
        } catch (IOException | StartupFailure | RuntimeException | Error e) {
            outcome = "given up: " + e;
        }
    }

    private void rehearse(int number) throws IOException, StartupFailure {
        try (Stage stage = new Stage(server.config());
                Stage second = number == WITH_REPLICA ? new Stage(server.config()) : null;
                Rehearsal rehearsal = new Rehearsal(stage, second, number)) {
            long busySince = System.nanoTime();
            while (goesOn() && rehearsal.hasMore()) {
                if (wanted) {
                    rehearsal.next();
                    busySince = System.nanoTime();
                } else {
                    LockSupport.parkNanos(PAUSE_NANOS);
                    overtaken = System.nanoTime() - busySince > PAUSE_NANOS_MAX;
                }
            }
        }
    }

    private boolean goesOn() {
        return !cancelled && !overtaken;
    }
}
