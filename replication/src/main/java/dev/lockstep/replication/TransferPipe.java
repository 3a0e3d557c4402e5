package dev.lockstep.replication;

import dev.lockstep.persistence.ByteSource;
import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Arrays;

/**
 * A snapshot on its way from the executor, which receives it, to the thread that loads it: a queue of byte arrays.
 *
 * <p>The executor never waits here: {@link #put} tells it when enough is queued, so that it stops reading the socket, and
 * {@code drained} is run when there is room again.
 */
public final class TransferPipe implements ByteSource {
    private static final long FULL_BYTES = 16L << 20;

    private final ArrayDeque<byte[]> queue = new ArrayDeque<>();
    private final long size;
    private final Runnable drained;
    private long queuedBytes;
    private boolean full;
    private boolean ended;
    private IOException failure;

    private byte[] current;
    private int position;

    /**
     * @param size how many bytes will come, or {@link ByteSource#UNKNOWN_SIZE}
     * @param drained run on the reading thread when a full pipe has emptied by half
     */
    public TransferPipe(long size, Runnable drained) {
        this.size = size;
        this.drained = drained;
    }

    /** Adds bytes, which are copied; false if the sender should pause until {@code drained} is run. */
    public synchronized boolean put(byte[] array, int offset, int length) {
        if (length > 0 && failure == null) {
            queue.add(Arrays.copyOfRange(array, offset, offset + length));
            queuedBytes += length;
            notifyAll();
        }
        full = queuedBytes >= FULL_BYTES;
        return !full;
    }

    /** Nothing more comes. */
    public synchronized void end() {
        ended = true;
        notifyAll();
    }

    /** The transfer broke off: the reader gets this exception. */
    public synchronized void fail(String reason) {
        failure = new EOFException(reason);
        queue.clear();
        notifyAll();
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        if (current == null || position == current.length) {
            current = take();
            position = 0;
            if (current == null) {
                return -1;
            }
        }
        int some = Math.min(length, current.length - position);
        System.arraycopy(current, position, buffer, offset, some);
        position += some;
        return some;
    }

    private byte[] take() throws IOException {
        byte[] next;
        boolean nowDrained;
        synchronized (this) {
            while (queue.isEmpty() && !ended && failure == null) {
                try {
                    wait();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new IOException("the transfer was interrupted", e);
                }
            }
            if (failure != null) {
                throw failure;
            }
            next = queue.poll();
            if (next == null) {
                return null;
            }
            queuedBytes -= next.length;
            nowDrained = full && queuedBytes < FULL_BYTES / 2;
            if (nowDrained) {
                full = false;
            }
        }
        if (nowDrained) {
            drained.run();
        }
        return next;
    }
}
