package dev.lockstep.server.replication;

import dev.lockstep.protocol.ReplyBuffer;
import dev.lockstep.replication.ReplicationLog;
import dev.lockstep.server.Client;
import dev.lockstep.server.LockstepServer;
import dev.lockstep.server.config.OutputBufferLimit;
import dev.lockstep.server.replication.ReplicaConnection.State;
import io.netty.channel.ChannelOption;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The replicas of this server: how each gets what it lacks, a part of the log or a snapshot and then the log. Executor only.
 *
 * <p>A full sync freezes the keyspace and notes the log's offset at that instant; everybody who waits then shares the
 * snapshot, and each goes on with the log from that offset, which is kept for it from then on.
 */
public final class Replicas {
    private static final Logger LOG = LoggerFactory.getLogger(Replicas.class);
    private static final byte[] NEWLINE = {'\n'};

    private final LockstepServer server;
    private final Replication replication;
    private final List<ReplicaConnection> all = new ArrayList<>();
    private final FullSyncs syncs;
    private long withoutReplicasSince;
    private final WriteThrottle throttle;
    private boolean feedScheduled;
    private int goodReplicas;

    Replicas(LockstepServer server, Replication replication) {
        this.server = server;
        this.replication = replication;
        this.syncs = new FullSyncs(server, replication, this);
        this.throttle = new WriteThrottle(server, this);
        server.config().replication.minReplicasMaxLag.onChange(this::lagChanged);
        server.config().replication.slowReplicaPolicy.onChange(this::throttleChanged);
        server.config().clients.outputBufferLimit.onChange(this::outputLimitChanged);
        warnOfLowLimit();
    }

    private String throttleChanged() {
        throttle.check();
        return null;
    }

    String outputLimitChanged() {
        warnOfLowLimit();
        throttle.check();
        return null;
    }

    /** What a replica may have waiting should be at least what the backlog could still give it. */
    private void warnOfLowLimit() {
        OutputBufferLimit limit = server.config().clients.outputBufferLimit.replica();
        long backlog = server.config().replication.backlogSize.bytes();
        if (limit.hardBytes() > 0 && limit.hardBytes() < backlog
                || limit.softBytes() > 0 && limit.softBytes() < backlog) {
            LOG.warn(
                    "client-output-buffer-limit replica {} {} {} is below repl-backlog-size {}: the hard limit counts as the"
                            + " backlog's size, and a replica over the soft limit is cut off though the backlog holds what it"
                            + " lacks. Raise the limit or lower repl-backlog-size.",
                    limit.hardBytes(),
                    limit.softBytes(),
                    limit.softSeconds(),
                    backlog);
        }
    }

    WriteThrottle throttle() {
        return throttle;
    }

    /** The replica that has most to take yet, or null without one. */
    ReplicaConnection furthestBehind() {
        ReplicaConnection furthest = null;
        long most = -1;
        for (ReplicaConnection replica : all) {
            long waiting = replica.waitingBytes();
            if (!replica.client().closed && waiting > most) {
                furthest = replica;
                most = waiting;
            }
        }
        return furthest;
    }

    private String lagChanged() {
        refreshGood();
        return null;
    }

    public List<ReplicaConnection> all() {
        return all;
    }

    public int count() {
        return all.size();
    }

    /** What the replication code keeps of a connection, from its first REPLCONF on. */
    static ReplicaConnection of(Client client) {
        if (client.replica == null) {
            client.replica = new ReplicaConnection(client);
        }
        return client.replica;
    }

    // ---- what replicas say of themselves ----

    public void listeningPort(Client client, int port) {
        of(client).listeningPort = port;
    }

    public void announcedIp(Client client, String ip) {
        of(client).announcedIp = ip.isEmpty() ? null : ip;
    }

    public void understandsMark(Client client) {
        of(client).understandsMark = true;
    }

    public void understandsPsync2(Client client) {
        of(client).understandsPsync2 = true;
    }

    public void snapshotOnly(Client client, boolean only) {
        of(client).snapshotOnly = only;
    }

    public void filter(Client client, boolean withoutData) {
        of(client).withoutData = withoutData;
    }

    /** The replicas as ROLE lists them: ip, port and offset, all as text. */
    public void describeOnline(ReplyBuffer reply) {
        int mark = reply.deferArray();
        int count = 0;
        for (ReplicaConnection replica : all) {
            if (replica.state == State.ONLINE) {
                reply.array(3);
                reply.bulk(replica.ip());
                reply.bulkInteger(replica.listeningPort);
                reply.bulkInteger(replica.ackOffset);
                count++;
            }
        }
        reply.endArray(mark, count);
    }

    // ---- SYNC and PSYNC ----

    /**
     * A connection asks to be synchronized.
     *
     * @param askedId the history that the replica has a part of, or null for SYNC
     * @param next the first byte it lacks, as PSYNC counts
     */
    public void synchronize(Client client, String askedId, long next) {
        ReplicaConnection replica = of(client);
        LOG.info("Replica {} asks for synchronization", replica.name());
        if (askedId != null) {
            replica.usesPsync = true;
            if (tryPartial(replica, askedId, next)) {
                server.stats().syncPartialOk++;
                return;
            }
            if (!askedId.equals("?")) {
                server.stats().syncPartialErr++;
            }
        }
        server.stats().syncFull++;
        add(replica);
        replication.ensureLog();
        syncs.add(replica);
    }

    /** Whether a full sync could be given as the connection has asked for it: part of the data has no known length. */
    public boolean canBeServed(Client client) {
        return !of(client).withoutData || of(client).understandsMark;
    }

    /** "ip:port" of the server behind a connection, as log lines name it. */
    public String name(Client client) {
        return of(client).name();
    }

    private void add(ReplicaConnection replica) {
        Client client = replica.client();
        client.isReplica = true;
        replica.ackMillis = server.clock().millis();
        replica.progressMillis = server.clock().millis();
        if (server.config().replication.disableTcpNodelay.get()) {
            client.connection().channel().config().setOption(ChannelOption.TCP_NODELAY, false);
        }
        if (!all.contains(replica)) {
            all.add(replica);
        }
    }

    /** Three questions: is it our history, do we still hold what it lacks, and then go on. */
    private boolean tryPartial(ReplicaConnection replica, String askedId, long next) {
        if (!replication.history().covers(askedId, next)) {
            refusePartial(replica, askedId, next);
            return false;
        }
        ReplicationLog log = replication.log();
        if (log == null || !log.holds(next - 1)) {
            LOG.info(
                    "Unable to partial resync with replica {} for lack of backlog (Replica request was: {}).",
                    replica.name(),
                    next);
            if (next - 1 > replication.offset()) {
                LOG.warn(
                        "Warning: replica {} tried to PSYNC with an offset that is greater than the master replication"
                                + " offset.",
                        replica.name());
            }
            return false;
        }
        add(replica);
        replica.state = State.ONLINE;
        replica.ackOffset = next - 1;
        String answer =
                replica.understandsPsync2
                        ? "+CONTINUE " + replication.history().id() + "\r\n"
                        : "+CONTINUE\r\n";
        send(replica, answer);
        replica.cursor(log.cursor(next - 1));
        LOG.info(
                "Partial resynchronization request from {} accepted. Sending {} bytes of backlog starting from offset {}.",
                replica.name(),
                log.end() - next + 1,
                next);
        replica.startStreaming(server.stats());
        refreshGood();
        return true;
    }

    private void refusePartial(ReplicaConnection replica, String askedId, long next) {
        String id = replication.history().id();
        String second = replication.history().secondId();
        if (askedId.equals("?")) {
            LOG.info("Full resync requested by replica {}", replica.name());
        } else if (askedId.equalsIgnoreCase(second)) {
            LOG.info(
                    "Partial resynchronization not accepted: Requested offset for second ID was {}, but I can reply up to"
                            + " {}",
                    next,
                    replication.history().secondOffset());
        } else {
            LOG.info(
                    "Partial resynchronization not accepted: Replication ID mismatch (Replica asked for '{}', my"
                            + " replication IDs are '{}' and '{}')",
                    askedId,
                    id,
                    second);
        }
    }

    // ---- while they are there ----

    /** REPLCONF ACK: how far the replica has come. */
    public void acknowledged(Client client, long offset) {
        ReplicaConnection replica = client.replica;
        if (replica == null || !client.isReplica) {
            return;
        }
        replica.ackOffset = Math.max(replica.ackOffset, offset);
        replica.ackMillis = server.clock().millis();
        if (replica.state == State.ONLINE && !replica.isStreaming()) {
            LOG.info("Synchronization with replica {} succeeded", replica.name());
            replica.startStreaming(server.stats());
        }
        refreshGood();
        server.replicaWaits().check();
        replication.failover().check(server.clock().millis());
    }

    /** REPLCONF ACK with FACK: how far the replica's append-only file has come. */
    public void acknowledgedFile(Client client, long offset) {
        if (client.replica != null) {
            client.replica.fileOffset = Math.max(client.replica.fileOffset, offset);
        }
    }

    int inFilesOf(long offset) {
        int count = 0;
        for (ReplicaConnection replica : all) {
            if (replica.state == State.ONLINE && replica.fileOffset >= offset) {
                count++;
            }
        }
        return count;
    }

    int acknowledgedBy(long offset) {
        int count = 0;
        for (ReplicaConnection replica : all) {
            if (replica.state == State.ONLINE && replica.ackOffset >= offset) {
                count++;
            }
        }
        return count;
    }

    /** Has the replicas sent what the log has gained, once at the end of this turn of the event loop. */
    void scheduleFeed() {
        if (!all.isEmpty() && !feedScheduled) {
            feedScheduled = true;
            server.executor().submit(this::feed);
        }
    }

    private void feed() {
        feedScheduled = false;
        for (int i = all.size() - 1; i >= 0; i--) {
            ReplicaConnection replica = all.get(i);
            replica.feed(server.stats());
            checkOutputLimit(replica);
        }
        throttle.check();
    }

    /** The socket of a replica takes more again. */
    public void writable(ReplicaConnection replica) {
        replica.feed(server.stats());
        throttle.check();
    }

    /** A hard limit below the backlog's size would cut off replicas that cost no more than the backlog itself. */
    private void checkOutputLimit(ReplicaConnection replica) {
        if (!throttle.isPolicy()) {
            OutputBufferLimit limit = server.config().clients.outputBufferLimit.replica();
            server.clients()
                    .checkOutputLimit(
                            replica.client(),
                            replica.waitingBytes(),
                            hardLimit(limit),
                            limit.softBytes(),
                            limit.softSeconds());
        }
    }

    /** The hard limit as it counts for replicas, 0 for none. */
    long hardLimit(OutputBufferLimit limit) {
        long backlog = server.config().replication.backlogSize.bytes();
        return limit.hardBytes() > 0 ? Math.max(limit.hardBytes(), backlog) : 0;
    }

    void disconnected(Client client) {
        ReplicaConnection replica = client.replica;
        replica.close();
        if (!all.remove(replica)) {
            return;
        }
        LOG.info("Connection with replica {} lost.", replica.name());
        if (all.isEmpty()) {
            restartBacklogTtl();
        }
        syncs.lost(replica);
        refreshGood();
        throttle.check();
    }

    /** From now on the backlog is kept for repl-backlog-ttl seconds without a replica. */
    void restartBacklogTtl() {
        if (all.isEmpty()) {
            withoutReplicasSince = server.clock().millis();
        }
    }

    /** A replica that has nothing to acknowledge, since it is still loading, tells that it is there. */
    public void alive(Client client) {
        if (client.replica != null) {
            client.replica.ackMillis = server.clock().millis();
        }
    }

    /**
     * Replies have no place in the stream that a replica reads: one that provokes a reply is cut off.
     *
     * @param command the name of what it sent
     */
    public void provokedReply(Client client, String command) {
        if (!client.closed) {
            LOG.warn(
                    "Replica generated a reply to command '{}', disconnecting it: {}",
                    command,
                    server.clients().describe(client));
            server.clients().close(client);
        }
    }

    /** The replica that says it listens at this address, or null. */
    ReplicaConnection find(String host, int port) {
        for (ReplicaConnection replica : all) {
            if (replica.listeningPort == port && replica.ip().equalsIgnoreCase(host)) {
                return replica;
            }
        }
        return null;
    }

    /** Cuts all replicas off, so that they come again and learn what has changed here. */
    void disconnectAll() {
        for (ReplicaConnection replica : new ArrayList<>(all)) {
            server.clients().close(replica.client());
            disconnected(replica.client());
        }
    }

    /** Keeps waiting replicas alive, times out silent ones, starts what is due; called once a second. */
    void everySecond(long nowMillis) {
        for (ReplicaConnection replica : new ArrayList<>(all)) {
            switch (replica.state) {
                case WAIT_SNAPSHOT_START -> sendNewline(replica);
                case WAIT_SNAPSHOT_END -> {
                    if (!syncs.isStreamingTo(replica)) {
                        sendNewline(replica);
                    } else if (replica.piecesInFlight > 0) {
                        timeOut(replica, replica.progressMillis, nowMillis, "full sync");
                    }
                }
                case SEND_SNAPSHOT ->
                        timeOut(replica, replica.progressMillis, nowMillis, "full sync");
                case ONLINE -> {
                    replica.notePace(nowMillis);
                    if (throttle.isActive()) {
                        timeOut(replica, replica.progressMillis, nowMillis, "streaming sync");
                    }
                    if (replica.usesPsync) {
                        timeOut(replica, replica.ackMillis, nowMillis, "streaming sync");
                    }
                }
                default -> {}
            }
            checkOutputLimit(replica);
            logProgress(replica, nowMillis);
        }
        throttle.check();
        syncs.startIfDue();
        refreshGood();
        long ttl = server.config().replication.backlogTtl.get() * 1000;
        if (all.isEmpty()
                && ttl > 0
                && withoutReplicasSince > 0
                && nowMillis - withoutReplicasSince > ttl) {
            withoutReplicasSince = 0;
            replication.backlogExpired();
        }
    }

    /** The part of a replica's full sync that is done, where the bytes don't tell it; negative if nothing does. */
    double syncEstimate(ReplicaConnection replica) {
        long keys = server.snapshots().keysTotal();
        return syncs.isStreamingTo(replica) && keys > 0
                ? (double) server.snapshots().keysProcessed() / keys
                : -1;
    }

    private void logProgress(ReplicaConnection replica, long nowMillis) {
        if (replica.isInFullSync()
                && replica.syncProgress.bytes() > 0
                && replica.syncProgress.isLogDue(nowMillis)) {
            LOG.info(
                    "Full sync to replica {}: {}",
                    replica.name(),
                    replica.syncProgress.text(syncEstimate(replica), nowMillis));
        }
    }

    private void timeOut(ReplicaConnection replica, long lastMillis, long nowMillis, String phase) {
        if (nowMillis - lastMillis > server.config().replication.timeout.get() * 1000L) {
            LOG.warn("Disconnecting timedout replica ({}): {}", phase, replica.name());
            server.clients().close(replica.client());
        }
    }

    private static void sendNewline(ReplicaConnection replica) {
        replica.client().connection().send(NEWLINE, 0, 1);
        replica.client().connection().flush();
    }

    /** Counts the replicas that min-replicas-to-write counts. */
    void refreshGood() {
        long lag = server.config().replication.minReplicasMaxLag.get();
        goodReplicas = 0;
        for (ReplicaConnection replica : all) {
            if (replica.state == State.ONLINE && lagSeconds(replica) <= lag) {
                goodReplicas++;
            }
        }
    }

    /** Those that have not acknowledged the whole stream. */
    List<ReplicaConnection> lagging() {
        List<ReplicaConnection> lagging = new ArrayList<>();
        for (ReplicaConnection replica : all) {
            if (!replica.snapshotOnly && replica.ackOffset != replication.offset()) {
                lagging.add(replica);
            }
        }
        return lagging;
    }

    int goodReplicas() {
        return goodReplicas;
    }

    long lagSeconds(ReplicaConnection replica) {
        return (server.clock().millis() - replica.ackMillis) / 1000;
    }

    void send(ReplicaConnection replica, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        replica.client().connection().send(bytes, 0, bytes.length);
        replica.client().connection().flush();
        server.stats().netReplicationOutputBytes += bytes.length;
    }
}
