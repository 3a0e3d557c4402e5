package dev.lockstep.server.replication;

import dev.lockstep.persistence.ByteSink;
import dev.lockstep.replication.ReplicationHistory;
import dev.lockstep.server.KeyspaceSave;
import dev.lockstep.server.LockstepServer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One snapshot streamed from the frozen keyspace into the sockets of several replicas, without a file.
 *
 * <p>The snapshot thread encodes; each piece is copied once and written to all replicas by the executor. Not more than {@link
 * #PIECES_IN_FLIGHT} pieces of {@link #PIECE_BYTES} are on their way: the slowest replica sets the pace, and one that takes
 * none of what is on its way is timed out by {@link Replicas#everySecond}, which lets the others go on. When no replica is
 * left, the encoding ends.
 */
final class DisklessTransfer implements KeyspaceSave.Target, ByteSink {
    private static final Logger LOG = LoggerFactory.getLogger(DisklessTransfer.class);

    /** Enough to keep sockets busy; each is a stretch of work for the executor, which clients wait for. */
    private static final int PIECES_IN_FLIGHT = 8;

    private static final int PIECE_BYTES = 64 * 1024;

    private final LockstepServer server;
    private final FullSyncs syncs;
    private final List<ReplicaConnection> targets;
    private final String mark = ReplicationHistory.randomId();
    private final Semaphore room = new Semaphore(PIECES_IN_FLIGHT);
    private final TransferPace pace;
    private volatile boolean abandoned;

    DisklessTransfer(LockstepServer server, FullSyncs syncs, List<ReplicaConnection> targets) {
        this.server = server;
        this.syncs = syncs;
        this.targets = new ArrayList<>(targets);
        this.pace = new TransferPace(server.config().replication.fullSyncMaxRate::bytes);
    }

    /** Tells the replicas that the snapshot follows, and what will end it. */
    void announce() {
        for (ReplicaConnection replica : targets) {
            syncs.send(replica, "$EOF:" + mark + "\r\n");
        }
    }

    boolean serves(ReplicaConnection replica) {
        return targets.contains(replica);
    }

    /** A replica's connection is gone. */
    void lost(ReplicaConnection replica) {
        if (targets.remove(replica) && targets.isEmpty()) {
            LOG.info("Diskless rdb transfer, last replica dropped, killing fork child.");
            abandoned = true;
            server.snapshots().abandonTransfer();
        }
    }

    // ---- the snapshot thread ----

    @Override
    public ByteSink open() {
        return this;
    }

    @Override
    public void write(byte[] array, int offset, int length) {
        int done = 0;
        while (done < length && !abandoned) {
            int some = pace.piece(Math.min(PIECE_BYTES, length - done));
            room.acquireUninterruptibly();
            ByteBuf piece = PooledByteBufAllocator.DEFAULT.directBuffer(some);
            piece.writeBytes(array, offset + done, some);
            server.executor().submit(() -> broadcast(piece));
            LockSupport.parkNanos(pace.sent(some));
            done += some;
        }
    }

    @Override
    public void complete() {
        byte[] end = mark.getBytes(StandardCharsets.US_ASCII);
        write(end, 0, end.length);
        room.acquireUninterruptibly(PIECES_IN_FLIGHT);
    }

    @Override
    public void abort(Throwable reason) {}

    // ---- the executor ----

    private void broadcast(ByteBuf piece) {
        int bytes = piece.readableBytes();
        int[] outstanding = {targets.size() + 1};
        for (ReplicaConnection replica : targets) {
            server.stats().netReplicationOutputBytes += bytes;
            if (replica.piecesInFlight++ == 0) {
                replica.progressMillis = server.clock().millis();
            }
            replica.client()
                    .connection()
                    .channel()
                    .writeAndFlush(piece.retainedDuplicate())
                    .addListener(
                            written ->
                                    server.executor()
                                            .submit(() -> written(replica, bytes, outstanding)));
        }
        piece.release();
        taken(outstanding);
    }

    private void written(ReplicaConnection replica, int bytes, int[] outstanding) {
        replica.piecesInFlight--;
        replica.syncProgress.moved(bytes);
        replica.progressMillis = server.clock().millis();
        taken(outstanding);
    }

    private void taken(int[] outstanding) {
        if (--outstanding[0] == 0) {
            room.release();
        }
    }

    /** The snapshot has been taken by all replicas that are left, or encoding it failed. */
    void ended(KeyspaceSave save) {
        if (save.failure() == null) {
            LOG.info(
                    "Diskless rdb transfer, done reading from pipe, {} replicas still up.",
                    targets.size());
            syncs.disklessDone(targets);
            return;
        }
        for (ReplicaConnection replica : new ArrayList<>(targets)) {
            server.clients().close(replica.client());
        }
        syncs.disklessDone(List.of());
    }
}
