package dev.lockstep.server.aof;

import dev.lockstep.persistence.AppendFile;
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
 * Writes the increment of the append-only file that changes go to now, if there is one. Executor only.
 *
 * <p>Changes are collected while commands run ({@link #append}), and handed to the operating system together, in front of the
 * replies that tell of them ({@link #settle}); with {@code appendfsync always} they are forced to disk then, with {@code everysec}
 * by the {@link FileThread}.
 */
public final class IncrementWriter {
    private static final Logger LOG = LoggerFactory.getLogger(IncrementWriter.class);
    private static final long LONG_WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long ERROR_LOG_MILLIS = 30_000;
    private static final long FSYNC_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** How many bytes may wait for a disk that doesn't take them. */
    private static final long BYTES_OWED_MAX = 64 << 20;

    private final LockstepServer server;
    private final AppendOnlySettings settings;
    private final FileThread thread;
    private final Runnable tooMuchOwed;

    /** Null while changes are not recorded. */
    private AppendFile file;

    /** Puts them into the file; null like that. */
    private Recorder recorder;

    /** Something was appended that replies tell of, and is not written. */
    private boolean owed;

    private boolean unsynced;
    private long lastFsyncNanos = System.nanoTime() - FSYNC_NANOS;
    private long delayedFsyncs;

    /** The replication offset up to which changes were written. */
    private long writtenOffset;

    /** Why the disk doesn't take them, or null. */
    private String error;

    /** Changes are missing that the disk didn't take: what it takes now is no good before there is a new base. */
    private boolean changesGivenUp;

    private long errorLoggedMillis;
    private long flushSleepMicros;

    /**
     * @param tooMuchOwed called where more would wait for the disk than may; has to {@link #giveUp}
     */
    IncrementWriter(LockstepServer server, FileThread thread, Runnable tooMuchOwed) {
        this.server = server;
        this.settings = server.config().appendOnly;
        this.thread = thread;
        this.tooMuchOwed = tooMuchOwed;
    }

    /** Changes go to this file from now on, or nowhere if it is null. */
    void open(AppendFile next) {
        file = next;
        recorder = next == null ? null : new Recorder(server, next);
        owed = false;
        unsynced = false;
    }

    boolean isOpen() {
        return file != null;
    }

    /** The file that changes go to, or null. */
    AppendFile file() {
        return file;
    }

    // ---- what is recorded ----

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

    /**
     * Takes what a master has sent, as it is, when it is in the replication log.
     *
     * @param before what is selected in the master's stream in front of it
     * @param after what is selected behind it
     */
    void appendFromMaster(byte[] array, int offset, int length, int before, int after) {
        if (takes(length)) {
            recorder.appendFromMaster(array, offset, length, before, after);
            owed = true;
        }
    }

    /** Whether so much more can be kept until it is written. */
    private boolean takes(int length) {
        boolean taken = error == null || file.buffered() + (long) length <= BYTES_OWED_MAX;
        if (!taken) {
            tooMuchOwed.run();
        }
        return taken;
    }

    /** What waits is given up; until there is a new base, the error stays what it is. */
    void giveUp() {
        LOG.warn(
                "{} bytes of changes wait to be written to the AOF file {}: they are given up. It will be written anew when"
                        + " the disk takes it.",
                file.buffered(),
                file.path());
        changesGivenUp = true;
    }

    /** Tells where the file stands in the replication stream. */
    void noteStreamPosition() {
        if (recorder != null) {
            recorder.noteStreamPosition();
            flush();
        }
    }

    /** Makes room in the buffer for so many bytes. */
    public void reserve(int bytes) {
        file.reserve(bytes);
    }

    // ---- writing ----

    boolean isOwed() {
        return owed;
    }

    /** Makes replies to everything so far true: writes what was appended. */
    void settle() {
        owed = false;
        if (file != null) {
            flush();
        }
    }

    /**
     * Writes what waits, and begins what is due.
     *
     * @param counts whether the file is one that is loaded after a restart
     */
    void everyTick(boolean counts) {
        if (file == null) {
            return;
        }
        settle();
        if (counts) {
            noteAllForced();
        }
        if (file.buffered() == 0) {
            file.shrink(); // a buffer may have been reserved and not needed
        }
    }

    /** Parts of the stream that aren't recorded, such as PING, advance its offset only: where nothing else waits, the file holds them. */
    private void noteAllForced() {
        long offset = server.replication().offset();
        if (thread.forcedOffset() < offset
                && !unsynced
                && file.buffered() == 0
                && !thread.isForcing()
                && thread.failure() == null) {
            writtenOffset = offset;
            thread.forced(offset);
        }
    }

    /** Writes, and begins the second's fsync when it is due. */
    void flush() {
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

    /** The replication offset up to which changes were written. */
    long writtenOffset() {
        return writtenOffset;
    }

    /** The file that is opened next holds everything so far. */
    void allWritten() {
        writtenOffset = server.replication().offset();
    }

    // ---- a disk that takes nothing ----

    /** Why the disk takes no writes, or null. */
    String error() {
        return error;
    }

    /** Whether the disk hasn't taken what has been changed up to this offset. */
    boolean lacks(long offset) {
        return error != null && offset > writtenOffset;
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
        error = reason;
    }

    private void writeErrorSolved() {
        if (error != null) {
            LOG.warn("AOF write error looks solved. The server can write again.");
            error = null;
        }
    }

    /** A new base counts, which what was given up is in. */
    void rebased() {
        changesGivenUp = false;
        writeErrorSolved();
    }

    /** What went wrong doesn't matter to the file that is opened next. */
    void beginAnew() {
        error = null;
        changesGivenUp = false;
    }

    // ---- for tests ----

    /** DEBUG AOF-FLUSH-SLEEP. */
    void sleepBeforeWrites(long micros) {
        flushSleepMicros = micros;
    }

    private void sleepForTests() {
        long end = System.nanoTime() + flushSleepMicros * 1000;
        for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    // ---- for INFO ----

    /** Bytes in the file and those that wait to be. */
    long size() {
        return file == null ? 0 : file.size() + file.buffered();
    }

    /** Bytes that wait to be written. */
    long bufferedBytes() {
        return file == null ? 0 : file.buffered();
    }

    /** Bytes that the buffer takes. */
    long bufferBytes() {
        return file == null ? 0 : file.bufferBytes();
    }

    /** How often a write has waited long for an fsync that went on. */
    long delayedFsyncs() {
        return delayedFsyncs;
    }
}
