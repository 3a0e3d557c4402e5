package dev.lockstep.server.aof;

import dev.lockstep.persistence.AppendFile;
import dev.lockstep.server.LockstepServer;
import dev.lockstep.server.process.SystemReason;
import dev.lockstep.server.process.ThreadStart;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread for what the append-only file asks of the disk that may take long: fsync, the manifest, new and old parts. It
 * does one thing after the other, so an fsync of a new part comes after the manifest that names it.
 *
 * <p>The methods are the executor's, unless they say otherwise.
 */
final class FileThread {
    private static final Logger LOG = LoggerFactory.getLogger(FileThread.class);

    private final LockstepServer server;
    private final ExecutorService thread = Executors.newSingleThreadExecutor(FileThread::thread);
    private final AtomicInteger forcesToCome = new AtomicInteger();

    /** Grows with each {@link #beginAnew}: what was asked for before tells nothing of what is being written now. */
    private int era;

    private volatile long forcedOffset;
    private volatile String failure;

    /** What could not be forced: the system may have given up its bytes, so forcing it again would prove nothing. */
    private volatile AppendFile failedFile;

    FileThread(LockstepServer server) {
        this.server = server;
    }

    private static Thread thread(Runnable work) {
        Thread thread = new Thread(work, "lockstep-aof");
        thread.setDaemon(true);
        return thread;
    }

    /** What can fail for the disk's sake. */
    interface DiskTask {
        void run() throws IOException;
    }

    /** What becomes of a task; told on the executor, between commands. */
    interface Listener<T> {
        void done(T result);

        void failed(IOException reason);
    }

    /** Has a task run, and the executor told how it went. */
    <T> void run(Callable<T> task, Listener<T> listener) {
        execute(
                () -> {
                    try {
                        T result = task.call();
                        server.executor().submitBetweenCommands(() -> listener.done(result));
                    } catch (IOException e) {
                        server.executor().submitBetweenCommands(() -> listener.failed(e));
                    } catch (Exception | Error e) {
                        LOG.error("A task for the append-only file failed", e);
                        IOException reason = new IOException(e.toString(), e);
                        server.executor().submitBetweenCommands(() -> listener.failed(reason));
                    }
                },
                refused -> server.executor().submitBetweenCommands(() -> listener.failed(refused)));
    }

    /** The first task starts the thread, if the system has one left. */
    private void execute(Runnable task, Consumer<IOException> refused) {
        try {
            ThreadStart.guard(() -> thread.execute(task));
        } catch (IOException e) {
            refused.accept(e);
        }
    }

    /** Has a task run after those before it, and waits for its end. */
    <T> T call(Callable<T> task) throws IOException {
        FutureTask<T> future = new FutureTask<>(task);
        ThreadStart.guard(() -> thread.execute(future));
        try {
            return future.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException reason
                    ? reason
                    : new IOException(e.getCause().toString(), e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        }
    }

    /** Has a task run; a failure of it is only logged. */
    void quietly(DiskTask task) {
        execute(
                () -> {
                    try {
                        task.run();
                    } catch (IOException e) {
                        LOG.warn("The append-only file: {}", SystemReason.of(e));
                    }
                },
                refused -> LOG.warn("The append-only file: {}", refused.getMessage()));
    }

    /** Waits until everything that was asked for so far is done. */
    void await() {
        try {
            call(() -> null);
        } catch (IOException e) {
            LOG.warn("The append-only file: {}", SystemReason.of(e));
        }
    }

    // ---- fsync ----

    /** Whether an fsync of the part being written is under way or waits to be. */
    boolean isForcing() {
        return forcesToCome.get() > 0;
    }

    /** Forces a part to disk, which holds changes up to this replication offset. */
    void force(AppendFile file, long offset) {
        int asked = era;
        forcesToCome.incrementAndGet();
        execute(
                () -> {
                    if (ended(file, offset, force(file), asked)) {
                        server.executor().submitBetweenCommands(server.replicaWaits()::check);
                    }
                },
                refused -> ended(file, offset, refused.getMessage(), asked));
    }

    /** The same, for the last time. */
    void forceAndClose(AppendFile file, long offset) {
        force(file, offset);
        quietly(file::close);
    }

    /** Null, or why it failed. */
    private static String force(AppendFile file) {
        try {
            file.force();
            return null;
        } catch (IOException e) {
            return SystemReason.of(e);
        } catch (RuntimeException | Error e) {
            return e.toString();
        }
    }

    /** Notes how an fsync ended; whether more is on disk now than before. */
    private synchronized boolean ended(AppendFile file, long offset, String reason, int asked) {
        if (reason != null && failure == null) {
            LOG.warn("Fail to fsync the AOF file: {} ({})", reason, file.path());
        }
        boolean counts = asked == era;
        if (counts && reason != null) {
            failedFile = file;
            failure = reason;
        }
        boolean forced = counts && failure == null;
        if (forced) {
            forcedOffset = Math.max(forcedOffset, offset);
        }
        forcesToCome.decrementAndGet();
        return forced;
    }

    /** Another file follows: what was forced so far and what failed doesn't matter to it. */
    synchronized void beginAnew() {
        era++;
        failure = null;
        failedFile = null;
        forcedOffset = 0;
    }

    /** A new base has taken the place of everything before this file: what failed with that doesn't matter any more. */
    synchronized void rebased(AppendFile current) {
        if (failure != null && failedFile != current) {
            failure = null;
            failedFile = null;
            LOG.warn(
                    "The AOF file was written anew after an fsync had failed: the server can write again.");
        }
    }

    /** Everything up to this offset is on disk. */
    void forced(long offset) {
        synchronized (this) {
            forcedOffset = offset;
        }
        server.replicaWaits().check();
    }

    /** The replication offset up to which changes are on disk. */
    long forcedOffset() {
        return forcedOffset;
    }

    /** Why an fsync failed, until there is a new base that makes up for it; or null. Any thread. */
    String failure() {
        return failure;
    }
}
