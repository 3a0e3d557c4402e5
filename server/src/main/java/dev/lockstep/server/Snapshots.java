package dev.lockstep.server;

import dev.lockstep.keyspace.View;
import dev.lockstep.persistence.CommandWriter;
import dev.lockstep.persistence.ReplicationPosition;
import dev.lockstep.persistence.SnapshotWriter;
import dev.lockstep.persistence.ViewWriter;
import dev.lockstep.server.config.MemorySettings.EvictionPolicy;
import dev.lockstep.server.config.SavePoint;
import dev.lockstep.server.process.SystemReason;
import dev.lockstep.server.process.Version;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Saving the keyspace: when, how it went, and what waits for it. Executor only, where nothing else is said.
 *
 * <p>A save freezes the keyspace, which takes microseconds, and writes the frozen view on a thread of its own while
 * commands go on. One save at a time goes to a file; SAVE, FLUSHALL and SHUTDOWN write on the executor.
 */
public final class Snapshots {
    private static final Logger LOG = LoggerFactory.getLogger(Snapshots.class);
    private static final long RETRY_SECONDS = 5;

    private final LockstepServer server;
    private final Loading loading;

    /** What a snapshot is written for. */
    private enum Purpose {
        FILE,
        REPLICAS,
        AOF_BASE
    }

    /** A snapshot that is being written beside the executor. */
    private record Running(
            KeyspaceSave save, Purpose purpose, Consumer<KeyspaceSave> ended, long sinceSeconds) {}

    /** There is one at most; else null. */
    private Running running;

    private boolean backgroundScheduled;
    private long dirtyAtFreeze;
    private volatile FileTarget backgroundFile;
    private volatile FileTarget foregroundFile;

    private long lastSaveSeconds;
    private long lastTrySeconds;
    private boolean lastSucceeded = true;
    private long lastDurationSeconds = -1;
    private long copiedBytesPeak;
    private long lastCopiedBytes;
    private long lastRewriteCopiedBytes;
    private long saves;

    Snapshots(LockstepServer server) {
        this.server = server;
        loading = new Loading(server);
        lastSaveSeconds = server.clock().millis() / 1000;
    }

    public Loading loading() {
        return loading;
    }

    /** Whether the data set is being loaded, so that commands on it must wait. */
    public boolean isLoading() {
        return loading.isLoading();
    }

    /** The RDB file as configured. Any thread. */
    public Path file() {
        return server.config().snapshots.dir.resolve(server.config().snapshots.dbFilename.get());
    }

    /** Whether writes are refused because the last background save failed. */
    public boolean deniesWrites() {
        return !lastSucceeded
                && server.config().snapshots.stopWritesOnBgsaveError.get()
                && !server.config().snapshots.save.get().isEmpty();
    }

    // ---- freezing and writing, for saves and for replicas ----

    /** Freezes the keyspace, and notes how long that took. The caller closes the view. */
    public View freeze() {
        assert !server.executor().isBusy() : "the data are in the midst of a change";
        long begun = System.nanoTime();
        View view = server.keyspace().freeze();
        long duration = System.nanoTime() - begun;
        server.stats().latestForkMicros = duration / 1000;
        server.latency().observe(LatencyMonitor.FORK, duration);
        server.stats().totalForks++;
        return view;
    }

    /** How a snapshot is to be written now, as configured. */
    public SnapshotWriter.Options options(ReplicationPosition position) {
        return options(position, false);
    }

    private SnapshotWriter.Options options(ReplicationPosition position, boolean aofBase) {
        EvictionPolicy policy = server.config().memory.policy.get();
        return new SnapshotWriter.Options(
                Version.REDIS,
                server.config().snapshots.rdbCompression.get(),
                server.config().snapshots.rdbChecksum.get(),
                position,
                server.memory().used(),
                System.currentTimeMillis(),
                switch (policy) {
                    case ALLKEYS_LRU, VOLATILE_LRU -> SnapshotWriter.Access.IDLE;
                    case ALLKEYS_LFU, VOLATILE_LFU -> SnapshotWriter.Access.FREQUENCY;
                    default -> SnapshotWriter.Access.NONE;
                },
                server.config().memory.lfuDecayTime.get(),
                server.config().snapshots.rdbKeySaveDelay.get(),
                server.libraries().code(),
                aofBase);
    }

    private FileTarget fileTarget() {
        return new FileTarget(
                file(),
                server.config().snapshots.rdbSaveIncrementalFsync.get(),
                "DB saved on disk",
                "Write error saving DB on disk");
    }

    // ---- in the background ----

    /** Begins a background save when the append-only file is no longer being written anew. */
    public void scheduleBackground() {
        backgroundScheduled = true;
    }

    /** Whether a background save is under way, to the file or to replicas. */
    public boolean isSaving() {
        return running != null && running.purpose != Purpose.AOF_BASE;
    }

    /** Whether a snapshot is being written, for whatever purpose. */
    public boolean isWriting() {
        return running != null;
    }

    /** Whether no background save may begin now: one is under way, or the append-only file is being written anew. */
    public boolean isBusy() {
        return running != null || server.aof().rewrite().isUnderWay();
    }

    /** Starts a background save to the file unless one is under way. */
    public boolean startBackground() {
        return startForReplicas(server.replication().positionInfo(), file -> {});
    }

    /**
     * Starts a background save to the file unless one is under way.
     *
     * @param position where the data stand in the replication stream, or null
     * @param done gets the file when it is there, or null when the save failed; on the executor
     */
    public boolean startForReplicas(ReplicationPosition position, Consumer<Path> done) {
        if (isBusy()) {
            return false;
        }
        backgroundScheduled = false;
        saves++;
        dirtyAtFreeze = server.dirty();
        lastTrySeconds = nowSeconds();
        FileTarget target = fileTarget();
        backgroundFile = target;
        LOG.info("Background saving started by pid {}", ProcessHandle.current().pid());
        View view = freeze();
        start(Purpose.FILE, rdb(view, target, position), save -> fileEnded(save, target, done));
        return true;
    }

    /**
     * Starts to write the keyspace to something else than the file, such as replicas, unless a save is under way.
     *
     * @param position where the data stand in the replication stream, or null
     * @param withoutData whether to write a keyspace without keys instead
     * @param done is told the end, on the executor; {@link KeyspaceSave#failure} then says which
     * @return what was started, or null
     */
    public KeyspaceSave startTransfer(
            KeyspaceSave.Target target,
            ReplicationPosition position,
            boolean withoutData,
            Consumer<KeyspaceSave> done) {
        if (isBusy()) {
            return null;
        }
        LOG.info("Background RDB transfer started by pid {}", ProcessHandle.current().pid());
        View view = withoutData ? server.newKeyspace().freeze() : freeze();
        KeyspaceSave transfer = rdb(view, target, position);
        start(Purpose.REPLICAS, transfer, save -> transferEnded(save, done));
        return transfer;
    }

    private KeyspaceSave rdb(View view, KeyspaceSave.Target target, ReplicationPosition position) {
        return new KeyspaceSave(view, target, new SnapshotWriter(view, options(position)));
    }

    private void start(Purpose purpose, KeyspaceSave save, Consumer<KeyspaceSave> ended) {
        assert running == null : running;
        running = new Running(save, purpose, ended, nowSeconds());
        copiedBytesPeak = 0;
        save.start(server.loop(), this::ended);
    }

    /**
     * Starts to write a new base of the append-only file; no other save may be under way.
     *
     * @param rdb whether it is to be an RDB, or consist of commands
     * @param done is told the end, on the executor; {@link KeyspaceSave#failure} then says which
     */
    public void startRewrite(KeyspaceSave.Target target, boolean rdb, Consumer<KeyspaceSave> done) {
        View view = freeze();
        start(Purpose.AOF_BASE, new KeyspaceSave(view, target, baseWriter(view, rdb)), done);
    }

    private ViewWriter baseWriter(View view, boolean rdb) {
        return rdb
                ? new SnapshotWriter(view, options(null, true))
                : new CommandWriter(
                        view,
                        server.libraries().code(),
                        server.config().snapshots.rdbKeySaveDelay.get(),
                        server.config().appendOnly.timestamps.get()
                                ? System.currentTimeMillis() / 1000
                                : -1);
    }

    /**
     * Writes the first base of the append-only file, while nothing is served yet.
     *
     * @param done gets null, or why that failed; on the executor
     */
    public void writeBase(KeyspaceSave.Target target, boolean rdb, Consumer<String> done) {
        startRewrite(
                target,
                rdb,
                save ->
                        done.accept(
                                save.failure() == null
                                        ? null
                                        : save.failure() instanceof IOException reason
                                                ? SystemReason.of(reason)
                                                : save.failure().toString()));
    }

    /** Ends writing a new base of the append-only file; returns when it can do no more harm. */
    public void abandonRewrite() {
        if (isRunning(Purpose.AOF_BASE)) {
            endRunning();
        }
    }

    private boolean isRunning(Purpose purpose) {
        return running != null && running.purpose == purpose;
    }

    /** Cancels what is being written, and waits until its thread touches nothing any more. */
    private void endRunning() {
        KeyspaceSave save = running.save;
        save.cancel();
        save.awaitEnd();
        ended(save);
    }

    private void ended(KeyspaceSave save) {
        Running over = running;
        if (over == null || over.save != save) {
            return;
        }
        noteCopiedBytes();
        if (over.purpose == Purpose.AOF_BASE) {
            lastRewriteCopiedBytes = copiedBytesPeak;
        } else {
            lastCopiedBytes = copiedBytesPeak;
            lastDurationSeconds = currentDurationSeconds();
        }
        save.view().close();
        running = null;
        over.ended.accept(save);
    }

    private void fileEnded(KeyspaceSave save, FileTarget target, Consumer<Path> done) {
        backgroundFile = null;
        boolean succeeded = save.failure() == null;
        if (succeeded) {
            LOG.info("Background saving terminated with success");
            server.saved(dirtyAtFreeze);
            lastSaveSeconds = nowSeconds();
            lastSucceeded = true;
        } else if (save.wasCancelled()) {
            LOG.warn("Background saving terminated: it was cancelled");
        } else {
            LOG.warn("Background saving error");
            lastSucceeded = false;
        }
        done.accept(succeeded ? target.path() : null);
    }

    private static void transferEnded(KeyspaceSave save, Consumer<KeyspaceSave> done) {
        if (save.failure() == null) {
            LOG.info("Background RDB transfer terminated with success");
        } else if (save.wasCancelled()) {
            LOG.warn("Background transfer terminated: it was cancelled");
        } else {
            LOG.warn("Background transfer error: {}", save.failure().getMessage());
        }
        done.accept(save);
    }

    /**
     * Ends a save in the background, because its data are not wanted any more. One to the file can do no more harm when this
     * returns; one to replicas ends soon.
     */
    public void abandonBackgroundSave() {
        if (isRunning(Purpose.FILE)) {
            endRunning();
        } else {
            abandonTransfer();
        }
    }

    /** Ends what {@link #startTransfer} started, because nobody is left to take it. */
    public void abandonTransfer() {
        if (isRunning(Purpose.REPLICAS)) {
            running.save.cancel();
        }
    }

    // ---- here and now ----

    /**
     * Saves on the executor, while everything else waits; returns whether it succeeded, the log tells why not. A save in the
     * background is given up: it would put older data in the place of these.
     */
    public boolean save() {
        return save(server.replication().positionInfo());
    }

    private boolean save(ReplicationPosition position) {
        abandonBackgroundSave();
        saves++;
        View view = server.keyspace().freeze();
        FileTarget target = fileTarget();
        foregroundFile = target;
        KeyspaceSave save = rdb(view, target, position);
        save.run();
        view.close();
        foregroundFile = null;
        if (save.failure() != null) {
            return false;
        }
        server.saved(server.dirty());
        lastSaveSeconds = nowSeconds();
        lastSucceeded = true;
        return true;
    }

    /**
     * FLUSHALL has emptied the data: a save of what was there is of no use, and the file must not bring it back. The command
     * is not part of the change stream yet, so the file has no position in it.
     *
     * @param changes what the command is about to count as changes, which are on disk then
     */
    public void allFlushed(long changes) {
        abandonBackgroundSave();
        if (!server.config().snapshots.save.get().isEmpty() && save(null)) {
            server.saved(changes);
        }
    }

    /** The last save of a server that exits; false if that failed, so that the server should stay. */
    boolean saveBeforeExit() {
        return save();
    }

    /** Removes what saves have written so far: the process ends at once. Any thread. */
    public void discardHalfWritten() {
        discard(backgroundFile);
        discard(foregroundFile);
    }

    private static void discard(FileTarget target) {
        if (target != null) {
            target.discard();
        }
    }

    // ---- by time ----

    void everyTick(long nowMillis) {
        if (running != null) {
            noteCopiedBytes();
            return;
        }
        if (isLoading() || isBusy()) {
            return;
        }
        if (backgroundScheduled) {
            startBackground();
            return;
        }
        if (server.replication().lacksData()) {
            return;
        }
        long now = nowMillis / 1000;
        boolean mayTry = lastSucceeded || now - lastTrySeconds > RETRY_SECONDS;
        if (!mayTry) {
            return;
        }
        List<SavePoint> points = server.config().snapshots.save.get();
        for (int i = 0; i < points.size(); i++) {
            SavePoint point = points.get(i);
            if (server.dirty() >= point.changes() && now - lastSaveSeconds > point.seconds()) {
                LOG.info("{} changes in {} seconds. Saving...", point.changes(), point.seconds());
                startBackground();
                return;
            }
        }
    }

    private void noteCopiedBytes() {
        copiedBytesPeak = Math.max(copiedBytesPeak, copiedBytes());
    }

    // ---- for INFO and LASTSAVE ----

    /** When the data were last saved, Unix seconds; the start of the server before any save. */
    public long lastSaveSeconds() {
        return lastSaveSeconds;
    }

    public boolean lastBackgroundSaveSucceeded() {
        return lastSucceeded;
    }

    /** How long the last background save took, in seconds; -1 if there was none. */
    public long lastDurationSeconds() {
        return lastDurationSeconds;
    }

    /** For how long a background save has been under way, in seconds; -1 if there is none. */
    public long currentDurationSeconds() {
        return isSaving() ? nowSeconds() - running.sinceSeconds : -1;
    }

    /** How many saves were begun. */
    public long saves() {
        return saves;
    }

    public long keysProcessed() {
        return running == null ? 0 : running.save.keysDone();
    }

    public long keysTotal() {
        return running == null ? 0 : running.save.keysTotal();
    }

    /** By how much the data have grown since the freeze: what writes have copied, and new data. 0 with no save. */
    public long copiedBytes() {
        return running == null ? 0 : running.save.view().grownBytes();
    }

    public long copiedBytesPeak() {
        return running == null ? 0 : Math.max(copiedBytesPeak, copiedBytes());
    }

    public long lastCopiedBytes() {
        return lastCopiedBytes;
    }

    /** The same of the last time that the append-only file was written anew. */
    public long lastRewriteCopiedBytes() {
        return lastRewriteCopiedBytes;
    }

    private long nowSeconds() {
        return System.currentTimeMillis() / 1000;
    }
}
