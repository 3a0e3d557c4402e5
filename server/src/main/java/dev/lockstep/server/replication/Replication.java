package dev.lockstep.server.replication;

import dev.lockstep.persistence.ReplicationPosition;
import dev.lockstep.protocol.ProtocolException;
import dev.lockstep.protocol.Request;
import dev.lockstep.protocol.RequestEncoder;
import dev.lockstep.replication.ReplicationHistory;
import dev.lockstep.replication.ReplicationLog;
import dev.lockstep.server.Client;
import dev.lockstep.server.LockstepServer;
import dev.lockstep.server.command.Flag;
import dev.lockstep.server.config.MasterAddress;
import dev.lockstep.server.info.InfoSection;
import dev.lockstep.server.log.ServerLog;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.List;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This server's role, the history and the log of its changes, and the changes of role. Executor only.
 *
 * <p>A master's log is filled by the change stream; a replica's with the bytes that its master sends, as they are, so that
 * offsets mean the same along a chain. The log exists from the first replica on (or from the start of being one).
 */
public final class Replication {
    private static final Logger LOG = LoggerFactory.getLogger(Replication.class);

    private final LockstepServer server;
    private final ReplicationHistory history = new ReplicationHistory();
    private final Replicas replicas;
    private final ReplicationInfo info;
    private final Failover failover;
    private final RequestEncoder scratch = new RequestEncoder(128);
    private ReplicationLog log;
    private MasterLink link;

    /** The offset while there is no log. */
    private long offsetWithoutLog;

    private long lastPingMillis;
    private boolean lacksData;

    /** Whether the log was begun by this server for want of one when it became a replica, in a history that nobody shares. */
    private boolean logIsUnshared;

    /** A client waits for acknowledgements, and they are to be asked for once the pause is over. */
    private boolean acksWanted;

    public Replication(LockstepServer server) {
        this.server = server;
        this.replicas = new Replicas(server, this);
        this.info = new ReplicationInfo(server, this);
        this.failover = new Failover(server, this);
        server.config().replication.backlogSize.onChange(this::backlogSizeChanged);
        MasterAddress configured = server.config().replication.replicaOf.get();
        if (configured != null) {
            link = new MasterLink(server, this, configured.host(), configured.port());
        }
        server.config().replication.replicaOf.follow(this::masterAddress);
    }

    private String backlogSizeChanged() {
        if (log != null) {
            log.backlogBytes(server.config().replication.backlogSize.bytes());
        }
        return replicas.outputLimitChanged();
    }

    public Replicas replicas() {
        return replicas;
    }

    public ReplicationHistory history() {
        return history;
    }

    /** The link to this server's master, or null if it is one itself. */
    public MasterLink link() {
        return link;
    }

    public ReplicationLog log() {
        return log;
    }

    public boolean isReplica() {
        return link != null;
    }

    /** Whether reads must be refused because they might be stale. */
    public boolean isStale() {
        return link != null
                && !link.isConnected()
                && !server.config().replication.serveStaleData.get();
    }

    /** Whether a full sync is being loaded beside the data that is served meanwhile. */
    public boolean isAsyncLoading() {
        return link != null && link.isLoadingBeside();
    }

    /** Whether a command with these flags has to wait for the full sync that is loaded beside the data, if there is one. */
    public boolean isHeldOffByLoad(long flags) {
        return isAsyncLoading()
                && ((flags & Flag.NO_ASYNC_LOADING.bit()) != 0
                        || (flags & Flag.MAY_END_ASYNC_LOADING.bit()) != 0 && !link.mayLeaveLoad());
    }

    /** Whether min-replicas-to-write is satisfied. */
    public boolean hasEnoughGoodReplicas() {
        int wanted = server.config().replication.minReplicasToWrite.get();
        return wanted == 0
                || server.config().replication.minReplicasMaxLag.get() == 0
                || replicas.goodReplicas() >= wanted;
    }

    /** The offset of the end of the change stream: Redis' master_repl_offset. */
    public long offset() {
        return log == null ? offsetWithoutLog : log.end();
    }

    /** So many bytes of changes were recorded in the append-only file: they count also where there is no log. */
    public void recorded(int bytes) {
        if (log == null) {
            offsetWithoutLog += bytes;
        }
    }

    /** Where a snapshot taken now stands in the change stream, or null while there is none. */
    public ReplicationPosition positionInfo() {
        if (log == null) {
            return null;
        }
        int selected = isReplica() ? link.selectedDatabase() : server.changes().selected();
        return new ReplicationPosition(history.id(), offset(), selected);
    }

    /** The fields of INFO replication. */
    public void describe(InfoSection section) {
        info.describe(section);
    }

    /** The handing over of the master's role that FAILOVER asks for. */
    public Failover failover() {
        return failover;
    }

    // ---- the log ----

    /** Makes the log exist, for the first replica. */
    void ensureLog() {
        if (log == null) {
            if (link == null) {
                history.restart();
            }
            createLog(offsetWithoutLog);
            LOG.info(
                    "Replication backlog created, my new replication IDs are '{}' and '{}'",
                    history.id(),
                    history.secondId());
        }
    }

    private void createLog(long start) {
        log =
                new ReplicationLog(
                        PooledByteBufAllocator.DEFAULT,
                        start,
                        server.config().replication.backlogSize.bytes());
        if (link == null) {
            server.changes().target(log);
        }
        logIsUnshared = false;
        server.aof().noteStreamPosition();
    }

    /** What this server has is no part of the log's history any more, or nobody needs it: who follows, begins anew. */
    void dropLog() {
        replicas.disconnectAll();
        if (log != null) {
            offsetWithoutLog = log.end();
            server.changes().target(null);
            log.release();
            log = null;
        }
    }

    /**
     * The data of this server were dropped, for a full sync that the heap has no room for beside them. Until that is there,
     * it stands nowhere in no history: nobody may take it for a replica that is as far as it was.
     */
    void dataDropped() {
        dropLog();
        offsetWithoutLog = 0;
        history.restart();
        lacksData = true;
    }

    /** Whether the data were dropped and no others have come: what is here must not replace a file that has them. */
    public boolean lacksData() {
        return lacksData;
    }

    /** The data are complete again, so they may be told of, and saved over the RDB file. */
    public void dataLoaded() {
        lacksData = false;
    }

    /** Nobody has followed this server for repl-backlog-ttl seconds. */
    void backlogExpired() {
        if (link == null && log != null) {
            dropLog();
            history.restart();
            LOG.info(
                    "Replication backlog freed after {} seconds without connected replicas.",
                    server.config().replication.backlogTtl.get());
        }
    }

    /**
     * Begins a new log at an offset of a master's history: a full sync has been loaded. This server's own replicas have
     * followed another history, and need everything again.
     */
    void adopt(String masterId, long offset) {
        dropLog();
        history.adopt(masterId);
        createLog(offset);
    }

    /** The master goes on with our data under another history ID. */
    void continueAs(String masterId) {
        logIsUnshared = false;
        if (!masterId.equals(history.id())) {
            history.continueAs(masterId, offset());
            server.aof().noteStreamPosition();
            LOG.info("Master replication ID changed to {}", masterId);
            replicas.disconnectAll();
        }
    }

    /**
     * The data are there, the server begins to serve: a configured replica connects.
     *
     * @param position where what was loaded stands in a replication stream, so that this server's replicas, or it itself,
     *     may go on from there; or null
     */
    public void begin(ReplicationPosition position) {
        if (position != null && log == null) {
            history.adopt(position.replId());
            if (link != null) {
                link.selectedDatabase(position.streamDb());
            }
            createLog(position.offset());
            if (link == null) {
                history.continueAs(ReplicationHistory.randomId(), position.offset());
                server.aof().noteStreamPosition();
            }
            replicas.restartBacklogTtl();
        }
        if (link != null) {
            ServerLog.role(ServerLog.REPLICA);
            if (link.state() == MasterLink.State.CONNECT) {
                link.connect();
            }
        }
    }

    /** DEBUG CHANGE-REPL-ID. */
    public void changeId() {
        history.restart();
        server.aof().noteStreamPosition();
    }

    /** What becomes of a request that the master sent. */
    public enum FromMaster {
        EXECUTE,
        /** It only delimits. */
        SKIP,
        /** The rest of its transaction has not arrived. */
        WAIT,
        /** It begins a transaction during a pause. */
        HOLD_BACK
    }

    /**
     * Judges a request from the master.
     *
     * @param start where it begins in its array
     * @param available how many bytes of input there are from its start on
     * @throws ProtocolException if it, or what follows it in its transaction, can't come from a master
     */
    public FromMaster fromMaster(Client master, Request request, int start, int available)
            throws ProtocolException {
        if (link == null || !link.isClient(master) || request.argc() == 0) {
            return FromMaster.SKIP;
        }
        byte[] array = request.array();
        if (array[start] != '*') {
            LOG.warn(
                    "WARNING: Receiving inline protocol from master, master stream corruption? Closing the master"
                            + " connection and discarding the cached master.");
            throw new ProtocolException("Master using the inline protocol. Desync?");
        }
        if (StreamTransaction.isMulti(request)) {
            if (server.isPausedForWrites()) {
                return FromMaster.HOLD_BACK;
            }
            return link.transaction().begin(array, start + request.wireLength(), start + available)
                    ? FromMaster.SKIP
                    : FromMaster.WAIT;
        }
        if (StreamTransaction.isExec(request)) {
            link.transaction().end();
            return FromMaster.SKIP;
        }
        return FromMaster.EXECUTE;
    }

    /** Whether the request of the master just judged is followed by more of its transaction. */
    public boolean isWithinTransaction() {
        return link != null && link.transaction().isOpen();
    }

    /** The stream from the master makes no sense any more: no resuming it, everything is needed again. */
    public void streamBroken(Client master) {
        if (link != null && link.isClient(master)) {
            dropLog();
        }
    }

    /** A command of the master found no room: whoever counts on this replica must not hear that it was executed. */
    public void lacksMemory(Client master, String command) {
        if (link != null && link.isClient(master)) {
            link.lacksMemory(command);
        }
    }

    /** Bytes that the master sent and that were executed: they are this server's stream as well. */
    public void applied(Client master, byte[] array, int offset, int length) {
        if (link == null || !link.isClient(master)) {
            return;
        }
        int databaseBefore = link.appliedDatabase();
        link.appliedDatabase(master.database);
        if (log == null) {
            return;
        }
        log.append(array, offset, length);
        if (server.aof().isRecording()) {
            server.aof().appendFromMaster(array, offset, length, databaseBefore, master.database);
        }
        replicas.scheduleFeed();
    }

    /** Sends replicas what was appended to the log. */
    public void feed() {
        replicas.scheduleFeed();
    }

    // ---- roles ----

    /**
     * REPLICAOF host port: follows another master. What this server has so far it offers for a partial resync; its own
     * replicas stay, since they may go on likewise, until the new master turns out to have another history.
     */
    public void follow(String host, int port) {
        MasterLink former = link;
        if (former == null) {
            // What the transaction that this is part of has changed, a master has changed.
            server.changes().commit();
        }
        link = new MasterLink(server, this, host, port);
        ServerLog.role(ServerLog.REPLICA);
        server.oomScore().apply();
        if (former != null) {
            former.close();
            link.continuesFrom(former);
        } else {
            server.blocked().releaseAll();
            link.selectedDatabase(server.changes().selected());
            if (log == null) {
                createLog(offsetWithoutLog);
                logIsUnshared = true;
            }
            server.changes().target(null);
            LOG.info(
                    "Before turning into a replica, using my own master parameters to synthesize a cached master: I may be"
                            + " able to synchronize with the new master with just a partial transfer.");
        }
        link.connect();
    }

    /** REPLICAOF NO ONE: goes on alone from here, under a history of its own that shares its past with the old one. */
    public void promote() {
        if (link == null) {
            return;
        }
        link.close();
        link = null;
        ServerLog.role(ServerLog.MASTER);
        server.oomScore().apply();
        replicas.disconnectAll();
        replicas.restartBacklogTtl();
        if (log != null && log.length() == 0 && logIsUnshared) {
            dropLog(); // the master never sent anything: nobody can go on from here
        }
        dataLoaded();
        history.continueAs(ReplicationHistory.randomId(), offset());
        LOG.info(
                "Setting secondary replication ID to {}, valid up to offset: {}. New replication ID is {}",
                history.secondId(),
                history.secondOffset(),
                history.id());
        server.changes().target(log);
        server.aof().noteStreamPosition();
        server.aof().resume();
    }

    /** Whom this server follows, or null. */
    public MasterAddress masterAddress() {
        return link == null ? null : new MasterAddress(link.host(), link.port());
    }

    // ---- commands from the master ----

    /** A command failed: if a master or a replica sent it, the two have diverged, or one sends what the other lacks. */
    public void commandFailed(Client client, Request request, String error) {
        if (!client.isMaster && !client.isReplica) {
            return;
        }
        server.stats().unexpectedErrorReplies++;
        if (link != null && link.isClient(client) && request.text(0).equalsIgnoreCase("select")) {
            link.lacksDatabase(request.text(1));
        }
        LOG.warn(
                "== CRITICAL == This {} is sending an error to its {}: '{}' after processing the command '{}'",
                client.isReplica ? "master" : "replica",
                client.isReplica ? "replica" : "master",
                error,
                request.text(0).toLowerCase(Locale.ROOT));
    }

    // ---- time ----

    public void everyTick(long nowMillis) {
        failover.check(nowMillis);
        if (acksWanted) {
            requestAcks();
        }
        if (nowMillis - lastPingMillis
                >= server.config().replication.pingReplicaPeriod.get() * 1000L) {
            lastPingMillis = nowMillis;
            pingReplicas();
        }
    }

    /** Heartbeats come at a pace of the server's own, so that a replica that has just come gets changes before the first. */
    private void pingReplicas() {
        if (link == null && log != null && replicas.count() > 0 && !failover.isUnderWay()) {
            scratch.clear();
            server.changes().appendAlone(scratch.begin(1).arg("PING"));
        }
    }

    public void everySecond(long nowMillis) {
        replicas.everySecond(nowMillis);
        if (link != null) {
            link.everySecond(nowMillis);
        }
    }

    // ---- acknowledgements ----

    /** Asks all replicas how far they are, through the stream; after a pause, which that would disturb. */
    public void requestAcks() {
        acksWanted = link == null && server.isPausedForWrites();
        if (link == null && log != null && !acksWanted) {
            scratch.clear();
            server.changes().appendAlone(scratch.begin(3).arg("REPLCONF").arg("GETACK").arg("*"));
            feed();
        }
    }

    /** How many replicas have acknowledged this offset. */
    public int acknowledgedBy(long offset) {
        return replicas.acknowledgedBy(offset);
    }

    /** How many replicas say that their append-only file holds the stream up to this offset. */
    public int inFilesOf(long offset) {
        return replicas.inFilesOf(offset);
    }

    /** Whether every replica has acknowledged the whole stream, so that this server may exit; true without replicas. */
    public boolean isEveryReplicaInSync() {
        return replicas.lagging().isEmpty();
    }

    /** Logs which replicas lag, and how many don't, as a server does that exits. */
    public void logReplicasInSync() {
        if (replicas.count() == 0) {
            return;
        }
        List<ReplicaConnection> lagging = replicas.lagging();
        for (ReplicaConnection replica : lagging) {
            LOG.info(
                    "Lagging replica {} reported offset {} behind master, lag={}, state={}.",
                    replica.name(),
                    offset() - replica.ackOffset,
                    replica.state == ReplicaConnection.State.ONLINE
                            ? replicas.lagSeconds(replica)
                            : 0,
                    replica.state.infoName);
        }
        LOG.info(
                "{} of {} replicas are in sync when shutting down.",
                replicas.count() - lagging.size(),
                replicas.count());
    }

    /** Bytes of the stream that are kept for replicas to come back. */
    public long backlogMemory() {
        long all = bufferMemory();
        return replicas.count() == 0
                ? all
                : Math.min(all, server.config().replication.backlogSize.bytes());
    }

    /** Bytes of the stream that are kept at all: the backlog, and what replicas wait for. */
    public long bufferMemory() {
        return log == null ? 0 : log.memoryBytes();
    }

    public void replicaDisconnected(Client client) {
        replicas.disconnected(client);
    }

    /** The connection from the master is gone. */
    public void masterDisconnected(Client client) {
        if (link != null) {
            link.disconnected(client);
        }
    }
}
