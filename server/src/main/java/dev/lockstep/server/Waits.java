package dev.lockstep.server;

import dev.lockstep.protocol.ErrorReplies;
import dev.lockstep.protocol.ReplyBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The clients that wait in WAIT until enough replicas have acknowledged their writes, or in WAITAOF until their writes are
 * in enough append-only files. Executor only.
 *
 * <p>There is no append-only file here, and replicas aren't asked about theirs: WAITAOF waits for its timeout.
 */
public final class Waits {
    private record Wait(long offset, int replicas, boolean forFiles, long endMillis) {}

    private final LockstepServer server;
    private final Map<Client, Wait> waiting = new LinkedHashMap<>();

    Waits(LockstepServer server) {
        this.server = server;
    }

    /**
     * Blocks a client until {@code replicas} have acknowledged {@code offset} or the time is over.
     *
     * @param endMillis Unix milliseconds, or 0 to wait without end
     */
    public void add(Client client, long offset, int replicas, long endMillis) {
        add(client, new Wait(offset, replicas, false, endMillis));
    }

    /** Blocks a client until its writes are in the append-only files of replicas, or the time is over. */
    public void addForFiles(Client client, long offset, long endMillis) {
        add(client, new Wait(offset, Integer.MAX_VALUE, true, endMillis));
    }

    private void add(Client client, Wait wait) {
        client.block = Client.Block.REPLICAS;
        waiting.put(client, wait);
        server.replication().requestAcks();
        if (wait.endMillis() > 0) {
            long delay = Math.max(1, wait.endMillis() - server.clock().millis());
            server.loop().schedule(this::checkNow, delay, TimeUnit.MILLISECONDS);
        }
    }

    private void checkNow() {
        server.clock().update();
        check(server.clock().millis());
    }

    /** What WAITAOF answers: whether the file here, and how many files of replicas, hold the writes up to an offset. */
    public static void replyFiles(ReplyBuffer reply, long offset) {
        reply.array(2);
        reply.integer(offset == 0 ? 1 : 0);
        reply.integer(0);
    }

    void remove(Client client) {
        waiting.remove(client);
    }

    /**
     * CLIENT UNBLOCK: ends the waiting of a client, as if its time were over, or with an error.
     *
     * @return false if it doesn't wait
     */
    public boolean release(Client client, boolean withError) {
        Wait wait = waiting.remove(client);
        if (wait == null) {
            return false;
        }
        if (withError) {
            server.stats().countError(ErrorReplies.UNBLOCKED_BY_CLIENT);
            server.executor()
                    .replyTo(client, reply -> reply.error(ErrorReplies.UNBLOCKED_BY_CLIENT));
        } else {
            answer(client, wait);
        }
        server.clients().unblock(client);
        return true;
    }

    private void answer(Client client, Wait wait) {
        if (wait.forFiles()) {
            server.executor().replyTo(client, reply -> replyFiles(reply, wait.offset()));
        } else {
            long acknowledged = acknowledgedBy(wait);
            server.executor().replyTo(client, reply -> reply.integer(acknowledged));
        }
    }

    public boolean any() {
        return !waiting.isEmpty();
    }

    /** A replica has acknowledged, or time has passed: answers whom it satisfies. */
    public void check(long nowMillis) {
        if (waiting.isEmpty()) {
            return;
        }
        List<Map.Entry<Client, Wait>> done = new ArrayList<>();
        for (Map.Entry<Client, Wait> entry : waiting.entrySet()) {
            Wait wait = entry.getValue();
            if (!wait.forFiles() && acknowledgedBy(wait) >= wait.replicas()
                    || wait.endMillis() > 0 && nowMillis >= wait.endMillis()) {
                done.add(entry);
            }
        }
        for (Map.Entry<Client, Wait> entry : done) {
            waiting.remove(entry.getKey());
            answer(entry.getKey(), entry.getValue());
            server.clients().unblock(entry.getKey());
        }
    }

    private int acknowledgedBy(Wait wait) {
        return server.replication().acknowledgedBy(wait.offset());
    }

    /** This server has become a replica: its own writes are no longer acknowledged by anyone. */
    public void unblockAll() {
        for (Client client : new ArrayList<>(waiting.keySet())) {
            waiting.remove(client);
            server.executor().replyTo(client, reply -> reply.error(ErrorReplies.UNBLOCKED));
            server.clients().unblock(client);
        }
    }

    /** When the first of them gives up, in Unix milliseconds, or 0. */
    long nextEndMillis() {
        long next = 0;
        for (Wait wait : waiting.values()) {
            if (wait.endMillis() > 0 && (next == 0 || wait.endMillis() < next)) {
                next = wait.endMillis();
            }
        }
        return next;
    }
}
