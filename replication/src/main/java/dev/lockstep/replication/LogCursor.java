package dev.lockstep.replication;

import io.netty.buffer.ByteBuf;

/** How far one replica has been sent the {@link ReplicationLog}; what lies behind it is kept. Executor only. */
public final class LogCursor {
    private final ReplicationLog log;
    private ReplicationLog.Block block;
    private int index;
    private boolean closed;

    LogCursor(ReplicationLog log, ReplicationLog.Block block, int index) {
        this.log = log;
        this.block = block;
        this.index = index;
        block.readers++;
    }

    /** The offset of the next byte to send. */
    public long offset() {
        return block.start + index;
    }

    /** How many bytes are still to be sent. */
    public long behind() {
        return log.end() - offset();
    }

    /** The next bytes, as much as one block holds, without copying; null at the end. The caller releases the buffer. */
    public ByteBuf next() {
        if (index == block.bytes.writerIndex()) {
            if (block.next == null) {
                return null;
            }
            block.readers--;
            block = block.next;
            block.readers++;
            index = 0;
            log.trim();
            return next();
        }
        ByteBuf slice = block.bytes.retainedSlice(index, block.bytes.writerIndex() - index);
        index = block.bytes.writerIndex();
        return slice;
    }

    /** Another cursor at the same place. */
    public LogCursor copy() {
        return new LogCursor(log, block, index);
    }

    /** What lies behind this cursor need not be kept for it any more. */
    public void close() {
        if (!closed) {
            closed = true;
            block.readers--;
            log.trim();
        }
    }
}
