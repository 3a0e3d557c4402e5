package dev.lockstep.server.net;

import dev.lockstep.protocol.ProtocolException;
import dev.lockstep.protocol.RequestParser;
import dev.lockstep.server.Client;
import dev.lockstep.server.ConnectionListener;
import dev.lockstep.server.Executor;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.unix.UnixChannel;
import io.netty.handler.ssl.SslHandler;
import java.util.concurrent.TimeUnit;

/**
 * One client's socket: takes what arrives, has whole requests executed, and sends what they reply.
 *
 * <p>Input goes through {@link PendingReads}, one array for all; only the rest of an incomplete request, or what has to wait
 * because the client is blocked, is kept in an array of the connection's own ({@link WaitingInput}). So an idle client costs no buffer.
 *
 * <p>Executor only. Where the channel belongs to another loop ({@code io-threads}), {@link SocketEvents} hands over what that
 * loop reads, and Netty hands the writes back, both in order.
 */
public final class Connection {
    /** As many bytes of replies are queued at most before it is looked whether the client takes them. */
    private static final int FLUSH_BYTES = 1 << 20;

    /** In less than so many bytes there are no two requests with keys. */
    private static final int PIPELINE_BYTES_MIN = 40;

    /** While more than this waits to be sent to a client, none of its requests is run. */
    private static final long PAUSE_REQUESTS_BYTES = 32L << 20;

    /**
     * While a client's requests are paused, this much is still read from it. Many write a whole pipeline before they read
     * the first reply: if nothing were read, both sides would wait for ever.
     */
    private static final int REQUESTS_HELD_BYTES = 64 << 20;

    /** No more is read while so much is held back for later. */
    private static final int HELD_BYTES = 1 << 20;

    /**
     * A client that has closed its sending side gets this long to take its last replies. Where more than {@link
     * #SENDING_BYTES_MAX} wait, it is closed at once.
     */
    private static final int SENDING_SECONDS = 1;

    private static final int SENDING_BYTES_MAX = 1 << 20;

    private final Executor executor;
    private final ConnectionListener listener;
    private final Channel channel;
    private final RequestParser parser;
    private final boolean viaUnixSocket;

    /** What encrypts the connection, or null. */
    private final SslHandler tls;

    private final WaitingInput waiting;
    private final ConnectionOutput output;
    private final SocketEvents events;
    private Client client;
    private boolean processing;

    /** What has arrived while a command of this connection is running: it takes long, and the event loop turns meanwhile. */
    private ByteBuf arrivedMeanwhile;

    /** Whether the other side has ended what it sends, meanwhile. */
    private boolean endedMeanwhile;

    /** Whether {@link #resume} is to come. */
    private boolean resumes;

    private boolean requestsPaused;
    private InputTap tap;
    private boolean gone;

    /** Takes the bytes of a connection that no longer carries requests: the replica's link to its master. */
    public interface InputTap {
        void received(byte[] array, int offset, int length);

        /** The other end has closed, or the socket failed. */
        void closed();
    }

    public Connection(Executor executor, Channel channel, boolean viaUnixSocket) {
        this(executor, channel, viaUnixSocket, null);
    }

    private Connection(Executor executor, Channel channel, boolean viaUnixSocket, SslHandler tls) {
        this.executor = executor;
        this.listener = executor.listener();
        this.channel = channel;
        this.viaUnixSocket = viaUnixSocket;
        this.tls = tls;
        this.parser = new RequestParser(executor.requestLimits());
        this.waiting = new WaitingInput(executor.inputArrays());
        this.output = new ConnectionOutput(executor, channel);
        this.events = new SocketEvents(executor, this);
        channel.config().setRecvByteBufAllocator(new ReadSizes(events));
    }

    /** A connection that came to the TLS port, behind the handler that encrypts it. */
    static Connection encrypted(Executor executor, Channel channel, SslHandler tls) {
        return new Connection(executor, channel, false, tls);
    }

    /**
     * A connection that the server opens itself: what arrives goes to the tap until it {@link #becomeClient}s.
     *
     * @param tls what encrypts it, before it in the pipeline, or null
     */
    public static Connection outgoing(
            Executor executor, Channel channel, InputTap tap, SslHandler tls) {
        Connection connection = new Connection(executor, channel, false, tls);
        connection.tap = tap;
        return connection;
    }

    /** What brings the channel's events here; belongs at the end of its pipeline. */
    public ChannelHandler events() {
        return events;
    }

    public Channel channel() {
        return channel;
    }

    public Client client() {
        return client;
    }

    public boolean isUnixSocket() {
        return viaUnixSocket;
    }

    public boolean isEncrypted() {
        return tls != null;
    }

    /** The socket's file descriptor where the transport tells it, else a number that is as good for a client list. */
    public int descriptor() {
        return channel instanceof UnixChannel unix
                ? unix.fd().intValue()
                : channel.id().hashCode() & 0xffff;
    }

    public RequestParser parser() {
        return parser;
    }

    // ---- what arrives ----

    /** Unless the server has opened it itself, it is a client's from now on. */
    void connected() {
        if (tap != null) {
            return;
        }
        if (listener.isFull()) {
            executor.pendingReads().run(); // who has gone before makes room
        }
        if (!gone) {
            client = listener.connected(this);
        }
    }

    /** The handshake of TLS has ended: null, or what was wrong. */
    void handshakeEnded(Throwable failure) {
        if (tap == null && isOpen()) {
            listener.handshakeEnded(client, failure);
        }
    }

    /** Whether what is read from the socket is what the client says. */
    boolean isUnencrypted() {
        return tls == null;
    }

    /** Whether what comes is no requests. */
    boolean isTapped() {
        return tap != null;
    }

    /** Whether what comes is a master's stream. */
    boolean isOfMaster() {
        return client != null && client.isMaster;
    }

    /** How many bytes the request that has come in part lacks at least; what is known of it. */
    int bytesMissing() {
        return parser.expected() - waiting.length();
    }

    /** Whether what arrives next belongs to an argument so long that it is to be copied no more often than it must be. */
    boolean isWithinLongArgument() {
        return tap == null && !waiting.isEmpty() && parser.bytesBeforeLongArgument() > 0;
    }

    /**
     * Whether a command may run in the midst of reading: only where the event loop can turn then if it takes long, and where
     * nothing that has to be entered again is in between.
     */
    boolean mayExecuteWithinRead() {
        return !channel.eventLoop().inEventLoop() || tls == null && executor.turnsWithinRead();
    }

    /** Takes input that is too long to be put together with that of others. */
    void received(ByteBuf input) {
        if (mustWait()) {
            arrivesMeanwhile(input);
            return;
        }
        int bytes = input.readableBytes();
        if (!isWithinLongArgument() || !isOpen()) {
            received(copied(input, bytes), 0, bytes);
            return;
        }
        inputBegins(bytes);
        if (reserve(bytes)) {
            waiting.add(input, bytes);
            input.release();
            processWaiting();
        } else {
            processAndKeep(copied(input, bytes), 0, bytes);
        }
        inputEnds();
    }

    private byte[] copied(ByteBuf input, int bytes) {
        try {
            byte[] array = executor.inputArrays().passing(bytes);
            input.readBytes(array, 0, bytes);
            return array;
        } finally {
            input.release();
        }
    }

    /** Whether what arrives next is the beginning of a request that will be executed. */
    boolean beginsRequest() {
        return tap == null
                && client != null
                && waiting.isEmpty()
                && !client.isBlocked()
                && !parser.isDropping();
    }

    /** Takes input: has the whole requests in it executed and keeps the rest. */
    void received(byte[] array, int start, int end) {
        int bytes = end - start;
        if (tap != null) {
            listener.tapArrived(bytes);
            tap.received(array, start, bytes);
            return;
        }
        if (mustWait()) {
            arrivesMeanwhile(Unpooled.copiedBuffer(array, start, bytes));
            return;
        }
        if (!isOpen()) {
            return;
        }
        inputBegins(bytes);
        if (!waiting.isEmpty() && reserve(bytes)) {
            waiting.add(array, start, bytes);
            processWaiting();
        } else {
            processAndKeep(array, start, end);
        }
        inputEnds();
    }

    /** Whether what comes now is to wait: for a command that takes long, or behind what has waited for that. */
    private boolean mustWait() {
        return tap == null && (processing || arrivedMeanwhile != null);
    }

    private void arrivesMeanwhile(ByteBuf input) {
        if (arrivedMeanwhile == null) {
            arrivedMeanwhile = input;
        } else {
            arrivedMeanwhile = Unpooled.wrappedBuffer(arrivedMeanwhile, input);
        }
        channel.config().setAutoRead(false);
    }

    private void goOnWithMeanwhile() {
        ByteBuf input = arrivedMeanwhile;
        arrivedMeanwhile = null;
        try {
            if (input != null && isOpen()) {
                received(input);
                flush();
                if (arrivedMeanwhile == null && !holdsEnough()) {
                    readOn();
                }
            } else if (input != null) {
                input.release();
            }
            if (endedMeanwhile) {
                ended();
            }
        } catch (RuntimeException | Error e) {
            failed(e);
        }
    }

    /** Not where the end has been read: the socket can't be asked for more. */
    private void readOn() {
        if (!endedMeanwhile && !gone) {
            channel.config().setAutoRead(true);
        }
    }

    private boolean isOpen() {
        return client != null && !client.closed;
    }

    private void inputBegins(int bytes) {
        executor.batchBegins(client);
        listener.inputArrived(client, bytes);
    }

    /** Whether nothing more is to be read for now. */
    private boolean holdsEnough() {
        return requestsPaused && waiting.length() > REQUESTS_HELD_BYTES;
    }

    private void inputEnds() {
        if (holdsEnough()) {
            channel.config().setAutoRead(false);
        }
        if (!client.closed && waiting.length() > listener.queryBufferLimit(client)) {
            listener.queryBufferLimitReached(client, waiting.array(), waiting.length());
        }
        listener.buffersChanged(client);
    }

    /** {@link #resume} in a turn of its own. */
    public void resumeSoon() {
        resumes = true;
        executor.submit(this::resume);
    }

    /** Goes on with what waited while the client was blocked. */
    public void resume() {
        resumes = false;
        if (client.closed || processing) {
            return;
        }
        if (!waiting.isEmpty() && !client.isBlocked()) {
            executor.batchBegins(client);
            processWaiting();
            flush();
        }
        if (endedMeanwhile) {
            ended();
        }
    }

    private void processAndKeep(byte[] array, int start, int end) {
        int consumed = process(array, start, end);
        if (consumed < end) {
            waiting.keep(array, consumed, end, roomWanted());
        }
    }

    private void processWaiting() {
        byte[] array = waiting.array();
        int length = waiting.length();
        int consumed = process(array, 0, length);
        if (consumed == length) {
            waiting.allConsumed();
        } else if (consumed > 0) {
            waiting.keep(array, consumed, length, roomWanted());
        }
    }

    /** Executes the whole requests in a part of an array; returns where the first one begins that was not executed. */
    private int process(byte[] array, int start, int end) {
        processing = true;
        int at = start;
        int ahead = start;
        try {
            while (at < end && mayExecute()) {
                if (parser.isDropping()) {
                    at = parser.drop(array, at, end);
                    if (parser.isDropping()) {
                        break;
                    }
                    continue;
                }
                if (at >= ahead && end - at >= PIPELINE_BYTES_MIN) {
                    ahead = Math.max(executor.prefetch().pipeline(client, array, at, end), at + 1);
                }
                if (!parser.parse(array, at, end, executor.request())) {
                    break;
                }
                int next = parser.next();
                if (!executor.execute(client, at, next - at, end - at)) {
                    break;
                }
                at = next;
                if (output.bytesSinceFlush() > FLUSH_BYTES) {
                    executor.settle();
                    flush();
                }
            }
        } catch (ProtocolException e) {
            executor.protocolError(client, e, array, at, end);
        } finally {
            processing = false;
            if (arrivedMeanwhile != null || endedMeanwhile) {
                executor.submit(this::goOnWithMeanwhile);
            }
            executor.batchEnds(client);
        }
        return client.closed || client.closeAfterReply || client.isOverLimit() ? end : at;
    }

    /** A client whose replies pile up waits with its next request until they are sent, so a pipeline can't fill memory. */
    private boolean mayExecute() {
        return !client.isBlocked()
                && !client.closed
                && !client.closeAfterReply
                && !client.isOverLimit()
                && !requestsPaused
                && !(client.isMaster && executor.isBusy());
    }

    private int roomWanted() {
        return Math.max(parser.expected(), 256);
    }

    /** Makes room for more; false if the heap can't hold it: then nothing waits any more, and the rest is to be dropped. */
    private boolean reserve(int bytes) {
        if (waiting.room() >= bytes) {
            return true;
        }
        long whole = Math.max((long) waiting.length() + bytes, parser.expected());
        if (whole <= WaitingInput.BYTES_MAX && listener.takesRequest(client, whole)) {
            try {
                waiting.reserve(bytes, parser.expected());
                return true;
            } catch (OutOfMemoryError none) {
                // refused as well
            }
        }
        refuse(whole);
        return false;
    }

    /** Where it isn't known where the next request begins, the refusal is the end of the connection. */
    private void refuse(long bytes) {
        boolean goesOn = parser.isWithinArgument() && !client.isMaster;
        if (goesOn) {
            parser.dropRest(waiting.length());
        }
        waiting.drop();
        executor.refuseRequest(client, bytes, goesOn);
    }

    /** Bytes of requests that wait here. */
    public int pendingInput() {
        return waiting.length();
    }

    /** Room in the array that input waits in, beyond what waits. */
    public int pendingRoom() {
        return waiting.room();
    }

    /** Lets go of the array of an idle connection. */
    public void releaseIdleArray() {
        waiting.releaseIfEmpty();
    }

    /** Keeps bytes that are not for the tap but for the client that this connection is about to become. */
    public void hold(byte[] array, int from, int to) {
        waiting.hold(array, from, to - from);
        if (waiting.length() > HELD_BYTES) {
            channel.config().setAutoRead(false);
        }
    }

    /** From now on until the end what arrives goes to the tap, though this is a client's connection. */
    public void tap(InputTap newTap) {
        tap = newTap;
    }

    /** From now on what arrives are requests of this client; those that were held are executed soon. */
    public void becomeClient(Client newClient) {
        tap = null;
        client = newClient;
        channel.config().setAutoRead(true);
        executor.submit(this::resume);
    }

    // ---- what is sent ----

    /** Queues bytes, which are copied; {@link #flush} sends them. Small pieces are put together. */
    public void send(byte[] array, int offset, int length) {
        output.send(client, array, offset, length);
    }

    /** Queues a buffer, which is the channel's from now on. */
    public void send(ByteBuf buffer) {
        output.send(client, buffer);
    }

    public void flush() {
        if (output.isFlushWanted(client) && !executor.holdsBack(this)) {
            output.flush();
            if (client != null && !client.isReplica) {
                long left = output.waiting();
                listener.outputWaiting(client, left);
                listener.buffersChanged(client);
                if (left > PAUSE_REQUESTS_BYTES && !client.closed) {
                    requestsPaused = true;
                }
            }
        }
    }

    /** Whether the socket has neither failed nor been closed by this server. */
    public boolean isSocketOpen() {
        return channel.isOpen();
    }

    /** Bytes that wait to be sent. */
    public long pendingOutput() {
        return output.waiting();
    }

    /** How many buffers wait to be sent. */
    public int pendingOutputBuffers() {
        return output.waitingBuffers();
    }

    /** The other side takes more again, or no more for now. */
    void writabilityChanged() {
        if (channel.isWritable()) {
            if (requestsPaused) {
                requestsPaused = false;
                readOn();
                if (client != null) {
                    resume();
                }
            }
            if (client != null && client.replica != null) {
                listener.replicaWritable(client);
            }
        }
    }

    // ---- the end ----

    /** Closes when everything queued so far is sent. */
    public void closeAfterFlush() {
        executor.settle();
        if (!executor.holdsBack(this)) {
            output.flushAndClose();
        }
    }

    /** Closes at once. Who is encrypted is told that it is the end, unless he takes nothing any more. */
    public void close() {
        if (tls != null && pendingOutput() > 0) {
            ChannelHandlerContext context = channel.pipeline().context(tls);
            if (context != null) {
                context.close(); // from here on to the socket, past the handler, which would wait
                return;
            }
        }
        channel.close();
    }

    /** With io_uring a flushed buffer counts as waiting until its completion arrives, so it gets a moment before the close. */
    private void closeWhenSent() {
        long left = output.waiting();
        if (left == 0 || left > SENDING_BYTES_MAX) {
            close();
        } else {
            closeAfterFlush();
            channel.eventLoop().schedule(() -> channel.close(), SENDING_SECONDS, TimeUnit.SECONDS);
        }
    }

    /** The other side sends no more. What came before is still answered: who has no more to ask may yet want to hear. */
    void ended() {
        if (gone) {
            return;
        }
        if (mustWait() || isAnsweredLater()) {
            endedMeanwhile = true;
            return;
        }
        gone = true;
        try {
            executor.settle();
            flush();
            closeWhenSent();
        } finally {
            disconnected();
        }
    }

    /** Whether the client's next reply is being worked on, and the socket can still take it. */
    private boolean isAnsweredLater() {
        return client != null
                && !client.closed
                && (resumes || client.awaitsWork())
                && channel.isActive();
    }

    private void disconnected() {
        output.release();
        assert !processing : "a request that is being executed is read from the array";
        waiting.drop();
        if (tap != null) {
            tap.closed();
        }
        if (client != null) {
            listener.disconnected(client);
        }
    }

    void failed(Throwable cause) {
        listener.failed(this, cause);
        channel.close();
    }
}
