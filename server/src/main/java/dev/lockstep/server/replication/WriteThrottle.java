package dev.lockstep.server.replication;

import dev.lockstep.server.LockstepServer;
import dev.lockstep.server.Pauses;
import dev.lockstep.server.config.OutputBufferLimit;
import dev.lockstep.server.config.ReplicationSettings.SlowReplicaPolicy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code repl-slow-replica-policy throttle}: while a replica has so much to catch up on that it would soon be cut off, writes
 * are held back, for as long as it takes until it has caught up by a little. So writers get the speed of the slowest replica,
 * in short steps, and reads go on. A replica that takes nothing at all is timed out as ever. Executor only.
 */
final class WriteThrottle {
    private static final Logger LOG = LoggerFactory.getLogger(WriteThrottle.class);

    /** Writes are held back from this part of the limit on: what is under way already must find room above it. */
    private static final double BEGIN_PART = 0.75;

    /** They go on when this part of the limit has been caught up. */
    private static final double STEP_PART = 1.0 / 128;

    /** Writes held back again within this time belong to the same episode. */
    private static final long EPISODE_MILLIS = 10_000;

    private final LockstepServer server;
    private final Replicas replicas;
    private boolean active;
    private long beginMillis;
    private long endMillis = Long.MIN_VALUE / 2;
    private long totalMillis;
    private long episodes;

    WriteThrottle(LockstepServer server, Replicas replicas) {
        this.server = server;
        this.replicas = replicas;
    }

    boolean isActive() {
        return active;
    }

    /** How often writers have met this. */
    long episodes() {
        return episodes;
    }

    /** How long writes were held back in all, in milliseconds. */
    long totalMillis() {
        return totalMillis + (active ? server.clock().millis() - beginMillis : 0);
    }

    /** Whether the policy is to throttle: then no limit cuts off a replica, unless it takes nothing. */
    boolean isPolicy() {
        return server.config().replication.slowReplicaPolicy.get() == SlowReplicaPolicy.THROTTLE
                && server.replication().link() == null;
    }

    /** Holds writes back, or lets them go on, by what the replicas have yet to take. */
    void check() {
        if (!active && !isPolicy()) {
            return;
        }
        long limit = limitBytes();
        ReplicaConnection slowest = isPolicy() && limit > 0 ? replicas.furthestBehind() : null;
        long behind = slowest == null ? 0 : slowest.waitingBytes();
        if (!active && behind > limit * BEGIN_PART) {
            begin(slowest, behind);
        } else if (active && behind <= limit * (BEGIN_PART - STEP_PART)) {
            end();
        }
    }

    /** The lower of the limits at which a replica would be cut off. */
    private long limitBytes() {
        OutputBufferLimit limit = server.config().clients.outputBufferLimit.replica();
        long hard = replicas.hardLimit(limit);
        long soft = limit.softBytes();
        return hard == 0 || soft > 0 && soft < hard ? soft : hard;
    }

    private void begin(ReplicaConnection slowest, long behind) {
        active = true;
        beginMillis = server.clock().millis();
        if (beginMillis - endMillis > EPISODE_MILLIS) {
            episodes++;
            LOG.warn(
                    "Replica {} is {} bytes behind: writes are held back to its pace (repl-slow-replica-policy throttle).",
                    slowest.name(),
                    behind);
        }
        server.pauses().begin(Pauses.Purpose.SLOW_REPLICA, Pauses.Kind.WRITES);
    }

    private void end() {
        active = false;
        endMillis = server.clock().millis();
        totalMillis += endMillis - beginMillis;
        server.pauses().end(Pauses.Purpose.SLOW_REPLICA);
    }
}
