package dev.lockstep.server;

import dev.lockstep.keyspace.ArrayWindows;
import dev.lockstep.keyspace.MemoryLimitException;
import dev.lockstep.protocol.ErrorReplies;
import dev.lockstep.protocol.ReplyBuffer;
import dev.lockstep.protocol.Request;
import dev.lockstep.server.command.Call;
import dev.lockstep.server.command.Command;
import dev.lockstep.server.command.CommandException;
import dev.lockstep.server.command.Flag;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a command that may run now: its handler, and then the counters, the logs and the change stream. Executor only.
 *
 * <p>A command may run others within its own turn, as EXEC does. Each is counted and logged like any other; what all of them
 * changed enters the change stream together, when the outermost is done.
 */
final class Execution {
    private static final Logger LOG = LoggerFactory.getLogger(Execution.class);
    private static final long UNMONITORED = Flag.SKIP_MONITOR.bit() | Flag.ADMIN.bit();

    private final LockstepServer server;
    private final Output output;
    private ReplyBuffer reply;
    private final Stats stats;

    /** One for each depth that commands have run at so far. */
    private final List<Call> calls = new ArrayList<>();

    private int depth;

    /** The depth that others' commands begin at: that of the command that takes long, or 0. */
    private int bottom;

    private boolean capturing;
    private long lastNanos;

    /** The windows onto long values that commands have opened; there from the first command on. */
    private ArrayWindows windows;

    /** As many errors belong to commands that have ended. */
    private long errorsCounted;

    Execution(LockstepServer server, Output output) {
        this.server = server;
        this.output = output;
        this.reply = output.buffer();
        this.stats = server.stats();
        calls.add(new Call(server));
    }

    /** Commands follow: their time is counted from now on. */
    void clock(long nanos) {
        lastNanos = nanos;
    }

    /** When the last command ended. */
    long lastNanos() {
        return lastNanos;
    }

    /** Whether a command is running. */
    boolean isRunning() {
        return depth > 0;
    }

    /** Whether a command is running within another. */
    boolean isNested() {
        return depth > 1;
    }

    /** Others' commands are run from now on, in the middle of one that takes long. */
    void othersBegin() {
        bottom = depth;
    }

    /** The long one goes on. */
    void othersEnd() {
        bottom = 0;
    }

    /** Counts a command that the running script may not call; {@code command} is null if there is none of that name. */
    void refusedInScript(Command command, String error) {
        if (command != null) {
            command.stats.rejectedCalls++;
        }
        stats.countError(error);
        errorsCounted = stats.totalErrorReplies;
    }

    /** Runs one command for the script that is running; the reply goes to the script. */
    void runInScript(Client client, Command command, Request request, ReplyBuffer into) {
        lastNanos = System.nanoTime();
        ReplyBuffer outer = reply;
        reply = into;
        capturing = true;
        try {
            run(client, command, request, null);
        } finally {
            capturing = false;
            reply = outer;
        }
    }

    /**
     * Runs one command.
     *
     * @param resumed the wait that it goes on from, having blocked its client before; or null
     */
    void run(Client client, Command command, Request request, Wait resumed) {
        if (depth == calls.size()) {
            calls.add(new Call(server));
        }
        Call call = calls.get(depth++);
        openWindows();
        long started = lastNanos;
        boolean silent = !capturing && isSilent(client, command);
        boolean discarded = output.discards();
        if (silent && !discarded) {
            output.send();
            output.discards(true);
        }
        int position = reply.position();
        long spilled = reply.spilled();
        long streamOffset = server.replication().offset();
        errorsCounted = stats.totalErrorReplies;
        if (depth == bottom + 1) {
            if (bottom == 0) {
                server.clock().commandBegins();
            }
            server.pushes().commandBegins(client);
        }
        call.begin(client, command, request, reply, depth > bottom + 1);
        handle(call, position, spilled);
        server.keyspace().slab().endGrant();
        tell(call);
        if (client.tracking != null) {
            server.tracking().executed(client, command, request);
        }
        if (resumed == null && server.monitors().any() && !command.isAny(UNMONITORED)) {
            server.monitors().feed(client, command, request);
        }
        if (depth == bottom && client.closeAfterReply) {
            output.send();
            server.clients().closeAfterReply(client);
        }
        lastNanos = System.nanoTime();
        long duration = lastNanos - started;
        boolean failed = stats.totalErrorReplies > errorsCounted;
        errorsCounted = stats.totalErrorReplies;
        server.latency()
                .observe(
                        command.has(Flag.FAST)
                                ? LatencyMonitor.FAST_COMMAND
                                : LatencyMonitor.COMMAND,
                        duration);
        if (client.wait != null && client.isBlocked()) {
            client.wait.spentNanos += duration;
        } else {
            long before = resumed == null ? 0 : resumed.spentNanos;
            count(client, command, request, before + duration, failed);
        }
        if (server.replication().offset() != streamOffset) {
            client.writeOffset = server.replication().offset();
        }
        if (silent && isSilent(client, command)) {
            reply.truncate(reply.spilled() == spilled ? position : 0);
        }
        output.discards(discarded);
        if (depth == bottom) {
            server.pushes().commandEnds(reply);
        }
        closeWindows();
    }

    private void openWindows() {
        if (windows == null) {
            windows = ArrayWindows.ofThisThread();
        }
    }

    private void closeWindows() {
        if (depth == 0) {
            windows.close();
        }
    }

    /** Tells what the command has changed. If that fails, the data are not what their file and replicas take them for. */
    private void tell(Call call) {
        try {
            call.finish();
            depth--;
            if (depth == 0) {
                server.changes().commit();
            }
        } catch (RuntimeException | Error e) {
            server.shutdown()
                    .failed(
                            "Can't tell the append-only file and the replicas of a change that was made: "
                                    + e
                                    + ". Exiting...");
        }
    }

    /**
     * Runs a command of a file that is being loaded: it is neither counted nor told to anybody.
     *
     * @param into takes the reply, which nobody wants
     * @return why the load can't go on, or null; that the command fails for a reason of its own is none, it has failed before
     */
    String replay(Client client, Command command, Request request, ReplyBuffer into) {
        if (depth == calls.size()) {
            calls.add(new Call(server));
        }
        Call call = calls.get(depth++);
        openWindows();
        ReplyBuffer outer = reply;
        reply = into;
        capturing = true;
        String fatal = null;
        call.begin(client, command, request, into, true);
        try {
            command.handler().run(call);
        } catch (CommandException e) {
            LOG.debug("A command of a file failed: {}: {}", command.fullName(), e.getMessage());
            if (command.name().equals("select")) {
                fatal =
                        "there is no database "
                                + request.text(1)
                                + ", this server is configured with 'databases "
                                + server.keyspace().databases()
                                + "'";
            }
        } catch (MemoryLimitException e) {
            fatal = "the data don't fit in the Java heap; start with a larger -Xmx";
        } catch (RuntimeException | Error e) {
            LOG.error("The command {} failed unexpectedly", command.fullName(), e);
            fatal = e.toString();
        }
        server.keyspace().slab().endGrant();
        call.finish();
        depth--;
        capturing = false;
        reply = outer;
        into.clear();
        server.changes().drop();
        closeWindows();
        return fatal;
    }

    /** Whether CLIENT REPLY OFF or SKIP wants no reply to a command. */
    private static boolean isSilent(Client client, Command command) {
        return (client.replyOff || client.replySkip) && !command.has(Flag.REPLIES_BY_PUSH);
    }

    private void handle(Call call, int position, long spilled) {
        Command command = call.command();
        long used = server.keyspace().slab().used();
        int staged = server.changes().count();
        try {
            command.handler().run(call);
        } catch (CommandException e) {
            failed(call, position, spilled, e.getMessage());
        } catch (MemoryLimitException e) {
            EmptyCollections.removeFrom(call);
            lacksMemory(call, e.isUnforeseen() && isDoneInPart(call, used, staged));
            failed(call, position, spilled, ErrorReplies.OOM);
        } catch (OutOfMemoryError e) {
            LOG.warn(
                    "The command {} needs more of the Java heap than is left: {}",
                    command.fullName(),
                    e.getMessage());
            EmptyCollections.removeFrom(call);
            lacksMemory(call, isDoneInPart(call, used, staged));
            failed(call, position, spilled, ErrorReplies.OOM);
        } catch (RuntimeException | Error e) {
            LOG.error("The command {} failed unexpectedly", command.fullName(), e);
            failed(call, position, spilled, "ERR internal error in '" + command.fullName() + "'");
        }
    }

    /** Whether a command that has failed may have changed something, which somebody is to be told of. */
    private boolean isDoneInPart(Call call, long used, int staged) {
        return server.changes().isActive()
                && (call.changes() > 0
                        || server.changes().count() != staged
                        || server.keyspace().slab().used() != used);
    }

    /** What was done by half can be neither told nor undone; and what a master had done is not to be passed over. */
    private void lacksMemory(Call call, boolean doneInPart) {
        if (doneInPart && call.command().has(Flag.WRITE)) {
            server.shutdown()
                    .failed(
                            "The Java heap is full in the midst of the command "
                                    + call.command().fullName()
                                    + "; start with a larger -Xmx. Exiting...");
        }
        if (call.client().isMaster) {
            if (isNested()) {
                server.replication().streamBroken(call.client());
            }
            server.replication().lacksMemory(call.client(), call.command().fullName());
        }
    }

    private void failed(Call call, int position, long spilled, String text) {
        stats.countError(text);
        server.replication().commandFailed(call.client(), call.args(), text);
        if (reply.spilled() == spilled) {
            reply.truncate(position);
            reply.error(text);
        } else {
            call.client().closeAfterReply =
                    true; // a part of the reply is on its way, the rest can't follow
        }
    }

    /** Counts a command that has ended, and logs it if it was slow. */
    private void count(
            Client client, Command command, Request request, long nanos, boolean failed) {
        command.stats.add(nanos, server.tracksLatency());
        if (failed) {
            command.stats.failedCalls++;
        }
        stats.commandsProcessed++;
        client.commandsProcessed++;
        if (server.slowlog().wants(nanos) && !command.has(Flag.SKIP_SLOWLOG)) {
            server.slowlog().add(client, command, request, nanos, server.clock().millis());
        }
    }

    /** Counts a blocking command whose client was answered without running it once more. */
    void waited(Wait wait, boolean failed) {
        count(wait.client, wait.command, wait.request, wait.spentNanos, failed);
    }
}
