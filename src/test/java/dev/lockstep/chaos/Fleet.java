package dev.lockstep.chaos;

import dev.lockstep.testing.Await;
import dev.lockstep.testing.Replicas;
import dev.lockstep.testing.RespClient;
import dev.lockstep.testing.ServerKind;
import dev.lockstep.testing.ServerProcess;
import dev.lockstep.testing.TcpProxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * Some servers in a tree of replication, each behind a relay of its own that its replicas come through, and the count of full
 * syncs that they have given. Every other one has an append-only file, so that it comes back with data after a kill.
 */
final class Fleet implements AutoCloseable {
    static final Duration LIMIT = Duration.ofSeconds(90);
    private static final int NOBODY = -1;

    private final List<ServerProcess> nodes = new ArrayList<>();
    private final List<TcpProxy> links = new ArrayList<>();
    private final int[] masters;

    /** Full syncs that were given by servers which have ended since. */
    private long endedFullSyncs;

    Fleet(int size) {
        masters = new int[size];
        for (int i = 0; i < size; i++) {
            nodes.add(
                    ServerProcess.builder(ServerKind.LOCKSTEP)
                            .heap("256m")
                            .conf(
                                    "repl-diskless-sync-delay 0",
                                    "repl-backlog-size 64mb",
                                    "repl-ping-replica-period 3600",
                                    "repl-timeout 60",
                                    "appendonly " + (i % 2 == 0 ? "no" : "yes"),
                                    "auto-aof-rewrite-min-size 1mb")
                            .start());
            links.add(new TcpProxy(nodes.get(i).port()));
            masters[i] = NOBODY;
        }
    }

    int size() {
        return nodes.size();
    }

    ServerProcess node(int node) {
        return nodes.get(node);
    }

    /** What the replicas of a node come through. */
    TcpProxy link(int node) {
        return links.get(node);
    }

    int root() {
        for (int i = 0; i < masters.length; i++) {
            if (masters[i] == NOBODY) {
                return i;
            }
        }
        throw new AssertionError("no root");
    }

    int masterOf(int node) {
        return masters[node];
    }

    /** Whether a node is another one or somewhere below it. */
    boolean isWithin(int node, int above) {
        int at = node;
        while (at != NOBODY && at != above) {
            at = masters[at];
        }
        return at == above;
    }

    /** How many nodes are below a node, itself included. */
    int countWithin(int above) {
        int count = 0;
        for (int i = 0; i < size(); i++) {
            count += isWithin(i, above) ? 1 : 0;
        }
        return count;
    }

    /** Makes a node follow another one; its file says so too, so that a restart finds its place. */
    void follow(int node, int master) {
        masters[node] = master;
        ok(node, "REPLICAOF", "127.0.0.1", "" + links.get(master).port());
        ok(node, "CONFIG", "REWRITE");
    }

    void promote(int node) {
        masters[node] = NOBODY;
        ok(node, "REPLICAOF", "NO", "ONE");
        ok(node, "CONFIG", "REWRITE");
    }

    private void ok(int node, String... command) {
        try (RespClient client = nodes.get(node).connect()) {
            client.ok(command);
        }
    }

    void kill(int node) {
        endedFullSyncs += Replicas.stat(nodes.get(node), "sync_full");
        nodes.get(node).kill();
    }

    /** SHUTDOWN SAVE. */
    void stop(int node) {
        endedFullSyncs += Replicas.stat(nodes.get(node), "sync_full");
        try (RespClient client = nodes.get(node).connect()) {
            client.send("SHUTDOWN", "SAVE");
            nodes.get(node).awaitExit(LIMIT);
        }
    }

    /** How many replicas a node has of its own. */
    int countReplicas(int node) {
        int count = 0;
        for (int master : masters) {
            count += master == node ? 1 : 0;
        }
        return count;
    }

    void restart(int node) {
        nodes.get(node).restart();
    }

    long fullSyncs() {
        long sum = endedFullSyncs;
        for (ServerProcess node : nodes) {
            sum += Replicas.stat(node, "sync_full");
        }
        return sum;
    }

    long partialSyncs() {
        return nodes.stream().mapToLong(node -> Replicas.stat(node, "sync_partial_ok")).sum();
    }

    /** What the servers' logs say of syncs. */
    String syncs() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < size(); i++) {
            String node = "node " + i + ", port " + nodes.get(i).port() + ": ";
            nodes.get(i)
                    .log()
                    .lines()
                    .filter(line -> line.matches("(?i).*(resync|replid|replication id|offset).*"))
                    .forEach(line -> text.append(node).append(line).append('\n'));
        }
        return text.toString();
    }

    /** Waits until every link is up. */
    void awaitLinks(String when) {
        for (int i = 0; i < size(); i++) {
            if (masters[i] != NOBODY) {
                ServerProcess node = nodes.get(i);
                Await.until(
                        when + ": node " + i + " has its link up",
                        LIMIT,
                        () -> node.info("replication").get("master_link_status").equals("up"),
                        node::logTail);
            }
        }
    }

    /** Waits until what was on its way when a root died has arrived: the offsets of all others stand still. */
    void awaitQuiet(int dead) {
        List<Long> last = new ArrayList<>();
        int same = 0;
        while (same < 5) {
            LockSupport.parkNanos(50_000_000);
            List<Long> offsets = new ArrayList<>();
            for (int i = 0; i < size(); i++) {
                offsets.add(i == dead ? 0 : Replicas.offset(nodes.get(i)));
            }
            same = offsets.equals(last) ? same + 1 : 0;
            last = offsets;
        }
    }

    /** Waits until all have what the root has; nothing may be written meanwhile. */
    void awaitSameOffsets(String when) {
        awaitLinks(when);
        ServerProcess root = nodes.get(root());
        for (int i = 0; i < size(); i++) {
            ServerProcess node = nodes.get(i);
            Await.until(
                    when + ": node " + i + " has the offset of the root",
                    LIMIT,
                    () -> Replicas.offset(node) == Replicas.offset(root),
                    () ->
                            Replicas.offset(node)
                                    + " of "
                                    + Replicas.offset(root)
                                    + "\n"
                                    + node.logTail());
        }
    }

    @Override
    public void close() {
        links.forEach(TcpProxy::close);
        nodes.forEach(ServerProcess::close);
    }
}
