package dev.lockstep.server;

import dev.lockstep.server.config.OutputBufferLimit;
import dev.lockstep.server.config.OutputBufferLimitsSetting;
import dev.lockstep.server.net.Connection;
import dev.lockstep.server.tls.Tls;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All connected clients: who comes in, who is closed and why. Executor only. */
public final class Clients {
    private static final Logger LOG = LoggerFactory.getLogger(Clients.class);
    private static final byte[] MAX_CLIENTS =
            "-ERR max number of clients reached\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] PROTECTED =
            ("-DENIED Redis is running in protected mode because protected mode is enabled and no password is set for the"
                            + " default user. In this mode connections are only accepted from the loopback interface. If"
                            + " you want to connect from external computers to Redis you may adopt one of the following"
                            + " solutions: 1) Just disable protected mode sending the command 'CONFIG SET protected-mode"
                            + " no' from the loopback interface by connecting to Redis from the same host the server is"
                            + " running, however MAKE SURE Redis is not publicly accessible from internet if you do so."
                            + " Use CONFIG REWRITE to make this change permanent. 2) Alternatively you can just disable"
                            + " the protected mode by editing the Redis configuration file, and setting the protected mode"
                            + " option to 'no', and then restarting the server. 3) If you started the server manually just"
                            + " for testing, restart it with the '--protected-mode no' option. 4) Set up an authentication"
                            + " password for the default user. NOTE: You only need to do one of the above things in order"
                            + " for the server to start accepting connections from the outside.\r\n")
                    .getBytes(StandardCharsets.US_ASCII);

    /** What may wait to be sent to somebody who hasn't authenticated himself: it takes no more to say so. */
    private static final int UNAUTHENTICATED_OUTPUT_BYTES_MAX = 1024;

    private final LockstepServer server;
    private final OutputMemory outputMemory = new OutputMemory();
    private boolean countsAllOutput;
    private boolean closingLargest;
    private final ClientEviction eviction;
    private final Map<Long, Client> byId = new LinkedHashMap<>();
    private long nextId = 1;
    private int replicas;

    Clients(LockstepServer server) {
        this.server = server;
        this.eviction = new ClientEviction(server);
    }

    // ---- coming and going ----

    /** A connection came in: its client, or null if it is turned away. */
    public Client connected(Connection connection) {
        server.clock().update();
        if (isFull()) {
            server.stats().rejectedConnections++;
            if (connection.isEncrypted()) {
                connection.close(); // before the handshake nothing can be said
            } else {
                turnAway(connection, MAX_CLIENTS);
            }
            return null;
        }
        if (!connection.isEncrypted() && !admits(connection)) {
            return null;
        }
        Client client = add(connection);
        server.acl().reset(client);
        return client;
    }

    /** A client of the TLS port, who is one since he came, has ended his handshake: well if {@code failure} is null. */
    public void handshakeEnded(Client client, Throwable failure) {
        if (failure != null) {
            LOG.debug(
                    "Error accepting a client connection: {} (addr={} laddr={})",
                    Tls.reason(failure),
                    ClientLine.remoteAddress(client),
                    ClientLine.localAddress(client));
            close(client);
        } else if (!admits(client.connection())) {
            client.closeAfterReply = true;
        }
    }

    /** Counts a connection that is let in; another is told why it isn't, and is closed. */
    private boolean admits(Connection connection) {
        if (isProtectedFrom(connection)) {
            server.stats().rejectedConnections++;
            turnAway(connection, PROTECTED);
            return false;
        }
        server.stats().connectionsReceived++;
        return true;
    }

    /** A client for a connection that the server itself has opened. */
    public Client add(Connection connection) {
        Client client = new Client(nextId++, connection, server.clock().millis());
        byId.put(client.id(), client);
        return client;
    }

    private boolean isProtectedFrom(Connection connection) {
        return server.config().network.protectedMode.get()
                && server.acl().users().defaultUser().hasNoPassword()
                && !connection.isUnixSocket()
                && connection.channel().remoteAddress() instanceof InetSocketAddress address
                && !address.getAddress().isLoopbackAddress();
    }

    private static void turnAway(Connection connection, byte[] text) {
        connection.send(text, 0, text.length);
        connection.closeAfterFlush();
    }

    /** The socket is closed. */
    public void disconnected(Client client) {
        if (byId.remove(client.id()) == null) {
            return;
        }
        client.closed = true;
        eviction.disconnected(client);
        server.pauses().disconnected(client);
        server.monitors().remove(client);
        server.pubSub().unsubscribeAll(client);
        server.blocked().disconnected(client);
        server.transactions().discard(client);
        server.tracking().disconnected(client);
        server.shutdown().remove(client);
        if (client.isMaster) {
            server.replication().masterDisconnected(client);
        }
        if (client.replica != null) {
            server.replication().replicaDisconnected(client);
        }
    }

    /** Closes at once; nothing more is sent. */
    public void close(Client client) {
        client.closed = true;
        if (client.connection() != null) {
            client.connection().close();
        }
        disconnected(client);
    }

    /** Closes when the replies so far have been sent; no more requests are executed. */
    public void closeAfterReply(Client client) {
        client.closeAfterReply = true;
        if (client.connection() != null) {
            client.connection().closeAfterFlush();
        }
    }

    boolean isFull() {
        return byId.size() >= server.config().clients.maxClients.get();
    }

    public int count() {
        return byId.size();
    }

    public Collection<Client> all() {
        return byId.values();
    }

    public List<Client> snapshot() {
        return new ArrayList<>(byId.values());
    }

    public Client find(long id) {
        return byId.get(id);
    }

    /** How many clients wait in a blocking command, or because of CLIENT PAUSE. */
    public int blockedCount() {
        int count = 0;
        for (Client client : byId.values()) {
            if (client.isBlocked()) {
                count++;
            }
        }
        return count;
    }

    /** A client as CLIENT LIST shows it, for a log line. */
    public String describe(Client client) {
        return ClientLine.of(server, client);
    }

    /** Lets a client go on with what it sent meanwhile, in a turn of its own. */
    public void unblock(Client client) {
        client.block = Client.Block.NONE;
        if (client.heldPushes != null) {
            server.pushes().release(client);
        }
        if (!client.closed) {
            client.connection().resumeSoon();
        }
    }

    // ---- limits ----

    /** What keeps all clients' buffers together within their limit. */
    ClientEviction eviction() {
        return eviction;
    }

    /** The limit of a client that is no replica. */
    private OutputBufferLimit outputLimit(Client client) {
        OutputBufferLimitsSetting limits = server.config().clients.outputBufferLimit;
        return client.isSubscribed() ? limits.pubsub() : limits.normal();
    }

    /** DEBUG CLIENT-ENFORCE-REPLY-LIST: whether the first bytes that wait count as well. */
    public void countAllOutput(boolean all) {
        countsAllOutput = all;
    }

    boolean countsAllOutput() {
        return countsAllOutput;
    }

    /** Closes a client that lets more output wait than {@code client-output-buffer-limit} allows. */
    public void checkOutputLimit(Client client, long waitingBytes) {
        if (waitingBytes > (countsAllOutput ? 0 : UNAUTHENTICATED_OUTPUT_BYTES_MAX)
                && !client.wasAuthenticated
                && !client.mayExecute(server)) {
            closeForOutput(client);
            return;
        }
        if (waitingBytes > 0) {
            closeLargestIfScarce();
        }
        OutputBufferLimit limit = outputLimit(client);
        checkOutputLimit(
                client, waitingBytes, limit.hardBytes(), limit.softBytes(), limit.softSeconds());
    }

    /** The same with other limits; 0 bytes are none. */
    public void checkOutputLimit(
            Client client, long waitingBytes, long hardBytes, long softBytes, int softSeconds) {
        if (hardBytes > 0 && waitingBytes >= hardBytes) {
            closeForOutput(client);
            return;
        }
        if (softBytes == 0 || waitingBytes < softBytes) {
            client.softLimitSinceMillis = 0;
        } else if (client.softLimitSinceMillis == 0) {
            client.softLimitSinceMillis = server.clock().millis();
        } else if (server.clock().millis() - client.softLimitSinceMillis > softSeconds * 1000L) {
            closeForOutput(client);
        }
    }

    /** Whether there is room to queue so many bytes; else the client is closed. */
    boolean takesOutput(Client client, int bytes) {
        if (outputMemory.fits(bytes)) {
            return true;
        }
        long waiting = bytes;
        for (Client other : byId.values()) {
            waiting += waitingOutput(other);
        }
        if (outputMemory.isLittle(waiting)) {
            return true; // it is others that take the memory, and there must be some for this
        }
        closeForOutput(client);
        return false;
    }

    private static long waitingOutput(Client client) {
        return client.connection() == null || client.isMaster || client.isReplica
                ? 0
                : client.connection().pendingOutput();
    }

    /** The one for whom most waits makes room for the others, when next to none is left. */
    private void closeLargestIfScarce() {
        if (closingLargest || !outputMemory.isScarce()) {
            return;
        }
        Client largest = null;
        long most = 0;
        long all = 0;
        for (Client client : byId.values()) {
            long waiting = waitingOutput(client);
            all += waiting;
            if (waiting > most) {
                most = waiting;
                largest = client;
            }
        }
        if (largest != null && !outputMemory.isLittle(all)) {
            closingLargest = true;
            closeForOutput(largest);
            server.executor().submit(() -> closingLargest = false);
        }
    }

    /** It is sent nothing more, and closed when nobody is at work on it: its own command, or a message for many. */
    private void closeForOutput(Client client) {
        if (!client.closed && !client.overLimit) {
            server.stats().clientOutputBufferLimitDisconnections++;
            LOG.warn(
                    "Client {} scheduled to be closed ASAP for overcoming of output buffer limits.",
                    describe(client));
            client.overLimit = true;
            server.executor().submit(() -> close(client));
        }
    }

    /** Closes idle clients, frees idle arrays, looks at soft limits; called once a second. */
    void everySecond(long nowMillis) {
        int timeoutSeconds = server.config().network.timeout.get();
        for (Client client : snapshot()) {
            if (client.connection() == null) {
                continue;
            }
            long idleMillis = nowMillis - client.lastInteractionMillis;
            if (idleMillis > 2000) {
                client.connection().releaseIdleArray();
            }
            if (timeoutSeconds > 0
                    && idleMillis > timeoutSeconds * 1000L
                    && !client.isBlocked()
                    && !client.isReplicaOrMonitor()
                    && client.subscriptions.isEmpty()
                    && !client.isMaster) {
                LOG.debug("Closing idle client");
                close(client);
            } else if (!client.isReplica) {
                checkOutputLimit(client, client.connection().pendingOutput());
            }
        }
    }
}
