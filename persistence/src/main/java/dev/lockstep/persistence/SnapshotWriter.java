package dev.lockstep.persistence;

import dev.lockstep.keyspace.AccessClock;
import dev.lockstep.keyspace.View;
import dev.lockstep.keyspace.ViewCursor;
import java.io.IOException;
import java.util.List;

/**
 * Writes a frozen keyspace as an RDB: to a file, or to replicas.
 *
 * <p>{@link #write} is called once, on any one thread; {@link #cancel}, {@link #keysDone} and {@link #bytesWritten} may be
 * called on any thread meanwhile. Nothing is allocated per key. The view and the sink stay the caller's to close.
 */
public final class SnapshotWriter implements ViewWriter {
    /** What is written of how an entry was used: what the eviction policy goes by. */
    public enum Access {
        NONE,
        IDLE,
        FREQUENCY
    }

    /**
     * How to write.
     *
     * @param redisVersion the version for the redis-ver field
     * @param compression whether strings may be LZF-compressed (rdbcompression)
     * @param checksum whether to compute the checksum (rdbchecksum)
     * @param position what the data correspond to in the replication stream, or null to leave that out
     * @param usedMemory for the used-mem field, bytes
     * @param nowMillis Unix milliseconds, for the ctime field and for idle times
     * @param access what to write of the entries' use
     * @param lfuDecayMinutes lfu-decay-time; matters for {@link Access#FREQUENCY} only
     * @param keyDelayMicros rdb-key-save-delay
     * @param libraries the code of the function libraries
     * @param aofBase whether this is the base of an append-only file
     */
    public record Options(
            String redisVersion,
            boolean compression,
            boolean checksum,
            ReplicationPosition position,
            long usedMemory,
            long nowMillis,
            Access access,
            int lfuDecayMinutes,
            int keyDelayMicros,
            List<byte[]> libraries,
            boolean aofBase) {}

    private static final int KEYS_PER_REPORT = 256;

    private final View view;
    private final Options options;
    private RdbWriter out;
    private final AccessClock clock = new AccessClock();
    private final KeyDelay delay = new KeyDelay("the snapshot");
    private long keys;
    private volatile long keysDone;
    private volatile long bytesWritten;

    public SnapshotWriter(View view, Options options) {
        this.view = view;
        this.options = options;
        clock.now(options.nowMillis());
        clock.policy(options.access() == Access.FREQUENCY, 0, options.lfuDecayMinutes());
    }

    @Override
    public void write(ByteSink sink) throws IOException {
        out = new RdbWriter(sink, options.compression(), options.checksum());
        out.header(
                view.hasFieldDeadlines()
                        ? RdbFormat.FIRST_VERSION_WITH_FIELD_DEADLINES
                        : RdbFormat.DEFAULT_VERSION);
        ReplicationPosition position = options.position();
        RdbAux.write(
                out,
                options.redisVersion(),
                options.nowMillis() / 1000,
                options.usedMemory(),
                position == null ? 0 : Math.max(0, position.streamDb()),
                position == null ? null : position.replId(),
                position == null ? -1 : position.offset(),
                options.aofBase());
        for (byte[] library : options.libraries()) {
            out.functionLibrary(library, 0, library.length);
        }
        for (int db = 0; db < view.databases(); db++) {
            if (view.size(db) > 0) {
                out.selectDb(db);
                out.resizeDb(view.size(db), view.volatileCount(db));
                entries(view.consume(db));
            }
        }
        out.end();
        report();
    }

    @Override
    public void cancel() {
        delay.cancel();
    }

    public boolean isCancelled() {
        return delay.isCancelled();
    }

    @Override
    public long keysDone() {
        return keysDone;
    }

    @Override
    public long keysTotal() {
        return view.totalSize();
    }

    /** How many bytes have been encoded, as of {@link #keysDone}. */
    public long bytesWritten() {
        return bytesWritten;
    }

    private void entries(ViewCursor cursor) throws IOException {
        int micros = options.keyDelayMicros();
        while (cursor.next()) {
            entry(cursor);
            if (++keys % KEYS_PER_REPORT == 0) {
                report();
                delay.check();
            }
            if (micros != 0) {
                report();
                delay.afterKey(micros);
            }
        }
        delay.check();
    }

    private void report() {
        keysDone = keys;
        bytesWritten = out.bytesWritten();
    }

    private void entry(ViewCursor cursor) throws IOException {
        long deadline = cursor.deadline();
        if (deadline >= 0) {
            out.expireAtMillis(deadline);
        }
        switch (options.access()) {
            case IDLE -> out.idleSeconds(clock.idleSeconds(cursor.access()));
            case FREQUENCY -> out.freq(clock.decayed(cursor.access()));
            case NONE -> {}
        }
        out.entry(cursor);
    }
}
