package dev.lockstep.server.replication;

import dev.lockstep.server.LockstepServer;
import dev.lockstep.server.Pauses;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * FAILOVER: this master hands its role to one of its replicas without losing a write. Executor only.
 *
 * <p>Writes are held back until the replica has everything; then this server becomes its replica, and says with its PSYNC
 * that the other is to be the master. Writes go on to be held back until that has answered.
 */
public final class Failover {
    private static final Logger LOG = LoggerFactory.getLogger(Failover.class);

    /** How far it is, by the names that INFO gives. */
    public enum State {
        NONE("no-failover"),
        WAIT_FOR_SYNC("waiting-for-sync"),
        IN_PROGRESS("failover-in-progress");

        final String infoName;

        State(String infoName) {
            this.infoName = infoName;
        }
    }

    private final LockstepServer server;
    private final Replication replication;
    private State state = State.NONE;
    private String host;
    private int port;
    private boolean force;
    private long endMillis;

    Failover(LockstepServer server, Replication replication) {
        this.server = server;
        this.replication = replication;
    }

    State state() {
        return state;
    }

    public boolean isUnderWay() {
        return state != State.NONE;
    }

    /** Whether this server, a replica by now, waits for its new master to take the role. */
    boolean isHandingOver() {
        return state == State.IN_PROGRESS;
    }

    /**
     * Begins.
     *
     * @param toHost who is to be the master, or null for whichever replica is first to have everything
     * @param timeoutMillis for how long to wait for the replica; 0 for ever
     * @param forced whether to hand over after that time to a replica that lacks something
     */
    public void start(String toHost, int toPort, long timeoutMillis, boolean forced) {
        host = toHost;
        port = toPort;
        force = forced;
        endMillis = timeoutMillis == 0 ? 0 : server.clock().millis() + timeoutMillis;
        state = State.WAIT_FOR_SYNC;
        if (host == null) {
            LOG.info("FAILOVER requested.");
        } else {
            LOG.info("FAILOVER requested to {}:{}.", host, port);
        }
        server.pauses().begin(Pauses.Purpose.FAILOVER, Pauses.Kind.WRITES);
    }

    /** Whether a replica listens at this address. */
    public boolean isReplica(String atHost, int atPort) {
        return replication.replicas().find(atHost, atPort) != null;
    }

    /** Whether the replica that listens at this address follows the stream. */
    public boolean isOnline(String atHost, int atPort) {
        ReplicaConnection replica = replication.replicas().find(atHost, atPort);
        return replica != null && replica.state == ReplicaConnection.State.ONLINE;
    }

    /** A replica has acknowledged, or time has passed. */
    void check(long nowMillis) {
        if (state != State.WAIT_FOR_SYNC) {
            return;
        }
        if (endMillis != 0 && nowMillis >= endMillis) {
            if (force) {
                LOG.info("Failover to {}:{} time out exceeded, failing over.", host, port);
                handOver();
            } else {
                abort("Replica never caught up before timeout");
            }
            return;
        }
        ReplicaConnection replica = caughtUp();
        if (replica != null) {
            host = replica.ip();
            port = replica.listeningPort;
            LOG.info("Failover target {}:{} is synced, failing over.", host, port);
            handOver();
        }
    }

    private ReplicaConnection caughtUp() {
        for (ReplicaConnection replica : replication.replicas().all()) {
            boolean wanted = host == null || replica == replication.replicas().find(host, port);
            if (wanted
                    && replica.state == ReplicaConnection.State.ONLINE
                    && replica.ackOffset == replication.offset()) {
                return replica;
            }
        }
        return null;
    }

    private void handOver() {
        state = State.IN_PROGRESS;
        replication.follow(host, port);
    }

    /** The new master has taken the role: who was held back goes on, and learns that this is a replica. */
    void accepted() {
        if (state == State.IN_PROGRESS) {
            clear();
        }
    }

    /** The replica won't have the role. */
    void rejected() {
        if (state == State.IN_PROGRESS) {
            abort("Failover target rejected psync request");
        }
    }

    /** Gives up, whatever the progress: this server is a master that takes writes. */
    public void abort(String reason) {
        if (host == null) {
            LOG.info("Aborting failover while {}: {}", state.infoName, reason);
        } else {
            LOG.info("Aborting failover to {}:{} while {}: {}", host, port, state.infoName, reason);
        }
        boolean following = state == State.IN_PROGRESS;
        clear();
        if (following) {
            replication.promote();
        }
    }

    private void clear() {
        state = State.NONE;
        host = null;
        server.pauses().end(Pauses.Purpose.FAILOVER);
    }
}
