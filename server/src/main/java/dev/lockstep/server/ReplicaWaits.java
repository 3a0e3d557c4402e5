package dev.lockstep.server;

import dev.lockstep.protocol.ErrorReplies;
import dev.lockstep.protocol.ReplyBuffer;
import dev.lockstep.server.command.Call;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * The clients that wait in WAIT until enough replicas have acknowledged their writes, or in WAITAOF until their writes are
 * in enough append-only files. Executor only.
 */
public final class ReplicaWaits {
    /** A client that waits for {@code replicas} to have acknowledged {@code offset}. */
    private final class ReplicaWait extends Wait {
        final long offset;
        final int replicas;
        final boolean forFiles;
        final boolean here;

        /**
         * @param forFiles whether it is their append-only files that matter
         * @param here whether this server's file matters as well
         */
        ReplicaWait(Call call, int replicas, boolean forFiles, boolean here, long endMillis) {
            super(call, endMillis);
            this.offset = call.client().writeOffset;
            this.replicas = replicas;
            this.forFiles = forFiles;
            this.here = here;
        }

        int acknowledged() {
            return forFiles
                    ? server.replication().inFilesOf(offset)
                    : server.replication().acknowledgedBy(offset);
        }

        boolean isOver() {
            return acknowledged() >= replicas && (!here || server.aof().holds(offset));
        }

        @Override
        void timeOut(ReplyBuffer reply) {
            if (forFiles) {
                reply.array(2);
                reply.integer(server.aof().holds(offset) ? 1 : 0);
            }
            reply.integer(acknowledged());
        }

        @Override
        void withdraw() {
            waiting.remove(this);
        }
    }

    private final LockstepServer server;
    private final Set<ReplicaWait> waiting = new LinkedHashSet<>();

    ReplicaWaits(LockstepServer server) {
        this.server = server;
    }

    /**
     * Blocks the client until {@code replicas} have acknowledged its writes or the time is over.
     *
     * @param endMillis Unix milliseconds, or 0 to wait without end
     */
    public void add(Call call, int replicas, long endMillis) {
        add(new ReplicaWait(call, replicas, false, false, endMillis));
    }

    /**
     * The same for the append-only files of replicas, and the answer of WAITAOF.
     *
     * @param here whether this server's own file is waited for as well
     */
    public void addForFiles(Call call, boolean here, int replicas, long endMillis) {
        add(new ReplicaWait(call, replicas, true, here, endMillis));
    }

    private void add(ReplicaWait wait) {
        waiting.add(wait);
        server.blocked().block(wait, Client.Block.REPLICAS);
        server.replication().requestAcks();
    }

    /** A replica has acknowledged, or the append-only file holds more: answers whom that satisfies. */
    public void check() {
        if (waiting.isEmpty()) {
            return;
        }
        for (ReplicaWait wait : new ArrayList<>(waiting)) {
            if (wait.here && !server.aof().isEnabled()) {
                server.blocked()
                        .answer(wait, reply -> reply.error(ErrorReplies.WAITAOF_WITHOUT_FILE));
            } else if (wait.isOver()) {
                server.blocked().answer(wait, wait::timeOut);
            }
        }
    }
}
