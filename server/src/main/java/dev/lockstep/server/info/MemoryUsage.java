package dev.lockstep.server.info;

import dev.lockstep.server.Client;
import dev.lockstep.server.LockstepServer;
import dev.lockstep.server.net.Connection;

/**
 * What takes memory now, in bytes: the data, which {@code used_memory} and {@code maxmemory} count, and beside it what
 * clients and replicas need. For INFO memory and MEMORY STATS; executor only.
 */
public final class MemoryUsage {
    /** About what the objects of one connection take beside its buffers. */
    private static final int CLIENT_BYTES = 1024;

    private final LockstepServer server;
    private long normalClients;

    public MemoryUsage(LockstepServer server) {
        this.server = server;
        for (Client client : server.clients().all()) {
            if (!client.isReplica) {
                normalClients += of(client);
            }
        }
    }

    /** A client and its buffers. */
    public static long of(Client client) {
        Connection connection = client.connection();
        long bytes = CLIENT_BYTES + client.subscriptions.bytes();
        if (client.tracking != null) {
            bytes += client.tracking.prefixBytes();
        }
        return connection == null
                ? bytes
                : bytes
                        + client.transactionBytes()
                        + connection.pendingInput()
                        + connection.pendingRoom()
                        + connection.pendingOutput();
    }

    /** What {@code used_memory} shows. */
    public long total() {
        return server.memory().used();
    }

    /** What the JVM has set aside for the data. */
    public long reserved() {
        return server.keyspace().reserved();
    }

    /** What an empty server takes. */
    public long startup() {
        return server.memory().startupBytes();
    }

    /** What is used beyond an empty server. */
    public long net() {
        return Math.max(0, total() - startup());
    }

    public long dataset() {
        return Math.max(0, total() - overhead());
    }

    /** What {@code used_memory} counts that isn't keys and values. */
    public long overhead() {
        return startup();
    }

    public long backlog() {
        return server.replication().backlogMemory();
    }

    /** The backlog, and what else replicas wait for. */
    public long replicationBuffers() {
        return server.replication().bufferMemory();
    }

    /** What is kept beyond the backlog, because replicas wait for it. */
    public long replicaClients() {
        return replicationBuffers() - backlog();
    }

    public long normalClients() {
        return normalClients;
    }
}
