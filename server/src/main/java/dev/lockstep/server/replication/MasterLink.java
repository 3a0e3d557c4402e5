package dev.lockstep.server.replication;

import dev.lockstep.protocol.RequestEncoder;
import dev.lockstep.replication.ReplicationHistory;
import dev.lockstep.replication.TransferBody;
import dev.lockstep.server.Client;
import dev.lockstep.server.KeyspaceLoad;
import dev.lockstep.server.LockstepServer;
import dev.lockstep.server.command.CommandException;
import dev.lockstep.server.net.Connection;
import dev.lockstep.server.process.SystemReason;
import dev.lockstep.server.tls.Tls;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The replica's side: the link to the master, from connecting through the handshake and a full or partial sync to the
 * stream of changes. Executor only.
 *
 * <p>A full sync is an {@link IncomingSnapshot}; when it is loaded, it takes the place of the old data in one step.
 */
public final class MasterLink implements Connection.InputTap, IncomingSnapshot.Listener {
    private static final Logger LOG = LoggerFactory.getLogger(MasterLink.class);
    private static final int LINE_BYTES_MAX = 1024;

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

    /** What is waited for during the handshake; each answer leads to the next question. */
    private enum Step {
        PING,
        AUTH,
        PORT,
        IP,
        CAPA,
        PSYNC,
        BULK_HEADER
    }

    private final LockstepServer server;
    private final Replication replication;
    private final String host;
    private final int port;

    private State state = State.CONNECT;
    private Step step;
    private Connection connection;
    private ChannelFuture connecting;

    /** What encrypts the link, or null. */
    private SslHandler tls;

    private Client client;
    private final StringBuilder line = new StringBuilder();
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

    /** What was selected in the stream behind what was recorded last. */
    private int recordedDatabase;

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

    int recordedDatabase() {
        return recordedDatabase;
    }

    void recordedDatabase(int database) {
        recordedDatabase = database;
    }

    void selectedDatabase(int database) {
        selectedDatabase = database;
    }

    /** Goes on from where another link to this or another master has ended. */
    void continuesFrom(MasterLink former) {
        selectedDatabase = former.selectedDatabase();
        downSinceMillis = former.isConnected() ? server.clock().millis() : former.downSinceMillis;
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
        tls = server.config().tls.replication.get() ? server.tls().connecting(host) : null;
        Bootstrap bootstrap =
                new Bootstrap()
                        .group(server.loop())
                        .channel(server.transport().connectingChannel())
                        .option(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
                        .option(ChannelOption.TCP_NODELAY, true)
                        .option(
                                ChannelOption.CONNECT_TIMEOUT_MILLIS,
                                server.config().replication.timeout.get() * 1000)
                        .handler(
                                new ChannelInitializer<Channel>() {
                                    @Override
                                    protected void initChannel(Channel channel) {
                                        if (tls != null) {
                                            channel.pipeline().addLast(tls);
                                        }
                                        connection =
                                                Connection.outgoing(
                                                        server.executor(),
                                                        channel,
                                                        MasterLink.this,
                                                        tls);
                                        channel.pipeline().addLast(connection);
                                    }
                                });
        String source = server.config().network.bindSourceAddr.get();
        if (!source.isEmpty()) {
            bootstrap.localAddress(new InetSocketAddress(source, 0));
        }
        LOG.info("MASTER <-> REPLICA sync started");
        byte[] literal = NetUtil.createByteArrayFromIpAddressString(host);
        if (literal != null) {
            try {
                connect(bootstrap, InetAddress.getByAddress(host, literal));
            } catch (UnknownHostException e) {
                throw new IllegalStateException(e);
            }
        } else {
            resolve(bootstrap);
        }
    }

    /** Looks the master's name up on a thread of its own, since that may take many seconds. */
    private void resolve(Bootstrap bootstrap) {
        Thread thread =
                new Thread(
                        () -> {
                            try {
                                InetAddress address = InetAddress.getByName(host);
                                server.executor().submit(() -> connect(bootstrap, address));
                            } catch (UnknownHostException e) {
                                server.executor().submit(this::unresolved);
                            }
                        },
                        "lockstep-resolve");
        thread.setDaemon(true);
        thread.start();
    }

    private void unresolved() {
        if (!closed && state == State.CONNECTING) {
            LOG.warn("Unable to connect to MASTER: Name or service not known: {}", host);
            retryLater();
        }
    }

    private void connect(Bootstrap bootstrap, InetAddress address) {
        if (closed || state != State.CONNECTING) {
            return;
        }
        connecting = bootstrap.connect(new InetSocketAddress(address, port));
        connecting.addListener(
                done -> {
                    if (!closed && done.isSuccess()) {
                        secure();
                    } else if (!closed && state == State.CONNECTING) {
                        LOG.warn(
                                "Error condition on socket for SYNC: {}",
                                SystemReason.of(done.cause()));
                        connection = null;
                        retryLater();
                    }
                });
    }

    /** Waits for the handshake of TLS, if the link is encrypted. */
    private void secure() {
        if (tls == null) {
            connected();
            return;
        }
        Channel channel = connecting.channel();
        tls.handshakeFuture()
                .addListener(
                        done -> {
                            boolean current = connection != null && connection.channel() == channel;
                            if (closed || !current || state != State.CONNECTING) {
                                return;
                            }
                            if (done.isSuccess()) {
                                connected();
                            } else {
                                giveUp(
                                        "Error condition on socket for SYNC: "
                                                + Tls.reason(done.cause()));
                            }
                        });
    }

    private void connected() {
        LOG.info("Non blocking connect for SYNC fired the event.");
        state = State.HANDSHAKE;
        lastIoMillis = server.clock().millis();
        ask(Step.PING, "PING");
    }

    /** Tries again after a while, unless something else has led to an attempt by then. */
    private void retryLater() {
        state = State.CONNECT;
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

    // ---- handshake ----

    private void ask(Step next, String... words) {
        step = next;
        encoder.clear();
        encoder.begin(words.length);
        for (String word : words) {
            encoder.arg(word);
        }
        connection.send(encoder.array(), 0, encoder.length());
        connection.flush();
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
                byte letter = array[at++];
                if (letter == '\n') {
                    int last = line.length() - 1;
                    if (last >= 0 && line.charAt(last) == '\r') {
                        line.setLength(last);
                    }
                    String text = line.toString();
                    line.setLength(0);
                    if (!text.isEmpty()) {
                        answered(text);
                    }
                } else if (line.length() < LINE_BYTES_MAX) {
                    line.append((char) (letter & 0xff));
                } else {
                    giveUp(
                            "The master sent a line of over "
                                    + LINE_BYTES_MAX
                                    + " bytes during the handshake");
                    return;
                }
            }
        }
    }

    private void answered(String answer) {
        boolean error = answer.startsWith("-");
        switch (step) {
            case PING -> {
                if (error
                        && !answer.startsWith("-NOAUTH")
                        && !answer.startsWith("-NOPERM")
                        && !answer.startsWith("-ERR operation not permitted")) {
                    giveUp("Error reply to PING from master: '" + answer + "'");
                    return;
                }
                LOG.info("Master replied to PING, replication can continue...");
                authenticate();
            }
            case AUTH -> {
                if (error) {
                    giveUp("Unable to AUTH to MASTER: " + answer);
                    return;
                }
                tellPort();
            }
            case PORT -> {
                if (error) {
                    LOG.info(
                            "(Non critical) Master does not understand REPLCONF listening-port: {}",
                            answer);
                }
                String ip = server.config().replication.announceIp.get();
                if (ip.isEmpty()) {
                    tellCapabilities();
                } else {
                    ask(Step.IP, "REPLCONF", "ip-address", ip);
                }
            }
            case IP -> {
                if (error) {
                    LOG.info(
                            "(Non critical) Master does not understand REPLCONF ip-address: {}",
                            answer);
                }
                tellCapabilities();
            }
            case CAPA -> {
                if (error) {
                    LOG.info("(Non critical) Master does not understand REPLCONF capa: {}", answer);
                }
                askForData();
            }
            case PSYNC -> synchronizationAnswered(answer);
            case BULK_HEADER -> transferBegins(answer);
            default -> throw new IllegalStateException(step.toString());
        }
    }

    private void authenticate() {
        String user = server.config().replication.masterUser.get();
        String password = server.config().replication.masterAuth.get();
        if (password.isEmpty()) {
            tellPort();
        } else if (user.isEmpty()) {
            ask(Step.AUTH, "AUTH", password);
        } else {
            ask(Step.AUTH, "AUTH", user, password);
        }
    }

    private void tellPort() {
        int announced = server.config().replication.announcePort.get();
        int shown = announced != 0 ? announced : ownPort();
        ask(Step.PORT, "REPLCONF", "listening-port", Integer.toString(shown));
    }

    /** The port that others reach this server at in the way in which it reaches its master. */
    private int ownPort() {
        int tlsPort = server.config().tls.port.get();
        boolean encrypted = server.config().tls.replication.get() && tlsPort != 0;
        return encrypted ? tlsPort : server.config().network.port.get();
    }

    private void tellCapabilities() {
        ask(Step.CAPA, "REPLCONF", "capa", "eof", "capa", "psync2");
    }

    private void askForData() {
        if (replication.failover().isHandingOver()) {
            ask(
                    Step.PSYNC,
                    "PSYNC",
                    replication.history().id(),
                    Long.toString(replication.offset() + 1),
                    "FAILOVER");
        } else if (replication.log() != null) {
            long next = replication.offset() + 1;
            LOG.info(
                    "Trying a partial resynchronization (request {}:{}).",
                    replication.history().id(),
                    next);
            ask(Step.PSYNC, "PSYNC", replication.history().id(), Long.toString(next));
        } else {
            LOG.info("Partial resynchronization not possible (no cached master)");
            ask(Step.PSYNC, "PSYNC", "?", "-1");
        }
    }

    private void synchronizationAnswered(String answer) {
        String[] words = answer.split(" ");
        if (words[0].equals("+FULLRESYNC")
                && words.length == 3
                && words[1].length() == ReplicationHistory.ID_LENGTH
                && words[2].matches("\\d{1,18}")) {
            transferId = words[1];
            transferOffset = Long.parseLong(words[2]);
            LOG.info("Full resync from master: {}:{}", transferId, transferOffset);
            replication.failover().accepted();
            state = State.TRANSFER;
            step = Step.BULK_HEADER;
        } else if (words[0].equals("+CONTINUE")) {
            LOG.info("Successful partial resynchronization with master.");
            replication.failover().accepted();
            if (words.length > 1 && words[1].length() == ReplicationHistory.ID_LENGTH) {
                replication.continueAs(words[1]);
            }
            streamBegins(selectedDatabase);
        } else if (answer.startsWith("-NOMASTERLINK") || answer.startsWith("-LOADING")) {
            LOG.info("Master is currently unable to PSYNC but should be in the future: {}", answer);
            giveUp(null);
            replication.failover().rejected();
        } else {
            giveUp("Unexpected reply to PSYNC from master: " + answer);
            replication.failover().rejected();
        }
    }

    // ---- full sync ----

    private void transferBegins(String header) {
        if (header.startsWith("-")) {
            giveUp("MASTER aborted replication with an error: " + header.substring(1));
            return;
        }
        TransferBody body;
        if (header.startsWith("$EOF:") && header.length() == 5 + ReplicationHistory.ID_LENGTH) {
            body = TransferBody.untilMark(header.substring(5));
        } else if (header.matches("\\$\\d{1,18}")) {
            body = TransferBody.ofLength(Long.parseLong(header.substring(1)));
        } else {
            giveUp(
                    "Bad protocol from MASTER, the first byte is not '$' (we received '"
                            + header
                            + "'), are you sure the host and port are right?");
            return;
        }
        step = null;
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
        return server.config().replication.refuseEmptyMaster.get()
                && !transferId.equals(replication.history().id())
                && !transferId.equals(replication.history().secondId());
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

    private void streamBegins(int database) {
        snapshot = null;
        step = null;
        state = State.CONNECTED;
        retryDelay.reset();
        lastIoMillis = server.clock().millis();
        client = server.clients().add(connection);
        client.isMaster = true;
        client.authenticated = true;
        client.database = Math.max(0, database);
        recordedDatabase = client.database;
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

    /** Leaves the transfer, if one is under way; the old data is untouched unless it had to be dropped first. */
    private void abandon() {
        if (snapshot != null) {
            snapshot.cancel();
            snapshot = null;
        }
        step = null;
        line.setLength(0);
        connection = null;
        client = null;
    }

    @Override
    public void closed() {
        if (!closed && connection != null && state != State.CONNECTING && state != State.CONNECT) {
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
            selectedDatabase = client.database;
            downSinceMillis = server.clock().millis();
            LOG.info("Connection with master lost.");
            if (!closed) {
                LOG.info("Caching the disconnected master state.");
                abandon();
                state = State.CONNECT;
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
        boolean again = lackedAt == replication.offset();
        lackedAt = replication.offset();
        Client former = client;
        selectedDatabase = former.database;
        downSinceMillis = server.clock().millis();
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
        if (client != null) {
            selectedDatabase = client.database;
        }
        closed = true;
        Connection current = connection;
        if (connecting != null && !connecting.isDone()) {
            connecting.channel().close();
        }
        if (client != null) {
            server.clients().close(client);
        }
        abandon();
        if (current != null) {
            current.close();
        }
    }

    void everySecond(long nowMillis) {
        long timeout = server.config().replication.timeout.get() * 1000L;
        boolean silent = nowMillis - lastIoMillis > timeout;
        switch (state) {
            case CONNECT -> {}
            case CONNECTING, HANDSHAKE -> {
                if (silent) {
                    LOG.warn("Timeout connecting to the MASTER...");
                    if (connecting != null && !connecting.isDone()) {
                        connecting.channel().close();
                    }
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
