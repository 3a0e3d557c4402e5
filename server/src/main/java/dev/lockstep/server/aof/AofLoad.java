package dev.lockstep.server.aof;

import dev.lockstep.keyspace.Keyspace;
import dev.lockstep.persistence.AofException;
import dev.lockstep.persistence.AofManifest;
import dev.lockstep.persistence.AppendFile;
import dev.lockstep.persistence.KeyspaceLoader;
import dev.lockstep.persistence.RdbException;
import dev.lockstep.persistence.RdbFile;
import dev.lockstep.persistence.ReplicationPosition;
import dev.lockstep.server.KeyspaceLoad;
import dev.lockstep.server.LoadProgress;
import dev.lockstep.server.Loading;
import dev.lockstep.server.LockstepServer;
import dev.lockstep.server.command.CommandException;
import dev.lockstep.server.process.SystemReason;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loading the append-only file: at start, and anew for DEBUG LOADAOF. Executor only, but for {@link #start}.
 *
 * <p>A base that is a snapshot is loaded by a thread of its own; the commands of the other parts are executed, at start in
 * slices, so that clients are told to wait meanwhile.
 */
public final class AofLoad implements LoadProgress {
    private static final Logger LOG = LoggerFactory.getLogger(AofLoad.class);
    private static final byte[] RDB_MAGIC = "REDIS".getBytes(StandardCharsets.US_ASCII);
    private static final long SLICE_NANOS = 5_000_000;

    /** A part that begins with more comments than this is taken to hold commands behind them. */
    private static final int MOST_COMMENT_BYTES = 64 * 1024;

    private final LockstepServer server;
    private final AppendOnlyFile aof;
    private final AofFiles files;

    private Runnable loaded;
    private Consumer<String> failed;

    private List<AofManifest.Part> parts;
    private int part;
    private AofReplay replay;
    private ReplicationPosition position;
    private boolean hasGap;
    private long partBegunNanos;

    private long begunMillis;
    private long begunNanos;
    private long bytesTotal;
    private long bytesBefore;
    private KeyspaceLoad base;

    AofLoad(LockstepServer server, AppendOnlyFile aof) {
        this.server = server;
        this.aof = aof;
        files = aof.files();
    }

    // ---- at start ----

    /**
     * Starts to load what there is, and to record: before the executor has anything else to do.
     *
     * @param loaded called on the executor when the data are there and changes are recorded
     * @param failed gets the reason, on any thread
     */
    public void start(Runnable loaded, Consumer<String> failed) {
        this.loaded = loaded;
        this.failed = failed;
        files.locate();
        try {
            files.createDirectory();
            files.read();
            files.adoptOldFile();
            files.deleteTemporary();
        } catch (AofException e) {
            failed.accept(e.getMessage());
            return;
        } catch (IOException e) {
            failed.accept("the AOF manifest in " + files.directory() + ": " + SystemReason.of(e));
            return;
        }
        next(this::begin);
    }

    /** What of loading a turn of the executor does. */
    private interface Step {
        void run() throws IOException;
    }

    /** Takes the next step soon. */
    private void next(Step step) {
        server.executor().submitBetweenCommands(() -> take(step));
    }

    /** Takes a step; if that fails, loading has failed. */
    private void take(Step step) {
        try {
            step.run();
        } catch (IOException e) {
            failed(e);
        } catch (RuntimeException | Error e) {
            LOG.error("Loading the append-only file failed", e);
            failed.accept(partName() + ": " + e);
        }
    }

    private String partName() {
        return parts == null || part >= parts.size()
                ? "the append-only file in " + files.directory()
                : parts.get(part).name();
    }

    private void begin() throws IOException {
        begunMillis = System.currentTimeMillis();
        begunNanos = System.nanoTime();
        parts = files.manifest().toLoad();
        bytesTotal = files.size();
        for (AofManifest.Part wanted : parts) {
            if (!Files.exists(files.of(wanted))) {
                failed.accept(
                        "can't open the append log file "
                                + wanted.name()
                                + " for reading: No such file or directory");
                return;
            }
        }
        if (parts.isEmpty()) {
            beginWithoutParts();
        } else {
            nextPart();
        }
    }

    /**
     * There is no append-only file yet. If there is an RDB file, somebody has just turned the one on where there was the
     * other: what is in it must not be lost.
     */
    private void beginWithoutParts() {
        Path rdb = server.snapshots().file();
        if (Files.exists(rdb)) {
            LOG.info(
                    "There is no append-only file in {} yet: loading {} to begin one",
                    files.directory(),
                    rdb.getFileName());
            server.snapshots().loading().fromFileToBeginAof(this::createBase);
        } else {
            createBase();
        }
    }

    private void createBase() {
        boolean rdb = server.config().appendOnly.rdbPreamble.get();
        AofManifest after = files.manifest().withBase(files.prefix(), rdb, 0);
        LOG.info("Creating AOF base file {} on server start", after.base().name());
        server.snapshots()
                .writeBase(
                        files.baseTarget(files.of(after.base())),
                        rdb,
                        reason -> {
                            if (reason != null) {
                                failed.accept("can't write " + after.base().name() + ": " + reason);
                                return;
                            }
                            take(
                                    () -> {
                                        files.write(after);
                                        open();
                                    });
                        });
    }

    private void nextPart() throws IOException {
        if (part == parts.size()) {
            LOG.info(
                    String.format(
                            Locale.ROOT,
                            "DB loaded from append only file: %.3f seconds",
                            elapsedSeconds()));
            open();
            return;
        }
        partBegunNanos = System.nanoTime();
        Path file = files.of(parts.get(part));
        if (part == 0 && isSnapshot(file)) {
            loadSnapshot(file);
        } else {
            replay(file, 0);
        }
    }

    private static boolean isSnapshot(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] head = in.readNBytes(RDB_MAGIC.length);
            return Arrays.equals(head, RDB_MAGIC);
        }
    }

    private void loadSnapshot(Path file) throws IOException {
        base =
                server.snapshots()
                        .loading()
                        .baseOfAof(
                                RdbFile.open(file),
                                load -> take(() -> snapshotLoaded(load, file)),
                                this::failed);
    }

    private void snapshotLoaded(KeyspaceLoad load, Path file) throws IOException {
        base = null;
        try {
            server.libraries().replaceAll(load.libraries());
        } catch (CommandException e) {
            throw new AofException(file.getFileName() + ": a function library: " + e.getMessage());
        }
        server.replaceKeyspace(load.keyspace());
        replay(file, load.length());
    }

    private void replay(Path file, long from) throws IOException {
        replay = new AofReplay(server, file, from, position);
        next(this::slice);
    }

    private void slice() throws IOException {
        server.clock().update();
        server.keyspace().clock().now(server.clock().millis());
        int delayMicros = server.config().snapshots.keyLoadDelay.get();
        if (replay.run(delayMicros > 0 ? 0 : SLICE_NANOS)) {
            if (delayMicros > 0) {
                server.loop().schedule(() -> next(this::slice), delayMicros, TimeUnit.MICROSECONDS);
            } else {
                next(this::slice);
            }
            return;
        }
        partLoaded();
        nextPart();
    }

    /** A part is loaded to its end: if it is cut off, it is made to end where it makes sense, or nothing is loaded at all. */
    private void partLoaded() throws IOException {
        AofManifest.Part loadedPart = parts.get(part);
        Path file = files.of(loadedPart);
        AofReplay done = replay;
        replay = null;
        hasGap |= done.hasGap();
        if (done.validBytes() > 0) {
            position = hasGap ? null : done.position();
        }
        done.close();
        if (done.end() == AofReplay.End.CUT_OFF) {
            if (!isLastWithCommands() || !server.config().appendOnly.loadTruncated.get()) {
                throw new AofException(
                        "Unexpected end of file reading the append only file "
                                + loadedPart.name()
                                + " at offset "
                                + done.validBytes()
                                + ". You can: 1) Make a backup of your AOF file, then use ./redis-check-aof --fix"
                                + " <filename.manifest>. 2) Alternatively you can set the 'aof-load-truncated'"
                                + " configuration option to yes and restart the server.");
            }
            LOG.warn("!!! Warning: short read while loading the AOF file {}!!!", loadedPart.name());
            LOG.warn(
                    "AOF {} loaded anyway because aof-load-truncated is enabled",
                    loadedPart.name());
            LOG.warn("Truncating the AOF {} at offset {}", loadedPart.name(), done.validBytes());
            dropRest();
            truncate(file, done.validBytes());
        }
        LOG.info(
                String.format(
                        Locale.ROOT,
                        "DB loaded from %s file %s: %.3f seconds",
                        loadedPart.type() == AofManifest.Type.BASE ? "base" : "incr",
                        loadedPart.name(),
                        (System.nanoTime() - partBegunNanos) / 1e9));
        bytesBefore += files.size(loadedPart);
        part++;
    }

    /**
     * Whether no part behind this one holds a command. The manifest may name a further increment that was never gone on in,
     * since the server was killed just then, or the disk didn't take the end of the one before.
     */
    private boolean isLastWithCommands() throws IOException {
        for (AofManifest.Part later : parts.subList(part + 1, parts.size())) {
            if (holdsCommand(files.of(later))) {
                return false;
            }
        }
        return true;
    }

    private static boolean holdsCommand(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] head = in.readNBytes(MOST_COMMENT_BYTES);
            boolean lineBegins = true;
            for (byte b : head) {
                if (lineBegins && b != '#') {
                    return true;
                }
                lineBegins = b == '\n';
            }
            return head.length == MOST_COMMENT_BYTES;
        }
    }

    /** Empties the parts behind this one, whose comments tell of an end that this one doesn't have any more. */
    private void dropRest() throws IOException {
        for (AofManifest.Part later : parts.subList(part + 1, parts.size())) {
            truncate(files.of(later), 0);
        }
        parts = parts.subList(0, part + 1);
    }

    private static void truncate(Path file, long length) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(length);
            channel.force(true);
        }
    }

    private void failed(IOException reason) {
        if (reason instanceof RdbException damaged) {
            failed.accept(
                    "Error reading the RDB preamble of the append only file "
                            + partName()
                            + " at offset "
                            + damaged.offset()
                            + ", AOF loading aborted: "
                            + damaged.getMessage());
        } else if (reason instanceof AofException) {
            failed.accept(reason.getMessage());
        } else {
            failed.accept(partName() + ": " + SystemReason.of(reason));
        }
    }

    /** Changes are recorded from now on. */
    private void open() {
        try {
            AofManifest.Part last = files.manifest().lastIncrement();
            AppendFile increment =
                    last != null ? AppendFile.open(files.of(last)) : files.addIncrement();
            LOG.info(
                    "{} AOF incr file {} on server start",
                    last != null ? "Opening" : "Creating",
                    increment.path().getFileName());
            aof.opened(increment);
        } catch (IOException e) {
            failed.accept(
                    "Can't open the append-only file in "
                            + files.directory()
                            + ": "
                            + SystemReason.of(e));
            return;
        }
        aof.deleteHistory();
        loaded.run();
    }

    /** Where the data that were loaded stand in a replication stream, or null. */
    public ReplicationPosition position() {
        return position;
    }

    // ---- DEBUG LOADAOF ----

    /** Loads the file now, in the place of the data, while everything else waits; false if that failed: the log tells why. */
    public boolean reload() {
        aof.everyTick();
        Loading loading = server.snapshots().loading();
        loading.replayBegins();
        try {
            aof.thread().await();
            if (!aof.isEnabled()) {
                files.locate();
            }
            parts = files.read().toLoad();
            server.replaceKeyspace(server.newKeyspace());
            position = null;
            hasGap = false;
            for (part = 0; part < parts.size(); ) {
                reloadPart(files.of(parts.get(part)));
            }
            server.saved(server.dirty());
            LOG.warn("Append Only File loaded by DEBUG LOADAOF");
            return true;
        } catch (IOException | CommandException e) {
            LOG.warn("Error trying to load the AOF files: {}", e.getMessage());
            return false;
        } finally {
            loading.replayEnds();
            closeReplay();
        }
    }

    private void reloadPart(Path file) throws IOException {
        partBegunNanos = System.nanoTime();
        long from = 0;
        if (part == 0 && isSnapshot(file)) {
            Keyspace into = server.keyspace();
            KeyspaceLoader loader = server.snapshots().loading().baseLoader(into);
            try (RdbFile.Source source = RdbFile.open(file)) {
                loader.load(source, server.config().snapshots.rdbChecksum.get());
            }
            server.libraries().replaceAll(loader.libraries());
            from = loader.length();
        }
        replay = new AofReplay(server, file, from, position);
        replay.run(Long.MAX_VALUE);
        partLoaded();
    }

    private void closeReplay() {
        if (replay != null) {
            try {
                replay.close();
            } catch (IOException e) {
                LOG.warn("Closing what was loaded failed: {}", SystemReason.of(e));
            }
            replay = null;
        }
    }

    // ---- progress ----

    @Override
    public long bytesRead() {
        return bytesBefore
                + (base != null ? base.bytesRead() : replay == null ? 0 : replay.validBytes());
    }

    @Override
    public long bytesTotal() {
        return bytesTotal;
    }

    @Override
    public long writersUsedMemory() {
        return base == null ? 0 : base.writersUsedMemory();
    }

    @Override
    public long startedMillis() {
        return begunMillis;
    }

    @Override
    public double elapsedSeconds() {
        return (System.nanoTime() - begunNanos) / 1e9;
    }
}
