package dev.lockstep.persistence;

import dev.lockstep.protocol.ByteArray;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A file that bytes are added to at its end: buffered until {@link #write}, durable after {@link #force}.
 *
 * <p>One thread, but for {@link #force} and {@link #size}, which any thread may call meanwhile. Allocates nothing but the
 * buffer's growth. The thread must not be interrupted: that closes a file channel.
 */
public final class AppendFile implements Closeable {
    private static final int BUFFER_BYTES = 64 * 1024;
    private static final int STAGING_BYTES = 64 * 1024;

    private final Path path;
    private final FileChannel channel;
    private final ByteBuffer staging = ByteBuffer.allocateDirect(STAGING_BYTES);
    private final ByteArray buffer = new ByteArray(BUFFER_BYTES);
    private volatile long size;

    private AppendFile(Path path, FileChannel channel) throws IOException {
        this.path = path;
        this.channel = channel;
        size = channel.size();
        channel.position(size);
    }

    /** Goes on with a file, or makes one. */
    public static AppendFile open(Path path) throws IOException {
        return new AppendFile(
                path, FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE));
    }

    /** Makes an empty file, in the place of another if there is one. */
    public static AppendFile create(Path path) throws IOException {
        return new AppendFile(
                path,
                FileChannel.open(
                        path,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.WRITE));
    }

    public Path path() {
        return path;
    }

    /** Bytes in the file, without those that {@link #write} has yet to put there. */
    public long size() {
        return size;
    }

    /** Bytes that wait for {@link #write}. */
    public int buffered() {
        return buffer.length();
    }

    /** Bytes that the buffer takes. */
    public int bufferBytes() {
        return buffer.array().length;
    }

    /** Makes room for so many bytes more. */
    public void reserve(int bytes) {
        buffer.ensure(bytes);
    }

    /** Gives back a buffer that has become too large to keep; nothing waits in it. */
    public void shrink() {
        assert buffer.length() == 0;
        buffer.clear();
    }

    /** Takes bytes to be written. */
    public void append(byte[] array, int offset, int length) {
        buffer.append(array, offset, length);
    }

    /**
     * Hands what was appended to the operating system, so that the end of this process does not take it along.
     *
     * @throws IOException if that fails: all of it is still to be written then, and the file is as before, unless not even
     *     that could be brought about and a part remains written
     */
    public void write() throws IOException {
        int done = 0;
        try {
            while (done < buffer.length()) {
                staging.clear();
                staging.put(
                        buffer.array(), done, Math.min(buffer.length() - done, staging.capacity()));
                staging.flip();
                while (staging.hasRemaining()) {
                    done += channel.write(staging);
                }
            }
        } catch (IOException e) {
            takeBack(done);
            throw e;
        }
        size += done;
        buffer.clear();
    }

    private void takeBack(int written) {
        if (written == 0) {
            return;
        }
        try {
            channel.truncate(size);
            channel.position(size);
        } catch (IOException e) {
            size += written;
            byte[] bytes = buffer.array();
            int left = buffer.length() - written;
            System.arraycopy(bytes, written, bytes, 0, left);
            buffer.truncate(left);
        }
    }

    /** Makes what was written durable; any thread. */
    public void force() throws IOException {
        channel.force(false);
    }

    /** Closes the file; what is still buffered is lost. */
    @Override
    public void close() throws IOException {
        channel.close();
    }
}
