package dev.lockstep.server.replication;

import dev.lockstep.server.LockstepServer;
import dev.lockstep.server.net.Connection;
import io.netty.channel.Channel;
import io.netty.channel.ChannelProgressiveFuture;
import io.netty.channel.ChannelProgressiveFutureListener;
import io.netty.channel.ChannelProgressivePromise;
import io.netty.channel.DefaultFileRegion;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A snapshot file sent to one replica by the kernel, without passing through this process. Executor only. */
final class DiskTransfer implements ChannelProgressiveFutureListener {
    private static final Logger LOG = LoggerFactory.getLogger(DiskTransfer.class);

    private final LockstepServer server;
    private final Replicas replicas;
    private final ReplicaConnection replica;
    private final Path file;

    DiskTransfer(LockstepServer server, Replicas replicas, ReplicaConnection replica, Path file) {
        this.server = server;
        this.replicas = replicas;
        this.replica = replica;
        this.file = file;
    }

    void start() {
        Connection connection = replica.client().connection();
        Channel channel = connection.channel();
        try {
            FileChannel content = FileChannel.open(file, StandardOpenOption.READ);
            long length = content.size();
            replicas.send(replica, "$" + length + "\r\n");
            ChannelProgressivePromise promise = channel.newProgressivePromise();
            promise.addListener(this);
            channel.writeAndFlush(new DefaultFileRegion(content, 0, length), promise);
        } catch (IOException e) {
            LOG.warn("Can't open/stat DB after BGSAVE: {}", e.getMessage());
            server.clients().close(replica.client());
        }
    }

    @Override
    public void operationProgressed(ChannelProgressiveFuture future, long progress, long total) {
        replica.progressMillis = System.currentTimeMillis();
    }

    @Override
    public void operationComplete(ChannelProgressiveFuture future) {
        server.executor()
                .submit(
                        () -> {
                            if (future.isSuccess() && !replica.client().closed) {
                                replicas.fileSent(replica);
                            }
                        });
    }
}
