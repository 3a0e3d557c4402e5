package dev.lockstep.server.net;

import dev.lockstep.server.Executor;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;

/**
 * Brings what happens on a connection's socket to the executor: at once where the socket is the executor's own, else
 * through its queue, in the same order. On the channel's loop.
 */
final class SocketEvents extends ChannelInboundHandlerAdapter implements ReadSizes.Reader {
    /** Read at a time of a master's stream, and where it isn't requests that come. */
    private static final int READ_STREAM_BYTES = 64 * 1024;

    /** Read at a time of an argument that is longer. */
    private static final int READ_ARGUMENT_BYTES_MAX = 1 << 20;

    private final Executor executor;
    private final Connection connection;

    /** So much of the long argument that the last read has ended in is to be read at once, as far as it is there; or 0. */
    private int bytesOfRest;

    SocketEvents(Executor executor, Connection connection) {
        this.executor = executor;
        this.connection = connection;
    }

    private void onExecutor(Runnable event) {
        if (executor.isInExecutor()) {
            event.run();
        } else {
            executor.submit(event);
        }
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        onExecutor(connection::connected);
    }

    /** How the handshake of TLS has ended, if there was one; and that the other side has ended what it sends. */
    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof SslHandshakeCompletionEvent handshake) {
            onExecutor(() -> connection.handshakeEnded(handshake.cause()));
        } else if (event instanceof SslCloseCompletionEvent
                || event instanceof ChannelInputShutdownEvent) {
            inputEnded();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        inputEnded();
    }

    private void inputEnded() {
        onExecutor(() -> executor.pendingReads().addEnd(connection));
    }

    /** Nothing is allocated where the socket is the executor's own. */
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf input = (ByteBuf) message;
        int bytes = input.readableBytes();
        bytesOfRest = bytesOfRest > 0 ? Math.max(0, bytesOfRest - bytes) : bytesOfRest(input);
        if (executor.isInExecutor()) {
            executor.pendingReads().add(connection, input);
        } else {
            executor.submit(() -> executor.pendingReads().add(connection, input));
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        bytesOfRest = 0;
        if (executor.isInExecutor()) {
            connection.flush();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        onExecutor(connection::writabilityChanged);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        connection.failed(cause);
    }

    private int bytesOfRest(ByteBuf input) {
        int missing = 0;
        if (!executor.isInExecutor() || !connection.isUnencrypted()) {
            return 0;
        } else if (connection.isWithinLongArgument()) {
            missing = connection.bytesMissing() - input.readableBytes();
        } else if (input.readableBytes() == SocketBuffers.READ_BYTES
                && connection.beginsRequest()) {
            missing = LongArgument.bytesMissing(input);
        }
        return Math.max(0, Math.min(missing, READ_ARGUMENT_BYTES_MAX));
    }

    @Override
    public boolean readsOn() {
        return bytesOfRest > 0;
    }

    @Override
    public int bytesToRead() {
        if (bytesOfRest > 0) {
            return bytesOfRest;
        }
        if (!executor.isInExecutor() || connection.isTapped()) {
            return READ_STREAM_BYTES;
        }
        int least = connection.isOfMaster() ? READ_STREAM_BYTES : SocketBuffers.READ_BYTES;
        int missing = connection.bytesMissing();
        return Math.max(least, Math.min(missing, READ_ARGUMENT_BYTES_MAX));
    }

    @Override
    public ByteBuf bufferToRead(ByteBufAllocator allocator, int bytes) {
        return executor.isInExecutor()
                ? executor.socketBuffers().toRead(allocator, bytes)
                : allocator.ioBuffer(bytes);
    }
}
