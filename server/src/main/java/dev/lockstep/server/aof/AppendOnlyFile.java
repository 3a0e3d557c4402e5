package dev.lockstep.server.aof;

import dev.lockstep.persistence.AppendFile;
import dev.lockstep.server.Client;
import dev.lockstep.server.LatencyMonitor;
import dev.lockstep.server.LockstepServer;
import dev.lockstep.server.config.AppendOnlySettings;
import dev.lockstep.server.config.AppendOnlySettings.Fsync;
import dev.lockstep.server.process.SystemReason;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The append-only file: every change is in it before the reply that tells of it is sent. Executor only.
 *
 * <p>Changes are collected while commands run ({@link #append}), and handed to the operating system together, by the
 * executor, in front of the replies ({@link #settle}); with {@code appendfsync always} they are forced to disk then. All
 * else that may take long, such as fsync every second, the manifest and the deletion of old parts, is {@link FileThread}'s.
 *
 * <p>Where the data have changed without a command, because the file is turned on or a master's snapshot was loaded, the
 * file waits for a base: what happens meanwhile goes to a temporary increment, and the old parts count until both are there.
 */
public final class AppendOnlyFile {
    private static final Logger LOG = LoggerFactory.getLogger(AppendOnlyFile.class);
    private static final long LONG_WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long ERROR_LOG_MILLIS = 30_000;
    private static final long FSYNC_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** How many bytes may wait for a disk that doesn't take them. */
    private static final long MOST_BYTES_OWED = 64 << 20;

    /** Whether changes are recorded. */
    enum State {
        OFF,
        /** They will be, once there is a base that they follow on. */
        AWAITS_BASE,
        ON
    }

    private final LockstepServer server;
    private final AppendOnlySettings settings;
    private final AofFiles files;
    private final FileThread thread;
    private final AofRewrite rewrite;
    private final AofLoad load;

    private State state = State.OFF;

    /** Where changes go; null while they are not recorded. */
    private Recorder recorder;

    private AppendFile file;

    /** Something was appended that replies tell of, and is not written. */
    private boolean owed;

    private boolean unsynced;
    private long lastFsyncNanos = System.nanoTime() - FSYNC_NANOS;
    private long delayedFsyncs;

    /** The replication offset up to which changes were written. */
    private long writtenOffset;

    private String writeError;

    /** Changes are missing that the disk didn't take: what it takes now is no good before there is a new base. */
    private boolean changesGivenUp;

    private long errorLoggedMillis;

    /** Bytes of the parts that count, but for the one that is written to. */
    private long otherSize;

    private long baseSize;

    /** The data are gone and others awaited: no base is made of what there is. */
    private boolean suspended;

    private long flushSleepMicros;

    public AppendOnlyFile(LockstepServer server) {
        this.server = server;
        settings = server.config().appendOnly;
        files = new AofFiles(server.config());
        thread = new FileThread(server);
        rewrite = new AofRewrite(server, this);
        load = new AofLoad(server, this);
        settings.enabled.onChange(this::enabledChanged);
        settings.keepHistory.onChange(this::keepHistoryChanged);
    }

    AofFiles files() {
        return files;
    }

    FileThread thread() {
        return thread;
    }

    /** Writing it anew. */
    public AofRewrite rewrite() {
        return rewrite;
    }

    /** Loading it. */
    public AofLoad load() {
        return load;
    }

    State state() {
        return state;
    }

    /** Whether it is turned on, be it that it waits for its base. */
    public boolean isEnabled() {
        return state != State.OFF;
    }

    /** Whether changes are recorded now. */
    public boolean isRecording() {
        return file != null;
    }

    // ---- recording ----

    /**
     * Takes a part of the change stream.
     *
     * @param logged whether it is in the replication log as well, at its end
     */
    public void append(byte[] array, int offset, int length, boolean logged) {
        if (!takes(length)) {
            return;
        }
        recorder.append(array, offset, length, logged);
        owed = true;
        server.replication().recorded(length);
    }

    /** Whether so much more can be kept until it is written. */
    private boolean takes(int length) {
        boolean taken = writeError == null || file.buffered() + (long) length <= MOST_BYTES_OWED;
        if (!taken) {
            giveUpChanges();
        }
        return taken;
    }

    /**
     * Takes what a master has sent, as it is, when it is in the replication log.
     *
     * @param before what is selected in the master's stream in front of it
     * @param after what is selected behind it
     */
    public void appendFromMaster(byte[] array, int offset, int length, int before, int after) {
        if (takes(length)) {
            recorder.appendFromMaster(array, offset, length, before, after);
            owed = true;
        }
    }

    /** Tells in the file where it stands in the replication stream, if there is one: it has begun, or goes on under another ID. */
    public void noteStreamPosition() {
        if (recorder != null) {
            recorder.noteStreamPosition();
            flush();
        }
    }

    /** Whether replies must wait for {@link #settle}. */
    public boolean isOwed() {
        return owed;
    }

    /** Whether a client has changed something that the disk didn't take. */
    public boolean lacksWritesOf(Client client) {
        return writeError != null
                && client != null
                && state == State.ON
                && client.writeOffset > writtenOffset;
    }

    /** Makes replies to everything so far true: writes what was appended. */
    public void settle() {
        owed = false;
        if (file != null) {
            flush();
        }
    }

    /** Writes, and begins the second's fsync when it is due. */
    private void flush() {
        if (file.buffered() > 0) {
            write();
        }
        if (!unsynced || savingForbidsFsync()) {
            return;
        }
        switch (settings.fsync.get()) {
            case ALWAYS -> forceNow();
            case EVERYSEC -> {
                long now = System.nanoTime();
                if (now - lastFsyncNanos >= FSYNC_NANOS && !thread.isForcing()) {
                    forceInBackground(now);
                }
            }
            default -> {}
        }
    }

    /** Parts of the stream that aren't recorded, such as PING, advance its offset only: where nothing else waits, the file holds them. */
    private void noteAllForced() {
        long offset = server.replication().offset();
        if (state == State.ON
                && thread.forcedOffset() < offset
                && !unsynced
                && file.buffered() == 0
                && !thread.isForcing()
                && thread.failure() == null) {
            writtenOffset = offset;
            thread.forced(offset);
        }
    }

    private boolean savingForbidsFsync() {
        return settings.noFsyncOnRewrite.get() && server.snapshots().isWriting();
    }

    private void write() {
        sleepForTests();
        long begun = System.nanoTime();
        try {
            file.write();
        } catch (IOException e) {
            writeFailed(SystemReason.of(e));
            return;
        }
        long duration = System.nanoTime() - begun;
        server.stats().aofNanos += duration;
        server.latency().observe(LatencyMonitor.AOF_WRITE, duration);
        if (duration > LONG_WAIT_NANOS && thread.isForcing()) {
            delayedFsyncs++;
        }
        unsynced = true;
        writtenOffset = server.replication().offset();
        if (!changesGivenUp) {
            writeErrorSolved();
        }
    }

    private void writeErrorSolved() {
        if (writeError != null) {
            LOG.warn("AOF write error looks solved. The server can write again.");
            writeError = null;
        }
    }

    private void writeFailed(String reason) {
        long now = server.clock().millis();
        if (now - errorLoggedMillis > ERROR_LOG_MILLIS) {
            errorLoggedMillis = now;
            LOG.warn("Error writing to the AOF file: {} ({})", reason, file.path());
        }
        if (settings.fsync.get() == Fsync.ALWAYS) {
            server.shutdown()
                    .failed(
                            "Can't recover from AOF write error when the AOF fsync policy is 'always'. Exiting...");
        }
        writeError = reason;
    }

    /**
     * Done also after an fsync of the former part has failed, since the change that is replied to is in this one; but then the
     * offset up to which all is safe doesn't advance.
     */
    private void forceNow() {
        long begun = System.nanoTime();
        try {
            file.force();
        } catch (IOException e) {
            server.shutdown()
                    .failed(
                            "Can't persist AOF for fsync error when the AOF fsync policy is 'always': "
                                    + SystemReason.of(e)
                                    + ". Exiting...");
        }
        server.latency().observe(LatencyMonitor.AOF_FSYNC_ALWAYS, System.nanoTime() - begun);
        unsynced = false;
        lastFsyncNanos = System.nanoTime();
        if (thread.failure() == null) {
            thread.forced(writtenOffset);
        }
    }

    private void forceInBackground(long now) {
        unsynced = false;
        lastFsyncNanos = now;
        thread.force(file, writtenOffset);
    }

    /** Why writes are refused: the disk doesn't take them; or null. */
    public String diskError() {
        if (state == State.OFF) {
            return null;
        }
        return writeError != null ? writeError : thread.failure();
    }

    /** Whether this server's file holds its changes up to an offset, safe from a power cut. */
    public boolean holds(long offset) {
        return state == State.ON
                ? offset <= thread.forcedOffset()
                : state == State.OFF && offset == 0;
    }

    /** The offset up to which changes are safe from a power cut, or -1 while there is no file. */
    public long forcedOffset() {
        return state == State.ON ? thread.forcedOffset() : -1;
    }

    // ---- by time ----

    public void everyTick() {
        if (file != null) {
            owed = false;
            flush();
            noteAllForced();
            shrink();
        }
        if (state == State.ON && thread.failure() != null && !rewrite.isToCome()) {
            // only a new base makes up for what the disk may have lost
            rewrite.scheduleAfterFailure();
        }
        rewrite.everyTick();
    }

    // ---- on, off ----

    private String enabledChanged() {
        if (settings.enabled.get()) {
            if (state == State.OFF) {
                return start();
            }
        } else if (state != State.OFF) {
            stop();
        }
        return null;
    }

    /** Begins anew, with a base of what the data are now. */
    private String start() {
        rewrite.cancel(); // one that was begun without a file knows of no changes
        try {
            thread.call(files::open);
        } catch (IOException e) {
            LOG.warn(
                    "Can't open the append-only file in {}: {}",
                    files.directory(),
                    SystemReason.of(e));
            return "Unable to turn on AOF. Check server logs.";
        }
        state = State.AWAITS_BASE;
        beginAnew();
        rewrite.startSoon();
        return null;
    }

    /**
     * The data are to be replaced by others, and are gone already: the file keeps what it has until there are others, or none
     * are awaited any more ({@link #restart}).
     */
    public void suspend() {
        if (state == State.OFF) {
            return;
        }
        if (state == State.ON) {
            close();
        }
        rewrite.cancel();
        state = State.AWAITS_BASE;
        suspended = true;
    }

    /** Whether it keeps what it has though the data are gone, since others are to come. */
    public boolean isSuspended() {
        return suspended;
    }

    /** Records again, if it was suspended and the data that were awaited will not come. */
    public void resume() {
        if (suspended) {
            restart();
        }
    }

    /** The data have been replaced by others, which no change in the file tells of: it needs a new base. */
    public void restart() {
        if (state == State.OFF) {
            return;
        }
        suspend();
        suspended = false;
        beginAnew();
        rewrite.startSoon();
    }

    /**
     * More than can be kept waits for a disk that doesn't take it. The file is left as it is, and will be written anew; until
     * that has succeeded the error stays what it is.
     */
    private void giveUpChanges() {
        LOG.warn(
                "{} bytes of changes wait to be written to the AOF file {}: they are given up. It will be written anew when"
                        + " the disk takes it.",
                file.buffered(),
                file.path());
        changesGivenUp = true;
        AppendFile left = file;
        record(null);
        thread.quietly(left::close);
        rewrite.cancel();
        state = State.AWAITS_BASE;
        rewrite.scheduleAfterFailure();
    }

    /** Neither the errors nor the progress of a file that is left behind matter to the next. */
    private void beginAnew() {
        writeError = null;
        changesGivenUp = false;
        thread.beginAnew();
    }

    private void stop() {
        suspend();
        suspended = false;
        state = State.OFF;
        server.changes().recordTo(null);
        server.waits().check();
    }

    /** Ends writing to the current increment; what is in it is on disk then. */
    private void close() {
        AppendFile closed = file;
        flush();
        record(null);
        thread.forceAndClose(closed, writtenOffset);
        thread.await();
    }

    /**
     * At the end of the process: makes everything durable. False if the process must not end, since data would be lost. It may yet
     * go on, so nothing is closed.
     */
    public boolean finish(boolean anyway) {
        if (state == State.AWAITS_BASE && !suspended) {
            if (!anyway) {
                LOG.warn("Writing initial AOF, can't exit.");
                return false;
            }
            LOG.warn("Writing initial AOF. Exit anyway.");
        } else if (state == State.ON) {
            LOG.info("Calling fsync() on the AOF file.");
            flush();
            if (file.buffered() > 0 && !anyway) {
                LOG.warn("Error trying to write the AOF, can't exit.");
                return false;
            }
            thread.force(file, writtenOffset);
            thread.await();
            if (thread.failure() != null && !anyway) {
                LOG.warn("Error trying to fsync the AOF, can't exit.");
                return false;
            }
        }
        rewrite.cancel();
        return true;
    }

    /** From now on changes go to this file, or nowhere if it is null. */
    void record(AppendFile next) {
        otherSize = currentSize();
        file = next;
        recorder = next == null ? null : new Recorder(server, next);
        owed = false;
        unsynced = false;
        server.changes().recordTo(next == null ? null : this);
        noteStreamPosition();
    }

    /**
     * Goes on in a new increment: what was appended so far goes to the former one, to its end. False if the disk doesn't take
     * that; it goes on in the former one then.
     */
    boolean continueIn(AppendFile next) {
        AppendFile former = file;
        if (former != null) {
            flush();
            if (former.buffered() > 0) {
                return false;
            }
            thread.forceAndClose(former, writtenOffset);
        }
        record(next);
        return true;
    }

    /** The parts are there and loaded, or made: it is on. */
    void opened(AppendFile increment) {
        state = State.ON;
        writtenOffset = server.replication().offset();
        thread.forced(writtenOffset);
        record(increment);
        otherSize = files.size() - increment.size();
        baseSize = currentSize();
    }

    /**
     * A new base counts.
     *
     * @param bytes of the base
     * @param offset the replication offset up to which changes are in it
     */
    void rebased(long bytes, long offset) {
        state = State.ON;
        changesGivenUp = false;
        writeErrorSolved();
        thread.rebased(file);
        thread.forced(Math.max(thread.forcedOffset(), offset));
        otherSize = bytes;
        baseSize = currentSize();
    }

    private String keepHistoryChanged() {
        if (!settings.keepHistory.get()) {
            deleteHistory();
        }
        return null;
    }

    /** Deletes superfluous parts, unless they are to be kept. */
    void deleteHistory() {
        if (!settings.keepHistory.get()) {
            thread.quietly(files::deleteHistory);
        }
    }

    // ---- for tests ----

    /** DEBUG AOF-FLUSH-SLEEP. */
    public void sleepBeforeWrites(long micros) {
        flushSleepMicros = micros;
    }

    private void sleepForTests() {
        long end = System.nanoTime() + flushSleepMicros * 1000;
        for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    // ---- for INFO ----

    public boolean lastWriteSucceeded() {
        return writeError == null && thread.failure() == null;
    }

    /** Bytes of all parts that count. */
    public long currentSize() {
        return otherSize + (file == null ? 0 : file.size() + file.buffered());
    }

    /** Bytes of all parts when it was written anew or loaded last. */
    public long baseSize() {
        return baseSize;
    }

    /** Bytes that wait to be written. */
    public long bufferedBytes() {
        return file == null ? 0 : file.buffered();
    }

    /** Gives back a buffer that was reserved and is not needed. */
    private void shrink() {
        if (file != null && file.buffered() == 0) {
            file.shrink();
        }
    }

    /** Makes room in the buffer for so many bytes. */
    public void reserve(int bytes) {
        if (file != null) {
            file.reserve(bytes);
        }
    }

    /** Bytes that the buffer takes. */
    public long bufferBytes() {
        return file == null ? 0 : file.bufferBytes();
    }

    public boolean isFsyncPending() {
        return thread.isForcing();
    }

    /** How often a write has waited long for an fsync that went on. */
    public long delayedFsyncs() {
        return delayedFsyncs;
    }
}
