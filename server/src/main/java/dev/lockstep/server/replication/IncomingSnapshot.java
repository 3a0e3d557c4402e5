package dev.lockstep.server.replication;

import dev.lockstep.keyspace.Keyspace;
import dev.lockstep.persistence.ByteSink;
import dev.lockstep.persistence.ByteSource;
import dev.lockstep.persistence.RdbFile;
import dev.lockstep.persistence.RdbStart;
import dev.lockstep.replication.TransferBody;
import dev.lockstep.replication.TransferPipe;
import dev.lockstep.server.KeyspaceLoad;
import dev.lockstep.server.LockstepServer;
import dev.lockstep.server.config.ReplicationSettings.DisklessLoad;
import dev.lockstep.server.process.SystemReason;
import dev.lockstep.server.process.ThreadStart;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A full sync on its way into this replica: from the link's bytes to a keyspace that can take the place of the live one.
 * Executor only.
 *
 * <p>{@code repl-diskless-load} chooses the way. {@code swapdb} loads from the socket into a second keyspace while the old
 * data is served; where the heap can't hold both, the old data is dropped first, which the log says. {@code disabled}
 * receives a file, which becomes the RDB file, and only then drops the old data and loads. {@code on-empty-db} needs no
 * file where there is nothing to lose.
 */
final class IncomingSnapshot {
    private static final Logger LOG = LoggerFactory.getLogger(IncomingSnapshot.class);
    private static final int COPY_BYTES = 64 * 1024;

    /** What becomes of it; called once, not after {@link #cancel}. */
    interface Listener {
        /** The load has the keyspace, and what the snapshot says of the stream. */
        void loaded(KeyspaceLoad load);

        /** There is not one key in it, and the old data stays. */
        void refused();

        /** @param outOfMemory whether the heap can't hold the new data beside the old */
        void failed(String reason, boolean outOfMemory);
    }

    private final LockstepServer server;
    private final TransferBody body;
    private final TransferPipe pipe;
    private final Runnable pauseReading;
    private final Listener listener;
    private KeyspaceLoad load;
    private boolean beside;
    private boolean cancelled;

    /**
     * @param pauseReading stops the socket until {@code resumeReading}
     * @param resumeReading run on the executor
     */
    IncomingSnapshot(
            LockstepServer server,
            TransferBody body,
            Runnable pauseReading,
            Runnable resumeReading,
            Listener listener) {
        this.server = server;
        this.body = body;
        this.pauseReading = pauseReading;
        this.listener = listener;
        this.pipe =
                new TransferPipe(body.expected(), () -> server.executor().submit(resumeReading));
    }

    /**
     * @param dropOldFirst whether to make room before, since it is known that both don't fit
     * @param refuseEmpty whether to keep the old data, if there is any, where the snapshot has not one key
     */
    void start(boolean dropOldFirst, boolean refuseEmpty) {
        if (body.isComplete()) {
            pipe.end();
        }
        if (refuseEmpty && server.keyspace().totalSize() > 0) {
            examine(dropOldFirst);
        } else {
            take(pipe, dropOldFirst);
        }
    }

    /** Reads up to the first key before anything is done that can't be taken back. */
    private void examine(boolean dropOldFirst) {
        RdbStart start = new RdbStart(pipe);
        Thread thread =
                new Thread(
                        () -> {
                            try {
                                boolean holdsKey = start.holdsKey();
                                server.executor()
                                        .submitBetweenCommands(
                                                () -> examined(start, holdsKey, dropOldFirst));
                            } catch (IOException e) {
                                String reason = SystemReason.of(e);
                                server.executor()
                                        .submitBetweenCommands(() -> failed(reason, false));
                            }
                        },
                        "lockstep-receive");
        begin(thread);
    }

    private void begin(Thread thread) {
        thread.setDaemon(true);
        try {
            ThreadStart.start(thread);
        } catch (IOException e) {
            server.executor().submitBetweenCommands(() -> failed(e.getMessage(), false));
        }
    }

    private void examined(RdbStart start, boolean holdsKey, boolean dropOldFirst) {
        if (cancelled) {
            return;
        }
        if (holdsKey) {
            take(start, dropOldFirst);
        } else {
            listener.refused();
        }
    }

    private void take(ByteSource source, boolean dropOldFirst) {
        DisklessLoad mode = server.config().replication.disklessLoad.get();
        boolean empty = server.keyspace().totalSize() == 0;
        boolean byFile =
                mode == DisklessLoad.DISABLED || mode == DisklessLoad.ON_EMPTY_DB && !empty;
        String end = body.expected() < 0 ? "streamed RDB from master with EOF" : size();
        LOG.info("MASTER <-> REPLICA sync: receiving {} to {}", end, byFile ? "disk" : "parser");
        if (byFile) {
            receiveFile(source);
        } else {
            loadFromSocket(source, empty, dropOldFirst);
        }
    }

    private String size() {
        return body.expected() + " bytes from master";
    }

    /** Takes what arrived; returns how many of the bytes belong to the snapshot. */
    int accept(byte[] array, int offset, int length) {
        int taken = body.accept(array, offset, length, this::put);
        if (body.isComplete()) {
            pipe.end();
        }
        return taken;
    }

    private void put(byte[] array, int offset, int length) {
        if (length > 0 && !pipe.put(array, offset, length)) {
            pauseReading.run();
        }
    }

    /** Whether all of it has arrived, loaded or not. */
    boolean isReceived() {
        return body.isComplete();
    }

    long total() {
        return Math.max(0, body.expected());
    }

    long received() {
        return body.received();
    }

    /** Whether it is being loaded while the old data is served. */
    boolean isLoadingBeside() {
        return beside;
    }

    /** The link is cut; the old data stays as it is, unless it had to be dropped already. */
    void cancel() {
        cancelled = true;
        beside = false;
        pipe.fail("the link to the master was cut");
        if (load != null) {
            server.snapshots().loading().cancel(load);
        }
    }

    // ---- from the socket ----

    private void loadFromSocket(ByteSource source, boolean empty, boolean dropOldFirst) {
        long limit = server.memory().slabLimit();
        long old = server.keyspace().reserved();
        boolean holdsBoth = !dropOldFirst && old < limit * 4 / 10;
        Keyspace into = server.newKeyspace();
        if (holdsBoth) {
            into.limit(limit - old);
            beside = !empty;
        } else {
            LOG.info(
                    "MASTER <-> REPLICA sync: Flushing old data, the heap can't hold it beside the new data");
            dropOld();
        }
        load(source, into);
    }

    /** What views still hold of the old data is not counted against the new: they are about to end, those of saves at once. */
    private void dropOld() {
        server.snapshots().abandonBackgroundSave();
        server.aof().suspend();
        server.replication().dataDropped();
        server.signals().flushingAll();
        server.keyspace().clear();
    }

    private void load(ByteSource source, Keyspace into) {
        LOG.info("MASTER <-> REPLICA sync: Loading DB in memory");
        load = server.snapshots().loading().fromMaster(source, into, this::loaded, this::failed);
    }

    private void loaded(KeyspaceLoad ended) {
        if (!cancelled) {
            beside = false;
            ended.keyspace().limit(server.memory().slabLimit());
            listener.loaded(ended);
        }
    }

    private void failed(String reason, boolean outOfMemory) {
        if (!cancelled) {
            beside = false;
            listener.failed(reason, outOfMemory);
        }
    }

    // ---- by way of the file ----

    private void receiveFile(ByteSource source) {
        Path path = server.snapshots().file();
        boolean incrementalFsync = server.config().snapshots.rdbSaveIncrementalFsync.get();
        begin(new Thread(() -> copy(source, path, incrementalFsync), "lockstep-receive"));
    }

    private void copy(ByteSource source, Path path, boolean incrementalFsync) {
        try {
            RdbFile file = RdbFile.create(path, incrementalFsync);
            try {
                copy(source, file);
            } catch (IOException e) {
                file.close();
                throw e;
            }
            server.executor().submitBetweenCommands(() -> fileReceived(file, path));
        } catch (IOException e) {
            String reason = SystemReason.of(e);
            server.executor().submitBetweenCommands(() -> failed(reason, false));
        }
    }

    private static void copy(ByteSource source, ByteSink file) throws IOException {
        byte[] buffer = new byte[COPY_BYTES];
        int count;
        while ((count = source.read(buffer, 0, buffer.length)) >= 0) {
            file.write(buffer, 0, count);
        }
    }

    /** The file takes the place of the RDB file; no save of the old data may come in between. */
    private void fileReceived(RdbFile file, Path path) {
        try (file) {
            if (cancelled) {
                return;
            }
            server.snapshots().abandonBackgroundSave();
            file.commit();
            RdbFile.Source source = RdbFile.open(path);
            if (server.config().snapshots.rdbDelSyncFiles.get()
                    && server.config().snapshots.save.get().isEmpty()) {
                Files.deleteIfExists(path);
            }
            LOG.info("MASTER <-> REPLICA sync: Flushing old data");
            dropOld();
            load(source, server.newKeyspace());
        } catch (IOException e) {
            failed(
                    "Failed trying to rename the temp DB into "
                            + path.getFileName()
                            + " in MASTER <-> REPLICA synchronization: "
                            + SystemReason.of(e),
                    false);
        }
    }
}
