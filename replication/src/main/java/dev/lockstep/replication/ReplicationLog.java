package dev.lockstep.replication;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/**
 * The change stream in memory: one sequence of fixed blocks addressed by offset, which is the backlog and what every
 * replica is sent, at once. A replica is a {@link LogCursor}; replicas cost no buffers of their own.
 *
 * <p>An offset counts the bytes of the stream so far: {@link #end} is Redis' master_repl_offset, and the byte behind offset
 * n is what PSYNC asks for as n + 1. Blocks are dropped from the front when they lie wholly beyond the backlog's size and no
 * cursor has yet to read them.
 *
 * <p>Executor only. Slices given to channels hold their block until they are written; a block is only ever appended to.
 */
public final class ReplicationLog {
    /** The largest block. */
    public static final int BLOCK_BYTES = 64 * 1024;

    private static final int BLOCK_BYTES_MIN = 16 * 1024;

    /** A small backlog has small blocks, so that what is held beyond it stays in proportion. */
    private static final int BLOCKS_PER_BACKLOG = 16;

    /** Part of the stream. */
    static final class Block {
        final ByteBuf bytes;
        final long start;
        Block next;
        int readers;

        Block(ByteBuf bytes, long start) {
            this.bytes = bytes;
            this.start = start;
        }

        long end() {
            return start + bytes.writerIndex();
        }
    }

    private final ByteBufAllocator allocator;
    private Block first;
    private Block last;
    private long backlogBytes;
    private long memoryBytes;

    /**
     * @param start the offset at which the log begins
     * @param backlogBytes how much to keep for partial resyncs though no cursor needs it
     */
    public ReplicationLog(ByteBufAllocator allocator, long start, long backlogBytes) {
        this.allocator = allocator;
        this.backlogBytes = backlogBytes;
        addBlock(start);
    }

    private void addBlock(long start) {
        long share = Math.max(BLOCK_BYTES_MIN, backlogBytes / BLOCKS_PER_BACKLOG);
        int size = (int) Math.min(BLOCK_BYTES, share);
        Block block = new Block(allocator.directBuffer(size, size), start);
        if (last == null) {
            first = block;
        } else {
            last.next = block;
        }
        last = block;
        memoryBytes += size;
    }

    /** Appends bytes to the stream. */
    public void append(byte[] array, int offset, int length) {
        int done = 0;
        while (done < length) {
            if (!last.bytes.isWritable()) {
                addBlock(last.end());
            }
            int some = Math.min(length - done, last.bytes.writableBytes());
            last.bytes.writeBytes(array, offset + done, some);
            done += some;
        }
        trim();
    }

    /** The offset of the end of the stream. */
    public long end() {
        return last.end();
    }

    /** The offset behind which the log holds everything. */
    public long start() {
        return first.start;
    }

    /** Whether the stream from this offset on is held, so that a replica that has everything before it can go on. */
    public boolean holds(long offset) {
        return offset >= first.start && offset <= end();
    }

    /** How many bytes are held. */
    public long length() {
        return end() - first.start;
    }

    /** Changes how much is kept for partial resyncs. */
    public void backlogBytes(long bytes) {
        backlogBytes = bytes;
        trim();
    }

    /** The memory of all blocks. */
    public long memoryBytes() {
        return memoryBytes;
    }

    /** A cursor at an offset that {@link #holds}. */
    public LogCursor cursor(long offset) {
        Block block = first;
        while (offset > block.end() || offset == block.end() && block.next != null) {
            block = block.next;
        }
        return new LogCursor(this, block, (int) (offset - block.start));
    }

    void trim() {
        while (first != last && first.readers == 0 && first.next.start <= end() - backlogBytes) {
            Block dropped = first;
            first = first.next;
            memoryBytes -= dropped.bytes.capacity();
            dropped.bytes.release();
        }
    }

    /** Gives the memory back; the log serves for nothing any more. */
    public void release() {
        while (first != null) {
            first.bytes.release();
            first = first.next;
        }
        last = null;
        memoryBytes = 0;
    }
}
