package dev.lockstep.server.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/** The buffers between the executor's sockets and its arrays. Executor only. */
public final class SocketBuffers {
    /** Read at a time, of requests: as in Redis. */
    static final int READ_BYTES = 16 * 1024;

    /** The replies to a pipeline, mostly. */
    private static final int REPLY_BYTES = 4 * 1024;

    private final SpareBuffer input = new SpareBuffer(READ_BYTES);
    private final SpareBuffer output = new SpareBuffer(REPLY_BYTES);

    /** Where to read so many bytes to. */
    ByteBuf toRead(ByteBufAllocator allocator, int bytes) {
        return input.take(allocator, bytes);
    }

    /** Gives them back, when there are no sockets any more. */
    public void release() {
        input.release();
        output.release();
    }

    /** Where to put so many bytes to be sent soon. */
    ByteBuf toSend(ByteBufAllocator allocator, int bytes) {
        return output.take(allocator, bytes);
    }
}
