package dev.lockstep.server;

import dev.lockstep.keyspace.MemoryLimitException;
import dev.lockstep.protocol.ErrorReplies;
import dev.lockstep.protocol.ProtocolException;
import dev.lockstep.protocol.Quoted;
import dev.lockstep.protocol.ReplyBuffer;
import dev.lockstep.protocol.Request;
import dev.lockstep.protocol.RequestLimits;
import dev.lockstep.server.command.Call;
import dev.lockstep.server.command.Command;
import dev.lockstep.server.command.CommandException;
import dev.lockstep.server.command.CommandTable;
import dev.lockstep.server.command.Flag;
import dev.lockstep.server.net.Connection;
import io.netty.channel.EventLoop;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The path of a command: from a request that a connection has parsed, through what could refuse it, to its handler, and
 * then to the counters and the change stream. The one thread that runs this is the only one to touch live data.
 */
public final class Executor {
    private static final Logger LOG = LoggerFactory.getLogger(Executor.class);
    private static final int INPUT_BYTES = 64 * 1024;
    private static final int INPUT_BYTES_KEPT = 1 << 20;

    private static final long MAY_WRITE = Flag.WRITE.bit() | Flag.MAY_REPLICATE.bit();

    private static final long UNMONITORED = Flag.SKIP_MONITOR.bit() | Flag.ADMIN.bit();

    private final LockstepServer server;
    private final EventLoop loop;
    private final CommandTable commands;
    private final ServerClock clock;
    private final Stats stats;
    private final RequestLimits requestLimits = new RequestLimits();
    private final Request request = new Request();
    private final ReplyBuffer reply = new ReplyBuffer(16 * 1024, this::spill);
    private final Admission admission;
    private final ForeignProtocol foreignProtocol = new ForeignProtocol();
    private final Call call;

    private byte[] input = new byte[INPUT_BYTES];
    private Client current;
    private boolean inBatch;
    private boolean discardReplies;
    private long lastNanos;
    private long batchStartNanos;

    Executor(LockstepServer server, EventLoop loop, CommandTable commands) {
        this.server = server;
        this.loop = loop;
        this.commands = commands;
        this.clock = server.clock();
        this.stats = server.stats();
        this.admission = new Admission(server);
        this.call = new Call(server);
    }

    // ---- for connections ----

    public boolean isInExecutor() {
        return loop.inEventLoop();
    }

    /** Has a task run on the executor; from any thread. */
    public void submit(Runnable task) {
        loop.execute(task);
    }

    public RequestLimits requestLimits() {
        return requestLimits;
    }

    /** The one request object; valid until the next parse. */
    public Request request() {
        return request;
    }

    /** The array that input is put into, of at least this length. */
    public byte[] inputArray(int bytes) {
        if (bytes > input.length) {
            if (bytes > INPUT_BYTES_KEPT) {
                return new byte[bytes];
            }
            input = new byte[Integer.highestOneBit(bytes - 1) << 1];
        }
        return input;
    }

    public Client connected(Connection connection) {
        return server.clients().connected(connection);
    }

    public void disconnected(Client client) {
        server.clients().disconnected(client);
    }

    /** Requests of this client follow: the time is read, replies go to it. */
    public void batchBegins(Client client) {
        clock.update();
        begin(client);
        client.lastInteractionMillis = clock.millis();
        lastNanos = System.nanoTime();
        batchStartNanos = lastNanos;
    }

    private void begin(Client client) {
        current = client;
        inBatch = true;
        reply.protocol(client.protocol);
    }

    /** The replies to a batch are sent together. */
    public void batchEnds(Client client) {
        stats.batches++;
        stats.batchNanos += lastNanos - batchStartNanos;
        sendReplies();
        inBatch = false;
        server.replication().feed();
    }

    private void sendReplies() {
        if (reply.length() > 0) {
            spill(reply.array(), 0, reply.length());
            reply.clear();
        }
    }

    private void spill(byte[] array, int offset, int length) {
        if (discardReplies || current == null || current.isMaster) {
            return;
        }
        if (current.isReplica && !current.isMonitor) {
            String command = request.argc() == 0 ? "" : request.text(0).toLowerCase(Locale.ROOT);
            server.replication().replicas().provokedReply(current, command);
        } else {
            stats.netOutputBytes += length;
            current.connection().send(array, offset, length);
        }
    }

    public void inputArrived(Client client, int bytes) {
        stats.totalReadsProcessed++;
        if (client.isMaster) {
            stats.netReplicationInputBytes += bytes;
            server.replication().link().streamArrived();
        } else if (client.isReplica) {
            stats.netReplicationInputBytes += bytes;
        } else {
            stats.netInputBytes += bytes;
        }
    }

    /** Bytes that are not requests have arrived; returns the array to read them into. */
    public byte[] tapArrived(int bytes) {
        clock.update();
        stats.totalReadsProcessed++;
        stats.netReplicationInputBytes += bytes;
        return inputArray(bytes);
    }

    public long queryBufferLimit(Client client) {
        return client.isMaster ? Long.MAX_VALUE : server.config().clients.queryBufferLimit.bytes();
    }

    public void queryBufferLimitReached(Client client, byte[] array, int length) {
        stats.clientQueryBufferLimitDisconnections++;
        LOG.warn(
                "Closing client that reached max query buffer length: {} (qbuf initial bytes: {})",
                server.clients().describe(client),
                Quoted.of(array, 0, Math.min(64, length)));
        server.clients().close(client);
    }

    public void outputWaiting(Client client, long bytes) {
        server.clients().checkOutputLimit(client, bytes);
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
        sendReplies();
        server.clients().closeAfterReply(client);
    }

    public void socketFailed(Connection connection, Throwable cause) {
        if (cause instanceof java.io.IOException) {
            LOG.trace("Reading from client: {}", cause.getMessage());
        } else {
            LOG.warn("Closing a connection after an unexpected failure", cause);
        }
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
            return execute(client, available);
        }
        if (client.isReplica) {
            server.replication().replicas().alive(client);
        }
        return true;
    }

    /** What a master sends becomes this server's own stream of changes as it is executed, byte for byte. */
    private boolean executeForMaster(Client client, int start, int wireBytes, int available)
            throws ProtocolException {
        byte[] array = request.array();
        switch (server.replication().fromMaster(client, request, start, available)) {
            case WAIT -> {
                return false;
            }
            case EXECUTE -> execute(client, available);
            default -> {}
        }
        server.replication().applied(client, array, start, wireBytes);
        return true;
    }

    private boolean execute(Client client, int available) {
        client.requestBytes = available;
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
            sendReplies();
            server.clients().closeAfterReply(client);
            return true;
        }
        if (command == null) {
            refusal = ErrorReplies.unknownCommand(request);
        } else if (refusal == null && !command.acceptsArguments(request.argc())) {
            refusal = ErrorReplies.wrongArity(command.fullName());
        }
        if (refusal != null) {
            refuse(client, command, refusal);
            return true;
        }
        if (mustPause(client, command)) {
            server.clients().pause(client);
            return false;
        }
        refusal = admission.refusal(client, command);
        if (refusal != null) {
            refuse(client, command, refusal);
        } else {
            run(client, command);
        }
        afterCommand(client);
        return true;
    }

    private boolean mustPause(Client client, Command command) {
        Clients.Pause pause = server.clients().pause();
        return pause != Clients.Pause.NONE
                && !client.isMaster
                && !client.isReplica
                && (pause == Clients.Pause.ALL ? !isUnpause(command) : command.isAny(MAY_WRITE));
    }

    private static boolean isUnpause(Command command) {
        return command.parent() != null && command.fullName().equals("client|unpause");
    }

    private void refuse(Client client, Command command, String text) {
        stats.countError(text);
        if (command != null) {
            command.stats.rejectedCalls++;
        }
        if (client.isMaster) {
            server.replication().masterCommandFailed(request, text);
        }
        int position = reply.position();
        reply.error(text);
        applyReplyMode(client, command, position, reply.spilled());
    }

    private void run(Client client, Command command) {
        int position = reply.position();
        long spilled = reply.spilled();
        client.lastCommand = command;
        if (isSilent(client, command)) {
            sendReplies();
            position = reply.position();
            spilled = reply.spilled();
            discardReplies = true;
        }
        server.pushes().commandBegins(client);
        call.begin(client, command, request, reply);
        long failures = stats.totalErrorReplies;
        try {
            command.handler().run(call);
        } catch (CommandException e) {
            failed(client, position, spilled, e.getMessage());
        } catch (MemoryLimitException e) {
            failed(client, position, spilled, ErrorReplies.OOM);
        } catch (RuntimeException | Error e) {
            LOG.error("The command {} failed unexpectedly", command.fullName(), e);
            failed(client, position, spilled, "ERR internal error in '" + command.fullName() + "'");
        }
        call.finish();
        server.changes().commit();
        if (server.monitors().any() && !command.isAny(UNMONITORED)) {
            server.monitors().feed(client, command, request);
        }
        long now = System.nanoTime();
        long duration = now - lastNanos;
        lastNanos = now;
        if (client.closeAfterReply) {
            sendReplies();
            server.clients().closeAfterReply(client);
        }
        command.stats.add(duration, server.tracksLatency());
        if (stats.totalErrorReplies != failures) {
            command.stats.failedCalls++;
        }
        stats.commandsProcessed++;
        client.commandsProcessed++;
        if (server.slowlog().wants(duration) && !command.has(Flag.SKIP_SLOWLOG)) {
            server.slowlog().add(client, command, request, duration, clock.millis());
        }
        server.latency()
                .observe(
                        command.has(Flag.FAST)
                                ? LatencyMonitor.FAST_COMMAND
                                : LatencyMonitor.COMMAND,
                        duration);
        if (call.changes() > 0) {
            client.writeOffset = server.replication().offset();
        }
        applyReplyMode(client, command, position, spilled);
        server.pushes().commandEnds(reply);
    }

    /** Whether CLIENT REPLY OFF or SKIP wants no reply to a command. */
    private static boolean isSilent(Client client, Command command) {
        return (client.replyOff || client.replySkip)
                && (command == null || !command.has(Flag.REPLIES_BY_PUSH));
    }

    private void failed(Client client, int position, long spilled, String text) {
        if (reply.spilled() == spilled) {
            reply.truncate(position);
        }
        stats.countError(text);
        if (client.isMaster) {
            server.replication().masterCommandFailed(request, text);
        }
        reply.error(text);
    }

    /** CLIENT REPLY OFF and SKIP: what was replied goes nowhere. */
    private void applyReplyMode(Client client, Command command, int position, long spilled) {
        if (isSilent(client, command)) {
            reply.truncate(reply.spilled() == spilled ? Math.min(position, reply.position()) : 0);
        }
        discardReplies = false;
        client.replySkip = client.replySkipNext;
        client.replySkipNext = false;
    }

    private void afterCommand(Client client) {
        if (reply.protocol() != client.protocol) {
            reply.protocol(client.protocol);
        }
    }

    /** Replies to a client outside of its own requests: {@code writer} encodes into a buffer of the client's protocol. */
    public void replyTo(Client client, java.util.function.Consumer<ReplyBuffer> writer) {
        if (client.closed || client.connection() == null || client.replyOff) {
            return;
        }
        ReplyBuffer buffer =
                new ReplyBuffer(
                        256,
                        (array, offset, length) -> {
                            stats.netOutputBytes += length;
                            client.connection().send(array, offset, length);
                        });
        buffer.protocol(client.protocol);
        writer.accept(buffer);
        buffer.flush();
        client.connection().flush();
    }

    /** Whether what is sent to a client must go behind {@link #replies}, which have not been sent yet. */
    boolean isServing(Client client) {
        return inBatch && client == current;
    }

    /** The replies to the current batch that have not been sent yet. */
    ReplyBuffer replies() {
        return reply;
    }

    /** The client that a request is executed for, or null outside of commands. */
    public Client current() {
        return current;
    }

    /** The command table, for connections of masters and the like that execute without a socket of their own. */
    public CommandTable commands() {
        return commands;
    }
}
