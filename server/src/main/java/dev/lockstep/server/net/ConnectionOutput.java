package dev.lockstep.server.net;

import dev.lockstep.server.Client;
import dev.lockstep.server.ConnectionListener;
import dev.lockstep.server.Executor;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelOutboundBuffer;

/**
 * What one connection sends: small pieces are put together, and go out when they are flushed. What its client doesn't take is
 * counted and limited. Executor only.
 */
final class ConnectionOutput {
    /** The reply buffer that every client of Redis has, which its limits don't count. */
    private static final int UNCOUNTED_BYTES = 16 * 1024;

    /** Pieces are put together up to so many bytes. */
    private static final int COLLECTED_BYTES = 16 * 1024;

    private final ConnectionListener listener;
    private final SocketBuffers buffers;
    private final Channel channel;
    private ByteBuf collected;
    private long bytesSinceFlush;
    private boolean flushWanted;

    ConnectionOutput(Executor executor, Channel channel) {
        this.listener = executor.listener();
        this.buffers = executor.socketBuffers();
        this.channel = channel;
    }

    /** Queues bytes, which are copied. */
    void send(Client client, byte[] array, int offset, int length) {
        if (takes(client)) {
            if (collected != null && collected.readableBytes() + length > COLLECTED_BYTES) {
                queueCollected();
            }
            if (collected == null) {
                if (!listener.takesOutput(client, length)) {
                    return;
                }
                collected = buffer(length);
            }
            collected.writeBytes(array, offset, length);
            flushWanted = true;
            bytesSinceFlush += length;
            checkLimit(client);
        }
    }

    /** Queues a buffer, which is the channel's from now on. */
    void send(Client client, ByteBuf buffer) {
        if (takes(client) && listener.takesOutput(client, 0)) {
            queueCollected();
            channel.write(buffer, channel.voidPromise());
            flushWanted = true;
            checkLimit(client);
        } else {
            buffer.release();
        }
    }

    /** Where others wait to be sent, or the socket is another thread's, the buffer is no larger than it must be. */
    private ByteBuf buffer(int bytes) {
        boolean isSentSoon = channel.eventLoop().inEventLoop() && waiting() == 0;
        return isSentSoon
                ? buffers.toSend(channel.alloc(), bytes)
                : channel.alloc().directBuffer(bytes);
    }

    private boolean takes(Client client) {
        return channel.isActive() && (client == null || !client.isOverLimit());
    }

    /** What was not tried to send yet counts as well, as in Redis, but for as much as always finds room there. */
    private void checkLimit(Client client) {
        long waiting = waiting() - (listener.countsAllOutput() ? 0 : UNCOUNTED_BYTES);
        if (waiting > 0 && client != null && !client.isReplica) {
            listener.outputWaiting(client, waiting);
        }
    }

    private void queueCollected() {
        if (collected != null) {
            channel.write(collected, channel.voidPromise());
            collected = null;
        }
    }

    /** Whether {@link #flush} has something to do. */
    boolean isFlushWanted(Client client) {
        return flushWanted && takes(client);
    }

    /** How many bytes of small pieces were queued since they were flushed. */
    long bytesSinceFlush() {
        return bytesSinceFlush;
    }

    /** Sends what is queued, as far as the other side takes it. */
    void flush() {
        flushWanted = false;
        bytesSinceFlush = 0;
        queueCollected();
        channel.flush();
        listener.outputFlushed();
    }

    /** Sends what is queued, and closes the channel then. */
    void flushAndClose() {
        queueCollected();
        channel.writeAndFlush(channel.alloc().buffer(0)).addListener(ChannelFutureListener.CLOSE);
    }

    /** Bytes that wait to be sent. */
    long waiting() {
        ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
        long waiting = collected == null ? 0 : collected.readableBytes();
        return buffer == null ? waiting : waiting + buffer.totalPendingWriteBytes();
    }

    /** How many buffers wait to be sent. */
    int waitingBuffers() {
        ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
        return buffer == null ? 0 : buffer.size();
    }

    /** Nothing can be sent any more. */
    void release() {
        if (collected != null) {
            collected.release();
            collected = null;
        }
    }
}
