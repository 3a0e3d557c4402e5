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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A snapshot file sent to one replica by the kernel, without passing through this process. Executor only; the progress
 * comes from the connection's event loop.
 */
final class DiskTransfer implements ChannelProgressiveFutureListener {
    private static final Logger LOG = LoggerFactory.getLogger(DiskTransfer.class);

    private final LockstepServer server;
    private final FullSyncs syncs;
    private final ReplicaConnection replica;
    private final Path file;

    DiskTransfer(LockstepServer server, FullSyncs syncs, ReplicaConnection replica, Path file) {
        this.server = server;
        this.syncs = syncs;
        this.replica = replica;
        this.file = file;
    }

    void start() {
        Channel channel = replica.client().connection().channel();
        try {
            long length = Files.size(file);
            FileChannel content = FileChannel.open(file, StandardOpenOption.READ);
            syncs.send(replica, "$" + length + "\r\n");
            ChannelProgressivePromise promise = channel.newProgressivePromise();
            promise.addListener(this);
            channel.writeAndFlush(new DefaultFileRegion(content, 0, length), promise);
        } catch (IOException e) {
            LOG.warn("SYNC failed. Can't open/stat DB after BGSAVE: {}", SystemReason.of(e));
            server.clients().close(replica.client());
        }
    }

    @Override
    public void operationProgressed(ChannelProgressiveFuture future, long progress, long total) {
        replica.progressMillis = System.currentTimeMillis();
    }

    @Override
    public void operationComplete(ChannelProgressiveFuture future) {
        server.executor().submit(() -> sent(future.isSuccess()));
    }

    private void sent(boolean whole) {
        if (replica.client().closed) {
            return;
        }
        if (whole) {
            syncs.fileSent(replica);
        } else {
            LOG.warn("Write error sending DB to replica {}", replica.name());
            server.clients().close(replica.client());
        }
    }
}
