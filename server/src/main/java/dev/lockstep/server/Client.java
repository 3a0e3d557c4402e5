package dev.lockstep.server;

import dev.lockstep.protocol.ByteArray;
import dev.lockstep.server.acl.User;
import dev.lockstep.server.command.Command;
import dev.lockstep.server.net.Connection;
import dev.lockstep.server.pubsub.Subscriptions;
import dev.lockstep.server.replication.ReplicaConnection;
import dev.lockstep.server.tracking.ClientTracking;
import java.net.InetSocketAddress;

/**
 * What the server knows of one client: who it is, what it chose, what it may do. Executor only.
 *
 * <p>The bytes to and from it are {@link Connection}'s business. A client without a connection is the server itself,
 * executing what it made up.
 */
public final class Client {
    /** What a client is waiting for; while it does, its further requests wait too. */
    public enum Block {
        NONE,
        /** For replicas to acknowledge (WAIT). */
        REPLICAS,
        /** For a key to hold something. */
        KEYS,
        /** For CLIENT PAUSE to end; the request that found the pause is executed then. */
        PAUSE,
        /** For a whole-keyspace read on a frozen view. */
        VIEW,
        /** For its request to be executed in a turn of its own. */
        TURN,
        /** For another server to take the keys that MIGRATE sends it. */
        MIGRATION,
        /** For the server's orderly shutdown. */
        SHUTDOWN
    }

    /** What it wants of the scripts that it runs with EVAL. */
    public enum ScriptDebugging {
        OFF,
        /** They are debugged, and everybody waits. */
        SYNC,
        /** It wants them debugged in a copy of the server, which can't be had: so they don't run. */
        REFUSED
    }

    private final long id;
    private final Connection connection;
    private final long createdMillis;

    public byte[] name;
    public byte[] libraryName;
    public byte[] libraryVersion;
    public int database;
    public int protocol = 2;
    public boolean authenticated;

    /** Whether it ever has authenticated itself. */
    public boolean wasAuthenticated;

    /** Who it is and what it may do; null for the server itself and for a master, who may do everything. */
    public User user;

    public boolean isMaster;
    public boolean isReplica;
    public boolean isMonitor;
    public boolean noEvict;
    public boolean noTouch;
    public boolean replyOff;
    public boolean replySkipNext;
    public boolean replySkip;
    public boolean closeAfterReply;
    public boolean closed;

    public ScriptDebugging scriptDebugging = ScriptDebugging.OFF;

    public Subscriptions subscriptions = Subscriptions.NONE;

    /** What it has chosen with CLIENT TRACKING, or null if it has never chosen anything. */
    public ClientTracking tracking;

    /** It has been sent pushes that its connection has not flushed yet. */
    boolean flushPending;

    /** It has let more output wait than it may: it is sent nothing more, and closed soon. */
    boolean overLimit;

    /** What it counts for towards {@code maxmemory-clients}. */
    long countedBytes;

    /** Pushes that wait until a reply sent in pieces is complete, or null when there is no such reply. */
    ByteArray heldPushes;

    public Block block = Block.NONE;

    /** What it waits for in a blocking command, or null. */
    Wait wait;

    /** The commands queued since MULTI, or null outside of a transaction. */
    Transaction transaction;

    /** The keys it watches, or null if it has never watched any. */
    WatchedKeys.Watches watches;

    public Command lastCommand;
    public long lastInteractionMillis;
    public long commandsProcessed;

    /** Bytes of the request being executed, for CLIENT LIST. */
    public int requestBytes;

    /** The replication offset after this client's last write, for WAIT. */
    public long writeOffset;

    /** Since when more output waits than the soft limit allows; 0 when it does not. */
    public long softLimitSinceMillis;

    /** What the replication code keeps of a connection that is a replica, or is becoming one. */
    public ReplicaConnection replica;

    public Client(long id, Connection connection, long nowMillis) {
        this.id = id;
        this.connection = connection;
        this.createdMillis = nowMillis;
        this.lastInteractionMillis = nowMillis;
    }

    public long id() {
        return id;
    }

    public Connection connection() {
        return connection;
    }

    public long createdMillis() {
        return createdMillis;
    }

    /** Whether it connects from this machine: through a Unix socket, or from a loopback address. */
    public boolean isLocal() {
        return connection != null
                && (connection.isUnixSocket()
                        || connection.channel().remoteAddress() instanceof InetSocketAddress inet
                                && inet.getAddress().isLoopbackAddress());
    }

    /** Whether it has authenticated itself or needn't. */
    public boolean mayExecute(LockstepServer server) {
        return authenticated || server.acl().users().defaultUser().isOpen();
    }

    /** Whether it queues commands. */
    public boolean isInTransaction() {
        return transaction != null;
    }

    /** Whether it is subscribed to anything, and so confined to a few commands in RESP2. */
    public boolean isSubscribed() {
        return !subscriptions.isEmpty();
    }

    public boolean isOverLimit() {
        return overLimit;
    }

    /** Whether its request is executed in a turn of its own; see {@link BlockedClients#inTurnOfItsOwn}. */
    public boolean isInTurnOfItsOwn() {
        return wait instanceof BlockedClients.TurnWait;
    }

    /** Whether it is sent what others change or do, and so may not read data itself; it is at most one of the two. */
    public boolean isReplicaOrMonitor() {
        return isReplica || isMonitor;
    }

    /** Whether it is blocked until work of the server itself is done, whatever others do. */
    public boolean awaitsWork() {
        return block == Block.VIEW || block == Block.TURN || block == Block.MIGRATION;
    }

    public boolean isBlocked() {
        return block != Block.NONE;
    }

    /** A reply has been given or skipped: CLIENT REPLY SKIP skips the next one. */
    void endReplySkip() {
        replySkip = replySkipNext;
        replySkipNext = false;
    }

    /** About how much memory the commands take that it has queued, and the keys that it watches. */
    public long transactionBytes() {
        return (transaction == null ? 0 : transaction.bytes())
                + (watches == null ? 0 : watches.bytes());
    }

    /** "replica", "master", "pubsub" or "normal", as CLIENT LIST TYPE and the output limits classify. */
    public String kind() {
        if (isMaster) {
            return "master";
        }
        if (isReplica) {
            return "replica";
        }
        return isSubscribed() ? "pubsub" : "normal";
    }
}
