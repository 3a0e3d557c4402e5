package dev.lockstep.server.replication;

import dev.lockstep.server.LockstepServer;
import dev.lockstep.server.process.SystemReason;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelProgressiveFuture;
import io.netty.channel.ChannelProgressiveFutureListener;
import io.netty.channel.ChannelProgressivePromise;
import io.netty.channel.DefaultFileRegion;
import java.io.EOFException;
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
 * be set, and changed on the way. What is to be encrypted does pass through it, in smaller parts. Executor only; the progress
 * comes from the connection's event loop.
 */
final class DiskTransfer implements ChannelProgressiveFutureListener {
    private static final Logger LOG = LoggerFactory.getLogger(DiskTransfer.class);
    private static final int PART_BYTES = 4 << 20;

    /** Each is a stretch of work for the executor, which clients wait for. */
    private static final int ENCRYPTED_PART_BYTES = 128 * 1024;

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
        boolean encrypted = replica.client().connection().isEncrypted();
        int most = encrypted ? ENCRYPTED_PART_BYTES : PART_BYTES;
        Channel channel = replica.client().connection().channel();
        part = pace.piece((int) Math.min(most, length - sent));
        ChannelProgressivePromise promise = channel.newProgressivePromise();
        promise.addListener(this);
        if (encrypted) {
            sendRead(channel, promise);
        } else {
            channel.writeAndFlush(new Part(content, sent, part), promise);
        }
    }

    private void sendRead(Channel channel, ChannelProgressivePromise promise) {
        ByteBuf bytes = channel.alloc().directBuffer(part);
        try {
            while (bytes.readableBytes() < part) {
                int missing = part - bytes.readableBytes();
                if (bytes.writeBytes(content, sent + bytes.readableBytes(), missing) < 0) {
                    throw new EOFException("the file has become shorter");
                }
            }
        } catch (IOException e) {
            bytes.release();
            LOG.warn("Read error sending DB to replica: {}", SystemReason.of(e));
            close();
            server.clients().close(replica.client());
            return;
        }
        channel.writeAndFlush(bytes, promise);
    }

    @Override
    public void operationProgressed(ChannelProgressiveFuture future, long progress, long total) {
        replica.progressMillis = System.currentTimeMillis();
    }

    @Override
    public void operationComplete(ChannelProgressiveFuture future) {
        replica.progressMillis = System.currentTimeMillis();
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
