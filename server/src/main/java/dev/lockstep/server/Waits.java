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
 * <p>This server has no append-only file, so only replicas can have one.
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

    /** The same for the append-only files of replicas, and the answer of WAITAOF. */
    public void addForFiles(Client client, long offset, int replicas, long endMillis) {
        add(client, new Wait(offset, replicas, true, endMillis));
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

    private static void reply(ReplyBuffer reply, Wait wait, int replicas) {
        if (wait.forFiles()) {
            reply.array(2);
            reply.integer(inFileHere(wait.offset()));
        }
        reply.integer(replicas);
    }

    /** 1 if the append-only file of this server holds the writes up to an offset, else 0. */
    public static int inFileHere(long offset) {
        return offset == 0 ? 1 : 0;
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
        int acknowledged = acknowledgedBy(wait);
        server.executor().replyTo(client, reply -> reply(reply, wait, acknowledged));
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
            if (acknowledgedBy(wait) >= wait.replicas()
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
        return wait.forFiles()
                ? server.replication().inFilesOf(wait.offset())
                : server.replication().acknowledgedBy(wait.offset());
    }

    /** This server has become a replica: its own writes are no longer acknowledged by anyone. */
    public void unblockAll() {
        for (Client client : new ArrayList<>(waiting.keySet())) {
            waiting.remove(client);
            server.executor().replyTo(client, reply -> reply.error(ErrorReplies.UNBLOCKED));
            server.clients().unblock(client);
        }
    }
}
