package dev.lockstep.server.replication;

import dev.lockstep.protocol.RequestEncoder;
import dev.lockstep.replication.TransferBody;
import dev.lockstep.server.Client;
import dev.lockstep.server.KeyspaceLoad;
import dev.lockstep.server.LockstepServer;
import dev.lockstep.server.command.CommandException;
import dev.lockstep.server.net.Connection;
import io.netty.channel.Channel;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The replica's side: the link to the master, from one loss of it to the next. Executor only.
 *
 * <p>A {@link MasterConnector} opens the socket, the {@link MasterHandshake} asks for the data, which come as an {@link
 * IncomingSnapshot} that takes the place of the old ones in one step, or not at all if the history goes on; then the connection
 * becomes a client's, whose commands are the stream of changes. Whatever fails ends the link, and it begins anew.
 */
public final class MasterLink
        implements Connection.InputTap,
                MasterConnector.Listener,
                MasterHandshake.Listener,
                IncomingSnapshot.Listener {
    /** A full sync may be left when nothing has come for so long. */
    private static final long SILENCE_MILLIS = 2_000;

    private static final Logger LOG = LoggerFactory.getLogger(MasterLink.class);

    /** How far the link is, by the names that ROLE gives. */
    public enum State {
        CONNECT("connect"),
        CONNECTING("connecting"),
        HANDSHAKE("handshake"),
        TRANSFER("sync"),
        CONNECTED("connected");

        private final String roleName;

        State(String roleName) {
            this.roleName = roleName;
        }

        public String roleName() {
            return roleName;
        }
    }

    private final LockstepServer server;
    private final Replication replication;
    private final String host;
    private final int port;

    private State state = State.CONNECT;

    /** The attempt to connect, while it lasts. */
    private MasterConnector connector;

    /** There from when the socket is connected until it is lost. */
    private Connection connection;

    private MasterHandshake handshake;

    /** What executes the stream, while there is one. */
    private Client client;

    private final RequestEncoder encoder = new RequestEncoder(256);

    private StreamTransaction transaction = new StreamTransaction();

    private IncomingSnapshot snapshot;
    private String transferId;
    private long transferOffset;
    private boolean dropOldFirst;

    private long lastIoMillis;
    private long downSinceMillis;
    private final SyncProgress progress = new SyncProgress();
    private int attempts;

    /** The offset at which the heap had no room for the next command; or -1. */
    private long lackedAt = -1;

    private final RetryDelay retryDelay = new RetryDelay(new SplittableRandom());
    private boolean closed;
    private int selectedDatabase = -1;

    /** What was selected in the stream behind what was applied last. */
    private int appliedDatabase;

    MasterLink(LockstepServer server, Replication replication, String host, int port) {
        this.server = server;
        this.replication = replication;
        this.host = host;
        this.port = port;
        lastIoMillis = server.clock().millis();
    }

    public String host() {
        return host;
    }

    public int port() {
        return port;
    }

    public State state() {
        return state;
    }

    public boolean isConnected() {
        return state == State.CONNECTED;
    }

    /** Whether a full sync is under way. */
    public boolean isSyncing() {
        return state == State.TRANSFER;
    }

    boolean isLoadingBeside() {
        return snapshot != null && snapshot.isLoadingBeside();
    }

    /** Unix milliseconds of the last bytes from the master. */
    public long lastIoMillis() {
        return lastIoMillis;
    }

    /** Since when the stream is cut, in Unix milliseconds; 0 if there never was one. */
    public long downSinceMillis() {
        return downSinceMillis;
    }

    /** Total bytes of the transfer under way; 0 where only its end mark tells, -1 without one. */
    public long transferTotal() {
        return snapshot == null ? -1 : snapshot.total();
    }

    /** How far the transfer under way is. */
    SyncProgress progress() {
        return progress;
    }

    public long transferReceivedBytes() {
        return snapshot == null ? -1 : snapshot.received();
    }

    /** The database that the stream has selected, or -1. */
    int selectedDatabase() {
        return client != null ? client.database : selectedDatabase;
    }

    int appliedDatabase() {
        return appliedDatabase;
    }

    void appliedDatabase(int database) {
        appliedDatabase = database;
    }

    void selectedDatabase(int database) {
        selectedDatabase = database;
    }

    /** Goes on from where another link to this or another master has ended. */
    void continuesFrom(MasterLink former) {
        selectedDatabase = former.selectedDatabase();
        downSinceMillis = former.downSinceMillis;
    }

    /** The offset up to which the stream was read, applied or not. */
    public long readOffset() {
        return replication.offset() + (client == null ? 0 : client.connection().pendingInput());
    }

    /** Where a transaction of the stream is put together. */
    StreamTransaction transaction() {
        return transaction;
    }

    // ---- connecting ----

    void connect() {
        if (closed) {
            return;
        }
        LOG.info("Connecting to MASTER {}:{}", host, port);
        attempts++;
        state = State.CONNECTING;
        lastIoMillis = server.clock().millis();
        LOG.info("MASTER <-> REPLICA sync started");
        connector = new MasterConnector(server, host, port, this, this);
        connector.start();
    }

    @Override
    public void notReached(String reason) {
        giveUp(reason);
    }

    @Override
    public void reached(Connection reached) {
        LOG.info("Non blocking connect for SYNC fired the event.");
        connector = null;
        connection = reached;
        state = State.HANDSHAKE;
        lastIoMillis = server.clock().millis();
        handshake = new MasterHandshake(server, replication, connection, this);
        handshake.begin();
    }

    /** Tries again after a while, unless something else has led to an attempt by then. */
    private void retryLater() {
        int failed = attempts;
        server.loop()
                .schedule(
                        () -> {
                            if (!closed && state == State.CONNECT && attempts == failed) {
                                connect();
                            }
                        },
                        retryDelay.next(),
                        TimeUnit.MILLISECONDS);
    }

    @Override
    public void handshakeFailed(String reason) {
        giveUp(reason);
    }

    @Override
    public void received(byte[] array, int offset, int length) {
        if (closed) {
            return;
        }
        lastIoMillis = server.clock().millis();
        int at = offset;
        int end = offset + length;
        while (at < end && !closed && connection != null) {
            if (state == State.CONNECTED || snapshot != null && snapshot.isReceived()) {
                connection.hold(array, at, end);
                return;
            } else if (snapshot != null) {
                at += snapshot.accept(array, at, end - at);
                progress.movedTo(snapshot == null ? progress.bytes() : snapshot.received());
            } else {
                at = handshake.accept(array, at, end);
            }
        }
    }

    // ---- full sync ----

    @Override
    public void fullSyncAnnounced(String id, long offset) {
        transferId = id;
        transferOffset = offset;
        state = State.TRANSFER;
    }

    @Override
    public void fullSyncBegins(TransferBody body) {
        progress.begin(server.clock().millis());
        progress.total(Math.max(0, body.expected()));
        Channel channel = connection.channel();
        snapshot =
                new IncomingSnapshot(
                        server,
                        body,
                        () -> channel.config().setAutoRead(false),
                        () -> channel.config().setAutoRead(true),
                        this);
        snapshot.start(dropOldFirst, refusesEmpty());
    }

    /** A master with the history that this server has a part of may be empty because it was emptied: that is to be followed. */
    private boolean refusesEmpty() {
        return server.config().replication.refuseEmptyMaster.get() && !isTransferOfOwnHistory();
    }

    private boolean isTransferOfOwnHistory() {
        return transferId.equals(replication.history().id())
                || transferId.equals(replication.history().secondId());
    }

    /**
     * Whether a full sync that is loaded beside the data may be left for another master, or for none. Redis refuses that where
     * the data are of the master's own history and loads nothing beside others. But a master that says nothing any more is
     * not waited for.
     */
    boolean mayLeaveLoad() {
        return !isTransferOfOwnHistory() || server.clock().millis() - lastIoMillis > SILENCE_MILLIS;
    }

    @Override
    public void refused() {
        giveUp(
                "Refusing the full sync: MASTER "
                        + host
                        + ":"
                        + port
                        + " has no keys and another history than this replica, which holds "
                        + server.keyspace().totalSize()
                        + " keys. They are kept, and it is tried again. To follow the empty master all the same, CONFIG SET"
                        + " replica-refuse-empty-master no; to make this the master, REPLICAOF NO ONE.");
    }

    @Override
    public void loaded(KeyspaceLoad load) {
        try {
            server.libraries().replaceAll(load.libraries());
        } catch (CommandException e) {
            failed("a function library: " + e.getMessage(), false);
            return;
        }
        server.aof()
                .restart(); // before it could tell that what is in it stands where the new data do
        server.replaceKeyspace(load.keyspace());
        replication.adopt(transferId, transferOffset);
        dropOldFirst = false;
        LOG.info("MASTER <-> REPLICA sync: Finished with success");
        streamBegins(load.position() == null ? 0 : load.position().streamDb());
        acknowledge();
    }

    @Override
    public void failed(String reason, boolean outOfMemory) {
        dropOldFirst = outOfMemory;
        LOG.warn("Failed trying to load the MASTER synchronization DB: {}", reason);
        giveUp(null);
    }

    // ---- the stream ----

    @Override
    public void partialSyncBegins() {
        streamBegins(selectedDatabase);
    }

    private void streamBegins(int database) {
        snapshot = null;
        handshake = null;
        state = State.CONNECTED;
        retryDelay.reset();
        lastIoMillis = server.clock().millis();
        client = server.clients().add(connection);
        client.isMaster = true;
        client.authenticated = true;
        client.database = Math.max(0, database);
        appliedDatabase = client.database;
        transaction = new StreamTransaction();
        connection.becomeClient(client);
        replication.replicas().refreshGood();
    }

    /** Tells the master how far this server is. */
    public void acknowledge() {
        if (state == State.CONNECTED) {
            encoder.clear();
            long inFile = server.aof().forcedOffset();
            encoder.begin(inFile < 0 ? 3 : 5);
            encoder.arg("REPLCONF").arg("ACK").arg(replication.offset());
            if (inFile >= 0) {
                encoder.arg("FACK").arg(inFile);
            }
            connection.send(encoder.array(), 0, encoder.length());
            connection.flush();
        }
    }

    // ---- the end ----

    private void giveUp(String reason) {
        if (reason != null) {
            LOG.warn("{}", reason);
        }
        Connection lost = connection;
        abandon();
        if (lost != null) {
            lost.close();
        }
        retryLater();
    }

    /** Leaves whatever is under way; after a transfer the old data is untouched unless it had to be dropped first. */
    private void abandon() {
        if (client != null) {
            selectedDatabase = client.database;
            downSinceMillis = server.clock().millis();
        }
        if (snapshot != null) {
            snapshot.cancel();
            snapshot = null;
        }
        if (connector != null) {
            connector.cancel();
            connector = null;
        }
        handshake = null;
        connection = null;
        client = null;
        state = State.CONNECT;
    }

    private boolean fitsState() {
        return switch (state) {
            case CONNECT -> connector == null && connection == null && client == null;
            case CONNECTING -> connector != null && connection == null;
            case HANDSHAKE -> handshake != null && connection != null && snapshot == null;
            case TRANSFER -> connection != null && client == null;
            case CONNECTED -> client != null && snapshot == null && handshake == null;
        };
    }

    @Override
    public void closed() {
        if (!closed && connection != null) {
            LOG.warn(
                    state == State.TRANSFER
                            ? "I/O error trying to sync with MASTER: connection lost"
                            : "Failed to read response from the server: connection lost");
            abandon();
            retryLater();
        }
    }

    /** The streaming connection is gone. */
    void disconnected(Client lost) {
        if (lost == client) {
            LOG.info("Connection with master lost.");
            if (!closed) {
                LOG.info("Caching the disconnected master state.");
                abandon();
                LOG.info("Reconnecting to MASTER {}:{}", host, port);
                connect();
            }
        }
    }

    /**
     * A command of the master finds no room in the heap. The link ends in front of it and begins anew there; with everything, if
     * that was tried already, since what comes behind it in the stream may have made room on the master.
     */
    void lacksMemory(String command) {
        LOG.warn(
                "The master's command '{}' doesn't fit beside the data in this Java heap of {} MB: closing the link before it."
                        + " Start this replica with a larger -Xmx.",
                command,
                server.memory().heapBytes() >> 20);
        endBeforeCommand();
    }

    /** The master selects a database that there is none of here: what it writes there must not go elsewhere. */
    void lacksDatabase(String number) {
        LOG.warn(
                "The master uses database {}, but this server is configured with 'databases {}': closing the link before it."
                        + " Start this replica with as many as the master has.",
                number,
                server.keyspace().databases());
        endBeforeCommand();
    }

    private void endBeforeCommand() {
        boolean again = lackedAt == replication.offset();
        lackedAt = replication.offset();
        Client former = client;
        if (transaction.isOpen()) {
            server.aof().suspend(); // the file's end is in the midst of it as well
        }
        if (again || transaction.isOpen()) {
            replication.streamBroken(former);
        }
        abandon();
        server.clients().close(former);
        retryLater();
    }

    /** Leaves the master for good. */
    void close() {
        closed = true;
        Connection current = connection;
        if (client != null) {
            server.clients().close(client);
        }
        abandon();
        if (current != null) {
            current.close();
        }
    }

    void everySecond(long nowMillis) {
        assert fitsState() : state;
        long timeout = server.config().replication.timeout.get() * 1000L;
        boolean silent = nowMillis - lastIoMillis > timeout;
        switch (state) {
            case CONNECT -> {}
            case CONNECTING, HANDSHAKE -> {
                if (silent) {
                    LOG.warn("Timeout connecting to the MASTER...");
                    giveUp(null);
                }
            }
            case TRANSFER -> {
                boolean received = snapshot != null && snapshot.isReceived();
                if (silent && !received && connection.channel().config().isAutoRead()) {
                    giveUp(
                            "Timeout receiving bulk data from MASTER... If the problem persists try to set the"
                                    + " 'repl-timeout' parameter in redis.conf to a larger value.");
                } else {
                    keepAlive();
                    if (snapshot != null && progress.isLogDue(nowMillis)) {
                        LOG.info(
                                "MASTER <-> REPLICA sync: received {}",
                                progress.text(-1, nowMillis));
                    }
                }
            }
            case CONNECTED -> {
                if (silent) {
                    LOG.warn("MASTER timeout: no data nor PING received...");
                    server.clients().close(client);
                } else {
                    acknowledge();
                }
            }
        }
    }

    private void keepAlive() {
        byte[] newline = "\n".getBytes(StandardCharsets.US_ASCII);
        connection.send(newline, 0, 1);
        connection.flush();
    }

    /** Bytes of the stream have arrived. */
    public void streamArrived() {
        lastIoMillis = server.clock().millis();
    }

    /** Whether a client is the stream of this link. */
    boolean isClient(Client other) {
        return client == other;
    }
}
