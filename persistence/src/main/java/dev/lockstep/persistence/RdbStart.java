package dev.lockstep.persistence;

import dev.lockstep.keyspace.Database;
import java.io.Closeable;
import java.io.IOException;
import java.util.Arrays;

/**
 * An RDB whose beginning is read before it is decided what to do with it: {@link #holdsKey} reads up to the first key or the
 * end, and then this source gives everything from its start. One thread at a time.
 */
public final class RdbStart implements ByteSource, Closeable {
    private final ByteSource source;
    private byte[] read = new byte[64 * 1024];
    private int readLength;
    private int replayed;
    private boolean replaying;

    public RdbStart(final ByteSource source) {
        this.source = source;
    }

    /**
     * Whether there is any key; comes first, and once.
     *
     * @throws RdbException if this is no RDB or a damaged one
     * @throws IOException what the source threw
     */
    public boolean holdsKey() throws IOException {
        try {
            new RdbReader(this, false).load(new FirstKey());
            return false;
        } catch (FoundException found) {
            return true;
        } finally {
            replaying = true;
        }
    }

    @Override
    public int read(final byte[] buffer, final int offset, final int length) throws IOException {
        if (!replaying) {
            final int count = source.read(buffer, offset, length);
            if (count > 0) {
                keep(buffer, offset, count);
            }
            return count;
        }
        if (replayed == readLength) {
            read = new byte[0];
            return source.read(buffer, offset, length);
        }
        final int some = Math.min(length, readLength - replayed);
        System.arraycopy(read, replayed, buffer, offset, some);
        replayed += some;
        return some;
    }

    private void keep(final byte[] buffer, final int offset, final int count) {
        if (read.length < readLength + count) {
            read = Arrays.copyOf(read, Math.max(2 * read.length, readLength + count));
        }
        System.arraycopy(buffer, offset, read, readLength, count);
        readLength += count;
    }

    @Override
    public long size() {
        return source.size();
    }

    @Override
    public void close() throws IOException {
        if (source instanceof Closeable closeable) {
            closeable.close();
        }
    }

    /** A key was met: the rest is for later. */
    private static final class FoundException extends IOException {
        private static final long serialVersionUID = 1L;

        FoundException() {
            super("a key");
        }
    }

    /** Ends the reading at the first key. */
    private static final class FirstKey implements RdbHandler {
        @Override
        public void aux(final String name, final String value) {}

        @Override
        public void selectDb(final int db) {}

        @Override
        public void resizeDb(final long keys, final long expires) {}

        @Override
        public void functionLibrary(final byte[] code) {}

        @Override
        public void string(
                final RdbEntry entry, final byte[] array, final int offset, final int length)
                throws IOException {
            throw new FoundException();
        }

        @Override
        public void stringInteger(final RdbEntry entry, final long value) throws IOException {
            throw new FoundException();
        }

        @Override
        public void largeString(final RdbEntry entry, final byte[] owned) throws IOException {
            throw new FoundException();
        }

        @Override
        public Database building(final RdbEntry entry) throws IOException {
            throw new FoundException();
        }

        @Override
        public void built(final RdbEntry entry, final int cell) {}

        @Override
        public void skipped(final String text) {}
    }
}
