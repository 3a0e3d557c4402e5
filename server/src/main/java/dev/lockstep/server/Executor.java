package dev.lockstep.server;

import dev.lockstep.protocol.ErrorReplies;
import dev.lockstep.protocol.ProtocolException;
import dev.lockstep.protocol.Quoted;
import dev.lockstep.protocol.Replies;
import dev.lockstep.protocol.ReplyBuffer;
import dev.lockstep.protocol.Request;
import dev.lockstep.protocol.RequestLimits;
import dev.lockstep.server.command.Command;
import dev.lockstep.server.command.CommandTable;
import dev.lockstep.server.command.Flag;
import dev.lockstep.server.net.Connection;
import dev.lockstep.server.net.InputArrays;
import dev.lockstep.server.net.PendingReads;
import dev.lockstep.server.net.SocketBuffers;
import dev.lockstep.server.script.ScriptRunner;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The path of a command: from a request that a connection has parsed, through what could refuse it, to its {@link
 * Execution}. The one thread that runs this is the only one to touch live data.
 */
public final class Executor {
    private static final Logger LOG = LoggerFactory.getLogger(Executor.class);

    private static final long MAY_WRITE = Flag.WRITE.bit() | Flag.MAY_REPLICATE.bit();

    private final LockstepServer server;
    private final ExecutorLoop loop;
    private final CommandTable commands;
    private final ServerClock clock;
    private final Stats stats;
    private final RequestLimits requestLimits = new RequestLimits();
    private Request request = new Request();
    private final Output output;
    private final ReplyBuffer reply;
    private final Admission admission;
    private final ClientEviction eviction;
    private final Execution execution;
    private final RequestPrefetch prefetch;
    private final PendingReads pendingReads;
    private final HeldReplies heldReplies;
    private final ConnectionListener listener;
    private final ForeignProtocol foreignProtocol = new ForeignProtocol();

    /** Takes replies that nobody wants. */
    private final ReplyBuffer unheard = new ReplyBuffer(1024, (array, offset, length) -> {});

    private final InputArrays inputArrays = new InputArrays();
    private final SocketBuffers socketBuffers = new SocketBuffers();
    private boolean inBatch;
    private long batchStartNanos;
    private final LongCommand longCommand;

    /** Whose requests are being executed, and which. */
    record Batch(Request request, Client client, boolean inBatch, long startNanos) {}

    Executor(LockstepServer server, ExecutorLoop loop, CommandTable commands) {
        this.server = server;
        this.loop = loop;
        this.commands = commands;
        this.clock = server.clock();
        this.stats = server.stats();
        this.output = new Output(server);
        this.reply = output.buffer();
        this.eviction = server.clients().eviction();
        this.admission = new Admission(server);
        this.execution = new Execution(server, output);
        this.prefetch = new RequestPrefetch(server);
        this.pendingReads = new PendingReads(loop, prefetch);
        this.longCommand = new LongCommand(server, this, loop, output, execution);
        this.heldReplies = new HeldReplies(this, loop);
        this.listener = new ConnectionListener(server, longCommand, eviction);
    }

    // ---- for connections ----

    public boolean isInExecutor() {
        return loop.inEventLoop();
    }

    /** Whether the event loop can turn in the midst of a command that runs while a socket is being read. */
    public boolean turnsWithinRead() {
        return loop.turnsWithinRead();
    }

    /** Has a task run on the executor; from any thread. Nobody waits for it if that has come to its end. */
    public void submit(Runnable task) {
        try {
            loop.execute(task);
        } catch (RejectedExecutionException e) {
            if (!loop.isShuttingDown()) {
                throw e;
            }
        }
    }

    /** Has a task run on the executor while no command is running, not even one that takes long; from any thread. */
    public void submitBetweenCommands(Runnable task) {
        submit(() -> longCommand.runOutside(task));
    }

    /** Brings the keys of waiting requests near. */
    public RequestPrefetch prefetch() {
        return prefetch;
    }

    /** What was read in this turn of the event loop and is not executed yet. */
    public PendingReads pendingReads() {
        return pendingReads;
    }

    public RequestLimits requestLimits() {
        return requestLimits;
    }

    /** The one request object; valid until the next parse. */
    public Request request() {
        return request;
    }

    /** Where requests are kept that arrive in pieces. */
    public InputArrays inputArrays() {
        return inputArrays;
    }

    /** What connections tell of themselves beside their requests. */
    public ConnectionListener listener() {
        return listener;
    }

    /** The command that is running, if it takes so long that others are told so. */
    public LongCommand longCommand() {
        return longCommand;
    }

    /** Where sockets are read to and written from. */
    public SocketBuffers socketBuffers() {
        return socketBuffers;
    }

    /** Requests of this client follow: the time is read, replies go to it. */
    public void batchBegins(Client client) {
        turnBegins();
        output.to(client);
        inBatch = true;
        client.lastInteractionMillis = clock.millis();
        batchStartNanos = execution.lastNanos();
    }

    /** Something follows that may execute commands: the time is read. */
    void turnBegins() {
        clock.update();
        execution.clock(System.nanoTime());
    }

    /**
     * Whether replies of this connection must wait for the append-only file to hold what they tell of. It is flushed soon, when
     * all that was read in this turn of the event loop is executed; or closed, if the disk didn't take its writes.
     */
    public boolean holdsBack(Connection connection) {
        if (server.aof().isOwed()) {
            return heldReplies.add(connection);
        }
        if (server.aof().lacksWritesOf(connection.client())) {
            connection.close(); // its replies would tell of what a kill now would undo
            return true;
        }
        return false;
    }

    /** Lets the append-only file hold everything so far, so that all replies may be sent. */
    public void settle() {
        if (server.aof().isOwed()) {
            server.aof().settle();
        }
    }

    /** The replies to a batch are sent together. */
    public void batchEnds(Client client) {
        stats.batchEnds(execution.lastNanos() - batchStartNanos);
        output.send();
        inBatch = false;
        server.replication().feed();
    }

    /**
     * Tells a client that the heap can't hold its request.
     *
     * @param goesOn whether the connection is passing over the rest of the request; else it is closed
     */
    public void refuseRequest(Client client, long bytes, boolean goesOn) {
        if (client.isMaster) {
            server.replication().lacksMemory(client, "a request of " + bytes + " bytes");
            return;
        }
        LOG.warn(
                "The Java heap can't hold a request of {} bytes beside the data, it was refused{}; start with a larger -Xmx: {}",
                bytes,
                goesOn ? "" : " and its client closed",
                server.clients().describe(client));
        output.to(client);
        refuse(client, null, ErrorReplies.OOM);
        if (!goesOn) {
            output.send();
            server.clients().closeAfterReply(client);
        }
    }

    public void protocolError(Client client, ProtocolException e, byte[] array, int at, int end) {
        if (client.isReplica || client.isMaster) {
            LOG.warn(
                    "Protocol error ({}) from {}",
                    e.getMessage(),
                    server.clients().describe(client));
        } else {
            LOG.debug(
                    "Protocol error ({}) from client: {}. Query buffer during protocol error: {}",
                    e.getMessage(),
                    server.clients().describe(client),
                    Quoted.of(array, at, Math.min(end, at + 128)));
        }
        if (client.isMaster) {
            server.replication().streamBroken(client);
        }
        String text = "ERR " + e.getMessage();
        reply.error(text);
        stats.countError(text);
        output.send();
        server.clients().closeAfterReply(client);
    }

    // ---- one command ----

    /**
     * Executes the parsed request of a client.
     *
     * @param start where it begins in its array
     * @param wireBytes how long it was in the input
     * @param available how many bytes of input there are from its start on
     * @return false if it must wait; it is not consumed then
     * @throws ProtocolException if the rest of a transaction from the master is no request
     */
    public boolean execute(Client client, int start, int wireBytes, int available)
            throws ProtocolException {
        if (client.isMaster) {
            return executeForMaster(client, start, wireBytes, available);
        }
        if (request.argc() > 0) {
            if (!execute(client, available)) {
                return false;
            }
            server.blockedKeys().serve();
        } else if (client.isReplica) {
            server.replication().replicas().alive(client);
        }
        return true;
    }

    /**
     * What a master sends becomes this server's own stream of changes as it is executed, byte for byte. Who waits for keys
     * is served when a whole transaction of it is executed.
     */
    private boolean executeForMaster(Client client, int start, int wireBytes, int available)
            throws ProtocolException {
        byte[] array = request.array();
        switch (server.replication().fromMaster(client, request, start, available)) {
            case WAIT -> {
                return false;
            }
            case HOLD_BACK -> {
                server.pauses().hold(client);
                return false;
            }
            case EXECUTE -> {
                server.changes().fromMaster(true);
                try {
                    if (!execute(client, available)) {
                        return false;
                    }
                } finally {
                    server.changes().fromMaster(false);
                }
            }
            default -> {}
        }
        server.replication().applied(client, array, start, wireBytes);
        if (!server.replication().isWithinTransaction()) {
            server.blockedKeys().serve();
        }
        return true;
    }

    private boolean execute(Client client, int available) {
        client.requestBytes = available;
        if (eviction.isDue()) {
            eviction.evict();
            if (client.closed) {
                return false;
            }
        }
        if (client.tracking != null) {
            server.tracking().requestBegins(client);
        }
        Command command = commands.find(request.array(), request.offset(0), request.length(0));
        String refusal = null;
        if (command != null && command.isContainer() && request.argc() > 1) {
            Command sub = command.subcommand(request.array(), request.offset(1), request.length(1));
            if (sub == null) {
                refusal = ErrorReplies.unknownSubcommand(command.name(), request.text(1));
            } else {
                command = sub;
            }
        }
        if (command == null && foreignProtocol.isSpokenIn(request)) {
            foreignProtocol.log(client, clock.millis());
            output.send();
            server.clients().closeAfterReply(client);
            return true;
        }
        if (command == null) {
            refusal = ErrorReplies.unknownCommand(request);
        } else if (refusal == null && !command.acceptsArguments(request.argc())) {
            refusal = ErrorReplies.wrongArity(command.fullName());
        }
        if (client.lastCommand != command) {
            client.lastCommand = command;
        }
        if (refusal != null) {
            boolean unknownSubcommand =
                    command != null && command.isContainer() && request.argc() > 1;
            refuse(client, unknownSubcommand ? null : command, request, refusal);
            return true;
        }
        if (isHeldBack(client, command, request)) {
            server.pauses().hold(client);
            return false;
        }
        refusal = admission.refusal(client, command, request);
        if (refusal != null) {
            refuse(client, command, request, refusal);
        } else if (client.transaction != null && !command.has(Flag.NOT_QUEUED)) {
            queue(client, command);
        } else {
            run(client, command, request, null);
        }
        return true;
    }

    /** Whether this command has to wait: for a pause to end, for keys that are under way elsewhere, or for a debugged script. */
    boolean isHeldBack(Client client, Command command, Request wanted) {
        return isPaused(client, command, wanted)
                || server.snapshots().loading().holdsBack(command)
                || server.migrations().holdsBack(client, command, wanted)
                || server.scriptRunner().holdsBack(command);
    }

    private boolean isPaused(Client client, Command command, Request wanted) {
        Pauses.Kind pause = server.pauses().kind();
        return pause != Pauses.Kind.NONE
                && !client.isReplica
                && (pause == Pauses.Kind.ALL
                        ? !isUnpause(command)
                        : (Transaction.flags(server, client, command, wanted) & MAY_WRITE) != 0);
    }

    private static boolean isUnpause(Command command) {
        return command.parent() != null && command.fullName().equals("client|unpause");
    }

    private void refuse(Client client, Command command, Request refused, String text) {
        if (command != null) {
            command.stats.rejectedCalls++;
        }
        server.replication().commandFailed(client, refused, text);
        refuse(client, command, text);
    }

    private void refuse(Client client, Command command, String text) {
        String error = text;
        if (command != null && command.name().equals("exec")) {
            error = server.transactions().abort(client, text);
        } else if (client.transaction != null) {
            client.transaction.breakUp();
        }
        stats.countError(error);
        int position = reply.position();
        reply.error(error);
        endReply(client, position);
    }

    private void queue(Client client, Command command) {
        int position = reply.position();
        server.transactions().queue(client, command, request);
        reply.simple(Replies.QUEUED);
        endReply(client, position);
    }

    /** CLIENT REPLY OFF and SKIP: what was replied goes nowhere. */
    private void endReply(Client client, int position) {
        if (client.replyOff || client.replySkip) {
            reply.truncate(Math.min(position, reply.position()));
        }
        client.endReplySkip();
    }

    private void run(Client client, Command command, Request wanted, Wait resumed) {
        execution.run(client, command, wanted, resumed);
        if (client.wait == null) {
            client.endReplySkip();
        }
        if (reply.protocol() != client.protocol) {
            reply.protocol(client.protocol);
        }
    }

    /** Runs a queued command of the transaction that is being executed. */
    public void runQueued(Client client, Command command, Request queued) {
        execution.run(client, command, queued, null);
    }

    /** Executes the request of a blocked client again; it goes on unless that blocks it once more. */
    void executeAgain(Wait wait) {
        Client client = wait.client;
        Client served = output.client();
        output.to(client);
        client.block = Client.Block.NONE;
        String refusal = admission.refusal(client, wait.command, wait.request);
        if (refusal != null) {
            refuse(client, wait.command, wait.request, refusal);
        } else {
            run(client, wait.command, wait.request, wait);
        }
        if (!client.isBlocked()) {
            server.blocked().end(wait);
        }
        output.to(served);
        client.connection().flush();
    }

    /** Whether what is sent to a client must go behind {@link #replies}, which have not been sent yet. */
    boolean isServing(Client client) {
        return inBatch && client == output.client();
    }

    /** The client whose requests are being looked at, or null. */
    public Client serving() {
        return inBatch ? output.client() : null;
    }

    /** The replies to the current batch that have not been sent yet. */
    ReplyBuffer replies() {
        return reply;
    }

    /** Why writes are refused while the disk doesn't take the data, or null. */
    public String diskRefusal() {
        return Admission.diskRefusal(server);
    }

    // ---- scripts ----

    /** Why the script that is running may not call a command, or null. */
    public String refusalInScript(ScriptRunner script, Command command, Request wanted) {
        return admission.refusalInScript(script, command, wanted);
    }

    /** Counts a command that the running script may not call; {@code command} is null if there is none of that name. */
    public void refusedInScript(Command command, String error) {
        execution.refusedInScript(command, error);
    }

    /** Runs a command for the script that is running; the reply goes to the script. */
    public void runInScript(Client client, Command command, Request wanted, ReplyBuffer into) {
        execution.runInScript(client, command, wanted, into);
    }

    /** What belongs to the command that is running, so that requests of others don't get in its way. */
    Batch putAside() {
        Batch batch = new Batch(request, output.client(), inBatch, batchStartNanos);
        request = new Request();
        inputArrays.leavePassing();
        return batch;
    }

    /** The command goes on, and others' may yet come in between. */
    void resume(Batch batch) {
        inBatch = batch.inBatch;
    }

    /** What was put aside is what is being executed again. */
    void takeUp(Batch batch) {
        request = batch.request;
        inBatch = batch.inBatch;
        batchStartNanos = batch.startNanos;
    }

    /** Whether a command is running that takes so long that others are told so. */
    public boolean isBusy() {
        return longCommand.isRunning();
    }

    // ---- loading ----

    /**
     * Runs a command of a file that is being loaded.
     *
     * @return why the load can't go on, or null
     */
    public String replay(Client client, Command command, Request wanted) {
        return execution.replay(client, command, wanted, unheard);
    }

    // ---- clients that wait ----

    /** Whether a command is running. */
    boolean isRunning() {
        return execution.isRunning();
    }

    /** Whether a command is running within another: in a transaction, or called by a script. */
    public boolean isWithinAnother() {
        return execution.isNested();
    }

    /** Counts a blocking command whose client was answered without executing it once more. */
    void waited(Wait wait, boolean failed) {
        execution.waited(wait, failed);
    }

    /** Replies to a client outside of its own requests: {@code writer} encodes into a buffer of the client's protocol. */
    public void replyTo(Client client, Consumer<ReplyBuffer> writer) {
        output.replyTo(client, writer);
    }

    /** The client that a request is executed for, or null outside of commands. */
    public Client current() {
        return output.client();
    }
}
