package dev.lockstep.server;

import dev.lockstep.protocol.ReplyBuffer;
import dev.lockstep.server.command.Call;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * The clients that wait in WAIT until enough replicas have acknowledged their writes, or in WAITAOF until their writes are
 * in enough append-only files. Executor only.
 *
 * <p>This server has no append-only file, so only replicas can have one.
 */
public final class Waits {
    /** A client that waits for {@code replicas} to have acknowledged {@code offset}. */
    private final class ReplicaWait extends Wait {
        final long offset;
        final int replicas;
        final boolean forFiles;

        ReplicaWait(Call call, int replicas, boolean forFiles, long endMillis) {
            super(call, endMillis);
            this.offset = call.client().writeOffset;
            this.replicas = replicas;
            this.forFiles = forFiles;
        }

        int acknowledged() {
            return forFiles
                    ? server.replication().inFilesOf(offset)
                    : server.replication().acknowledgedBy(offset);
        }

        @Override
        void timeOut(ReplyBuffer reply) {
            if (forFiles) {
                reply.array(2);
                reply.integer(inFileHere(offset));
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

    Waits(LockstepServer server) {
        this.server = server;
    }

    /**
     * Blocks the client until {@code replicas} have acknowledged its writes or the time is over.
     *
     * @param endMillis Unix milliseconds, or 0 to wait without end
     */
    public void add(Call call, int replicas, long endMillis) {
        add(new ReplicaWait(call, replicas, false, endMillis));
    }

    /** The same for the append-only files of replicas, and the answer of WAITAOF. */
    public void addForFiles(Call call, int replicas, long endMillis) {
        add(new ReplicaWait(call, replicas, true, endMillis));
    }

    private void add(ReplicaWait wait) {
        waiting.add(wait);
        server.blocked().block(wait, Client.Block.REPLICAS);
        server.replication().requestAcks();
    }

    /** 1 if the append-only file of this server holds the writes up to an offset, else 0. */
    public static int inFileHere(long offset) {
        return offset == 0 ? 1 : 0;
    }

    /** A replica has acknowledged: answers whom that satisfies. */
    public void check() {
        if (waiting.isEmpty()) {
            return;
        }
        for (ReplicaWait wait : new ArrayList<>(waiting)) {
            if (wait.acknowledged() >= wait.replicas) {
                server.blocked().answer(wait, wait::timeOut);
            }
        }
    }
}
