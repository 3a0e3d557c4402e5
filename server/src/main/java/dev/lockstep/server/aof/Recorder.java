package dev.lockstep.server.aof;

import dev.lockstep.persistence.AppendFile;
import dev.lockstep.persistence.ReplicationPosition;
import dev.lockstep.protocol.RequestEncoder;
import dev.lockstep.replication.ReplicationHistory;
import dev.lockstep.server.LockstepServer;
import java.nio.charset.StandardCharsets;

/**
 * Puts changes into one increment of the append-only file, and between them the comments that tell where they stand: in time,
 * and in the replication stream. Executor only.
 */
final class Recorder {
    private static final long NOT_MARKED = -1;

    private final LockstepServer server;
    private final AppendFile file;
    private final RequestEncoder select = new RequestEncoder(64);

    /** The database that the end of the file has selected, or -1. */
    private int selected = -1;

    /** The offset in the replication stream where the file ends, as a reader of it would tell; or {@link #NOT_MARKED}. */
    private long marked = NOT_MARKED;

    /** What a master sends next belongs to the transaction of what it sent last. */
    private boolean withinMasterTransaction;

    private long lastTimestampSeconds;

    Recorder(LockstepServer server, AppendFile file) {
        this.server = server;
        this.file = file;
    }

    /**
     * A part of the change stream.
     *
     * @param logged whether it is in the replication log as well, at its end
     */
    void append(byte[] array, int offset, int length, boolean logged) {
        if (!server.changes().isWithinTransaction()) {
            timestamp();
        }
        if (logged) {
            mark(server.replication().offset() - length, server.changes().selected());
        } else {
            unmark();
        }
        file.append(array, offset, length);
        if (logged) {
            marked += length;
        }
        selected = server.changes().selected();
    }

    /**
     * What a master has sent, as it is, when it is in the replication log.
     *
     * @param before what is selected in the master's stream in front of it
     * @param after what is selected behind it
     */
    void appendFromMaster(byte[] array, int offset, int length, int before, int after) {
        if (!withinMasterTransaction) {
            timestamp();
        }
        withinMasterTransaction = server.replication().isWithinTransaction();
        if (selected != before) {
            unmark();
            select.clear();
            select.begin(2).arg("SELECT").arg(before);
            file.append(select.array(), 0, select.length());
        }
        mark(server.replication().offset() - length, before);
        file.append(array, offset, length);
        marked += length;
        selected = after;
        server.changes().forgetSelected();
    }

    /** Tells where the file stands in the replication stream, if there is one: it has begun, or goes on under another ID. */
    void noteStreamPosition() {
        ReplicationPosition position = server.replication().positionInfo();
        if (position == null) {
            unmark();
        } else {
            marked = NOT_MARKED;
            mark(position.offset(), position.streamDb());
        }
    }

    /** Makes sure that the file says that bytes from this offset on follow. */
    private void mark(long offset, int database) {
        if (marked != offset) {
            marked = offset;
            ReplicationHistory history = server.replication().history();
            comment(StreamMark.line(new ReplicationPosition(history.id(), offset, database)));
        }
    }

    /** Makes sure that the file says that no bytes of the stream follow. */
    private void unmark() {
        if (marked != NOT_MARKED) {
            marked = NOT_MARKED;
            comment(StreamMark.line(null));
        }
    }

    /** Tells once a second when what follows happened: redis-check-aof can cut the file off there. */
    private void timestamp() {
        if (!server.config().appendOnly.timestamps.get()) {
            return;
        }
        long seconds = server.clock().millis() / 1000;
        if (seconds != lastTimestampSeconds) {
            lastTimestampSeconds = seconds;
            comment(("#TS:" + seconds + "\r\n").getBytes(StandardCharsets.US_ASCII));
        }
    }

    private void comment(byte[] line) {
        file.append(line, 0, line.length);
    }
}
