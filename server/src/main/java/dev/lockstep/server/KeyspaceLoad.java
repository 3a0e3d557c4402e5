package dev.lockstep.server;

import dev.lockstep.keyspace.Keyspace;
import dev.lockstep.persistence.ByteSource;
import dev.lockstep.persistence.ExpiredKeys;
import dev.lockstep.persistence.KeyspaceLoader;
import dev.lockstep.persistence.ReplicationPosition;
import dev.lockstep.server.process.ThreadStart;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One load of an RDB into a keyspace that nobody else knows yet, on a thread of its own.
 *
 * <p>How it ends is told on the executor, which then owns the keyspace. The counters may be read on any thread.
 */
public final class KeyspaceLoad implements LoadProgress {
    private static final Logger LOG = LoggerFactory.getLogger(KeyspaceLoad.class);

    /** What becomes of a load; called on the executor, once. */
    public interface Listener {
        /** {@link #keyspace} holds everything. */
        void loaded(KeyspaceLoad load);

        /**
         * What was loaded is of no use.
         *
         * @param reason a {@link dev.lockstep.persistence.CancelledException} after {@link #cancel}
         */
        void failed(KeyspaceLoad load, IOException reason);
    }

    private final ByteSource source;
    private final Keyspace keyspace;
    private final KeyspaceLoader loader;
    private final boolean verifyChecksum;
    private final Executor executor;
    private final Listener listener;
    private final long startedMillis = System.currentTimeMillis();
    private final long startedNanos = System.nanoTime();

    /**
     * @param source read on the loading thread, which also closes it if it is {@link Closeable}
     * @param keyspace where the data go; an empty one
     * @param verifyChecksum whether a wrong checksum is an error (rdbchecksum)
     * @param executor where the listener is called
     */
    public KeyspaceLoad(
            ByteSource source,
            Keyspace keyspace,
            KeyspaceLoader.Options options,
            boolean verifyChecksum,
            Executor executor,
            Listener listener) {
        this.source = source;
        this.keyspace = keyspace;
        this.loader = new KeyspaceLoader(keyspace, options);
        this.verifyChecksum = verifyChecksum;
        this.executor = executor;
        this.listener = listener;
    }

    /** Starts the thread; on the executor, or before it runs. */
    public void start() {
        Thread thread = new Thread(this::run, "lockstep-load");
        thread.setDaemon(true);
        try {
            ThreadStart.start(thread);
        } catch (IOException e) {
            close();
            executor.execute(() -> listener.failed(this, e));
        }
    }

    /** Makes the load fail soon. A thread that waits in the source is the source's owner's to wake. */
    public void cancel() {
        loader.cancel();
    }

    private void run() {
        IOException failure = null;
        try {
            loader.load(source, verifyChecksum);
            LOG.info(
                    "Done loading RDB, keys loaded: {}, keys expired: {}{}.",
                    loader.keysLoaded(),
                    loader.keysExpired(),
                    loader.emptyKeysSkipped() == 0
                            ? ""
                            : ", empty keys skipped: " + loader.emptyKeysSkipped());
        } catch (IOException e) {
            failure = e;
        } catch (RuntimeException | Error e) {
            LOG.error("Loading failed unexpectedly", e);
            failure = new IOException(e.toString(), e);
        }
        close();
        IOException reason = failure;
        executor.execute(
                () -> {
                    if (reason == null) {
                        listener.loaded(this);
                    } else {
                        listener.failed(this, reason);
                    }
                });
    }

    private void close() {
        if (source instanceof Closeable closeable) {
            try {
                closeable.close();
            } catch (IOException e) {
                LOG.warn("Closing what was loaded failed: {}", e.getMessage());
            }
        }
    }

    /** Filled once the listener was told so; until then the loading thread's. */
    public Keyspace keyspace() {
        return keyspace;
    }

    /** What the data correspond to in a replication stream, or null if the RDB doesn't say; once loaded. */
    public ReplicationPosition position() {
        return loader.position();
    }

    /** How long the RDB is; once loaded. */
    public long length() {
        return loader.length();
    }

    /** The code of the function libraries; once loaded. */
    public List<byte[]> libraries() {
        return loader.libraries();
    }

    /** Which keys were left out because they had expired; once loaded. */
    public ExpiredKeys expiredKeys() {
        return loader.expiredKeys();
    }

    public long keysLoaded() {
        return loader.keysLoaded();
    }

    public long keysExpired() {
        return loader.keysExpired();
    }

    @Override
    public long bytesRead() {
        return loader.bytesRead();
    }

    @Override
    public long bytesTotal() {
        return source.size();
    }

    @Override
    public long writersUsedMemory() {
        return loader.writersUsedMemory();
    }

    @Override
    public long startedMillis() {
        return startedMillis;
    }

    @Override
    public double elapsedSeconds() {
        return (System.nanoTime() - startedNanos) / 1e9;
    }
}
