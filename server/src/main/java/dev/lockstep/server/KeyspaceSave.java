package dev.lockstep.server;

import dev.lockstep.keyspace.View;
import dev.lockstep.persistence.ByteSink;
import dev.lockstep.persistence.CancelledException;
import dev.lockstep.persistence.ViewWriter;
import dev.lockstep.server.log.ServerLog;
import dev.lockstep.server.process.ThreadStart;
import java.io.IOException;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * One save of a frozen keyspace: on the thread that calls {@link #run}, or on a thread of its own after {@link #start}.
 *
 * <p>The view is the creator's to close, on the executor, when the save has ended.
 */
public final class KeyspaceSave {
    /** Where a save goes. Called on the saving thread. */
    public interface Target {
        /** Makes ready to take bytes. */
        ByteSink open() throws IOException;

        /** All bytes were taken: makes what was written count. */
        void complete() throws IOException;

        /** The save failed or was cancelled, here or anywhere before: drops what was written. */
        void abort(Throwable reason);
    }

    private final View view;
    private final Target target;
    private final ViewWriter writer;
    private Thread thread;
    private volatile Throwable failure;

    /**
     * @param writer of this view
     */
    KeyspaceSave(View view, Target target, ViewWriter writer) {
        this.view = view;
        this.target = target;
        this.writer = writer;
    }

    View view() {
        return view;
    }

    /** Saves, and returns when that has ended, one way or the other. */
    void run() {
        try {
            ByteSink sink = target.open();
            writer.write(sink);
            target.complete();
        } catch (IOException | RuntimeException | Error reason) {
            failure = reason;
            target.abort(reason);
        }
    }

    /** Saves on a thread of its own; {@code ended} is then run on {@code executor}. */
    void start(Executor executor, Consumer<KeyspaceSave> ended) {
        thread =
                new Thread(
                        () -> {
                            ServerLog.childThread();
                            run();
                            executor.execute(() -> ended.accept(this));
                        },
                        "lockstep-snapshot");
        thread.setDaemon(true);
        try {
            ThreadStart.start(thread);
        } catch (IOException e) {
            failure = e;
            target.abort(e);
            executor.execute(() -> ended.accept(this));
        }
    }

    /** Makes the save end soon, unless it is about to succeed. */
    public void cancel() {
        writer.cancel();
    }

    /** Waits until the thread of {@link #start} has ended. */
    void awaitEnd() {
        boolean interrupted = false;
        while (true) {
            try {
                thread.join();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Why it failed; null if it did not, which counts only once it has ended. */
    public Throwable failure() {
        return failure;
    }

    public boolean wasCancelled() {
        return failure instanceof CancelledException;
    }

    long keysDone() {
        return writer.keysDone();
    }

    long keysTotal() {
        return writer.keysTotal();
    }
}
