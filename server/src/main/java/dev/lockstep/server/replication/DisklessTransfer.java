package dev.lockstep.server.replication;

import dev.lockstep.keyspace.View;
import dev.lockstep.persistence.ByteSink;
import dev.lockstep.persistence.ReplicationPosition;
import dev.lockstep.persistence.SnapshotWriter;
import dev.lockstep.replication.ReplicationHistory;
import dev.lockstep.server.LockstepServer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One snapshot streamed from the frozen keyspace into the sockets of several replicas, without a file.
 *
 * <p>The snapshot thread encodes; each piece is copied once and written to all replicas by the executor. Not more than {@link
 * #PIECES_IN_FLIGHT} pieces are on their way: the slowest replica sets the pace, and one that makes none is timed out by
 * {@link Replicas#everySecond}, which lets the others go on. When no replica is left, the encoding ends.
 */
final class DisklessTransfer implements ByteSink {
    private static final Logger LOG = LoggerFactory.getLogger(DisklessTransfer.class);
    private static final int PIECES_IN_FLIGHT = 16;

    private final LockstepServer server;
    private final Replicas replicas;
    private final View view;
    private final List<ReplicaConnection> targets;
    private final SnapshotWriter writer;
    private final String mark = ReplicationHistory.randomId();
    private final Semaphore room = new Semaphore(PIECES_IN_FLIGHT);
    private volatile boolean cancelled;

    DisklessTransfer(
            LockstepServer server,
            Replicas replicas,
            View view,
            List<ReplicaConnection> targets,
            ReplicationPosition position) {
        this.server = server;
        this.replicas = replicas;
        this.view = view;
        this.targets = new ArrayList<>(targets);
        this.writer = new SnapshotWriter(view, server.snapshots().options(position));
    }

    void start() {
        for (ReplicaConnection replica : targets) {
            replicas.send(replica, "$EOF:" + mark + "\r\n");
        }
        Thread thread = new Thread(this::stream, "lockstep-snapshot");
        thread.setDaemon(true);
        thread.start();
        LOG.info("Background RDB transfer started by pid {}", ProcessHandle.current().pid());
    }

    boolean serves(ReplicaConnection replica) {
        return targets.contains(replica);
    }

    /** A replica's connection is gone. */
    void lost(ReplicaConnection replica) {
        if (targets.remove(replica) && targets.isEmpty()) {
            LOG.info("Diskless rdb transfer, last replica dropped, killing fork child.");
            cancelled = true;
            writer.cancel();
        }
    }

    // ---- the snapshot thread ----

    private void stream() {
        String failure = null;
        try {
            writer.write(this);
            byte[] end = mark.getBytes(StandardCharsets.US_ASCII);
            write(end, 0, end.length);
            room.acquireUninterruptibly(PIECES_IN_FLIGHT);
        } catch (IOException e) {
            failure = e.getMessage();
        } catch (RuntimeException | Error e) {
            LOG.error("A diskless transfer failed unexpectedly", e);
            failure = e.toString();
        }
        String reason = failure;
        server.executor().submit(() -> done(reason));
    }

    @Override
    public void write(byte[] array, int offset, int length) throws IOException {
        if (cancelled) {
            throw new IOException("no replica is left");
        }
        room.acquireUninterruptibly();
        ByteBuf piece = PooledByteBufAllocator.DEFAULT.directBuffer(length);
        piece.writeBytes(array, offset, length);
        server.executor().submit(() -> broadcast(piece));
    }

    // ---- the executor ----

    private void broadcast(ByteBuf piece) {
        int[] outstanding = {targets.size() + 1};
        for (ReplicaConnection replica : targets) {
            server.stats().netReplicationOutputBytes += piece.readableBytes();
            replica.client()
                    .connection()
                    .channel()
                    .writeAndFlush(piece.retainedDuplicate())
                    .addListener(
                            written ->
                                    server.executor().submit(() -> written(replica, outstanding)));
        }
        piece.release();
        written(null, outstanding);
    }

    private void written(ReplicaConnection replica, int[] outstanding) {
        if (replica != null) {
            replica.progressMillis = server.clock().millis();
        }
        if (--outstanding[0] == 0) {
            room.release();
        }
    }

    private void done(String failure) {
        view.close();
        if (failure == null) {
            LOG.info(
                    "Diskless rdb transfer, done reading from pipe, {} replicas still up.",
                    targets.size());
            LOG.info("Background RDB transfer terminated with success");
        } else {
            LOG.warn("Background RDB transfer terminated: {}", failure);
            for (ReplicaConnection replica : new ArrayList<>(targets)) {
                server.clients().close(replica.client());
            }
        }
        replicas.disklessDone(failure == null ? targets : List.of());
    }
}
