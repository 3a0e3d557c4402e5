package dev.lockstep.server.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/**
 * A direct buffer for who needs one for a moment: what is read is copied out at once, and what is sent is mostly taken by the
 * socket at once. It is used again when nobody else refers to it any more, instead of asking the allocator each time. Who
 * keeps it for longer has it for himself. Taken by one thread; given back, with {@code release}, by any.
 */
final class SpareBuffer {
    private final int bytes;

    /** With a reference of its own, or null before the first use. */
    private ByteBuf buffer;

    SpareBuffer(int bytes) {
        this.bytes = bytes;
    }

    /** An empty buffer with room for so many bytes; the caller releases it. */
    ByteBuf take(ByteBufAllocator allocator, int room) {
        if (room > bytes) {
            return allocator.directBuffer(room);
        }
        if (buffer == null || buffer.refCnt() > 1 || buffer.capacity() != bytes) {
            release();
            buffer = allocator.directBuffer(bytes);
        }
        return buffer.clear().retain();
    }

    /** Lets go of the buffer that is kept. */
    void release() {
        if (buffer != null) {
            buffer.release();
            buffer = null;
        }
    }
}
