package dev.lockstep.persistence;

import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A file that appears under its name only when it is complete: written as {@code temp-<pid>-<n>.rdb} beside it, then
 * fsync, rename, fsync of the directory.
 *
 * <p>Until {@link #commit} renames it, the old file is untouched; {@link #close} without a commit, after a failure or
 * not, deletes the temporary one. One thread, which must not be interrupted meanwhile (that closes a file channel);
 * incremental fsync has another one of its own while the file is open.
 */
public final class RdbFile implements ByteSink, Closeable {
    /**
     * Bytes after which incremental fsync forces what is written so far to disk, so that the last fsync is short. It
     * runs beside the writing: in its way it made saving 400 MB four times as slow.
     */
    public static final long INCREMENTAL_FSYNC_BYTES = 4 << 20;

    private static final int BUFFER_LENGTH = 256 << 10;
    private static final AtomicLong SEQUENCE = new AtomicLong();

    private final Path target;
    private final Path temporary;
    private final FileChannel channel;
    private final ExecutorService fsync;
    private final AtomicBoolean forcing = new AtomicBoolean();
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_LENGTH);
    private volatile IOException fsyncFailure;
    private long written;
    private long forced;
    private boolean committed;

    private RdbFile(final Path target, final Path temporary, final boolean incrementalFsync)
            throws IOException {
        this.target = target;
        this.temporary = temporary;
        this.channel =
                FileChannel.open(
                        temporary,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.WRITE);
        this.fsync = incrementalFsync ? Executors.newSingleThreadExecutor(RdbFile::thread) : null;
    }

    /**
     * Begins a file.
     *
     * @param target where it will appear
     * @param incrementalFsync whether to fsync every {@link #INCREMENTAL_FSYNC_BYTES} (rdb-save-incremental-fsync)
     * @throws IOException if the temporary file can't be created in the target's directory
     */
    public static RdbFile create(final Path target, final boolean incrementalFsync)
            throws IOException {
        final Path absolute = target.toAbsolutePath();
        final String name =
                "temp-" + ProcessHandle.current().pid() + "-" + SEQUENCE.incrementAndGet() + ".rdb";
        return new RdbFile(absolute, absolute.resolveSibling(name), incrementalFsync);
    }

    /** Opens a file to read it; closing is the caller's. */
    public static Source open(final Path path) throws IOException {
        return new Source(FileChannel.open(path, StandardOpenOption.READ));
    }

    /** Where the bytes are until {@link #commit}. */
    public Path temporary() {
        return temporary;
    }

    @Override
    public void write(final byte[] array, final int offset, final int length) throws IOException {
        int from = offset;
        int left = length;
        while (left > 0) {
            final int part = Math.min(left, buffer.remaining());
            buffer.put(array, from, part);
            from += part;
            left -= part;
            if (!buffer.hasRemaining()) {
                drain();
            }
        }
    }

    /** Makes the file durable and visible under its name. */
    public void commit() throws IOException {
        drain();
        awaitFsync();
        channel.force(true);
        channel.close();
        Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
        committed = true;
        try (FileChannel directory =
                FileChannel.open(target.getParent(), StandardOpenOption.READ)) {
            directory.force(true);
        }
    }

    /** Deletes the temporary file unless it was committed. */
    @Override
    public void close() throws IOException {
        if (fsync != null) {
            fsync.shutdown();
        }
        channel.close();
        if (!committed) {
            Files.deleteIfExists(temporary);
        }
    }

    private void drain() throws IOException {
        buffer.flip();
        written += buffer.remaining();
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
        buffer.clear();
        throwFsyncFailure();
        if (fsync != null
                && written - forced >= INCREMENTAL_FSYNC_BYTES
                && forcing.compareAndSet(false, true)) {
            forced = written;
            fsync.execute(this::force);
        }
    }

    private void force() {
        try {
            channel.force(false);
        } catch (final IOException e) {
            fsyncFailure = e;
        } finally {
            forcing.set(false);
        }
    }

    /** A file system tells of a failed write-back once, to whichever fsync comes next: so none may be overheard. */
    private void throwFsyncFailure() throws IOException {
        if (fsyncFailure != null) {
            throw new IOException("fsync of " + temporary + ": " + fsyncFailure.getMessage());
        }
    }

    private void awaitFsync() throws IOException {
        if (fsync == null) {
            return;
        }
        fsync.shutdown();
        try {
            fsync.awaitTermination(Long.MAX_VALUE, TimeUnit.NANOSECONDS);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while writing " + temporary);
        }
        throwFsyncFailure();
    }

    private static Thread thread(final Runnable work) {
        final Thread thread = new Thread(work, "rdb-fsync");
        thread.setDaemon(true);
        return thread;
    }

    /** The bytes of a file, from its start. */
    public static final class Source implements ByteSource, Closeable {
        private final FileChannel channel;
        private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_LENGTH);
        private final long size;

        private Source(final FileChannel channel) throws IOException {
            this.channel = channel;
            this.size = channel.size();
        }

        @Override
        public int read(final byte[] array, final int offset, final int length) throws IOException {
            buffer.clear().limit(Math.min(length, buffer.capacity()));
            final int count = channel.read(buffer);
            if (count > 0) {
                buffer.get(0, array, offset, count);
            }
            return count;
        }

        @Override
        public long size() {
            return size;
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
