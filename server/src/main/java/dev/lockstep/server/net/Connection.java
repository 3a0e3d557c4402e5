package dev.lockstep.server.net;

import dev.lockstep.protocol.ProtocolException;
import dev.lockstep.protocol.RequestParser;
import dev.lockstep.server.Client;
import dev.lockstep.server.Executor;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.unix.UnixChannel;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.util.concurrent.TimeUnit;

/**
 * One client's socket: takes what arrives, has whole requests executed, and sends what they reply.
 *
 * <p>Input goes through {@link PendingReads}, one array for all; only the rest of an incomplete request, or what has to wait
 * because the client is blocked, is kept in an array of the connection's own. So an idle client costs no buffer.
 *
 * <p>All methods run on the executor. Where the channel belongs to another loop ({@code io-threads}), what that loop reads
 * is handed over, and Netty hands the writes back, both in order.
 */
public final class Connection extends ChannelInboundHandlerAdapter implements ReadSizes.Reader {
    /** As many bytes of replies are queued at most before it is looked whether the client takes them. */
    private static final int FLUSH_BYTES = 1 << 20;

    /** In less than so many bytes there are no two requests with keys. */
    private static final int PIPELINE_BYTES_MIN = 40;

    /** The reply buffer that every client of Redis has, which its limits don't count. */
    private static final int UNCOUNTED_OUTPUT_BYTES = 16 * 1024;

    /** Pieces are put together up to so many bytes. */
    private static final int COLLECTED_BYTES = 16 * 1024;

    /** While more than this waits to be sent to a client, none of its requests is run. */
    private static final long PAUSE_REQUESTS_BYTES = 32L << 20;

    /**
     * So many bytes of requests are taken from a client meanwhile. Many send a whole pipeline before they read the first
     * reply, and would wait for ever for who waits for them to read.
     */
    private static final int REQUESTS_HELD_BYTES = 64 << 20;

    /** No more is read while so much is held back for later. */
    private static final int HELD_BYTES = 1 << 20;

    /** Read at a time of a master's stream, and where it isn't requests that come. */
    private static final int READ_STREAM_BYTES = 64 * 1024;

    /** Read at a time of an argument that is longer. */
    private static final int READ_ARGUMENT_BYTES_MAX = 1 << 20;

    /** So long is waited at most for the last replies to be taken, by who has ended what he sends; but not where they are more. */
    private static final int SENDING_SECONDS = 1;

    private static final int SENDING_BYTES_MAX = 1 << 20;

    private static final int KEPT_ARRAY_BYTES = 32 * 1024;
    private static final int FIRST_RESERVE_BYTES = 64 * 1024;

    private final Executor executor;
    private final Channel channel;
    private final RequestParser parser;
    private final boolean viaUnixSocket;

    /** What encrypts the connection, or null. */
    private final SslHandler tls;

    private Client client;

    private byte[] pending;
    private int pendingLength;
    private boolean processing;

    /** What has arrived while a command of this connection is running: it takes long, and the event loop turns meanwhile. */
    private ByteBuf arrivedMeanwhile;

    /** Whether the other side has ended what it sends, meanwhile. */
    private boolean endedMeanwhile;

    private boolean requestsPaused;
    private ByteBuf collected;
    private long queuedBytes;
    private boolean flushWanted;
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
        this.channel = channel;
        this.viaUnixSocket = viaUnixSocket;
        this.tls = tls;
        this.parser = new RequestParser(executor.requestLimits());
        channel.config().setRecvByteBufAllocator(new ReadSizes(this));
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

    @Override
    public void channelActive(ChannelHandlerContext context) {
        if (tap != null) {
            return;
        }
        if (executor.isInExecutor()) {
            connected();
        } else {
            executor.submit(this::connected);
        }
    }

    private void connected() {
        if (executor.isFull()) {
            executor.pendingReads().run(); // who has gone before makes room
        }
        if (!gone) {
            client = executor.connected(this);
        }
    }

    /** How the handshake of TLS has ended, if this came to the TLS port; and that the other side has ended what it sends. */
    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof SslHandshakeCompletionEvent handshake) {
            if (tap != null) {
                return;
            }
            if (executor.isInExecutor()) {
                handshakeEnded(handshake.cause());
            } else {
                executor.submit(() -> handshakeEnded(handshake.cause()));
            }
        } else if (event instanceof SslCloseCompletionEvent
                || event instanceof ChannelInputShutdownEvent) {
            otherSideEnded();
        }
    }

    private void otherSideEnded() {
        if (executor.isInExecutor()) {
            executor.pendingReads().addEnd(this);
        } else {
            executor.submit(() -> executor.pendingReads().addEnd(this));
        }
    }

    private void handshakeEnded(Throwable failure) {
        if (isOpen()) {
            executor.handshakeEnded(client, failure);
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf input = (ByteBuf) message;
        if (executor.isInExecutor()) {
            executor.pendingReads().add(this, input);
        } else {
            executor.submit(() -> executor.pendingReads().add(this, input));
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        if (executor.isInExecutor()) {
            flush();
        }
    }

    @Override
    public int bytesToRead() {
        if (!executor.isInExecutor() || tap != null) {
            return READ_STREAM_BYTES;
        }
        int least =
                client != null && client.isMaster ? READ_STREAM_BYTES : SocketBuffers.READ_BYTES;
        int missing = parser.expected() - pendingLength;
        return Math.max(least, Math.min(missing, READ_ARGUMENT_BYTES_MAX));
    }

    @Override
    public ByteBuf bufferToRead(ByteBufAllocator allocator, int bytes) {
        return executor.isInExecutor()
                ? executor.socketBuffers().toRead(allocator, bytes)
                : allocator.ioBuffer(bytes);
    }

    /** Whether what arrives next belongs to an argument so long that it is to be copied no more often than it must be. */
    boolean isWithinLongArgument() {
        return tap == null && pendingLength > 0 && parser.bytesBeforeLongArgument() > 0;
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
        if (reserve(pendingLength + bytes)) {
            input.readBytes(pending, pendingLength, bytes);
            input.release();
            pendingLength += bytes;
            processPending();
        } else {
            processAndKeep(copied(input, bytes), 0, bytes);
        }
        inputEnds();
    }

    private byte[] copied(ByteBuf input, int bytes) {
        try {
            byte[] array = executor.inputArray(bytes);
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
                && pendingLength == 0
                && !client.isBlocked()
                && !parser.isDropping();
    }

    /** Takes input: has the whole requests in it executed and keeps the rest. */
    void received(byte[] array, int start, int end) {
        int bytes = end - start;
        if (tap != null) {
            executor.tapArrived(bytes);
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
        if (pendingLength > 0 && reserve(pendingLength + bytes)) {
            System.arraycopy(array, start, pending, pendingLength, bytes);
            pendingLength += bytes;
            processPending();
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
        executor.inputArrived(client, bytes);
    }

    /** Whether nothing more is to be read for now. */
    private boolean holdsEnough() {
        return requestsPaused && pendingLength > REQUESTS_HELD_BYTES;
    }

    private void inputEnds() {
        if (holdsEnough()) {
            channel.config().setAutoRead(false);
        }
        if (!client.closed && pendingLength > executor.queryBufferLimit(client)) {
            executor.queryBufferLimitReached(client, pending, pendingLength);
        }
        executor.buffersChanged(client);
    }

    /** Goes on with what waited while the client was blocked. */
    public void resume() {
        if (!client.closed && pendingLength > 0 && !client.isBlocked() && !processing) {
            executor.batchBegins(client);
            processPending();
            flush();
        }
    }

    private void processAndKeep(byte[] array, int start, int end) {
        int consumed = process(array, start, end);
        if (consumed < end) {
            keep(array, consumed, end);
        }
    }

    private void processPending() {
        byte[] array = pending;
        int length = pendingLength;
        int consumed = process(array, 0, length);
        if (consumed == length) {
            pendingLength = 0;
            if (array.length > KEPT_ARRAY_BYTES) {
                releaseArray();
            }
        } else if (consumed > 0) {
            keep(array, consumed, length);
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
                    ahead = Math.max(executor.lookAhead().pipeline(client, array, at, end), at + 1);
                }
                if (!parser.parse(array, at, end, executor.request())) {
                    break;
                }
                int next = parser.next();
                if (!executor.execute(client, at, next - at, end - at)) {
                    break;
                }
                at = next;
                if (queuedBytes > FLUSH_BYTES) {
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

    private void keep(byte[] array, int from, int to) {
        int length = to - from;
        if (pending == null || pending.length < length) {
            widen(Math.max(length, Math.min(roomWanted(), FIRST_RESERVE_BYTES)));
        }
        System.arraycopy(array, from, pending, 0, length);
        pendingLength = length;
    }

    /** Takes a longer array in the place of the one that is there, if there is one, with what waits in it. */
    private void widen(int length) {
        byte[] wider = executor.inputArrays().take(length);
        if (pending != null) {
            System.arraycopy(pending, 0, wider, 0, pendingLength);
            releaseArray();
        }
        pending = wider;
    }

    private int roomWanted() {
        return Math.max(parser.expected(), 256);
    }

    /**
     * Grows towards what the request is known to need, but never far ahead of what has arrived. False if the heap can't hold
     * it: then nothing waits any more, and the rest of it is to be dropped.
     */
    private boolean reserve(int length) {
        if (pending.length < length) {
            int bytes = Math.max(length, parser.expected());
            if (!executor.takesRequest(client, bytes)) {
                refuse(bytes);
                return false;
            }
            long wanted =
                    parser.expected() >= length
                            ? Math.min(
                                    parser.expected(), Math.max(4L * length, FIRST_RESERVE_BYTES))
                            : 2L * length;
            try {
                widen((int) Math.min(wanted, Integer.MAX_VALUE - 64));
            } catch (OutOfMemoryError none) {
                refuse(bytes);
                return false;
            }
        }
        return true;
    }

    /** Where it isn't known where the next request begins, the refusal is the end of the connection. */
    private void refuse(int bytes) {
        boolean goesOn = parser.isWithinArgument() && !client.isMaster;
        if (goesOn) {
            parser.dropRest(pendingLength);
        }
        dropPending();
        executor.refuseRequest(client, bytes, goesOn);
    }

    private void dropPending() {
        pendingLength = 0;
        releaseArray();
    }

    private void releaseArray() {
        if (pending != null) {
            executor.inputArrays().giveBack(pending);
            pending = null;
        }
    }

    /** Bytes of requests that wait here. */
    public int pendingInput() {
        return pendingLength;
    }

    /** Room in the array that input waits in, beyond what waits. */
    public int pendingRoom() {
        return pending == null ? 0 : pending.length - pendingLength;
    }

    /** Lets go of the array of an idle connection. */
    public void releaseIdleArray() {
        if (pendingLength == 0 && pending != null) {
            releaseArray();
        }
    }

    /** Keeps bytes that are not for the tap but for the client that this connection is about to become. */
    public void hold(byte[] array, int from, int to) {
        int length = to - from;
        if (pending == null) {
            widen(Math.max(length, KEPT_ARRAY_BYTES));
        }
        if (pending.length < pendingLength + length) {
            widen(Math.max(pendingLength + length, pending.length * 2));
        }
        System.arraycopy(array, from, pending, pendingLength, length);
        pendingLength += length;
        if (pendingLength > HELD_BYTES) {
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
        if (takesOutput()) {
            if (collected != null && collected.readableBytes() + length > COLLECTED_BYTES) {
                queueCollected();
            }
            if (collected == null) {
                if (!executor.takesOutput(client, length)) {
                    return;
                }
                collected = bufferToSend(length);
            }
            collected.writeBytes(array, offset, length);
            flushWanted = true;
            queuedBytes += length;
            checkLimit();
        }
    }

    /** Where others wait to be sent, or the socket is another thread's, the buffer is no larger than it must be. */
    private ByteBuf bufferToSend(int bytes) {
        boolean isSentSoon = channel.eventLoop().inEventLoop() && pendingOutput() == 0;
        return isSentSoon
                ? executor.socketBuffers().toSend(channel.alloc(), bytes)
                : channel.alloc().directBuffer(bytes);
    }

    /** Queues a buffer, which is the channel's from now on. */
    public void send(ByteBuf buffer) {
        if (takesOutput() && executor.takesOutput(client, 0)) {
            queueCollected();
            channel.write(buffer, channel.voidPromise());
            flushWanted = true;
            checkLimit();
        } else {
            buffer.release();
        }
    }

    private boolean takesOutput() {
        return channel.isActive() && (client == null || !client.isOverLimit());
    }

    /** What was not tried to send yet counts as well, as in Redis, but for as much as always finds room there. */
    private void checkLimit() {
        long waiting = pendingOutput() - (executor.countsAllOutput() ? 0 : UNCOUNTED_OUTPUT_BYTES);
        if (waiting > 0 && client != null && !client.isReplica) {
            executor.outputWaiting(client, waiting);
        }
    }

    private void queueCollected() {
        if (collected != null) {
            channel.write(collected, channel.voidPromise());
            collected = null;
        }
    }

    public void flush() {
        if (flushWanted && takesOutput() && !executor.holdsBack(this)) {
            flushWanted = false;
            queuedBytes = 0;
            queueCollected();
            channel.flush();
            executor.outputFlushed();
            if (client != null && !client.isReplica) {
                long waiting = pendingOutput();
                executor.outputWaiting(client, waiting);
                executor.buffersChanged(client);
                if (waiting > PAUSE_REQUESTS_BYTES && !client.closed) {
                    requestsPaused = true;
                }
            }
        }
    }

    /** Bytes that wait to be sent. */
    public long pendingOutput() {
        ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
        long waiting = collected == null ? 0 : collected.readableBytes();
        return buffer == null ? waiting : waiting + buffer.totalPendingWriteBytes();
    }

    /** How many buffers wait to be sent. */
    public int pendingOutputBuffers() {
        ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
        return buffer == null ? 0 : buffer.size();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (executor.isInExecutor()) {
            writabilityChanged();
        } else {
            executor.submit(this::writabilityChanged);
        }
    }

    private void writabilityChanged() {
        if (channel.isWritable()) {
            if (requestsPaused) {
                requestsPaused = false;
                readOn();
                if (client != null) {
                    resume();
                }
            }
            if (client != null && client.replica != null) {
                executor.replicaWritable(client);
            }
        }
    }

    // ---- the end ----

    /** Closes when everything queued so far is sent. */
    public void closeAfterFlush() {
        executor.settle();
        if (executor.holdsBack(this)) {
            return;
        }
        queueCollected();
        channel.writeAndFlush(channel.alloc().buffer(0)).addListener(ChannelFutureListener.CLOSE);
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

    /** What was flushed is on its way for a moment with io_uring; who takes it no faster has had his time. */
    private void closeWhenSent() {
        long waiting = pendingOutput();
        if (waiting == 0 || waiting > SENDING_BYTES_MAX) {
            close();
        } else {
            closeAfterFlush();
            channel.eventLoop().schedule(() -> channel.close(), SENDING_SECONDS, TimeUnit.SECONDS);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        otherSideEnded();
    }

    /** The other side sends no more. What came before is still answered: who has no more to ask may yet want to hear. */
    void ended() {
        if (gone) {
            return;
        }
        if (mustWait()) {
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

    private void disconnected() {
        if (collected != null) {
            collected.release();
            collected = null;
        }
        assert !processing : "a request that is being executed is read from the array";
        dropPending();
        if (tap != null) {
            tap.closed();
        }
        if (client != null) {
            executor.disconnected(client);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        failed(cause);
    }

    void failed(Throwable cause) {
        executor.socketFailed(this, cause);
        channel.close();
    }
}
