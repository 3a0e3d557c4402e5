package dev.lockstep.peers;

import static dev.lockstep.testing.ServerKind.LOCKSTEP;
import static dev.lockstep.testing.ServerKind.STOCK;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.testing.Await;
import dev.lockstep.testing.Replicas;
import dev.lockstep.testing.Reply;
import dev.lockstep.testing.RespClient;
import dev.lockstep.testing.ServerKind;
import dev.lockstep.testing.ServerProcess;
import dev.lockstep.testing.TcpProxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Transactions arrive whole at replicas, stock's here and ours there, through links that are cut in their midst. */
class StockTransactionsTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int TRANSACTIONS = 100;
    private static final int CUTS = 5;
    private static final int KEYS = 5;

    /** Several keys of this size make a transaction come in many pieces. */
    private static final int VALUE_BYTES = 30_000;

    static Stream<Arguments> pairs() {
        return Stream.of(
                Arguments.of(STOCK, LOCKSTEP),
                Arguments.of(LOCKSTEP, STOCK),
                Arguments.of(LOCKSTEP, LOCKSTEP));
    }

    @ParameterizedTest(name = "{0} to {1}")
    @MethodSource("pairs")
    void transactionsArriveWhole(ServerKind masterKind, ServerKind replicaKind) throws Exception {
        long seed = Long.getLong("lockstep.seed", System.nanoTime());
        String[] conf = {"save \"\"", "repl-diskless-sync-delay 0", "repl-backlog-size 64mb"};
        try (ServerProcess master = ServerProcess.start(masterKind, conf);
                TcpProxy proxy = new TcpProxy(master.port());
                ServerProcess replica =
                        ServerProcess.builder(replicaKind)
                                .conf(conf)
                                .conf("replicaof 127.0.0.1 " + proxy.port())
                                .start()) {
            Replicas.awaitLink(replica);
            AtomicBoolean done = new AtomicBoolean();
            List<String> torn = new ArrayList<>();
            Thread reader = new Thread(() -> read(replica, done, torn), "reader");
            reader.start();
            Random random = new Random(seed);
            try (RespClient writer = master.connect()) {
                for (int i = 0; i < TRANSACTIONS; i++) {
                    if (i % (TRANSACTIONS / CUTS) == 0) {
                        Replicas.awaitLink(replica);
                        proxy.cutAfter(1 + random.nextInt(KEYS * VALUE_BYTES));
                    }
                    write(writer, i);
                }
            }
            Replicas.awaitSameData(master, replica);
            done.set(true);
            reader.join();
            assertEquals(List.of(), torn, "seed " + seed);
            assertEquals(1, Replicas.stat(master, "sync_full"), replica::logTail);
            assertTrue(Replicas.stat(master, "sync_partial_ok") > 0, replica::logTail);
        }
    }

    private static void write(RespClient writer, int i) {
        writer.ok("MULTI");
        for (int key = 0; key < KEYS; key++) {
            writer.ok("SET", "k" + key, i + "x".repeat(VALUE_BYTES));
        }
        writer.ok("SELECT", i % 2 == 0 ? "1" : "0");
        writer.ok("SET", "last", Integer.toString(i));
        writer.ok("SELECT", "0");
        assertEquals(KEYS + 3, writer.ok("EXEC").items().size());
    }

    private static void read(ServerProcess replica, AtomicBoolean done, List<String> torn) {
        List<byte[]> keys = RespClient.latin1("MGET", "k0", "k1", "k2", "k3", "k4");
        try (RespClient client = replica.connect()) {
            while (!done.get()) {
                List<Reply> values = client.call(keys).items();
                if (values.stream().distinct().count() != 1) {
                    torn.add(values.toString());
                }
            }
        }
    }

    /** Who watches a key on a replica, or waits for one there, learns of what the master sends. */
    @ParameterizedTest(name = "{0} to {1}")
    @MethodSource("pairs")
    void aReplicaNoticesWhatItsMasterSends(ServerKind masterKind, ServerKind replicaKind) {
        String[] conf = {"save \"\"", "repl-diskless-sync-delay 0"};
        try (ServerProcess master = ServerProcess.start(masterKind, conf);
                ServerProcess replica =
                        ServerProcess.builder(replicaKind)
                                .conf(conf)
                                .conf("replicaof 127.0.0.1 " + master.port())
                                .start();
                RespClient watcher = replica.connect()) {
            Replicas.awaitLink(replica);
            for (List<String> change :
                    List.of(
                            List.of("SET", "a", "1"),
                            List.of("DEL", "a"),
                            List.of("MSET", "a", "1", "b", "2"),
                            List.of("FLUSHALL"))) {
                watcher.ok("WATCH", "a");
                master.call(change.toArray(String[]::new));
                Await.until(
                        "the watched key has changed",
                        LIMIT,
                        () -> watcher.call("CLIENT", "INFO").text().contains(" flags=d "));
                watcher.ok("MULTI");
                watcher.ok("GET", "a");
                assertTrue(watcher.call("EXEC").toString().startsWith("nil"));
            }
        }
    }

    /** CLIENT PAUSE on a replica holds back what its master sends, and a transaction from its beginning on. */
    @ParameterizedTest(name = "{0} to {1}")
    @MethodSource("pairs")
    void aPausedReplicaWaits(ServerKind masterKind, ServerKind replicaKind) {
        String[] conf = {"save \"\"", "repl-diskless-sync-delay 0"};
        try (ServerProcess master = ServerProcess.start(masterKind, conf);
                ServerProcess replica =
                        ServerProcess.builder(replicaKind)
                                .conf(conf)
                                .conf("replicaof 127.0.0.1 " + master.port())
                                .start();
                RespClient writer = master.connect()) {
            Replicas.awaitLink(replica);
            writer.ok("SET", "a", "0");
            Replicas.awaitSameData(master, replica);
            replica.call("CLIENT", "PAUSE", "1000000", "WRITE");
            for (String command : List.of("MULTI", "SET a 1", "SET b 1", "EXEC")) {
                writer.ok(command.split(" "));
            }
            Await.until(
                    "the master's link is blocked",
                    LIMIT,
                    () -> replica.info("clients").get("blocked_clients").equals("1"));
            assertEquals("0", replica.call("GET", "a").text());
            replica.call("CLIENT", "UNPAUSE");
            Replicas.awaitSameData(master, replica);
            assertEquals("1", replica.call("GET", "b").text());
        }
    }
}
