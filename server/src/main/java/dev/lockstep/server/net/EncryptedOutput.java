package dev.lockstep.server.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.PendingWriteQueue;
import java.nio.channels.ClosedChannelException;

/**
 * Stands before the handler that encrypts, which would encrypt at once whatever is flushed: hands it long buffers piece by piece,
 * the next when the socket has taken the last. So nobody waits for a long value of somebody else to be encrypted, and it isn't in
 * memory twice. What waits here counts as output of the channel. Runs on the channel's own loop.
 */
final class EncryptedOutput extends ChannelDuplexHandler {
    private static final int PIECE_BYTES = 256 * 1024;

    /** Long buffers, and what came after them; the first of them may have been sent in part. */
    private PendingWriteQueue waiting;

    private boolean pieceUnderWay;

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        waiting = new PendingWriteQueue(context);
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        boolean isLong = ((ByteBuf) message).readableBytes() > PIECE_BYTES;
        if (context.channel().isActive() && (isLong || !waiting.isEmpty())) {
            waiting.add(message, promise);
        } else {
            context.write(message, promise);
        }
    }

    @Override
    public void flush(ChannelHandlerContext context) {
        context.flush();
        goOn(context);
    }

    private void goOn(ChannelHandlerContext context) {
        if (pieceUnderWay || waiting.isEmpty()) {
            return;
        }
        while (waiting.current() instanceof ByteBuf buffer) {
            if (buffer.readableBytes() > PIECE_BYTES) {
                pieceUnderWay = true;
                context.write(buffer.readRetainedSlice(PIECE_BYTES))
                        .addListener(
                                done -> {
                                    // In a turn of its own, so that others have theirs.
                                    if (done.isSuccess()) {
                                        context.executor().execute(() -> pieceTaken(context));
                                    }
                                });
                break;
            }
            waiting.removeAndWrite();
        }
        context.flush();
    }

    private void pieceTaken(ChannelHandlerContext context) {
        pieceUnderWay = false;
        goOn(context);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        waiting.removeAndFailAll(new ClosedChannelException());
        context.fireChannelInactive();
    }
}
