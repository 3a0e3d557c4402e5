package dev.lockstep.server.aof;

import dev.lockstep.persistence.AppendFile;
import dev.lockstep.server.Client;
import dev.lockstep.server.LockstepServer;
import dev.lockstep.server.config.AppendOnlySettings;
import dev.lockstep.server.process.SystemReason;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The append-only file: whether it is on, which parts it has, and what they tell. Executor only.
 *
 * <p>Every change is in it before the reply that tells of it is sent: that is {@link IncrementWriter}'s. All that may take long, such
 * as fsync every second, the manifest and the deletion of old parts, is {@link FileThread}'s.
 *
 * <p>Where the data have changed without a command, because the file is turned on or a master's snapshot was loaded, the
 * file waits for a base: what happens meanwhile goes to a temporary increment, and the old parts count until both are there.
 */
public final class AppendOnlyFile {
    private static final Logger LOG = LoggerFactory.getLogger(AppendOnlyFile.class);

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
    private final IncrementWriter increment;
    private final AofRewrite rewrite;
    private final AofLoad load;

    private State state = State.OFF;

    /** Bytes of the parts that count, but for the one that is written to. */
    private long otherSize;

    private long baseSize;

    /** The data are gone and others awaited: no base is made of what there is. */
    private boolean suspended;

    public AppendOnlyFile(LockstepServer server) {
        this.server = server;
        settings = server.config().appendOnly;
        files = new AofFiles(server.config());
        thread = new FileThread(server);
        increment = new IncrementWriter(server, thread, this::giveUpChanges);
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
        return increment.isOpen();
    }

    /** Tells in the file where it stands in the replication stream, if there is one: it has begun, or goes on under another ID. */
    public void noteStreamPosition() {
        increment.noteStreamPosition();
    }

    /** Takes what a master has sent; see {@link IncrementWriter#appendFromMaster}. */
    public void appendFromMaster(byte[] array, int offset, int length, int before, int after) {
        increment.appendFromMaster(array, offset, length, before, after);
    }

    /** Whether replies must wait for {@link #settle}. */
    public boolean isOwed() {
        return increment.isOwed();
    }

    /** Makes replies to everything so far true: writes what was appended. */
    public void settle() {
        increment.settle();
    }

    /** Whether a client has changed something that the disk didn't take. */
    public boolean lacksWritesOf(Client client) {
        return state == State.ON && client != null && increment.lacks(client.writeOffset);
    }

    /** Why writes are refused: the disk doesn't take them; or null. */
    public String diskError() {
        if (state == State.OFF) {
            return null;
        }
        return increment.error() != null ? increment.error() : thread.failure();
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
        increment.everyTick(state == State.ON);
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

    /** The disk doesn't take what waits for it, and no more may wait: the file is left as it is, and will be written anew. */
    private void giveUpChanges() {
        AppendFile left = increment.file();
        increment.giveUp();
        record(null);
        thread.quietly(left::close);
        rewrite.cancel();
        state = State.AWAITS_BASE;
        rewrite.scheduleAfterFailure();
    }

    /** Neither the errors nor the progress of a file that is left behind matter to the next. */
    private void beginAnew() {
        increment.beginAnew();
        thread.beginAnew();
    }

    private void stop() {
        suspend();
        suspended = false;
        state = State.OFF;
        server.changes().recordTo(null);
        server.replicaWaits().check();
    }

    /** Ends writing to the current increment; what is in it is on disk then. */
    private void close() {
        AppendFile closed = increment.file();
        increment.flush();
        record(null);
        thread.forceAndClose(closed, increment.writtenOffset());
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
            increment.flush();
            if (increment.bufferedBytes() > 0 && !anyway) {
                LOG.warn("Error trying to write the AOF, can't exit.");
                return false;
            }
            thread.force(increment.file(), increment.writtenOffset());
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
        increment.open(next);
        server.changes().recordTo(next == null ? null : increment);
        noteStreamPosition();
    }

    /**
     * Goes on in a new increment: what was appended so far goes to the former one, to its end. False if the disk doesn't take
     * that; it goes on in the former one then.
     */
    boolean continueIn(AppendFile next) {
        AppendFile former = increment.file();
        if (former != null) {
            increment.flush();
            if (former.buffered() > 0) {
                return false;
            }
            thread.forceAndClose(former, increment.writtenOffset());
        }
        record(next);
        return true;
    }

    /** The parts are there and loaded, or made: it is on. */
    void opened(AppendFile last) {
        state = State.ON;
        increment.allWritten();
        thread.forced(increment.writtenOffset());
        record(last);
        otherSize = files.size() - last.size();
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
        increment.rebased();
        thread.rebased(increment.file());
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

    /** DEBUG AOF-FLUSH-SLEEP. */
    public void sleepBeforeWrites(long micros) {
        increment.sleepBeforeWrites(micros);
    }

    // ---- for INFO ----

    public boolean lastWriteSucceeded() {
        return increment.error() == null && thread.failure() == null;
    }

    /** Bytes of all parts that count. */
    public long currentSize() {
        return otherSize + increment.size();
    }

    /** Bytes of all parts when it was written anew or loaded last. */
    public long baseSize() {
        return baseSize;
    }

    /** Bytes that wait to be written. */
    public long bufferedBytes() {
        return increment.bufferedBytes();
    }

    /** Bytes that the buffer takes. */
    public long bufferBytes() {
        return increment.bufferBytes();
    }

    public boolean isFsyncPending() {
        return thread.isForcing();
    }

    /** How often a write has waited long for an fsync that went on. */
    public long delayedFsyncs() {
        return increment.delayedFsyncs();
    }
}
