package dev.lockstep.server;

import dev.lockstep.keyspace.Keyspace;
import dev.lockstep.keyspace.MemoryLimitException;
import dev.lockstep.persistence.ByteSource;
import dev.lockstep.persistence.CancelledException;
import dev.lockstep.persistence.KeyspaceLoader;
import dev.lockstep.persistence.RdbException;
import dev.lockstep.persistence.RdbFile;
import dev.lockstep.persistence.ReplicationPosition;
import dev.lockstep.server.aof.AofLoad;
import dev.lockstep.server.command.Command;
import dev.lockstep.server.command.CommandException;
import dev.lockstep.server.command.Flag;
import dev.lockstep.server.process.StartupFailure;
import dev.lockstep.server.process.SystemReason;
import dev.lockstep.server.script.Libraries;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loading the keyspace: from its file at start, from a master, and anew for DEBUG RELOAD. Executor only, but for the
 * start.
 *
 * <p>The data are loaded beside what is being served, by another thread, and take its place in one step. So a load that
 * fails leaves nothing behind.
 */
public final class Loading {
    private static final Logger LOG = LoggerFactory.getLogger(Loading.class);

    private final LockstepServer server;
    private final CompletableFuture<Void> started = new CompletableFuture<>();
    private Path startFile;

    /** A load that takes no longer isn't told of. */
    private static final double BRIEF_SECONDS = 2;

    private volatile boolean atStart;
    private LoadProgress running;
    private boolean replaying;
    private boolean skipsChecksums;
    private long lastKeysLoaded;
    private long lastKeysExpired;

    Loading(LockstepServer server) {
        this.server = server;
    }

    /** Whether commands on the data must wait: nothing is served while a load goes on. */
    public boolean isLoading() {
        return atStart || replaying || running != null && !server.replication().isAsyncLoading();
    }

    /** Whether a command waits for the end of a load that may come in a moment, rather than be refused because of it. */
    boolean holdsBack(Command command) {
        if (running == null || !isBrief()) {
            return false;
        }
        return isLoading()
                ? !command.has(Flag.LOADING)
                : server.replication().isHeldOffByLoad(command.flagMask());
    }

    private boolean isBrief() {
        return running.elapsedSeconds() < BRIEF_SECONDS
                && running.bytesRead() < server.config().snapshots.loadingEventsInterval.get();
    }

    void everyTick() {
        if (running != null && !isBrief()) {
            server.pauses().lookAgain();
        }
    }

    /** The load that goes on, or null. */
    public LoadProgress running() {
        return running;
    }

    /** How many keys the last load brought. */
    public long lastKeysLoaded() {
        return lastKeysLoaded;
    }

    /** How many keys the last load left out because they had expired. */
    public long lastKeysExpired() {
        return lastKeysExpired;
    }

    /** DEBUG SET-SKIP-CHECKSUM-VALIDATION: whether checksums are taken as right, of files and of RESTORE's payloads. */
    public void skipChecksums(boolean skip) {
        skipsChecksums = skip;
    }

    public boolean skipsChecksums() {
        return skipsChecksums;
    }

    private boolean verifiesChecksums() {
        return server.config().snapshots.rdbChecksum.get() && !skipsChecksums;
    }

    // ---- at start ----

    /** A server begins that has yet to look what there is to load: until {@link #prepare} it counts as loading. Any thread. */
    void announce() {
        atStart = true;
    }

    /** Finds out whether there is something to load, so that no client comes first; before the listeners open. */
    void prepare() {
        startFile = server.snapshots().file();
        atStart = server.config().appendOnly.enabled.get() || Files.exists(startFile);
        if (!atStart) {
            server.executor().submitBetweenCommands(() -> server.replication().begin(null));
            started.complete(null);
        }
    }

    /** Starts to load what {@link #prepare} found. */
    void start() {
        if (!atStart) {
            return;
        }
        if (server.config().appendOnly.enabled.get()) {
            startWithAof();
        } else {
            loadStartFile(this::startLoaded);
        }
    }

    private void startWithAof() {
        AofLoad aof = server.aof().load();
        running = aof;
        aof.start(
                () -> {
                    running = null;
                    serve(aof.position());
                    server.pauses().lookAgain();
                },
                this::startFailed);
    }

    /**
     * Loads the RDB file though there is to be an append-only file, which is not there yet.
     *
     * @param loaded called when the data are there, on the executor
     */
    public void fromFileToBeginAof(Runnable loaded) {
        loadStartFile(
                load -> {
                    if (takeOver(load)) {
                        loaded.run();
                    }
                });
    }

    private void loadStartFile(Consumer<KeyspaceLoad> loaded) {
        RdbFile.Source source;
        try {
            source = RdbFile.open(startFile);
        } catch (IOException e) {
            startFailed(
                    "can't open the RDB file " + startFile + " for reading: " + SystemReason.of(e));
            return;
        }
        KeyspaceLoad load =
                load(
                        source,
                        server.newKeyspace(),
                        !server.replication().isReplica(),
                        new KeyspaceLoad.Listener() {
                            @Override
                            public void loaded(KeyspaceLoad load) {
                                loaded.accept(load);
                            }

                            @Override
                            public void failed(KeyspaceLoad load, IOException reason) {
                                if (reason instanceof RdbException) {
                                    LOG.warn("Terminating server after rdb file reading failure.");
                                }
                                startFailed(describe(startFile, reason));
                            }
                        });
        server.loop()
                .execute(
                        () -> {
                            if (running == null) {
                                running = load;
                            }
                            load.start();
                        });
    }

    private void startLoaded(KeyspaceLoad load) {
        if (takeOver(load)) {
            LOG.info(
                    String.format(
                            Locale.ROOT,
                            "DB loaded from disk: %.3f seconds",
                            load.elapsedSeconds()));
            serve(load.position());
            load.expiredKeys().forEach(server.expiry()::leftOutWhileLoading);
            server.changes().commit();
        }
    }

    /** What was loaded becomes the data; false if it can't. */
    private boolean takeOver(KeyspaceLoad load) {
        ended(load);
        try {
            server.libraries().replaceAll(load.libraries());
        } catch (CommandException e) {
            startFailed(startFile + ": a function library: " + e.getMessage());
            return false;
        }
        server.replaceKeyspace(load.keyspace());
        return true;
    }

    /**
     * The data are there.
     *
     * @param position where they stand in a replication stream, or null
     */
    private void serve(ReplicationPosition position) {
        server.replication().begin(position);
        atStart = false;
        started.complete(null);
    }

    private void startFailed(String reason) {
        String line = "Fatal error loading the DB: " + reason + ". Exiting.";
        started.completeExceptionally(new StartupFailure(line));
    }

    /**
     * Waits until the data are there; any thread but the executor.
     *
     * @throws StartupFailure with the line to log and to print, if they can't be loaded
     */
    void await() throws StartupFailure {
        try {
            started.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof StartupFailure failure
                    ? failure
                    : new StartupFailure(e.getCause().toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StartupFailure("Interrupted while the data were loaded.");
        }
    }

    private static String describe(Path file, IOException reason) {
        if (reason instanceof RdbException damaged) {
            return "Internal error in RDB reading offset "
                    + damaged.offset()
                    + " of "
                    + file
                    + ": "
                    + damaged.getMessage();
        }
        return file + ": " + SystemReason.of(reason);
    }

    // ---- the base of an append-only file ----

    /**
     * Starts to load the base of an append-only file, into a keyspace of its own.
     *
     * @param loaded is told that the keyspace is filled, on the executor
     * @param failed gets the reason, on the executor
     */
    public KeyspaceLoad baseOfAof(
            ByteSource source, Consumer<KeyspaceLoad> loaded, Consumer<IOException> failed) {
        KeyspaceLoad load =
                load(
                        source,
                        server.newKeyspace(),
                        false,
                        new KeyspaceLoad.Listener() {
                            @Override
                            public void loaded(KeyspaceLoad load) {
                                ended(load);
                                loaded.accept(load);
                            }

                            @Override
                            public void failed(KeyspaceLoad load, IOException reason) {
                                failed.accept(reason);
                            }
                        });
        load.start();
        return load;
    }

    /** What loads such a base here and now. */
    public KeyspaceLoader baseLoader(Keyspace into) {
        return new KeyspaceLoader(into, options(false, false));
    }

    /** Commands of a file are executed from now on, and nothing else. */
    public void replayBegins() {
        replaying = true;
    }

    public void replayEnds() {
        replaying = false;
    }

    // ---- from a master ----

    /**
     * Starts to load what a master sends, into a keyspace of its own.
     *
     * @param into where it goes; an empty one
     * @param loaded is told that the keyspace is filled, on the executor
     * @param failed gets the reason, and whether it was memory, on the executor; not after {@link KeyspaceLoad#cancel}
     */
    public KeyspaceLoad fromMaster(
            ByteSource source,
            Keyspace into,
            Consumer<KeyspaceLoad> loaded,
            BiConsumer<String, Boolean> failed) {
        KeyspaceLoad load =
                load(
                        source,
                        into,
                        false,
                        new KeyspaceLoad.Listener() {
                            @Override
                            public void loaded(KeyspaceLoad load) {
                                ended(load);
                                loaded.accept(load);
                            }

                            @Override
                            public void failed(KeyspaceLoad load, IOException reason) {
                                ended(load);
                                if (!(reason instanceof CancelledException)) {
                                    boolean memory =
                                            reason.getCause() instanceof MemoryLimitException
                                                    || reason.getCause()
                                                            instanceof OutOfMemoryError;
                                    failed.accept(SystemReason.of(reason), memory);
                                }
                            }
                        });
        running = load;
        load.start();
        return load;
    }

    /** A load from a master is of no use any more; its thread will end soon, and nobody waits for that. */
    public void cancel(KeyspaceLoad load) {
        load.cancel();
        isNoLongerRunning(load);
    }

    // ---- DEBUG RELOAD ----

    /**
     * Loads the file now, while everything else waits.
     *
     * @param flush whether what is loaded replaces what is there, or is added to it
     * @param merge whether a key that is there already may be replaced, where nothing is flushed
     * @return whether it succeeded; the log tells why not
     */
    public boolean reload(boolean flush, boolean merge) {
        Path file = server.snapshots().file();
        Keyspace old = server.keyspace();
        Keyspace into = old;
        if (flush) {
            server.signals().flushingAll();
            long room = server.memory().slabLimit() - old.reserved();
            if (room < old.slab().reserved() * 2) {
                old.clear();
            } else {
                into = server.newKeyspace();
                into.limit(room);
            }
        }
        KeyspaceLoader loader =
                new KeyspaceLoader(into, options(!server.replication().isReplica(), merge));
        try (RdbFile.Source source = RdbFile.open(file)) {
            loader.load(source, verifiesChecksums());
        } catch (IOException e) {
            LOG.warn("Error trying to load the RDB dump: {}", describe(file, e));
            if (flush && into == old) {
                old.clear();
            }
            return false;
        }
        if (!reloadLibraries(loader.libraries(), flush, merge)) {
            return false;
        }
        lastKeysLoaded = loader.keysLoaded();
        lastKeysExpired = loader.keysExpired();
        if (into != old) {
            into.limit(server.memory().slabLimit());
            server.replaceKeyspace(into);
        }
        server.replication().dataLoaded();
        LOG.warn("DB reloaded by DEBUG RELOAD");
        return true;
    }

    private boolean reloadLibraries(List<byte[]> libraries, boolean flush, boolean merge) {
        try {
            if (flush) {
                server.libraries().replaceAll(libraries);
            } else {
                server.libraries()
                        .restore(
                                libraries,
                                merge ? Libraries.Restore.REPLACE : Libraries.Restore.APPEND,
                                false);
            }
            return true;
        } catch (CommandException e) {
            LOG.warn("Failed creating function library: {}", e.getMessage());
            return false;
        }
    }

    private KeyspaceLoad load(
            ByteSource source, Keyspace into, boolean dropExpired, KeyspaceLoad.Listener listener) {
        return new KeyspaceLoad(
                source,
                into,
                options(dropExpired, false),
                verifiesChecksums(),
                server.executor()::submitBetweenCommands,
                listener);
    }

    private KeyspaceLoader.Options options(boolean dropExpired, boolean replace) {
        return new KeyspaceLoader.Options(
                dropExpired,
                System.currentTimeMillis(),
                replace,
                server.config().replication.backlogSize.bytes(),
                server.config().snapshots.keyLoadDelay::get,
                LOG::info);
    }

    private void ended(KeyspaceLoad load) {
        isNoLongerRunning(load);
        lastKeysLoaded = load.keysLoaded();
        lastKeysExpired = load.keysExpired();
    }

    private void isNoLongerRunning(KeyspaceLoad load) {
        if (running == load) {
            running = null;
            server.executor().submit(server.pauses()::lookAgain);
        }
    }
}
