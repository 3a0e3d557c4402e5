package dev.lockstep.server;

import dev.lockstep.protocol.ErrorReplies;
import dev.lockstep.server.config.ShutdownFlag;
import dev.lockstep.server.process.PidFile;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The orderly end of the process, asked for by SHUTDOWN or by a signal. Executor only.
 *
 * <p>Writes are held back first and replicas get up to {@code shutdown-timeout} seconds to catch up, so that none of them
 * misses what was acknowledged to a client. Then the data are saved if that is configured or asked for. If the save
 * fails, the server goes on as if nothing had been asked; FORCE exits all the same.
 */
public final class Shutdown {
    private static final Logger LOG = LoggerFactory.getLogger(Shutdown.class);

    private final LockstepServer server;
    private final List<Client> waiting = new ArrayList<>();
    private PidFile pidFile;
    private Runnable givenUp = () -> {};

    private boolean inProgress;
    private Set<ShutdownFlag> flags = Set.of();

    /** What a signal asked for that hasn't been looked at; else null. */
    private Set<ShutdownFlag> signalled;

    private long endMillis;

    Shutdown(LockstepServer server) {
        this.server = server;
    }

    /** The file to remove at exit; or null. */
    public void pidFile(PidFile file) {
        pidFile = file;
    }

    /** What to do when a shutdown has been given up, so that another one may be asked for. */
    public void onGivenUp(Runnable action) {
        givenUp = action;
    }

    /** Whether it waits for replicas. */
    public boolean isInProgress() {
        return inProgress;
    }

    /** How long it still waits for replicas. */
    public long remainingMillis() {
        return endMillis - server.clock().millis();
    }

    /** A client asks for a shutdown; it is answered only if that fails. */
    public void request(Client client, Set<ShutdownFlag> wanted) {
        client.block = Client.Block.SHUTDOWN;
        waiting.add(client);
        begin(wanted);
    }

    /** A signal asks for a shutdown. Unlike a client's, it waits for periodic work to go on, if that is paused. */
    public void signalled(String signal) {
        server.clock().update();
        signalled =
                signal.equals("INT")
                        ? server.config().general.shutdownOnSigint.get()
                        : server.config().general.shutdownOnSigterm.get();
        if (!server.cron().isPaused()) {
            beginSignalled();
        }
    }

    private void beginSignalled() {
        Set<ShutdownFlag> wanted = signalled;
        signalled = null;
        begin(wanted);
    }

    private void begin(Set<ShutdownFlag> wanted) {
        if (inProgress) {
            return;
        }
        flags = wanted;
        LOG.info("User requested shutdown...");
        int timeoutSeconds = server.config().general.shutdownTimeout.get();
        if (!wanted.contains(ShutdownFlag.NOW)
                && timeoutSeconds != 0
                && !server.executor().isBusy() // no replica gets anything before the script ends
                && !server.replication().isEveryReplicaInSync()) {
            inProgress = true;
            endMillis = server.clock().millis() + timeoutSeconds * 1000L;
            server.pauses().begin(Pauses.Purpose.SHUTDOWN, Pauses.Kind.WRITES);
            return;
        }
        finish();
    }

    /** Goes on once all replicas have caught up or the time is over. */
    void everyTick(long nowMillis) {
        if (signalled != null) {
            beginSignalled();
        }
        if (inProgress && (nowMillis >= endMillis || server.replication().isEveryReplicaInSync())) {
            finish();
        }
    }

    /** Gives up a shutdown that waits for replicas, or for periodic work to go on; false if there is none. */
    public boolean abort() {
        if (!inProgress && signalled == null) {
            return false;
        }
        signalled = null;
        giveUp();
        LOG.info("Shutdown manually aborted.");
        return true;
    }

    private void finish() {
        try {
            saveAndExit();
        } catch (RuntimeException | Error e) {
            LOG.error("The shutdown failed", e);
            giveUp();
        }
    }

    private void saveAndExit() {
        server.replication().logReplicasInSync();
        server.snapshots().abandonBackgroundSave();
        if (!server.aof().finish(flags.contains(ShutdownFlag.FORCE)) || wantsSave() && !save()) {
            LOG.warn("Errors trying to shut down the server. Check the logs for more information.");
            giveUp();
            return;
        }
        if (pidFile != null) {
            pidFile.remove();
        }
        server.listeners().close();
        LOG.warn("Redis is now ready to exit, bye bye...");
        System.exit(0);
    }

    /** What was promised can't be kept: the process ends at once, before it is promised to somebody else. */
    public void failed(String line) {
        LOG.warn(line);
        System.exit(1);
    }

    private boolean wantsSave() {
        if (server.replication().lacksData()) {
            LOG.warn(
                    "The data were dropped for a full sync that has not come: not saving over the RDB file.");
            return false;
        }
        if (server.isLoading() || flags.contains(ShutdownFlag.NOSAVE)) {
            return false;
        }
        return flags.contains(ShutdownFlag.SAVE) || !server.config().snapshots.save.get().isEmpty();
    }

    /** False if the server must not exit. */
    private boolean save() {
        LOG.info("Saving the final RDB snapshot before exiting.");
        if (server.snapshots().saveBeforeExit()) {
            return true;
        }
        if (flags.contains(ShutdownFlag.FORCE)) {
            LOG.warn("Error trying to save the DB. Exit anyway.");
            return true;
        }
        LOG.warn("Error trying to save the DB, can't exit.");
        return false;
    }

    private void giveUp() {
        inProgress = false;
        server.pauses().end(Pauses.Purpose.SHUTDOWN);
        List<Client> asked = List.copyOf(waiting);
        waiting.clear();
        for (Client client : asked) {
            if (!client.closed) {
                server.stats().countError(ErrorReplies.SHUTDOWN_FAILED);
                server.executor()
                        .replyTo(client, reply -> reply.error(ErrorReplies.SHUTDOWN_FAILED));
                server.clients().unblock(client);
            }
        }
        givenUp.run();
    }

    void remove(Client client) {
        waiting.remove(client);
    }
}
