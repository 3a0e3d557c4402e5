package dev.lockstep.peers;

import static dev.lockstep.testing.ServerKind.LOCKSTEP;
import static dev.lockstep.testing.ServerKind.STOCK;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.testing.Replicas;
import dev.lockstep.testing.Reply;
import dev.lockstep.testing.RespClient;
import dev.lockstep.testing.ServerKind;
import dev.lockstep.testing.ServerProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Those who listen at a replica hear the same from Lockstep as from a stock redis-server, whichever of the two it follows:
 * what was published at the master, what its stream does to keys, and what they should drop from their caches.
 */
class StockPubSubTest {
    private static final String[] LINES = {
        "repl-diskless-sync-delay 0", "save \"\"", "notify-keyspace-events KEA"
    };
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
    }

    private <T extends AutoCloseable> T opened(T one) {
        open.add(one);
        return one;
    }

    private ServerProcess server(ServerKind kind) {
        return opened(ServerProcess.builder(kind).conf(LINES).start());
    }

    private RespClient connect(ServerProcess server, String... hello) {
        RespClient client = opened(server.connect());
        client.timeout(LIMIT);
        if (hello.length > 0) {
            client.ok(hello);
        }
        return client;
    }

    @Test
    void replicasOfEitherKindTellTheSame() {
        List<String> expected = heardAtAReplica(STOCK, STOCK);
        assertTrue(expected.size() > 20, expected.toString());
        assertEquals(expected, heardAtAReplica(STOCK, LOCKSTEP));
        assertEquals(expected, heardAtAReplica(LOCKSTEP, STOCK));
        assertEquals(expected, heardAtAReplica(LOCKSTEP, LOCKSTEP));
    }

    /** What listeners at a replica, and at a replica of that, hear of what happens at the master. */
    private List<String> heardAtAReplica(ServerKind masterKind, ServerKind replicaKind) {
        ServerProcess master = server(masterKind);
        ServerProcess replica = server(replicaKind);
        ServerProcess second = server(replicaKind);
        RespClient writer = connect(master);
        RespClient messages = connect(replica);
        messages.ok("PSUBSCRIBE", "*");
        messages.ok("SSUBSCRIBE", "shard");
        RespClient far = connect(second, "HELLO", "3");
        far.ok("PSUBSCRIBE", "*");
        RespClient cache = connect(replica, "HELLO", "3");
        cache.ok("CLIENT", "TRACKING", "ON");
        cache.ok("GET", "a");
        replica.call("REPLICAOF", "127.0.0.1", "" + master.port());
        Replicas.awaitLink(replica);
        second.call("REPLICAOF", "127.0.0.1", "" + replica.port());
        Replicas.awaitLink(second);
        cache.ok("CLIENT", "TRACKING", "ON", "NOLOOP");
        cache.call("MGET", "a", "b", "c");
        act(writer);
        List<String> heard = new ArrayList<>();
        heard.addAll(until("end", messages));
        heard.addAll(until("end", far));
        cache.send("PING");
        heard.addAll(until("PONG", cache));
        return heard;
    }

    private static void act(RespClient writer) {
        writer.ok("PUBLISH", "ch", "hello");
        writer.ok("SPUBLISH", "shard", "hello");
        writer.ok("SET", "a", "1");
        writer.ok("SET", "a", "1", "EX", "100");
        writer.ok("INCR", "b");
        writer.ok("RENAME", "b", "c");
        writer.ok("MULTI");
        writer.ok("PUBLISH", "ch", "in a transaction");
        writer.ok("SETRANGE", "d", "1", "x");
        writer.ok("EXEC");
        writer.ok("SELECT", "3");
        writer.ok("PUBLISH", "ch", "from another database");
        writer.ok("SET", "a", "1");
        writer.ok("EXPIRE", "a", "-1");
        writer.ok("SELECT", "0");
        writer.ok("SET", "gone", "1", "PX", "1");
        while (!writer.call("GET", "gone").toString().equals("nil")) {
            Thread.onSpinWait();
        }
        writer.ok("UNLINK", "c", "d");
        writer.ok("FLUSHDB");
        writer.ok("PUBLISH", "end", "end");
    }

    private static List<String> until(String end, RespClient client) {
        List<String> heard = new ArrayList<>();
        Reply next = client.read();
        while (!next.toString().contains(end)) {
            heard.add(next.toString());
            next = client.read();
        }
        return heard;
    }
}
