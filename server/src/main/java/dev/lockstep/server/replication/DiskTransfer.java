package dev.lockstep.server.replication;

import dev.lockstep.server.LockstepServer;
import dev.lockstep.server.process.SystemReason;
import io.netty.channel.Channel;
import io.netty.channel.ChannelProgressiveFuture;
import io.netty.channel.ChannelProgressiveFutureListener;
import io.netty.channel.ChannelProgressivePromise;
import io.netty.channel.DefaultFileRegion;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A snapshot file sent to one replica by the kernel, without passing through this process: part by part, so that its pace can
 * be set, and changed on the way. Executor only; the progress comes from the connection's event loop.
 */
final class DiskTransfer implements ChannelProgressiveFutureListener {
    private static final Logger LOG = LoggerFactory.getLogger(DiskTransfer.class);
    private static final int PART_BYTES = 4 << 20;

    private final LockstepServer server;
    private final FullSyncs syncs;
    private final ReplicaConnection replica;
    private final Path file;
    private final TransferPace pace;
    private FileChannel content;
    private long length;
    private long sent;
    private int part;

    /** A part of the file, which leaves it open for the next. */
    private static final class Part extends DefaultFileRegion {
        Part(FileChannel file, long position, long count) {
            super(file, position, count);
        }

        @Override
        protected void deallocate() {}
    }

    DiskTransfer(LockstepServer server, FullSyncs syncs, ReplicaConnection replica, Path file) {
        this.server = server;
        this.syncs = syncs;
        this.replica = replica;
        this.file = file;
        this.pace = new TransferPace(server.config().replication.fullSyncMaxRate::bytes);
    }

    void start() {
        try {
            length = Files.size(file);
            content = FileChannel.open(file, StandardOpenOption.READ);
        } catch (IOException e) {
            LOG.warn("SYNC failed. Can't open/stat DB after BGSAVE: {}", SystemReason.of(e));
            server.clients().close(replica.client());
            return;
        }
        replica.syncProgress.total(length);
        syncs.send(replica, "$" + length + "\r\n");
        sendPart();
    }

    private void sendPart() {
        if (replica.client().closed) {
            close();
            return;
        }
        Channel channel = replica.client().connection().channel();
        part = pace.piece((int) Math.min(PART_BYTES, length - sent));
        ChannelProgressivePromise promise = channel.newProgressivePromise();
        promise.addListener(this);
        channel.writeAndFlush(new Part(content, sent, part), promise);
    }

    @Override
    public void operationProgressed(ChannelProgressiveFuture future, long progress, long total) {
        replica.progressMillis = System.currentTimeMillis();
    }

    @Override
    public void operationComplete(ChannelProgressiveFuture future) {
        server.executor().submit(() -> partSent(future.isSuccess()));
    }

    private void partSent(boolean whole) {
        if (replica.client().closed) {
            close();
        } else if (!whole) {
            close();
            LOG.warn("Write error sending DB to replica {}", replica.name());
            server.clients().close(replica.client());
        } else {
            sent += part;
            replica.syncProgress.moved(part);
            server.stats().netReplicationOutputBytes += part;
            long waitNanos = pace.sent(part);
            if (sent == length) {
                close();
                syncs.fileSent(replica);
            } else if (waitNanos == 0) {
                sendPart();
            } else {
                replica.progressMillis = server.clock().millis();
                server.loop().schedule(this::sendPart, waitNanos, TimeUnit.NANOSECONDS);
            }
        }
    }

    private void close() {
        try {
            content.close();
        } catch (IOException e) {
            LOG.warn("Closing {} failed: {}", file, SystemReason.of(e));
        }
    }
}
