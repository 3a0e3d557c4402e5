package dev.lockstep.server;

import dev.lockstep.protocol.Quoted;
import dev.lockstep.server.net.Connection;
import dev.lockstep.server.tls.Tls;
import io.netty.handler.codec.DecoderException;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What connections tell of themselves beside their requests: that they are there, how much they read, hold and have to send,
 * and that they have failed or are gone. It is counted here, and limits are kept. Executor only.
 */
public final class ConnectionListener {
    private static final Logger LOG = LoggerFactory.getLogger(ConnectionListener.class);

    private final LockstepServer server;
    private final Clients clients;
    private final Stats stats;
    private final LongCommand longCommand;
    private final ClientEviction eviction;

    ConnectionListener(LockstepServer server, LongCommand longCommand, ClientEviction eviction) {
        this.server = server;
        this.clients = server.clients();
        this.stats = server.stats();
        this.longCommand = longCommand;
        this.eviction = eviction;
    }

    // ---- coming and going ----

    /** Whether there may be no more clients. */
    public boolean isFull() {
        return clients.isFull();
    }

    public Client connected(Connection connection) {
        return clients.connected(connection);
    }

    /** The handshake of TLS is over; {@code failure} is null if it has succeeded. */
    public void handshakeEnded(Client client, Throwable failure) {
        clients.handshakeEnded(client, failure);
    }

    public void failed(Connection connection, Throwable cause) {
        Throwable reason = cause instanceof DecoderException ? cause.getCause() : cause;
        if (reason instanceof IOException) {
            LOG.trace("Reading from client: {}", Tls.reason(reason));
        } else {
            LOG.warn("Closing a connection after an unexpected failure", cause);
        }
    }

    public void disconnected(Client client) {
        if (longCommand.isRunning() && longCommand.client() == client) {
            client.closed = true;
            longCommand.runOutside(() -> clients.disconnected(client));
        } else {
            clients.disconnected(client);
        }
    }

    // ---- what is read ----

    public void inputArrived(Client client, int bytes) {
        stats.totalReadsProcessed++;
        if (client.isMaster) {
            stats.netReplicationInputBytes += bytes;
            server.replication().link().streamArrived();
        } else {
            stats.netInputBytes += bytes;
        }
    }

    /** Bytes that are not requests have arrived. */
    public void tapArrived(int bytes) {
        server.clock().update();
        stats.totalReadsProcessed++;
        stats.netReplicationInputBytes += bytes;
    }

    /** Whether there is room for a request of so many bytes that is arriving. */
    public boolean takesRequest(Client client, long bytes) {
        return client.isMaster || server.memory().canTake(bytes);
    }

    public long queryBufferLimit(Client client) {
        return client.isMaster ? Long.MAX_VALUE : server.config().clients.queryBufferLimit.bytes();
    }

    public void queryBufferLimitReached(Client client, byte[] array, int length) {
        stats.clientQueryBufferLimitDisconnections++;
        LOG.warn(
                "Closing client that reached max query buffer length: {} (qbuf initial bytes: {})",
                clients.describe(client),
                Quoted.of(array, 0, Math.min(64, length)));
        clients.close(client);
    }

    /** What a client has sent or is to be sent takes more or less memory than before. */
    public void buffersChanged(Client client) {
        eviction.changed(client);
    }

    // ---- what is sent ----

    /** Whether the JVM has room to queue so many bytes for a client; if not, the client is about to be closed. */
    public boolean takesOutput(Client client, int bytes) {
        return client == null || clients.takesOutput(client, bytes);
    }

    /** Whether the first bytes that wait count towards limits, which Redis has room for in the client itself. */
    public boolean countsAllOutput() {
        return clients.countsAllOutput();
    }

    public void outputFlushed() {
        stats.totalWritesProcessed++;
    }

    public void outputWaiting(Client client, long bytes) {
        clients.checkOutputLimit(client, bytes);
    }

    /** A replica's socket takes more again. */
    public void replicaWritable(Client client) {
        server.replication().replicas().writable(client.replica);
    }
}
