package dev.lockstep.persistence;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A file that appears under its name only when it is complete: written as {@code temp-<pid>-<n>.rdb} beside it, then
 * fsync, rename, fsync of the directory.
 *
 * <p>Until {@link #commit} returns, the old file is untouched; {@link #close} without it deletes the temporary one, and
 * so does every failure. One thread, which must not be interrupted meanwhile (that closes a file channel).
 */
public final class RdbFile implements ByteSink, Closeable {
    /** Bytes after which incremental fsync forces what is written so far to disk, so that the last fsync is short. */
    public static final long INCREMENTAL_FSYNC_BYTES = 4 << 20;

    private static final int BUFFER_LENGTH = 256 << 10;
    private static final AtomicLong SEQUENCE = new AtomicLong();

    private final Path target;
    private final Path temporary;
    private final boolean incrementalFsync;
    private final FileChannel channel;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_LENGTH);
    private long written;
    private long synced;
    private boolean committed;

    private RdbFile(final Path target, final Path temporary, final boolean incrementalFsync)
            throws IOException {
        this.target = target;
        this.temporary = temporary;
        this.incrementalFsync = incrementalFsync;
        this.channel =
                FileChannel.open(
                        temporary,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.WRITE);
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
        if (incrementalFsync && written - synced >= INCREMENTAL_FSYNC_BYTES) {
            channel.force(false);
            synced = written;
        }
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
