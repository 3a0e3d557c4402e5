package dev.lockstep.server;

import dev.lockstep.server.process.LastWords;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SingleThreadIoEventLoop;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.util.concurrent.FastThreadLocalThread;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/** The event loop that the executor is, which can also turn once in the middle of a task. */
final class ExecutorLoop extends SingleThreadIoEventLoop {
    private static final long TASK_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    /** Reserved, not taken: Lua's own functions go deep into it where a script's patterns or callbacks are nested. */
    private static final long STACK_BYTES = 64L << 20;

    private static final Runnable NOTHING = () -> {};

    private boolean withinIo;

    private final LastWords lastWords = new LastWords("The executor has died. Exiting...");

    private ExecutorLoop(IoEventLoopGroup parent, Executor executor, IoHandlerFactory factory) {
        super(parent, executor, factory);
    }

    /** A group of one such loop. */
    static IoEventLoopGroup group(String threadName, IoHandlerFactory factory) {
        return new Group(
                task -> new FastThreadLocalThread(null, task, threadName, STACK_BYTES), factory);
    }

    private static final class Group extends MultiThreadIoEventLoopGroup {
        Group(ThreadFactory threads, IoHandlerFactory factory) {
            super(1, threads, factory);
        }

        @Override
        protected IoEventLoop newChild(
                Executor executor, IoHandlerFactory handlers, Object... arguments) {
            return new ExecutorLoop(this, executor, handlers);
        }
    }

    /** An executor that dies of an error leaves nobody who could serve, or save: the process ends, and says so. */
    @Override
    protected void run() {
        try {
            super.run();
        } catch (Throwable e) {
            lastWords.exit(e);
        }
    }

    @Override
    protected int runIo() {
        withinIo = true;
        try {
            return super.runIo();
        } finally {
            withinIo = false;
        }
    }

    /**
     * Looks after the sockets that are ready and runs waiting tasks for a while; on this loop. Where this is called by what a
     * socket brought, only epoll can be asked for more: the others are in the midst of their own list.
     */
    void turn() {
        execute(NOTHING); // so that it doesn't wait for sockets
        turnOnce();
    }

    /** {@link #turn}, but waits until there is something to do. Not to be called by what a socket brought. */
    void await() {
        assert !withinIo;
        turnOnce();
    }

    /** Whether the sockets can be asked for more by what one of them has brought. */
    boolean turnsWithinRead() {
        return isCompatible(EpollIoHandle.class);
    }

    private void turnOnce() {
        boolean outer = withinIo;
        if (!outer || turnsWithinRead()) {
            runIo();
            withinIo = outer;
        }
        runAllTasks(TASK_NANOS);
    }
}
