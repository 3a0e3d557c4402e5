package dev.lockstep.server;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The clients that wait in WAIT until enough replicas have acknowledged their writes. Executor only. */
public final class Waits {
    private record Wait(long offset, int replicas, long endMillis) {}

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
        client.block = Client.Block.REPLICAS;
        waiting.put(client, new Wait(offset, replicas, endMillis));
        server.replication().requestAcks();
    }

    void remove(Client client) {
        waiting.remove(client);
    }

    public boolean any() {
        return !waiting.isEmpty();
    }

    /** A replica has acknowledged, or time has passed: answers whom it satisfies. */
    void check(long nowMillis) {
        if (waiting.isEmpty()) {
            return;
        }
        List<Map.Entry<Client, Wait>> done = new ArrayList<>();
        for (Map.Entry<Client, Wait> entry : waiting.entrySet()) {
            Wait wait = entry.getValue();
            if (server.replication().acknowledgedBy(wait.offset()) >= wait.replicas()
                    || wait.endMillis() > 0 && nowMillis >= wait.endMillis()) {
                done.add(entry);
            }
        }
        for (Map.Entry<Client, Wait> entry : done) {
            waiting.remove(entry.getKey());
            long acknowledged = server.replication().acknowledgedBy(entry.getValue().offset());
            server.executor().replyTo(entry.getKey(), reply -> reply.integer(acknowledged));
            server.clients().unblock(entry.getKey());
        }
    }

    /** This server has become a replica: its own writes are no longer acknowledged by anyone. */
    void unblockAll() {
        for (Client client : new ArrayList<>(waiting.keySet())) {
            waiting.remove(client);
            server.executor()
                    .replyTo(
                            client,
                            reply -> reply.error(dev.lockstep.protocol.ErrorReplies.UNBLOCKED));
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
