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
import dev.lockstep.testing.WriteLoad;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Lockstep and stock redis-server follow each other, through links that are cut, and end with the same data.
 *
 * <p>{@code -Dlockstep.cuts=500} for a long run, {@code -Dlockstep.seed=} to repeat one.
 */
@Execution(ExecutionMode.CONCURRENT)
class StockReplicationTest {
    private static final int CUTS = Integer.getInteger("lockstep.cuts", 50);
    private static final int LARGE_VALUE = 64 * 1024 * 1024;
    private static final int MOST_BYTES_BETWEEN_CUTS = 300_000;
    private static final Duration LIMIT = Duration.ofSeconds(60);

    static Stream<Arguments> pairs() {
        return Stream.of(
                Arguments.of(STOCK, LOCKSTEP),
                Arguments.of(LOCKSTEP, STOCK),
                Arguments.of(LOCKSTEP, LOCKSTEP));
    }

    private static ServerProcess master(ServerKind kind, String... lines) {
        return ServerProcess.builder(kind)
                .heap("1g")
                .conf("repl-diskless-sync-delay 0", "repl-backlog-size 64mb")
                .conf("repl-ping-replica-period 3600") // it is a part of the stream
                .conf(lines)
                .start();
    }

    private static ServerProcess replica(ServerKind kind, int masterPort, String... lines) {
        return ServerProcess.builder(kind)
                .heap("1g")
                .conf("repl-diskless-sync-delay 0", "repl-backlog-size 64mb")
                .conf("replicaof 127.0.0.1 " + masterPort)
                .conf(lines)
                .start();
    }

    private static long seed() {
        return Long.getLong("lockstep.seed", System.nanoTime());
    }

    @ParameterizedTest(name = "{0} to {1}")
    @MethodSource("pairs")
    void linksThatAreCutResumeAndLoseNothing(ServerKind masterKind, ServerKind replicaKind) {
        long seed = seed();
        try (ServerProcess master = master(masterKind)) {
            largeValues(master);
            try (TcpProxy proxy = new TcpProxy(master.port());
                    ServerProcess replica = replica(replicaKind, proxy.port())) {
                Replicas.awaitLink(replica);
                try (WriteLoad load = new WriteLoad(master, seed, 40)) {
                    cut(proxy, replica, CUTS, new Random(seed));
                    assertTrue(load.commands() > 0);
                }
                Replicas.awaitSameData(master, replica);
                assertSameDeadlines(master, replica);
                assertEquals(1, Replicas.stat(master, "sync_full"), replica::logTail);
                assertTrue(Replicas.stat(master, "sync_partial_ok") >= CUTS, replica::logTail);
            }
        } catch (AssertionError e) {
            throw new AssertionError("seed " + seed, e);
        }
    }

    private static void largeValues(ServerProcess master) {
        try (RespClient client = master.connect()) {
            for (int db = 0; db < 16; db++) {
                client.ok("SELECT", "" + db);
                client.ok("SET", "db", "" + db);
                client.ok("SET", "empty", "");
                client.ok("SET", "kept", "v", "EX", "10000");
            }
            client.ok("SET", "large", "x".repeat(LARGE_VALUE));
            byte[] noise = new byte[LARGE_VALUE / 8];
            new Random(1).nextBytes(noise);
            client.call(List.of("SET".getBytes(), "noise".getBytes(), noise));
        }
    }

    private static void cut(TcpProxy proxy, ServerProcess replica, int cuts, Random random) {
        for (int i = 0; i < cuts; i++) {
            Replicas.awaitLink(replica);
            int connections = proxy.connections();
            if (random.nextBoolean()) {
                proxy.cutAfter(1 + random.nextInt(MOST_BYTES_BETWEEN_CUTS));
            } else {
                proxy.cutAll();
            }
            Await.until(
                    "the replica connects again", LIMIT, () -> proxy.connections() > connections);
        }
        Replicas.awaitLink(replica);
    }

    private static void assertSameDeadlines(ServerProcess master, ServerProcess replica) {
        try (RespClient m = master.connect();
                RespClient r = replica.connect()) {
            for (int db = 0; db < 16; db++) {
                m.ok("SELECT", "" + db);
                r.ok("SELECT", "" + db);
                assertEquals(m.ok("PEXPIRETIME", "kept"), r.ok("PEXPIRETIME", "kept"));
                assertTrue(m.ok("PEXPIRETIME", "kept").integer() > 0);
                assertEquals("" + db, r.ok("GET", "db").text());
            }
        }
    }

    static Stream<Arguments> transfers() {
        return pairs().flatMap(
                        pair ->
                                Stream.of(
                                        Arguments.of(
                                                pair.get()[0], pair.get()[1], "yes", "disabled"),
                                        Arguments.of(pair.get()[0], pair.get()[1], "yes", "swapdb"),
                                        Arguments.of(
                                                pair.get()[0], pair.get()[1], "no", "disabled"),
                                        Arguments.of(
                                                pair.get()[0],
                                                pair.get()[1],
                                                "no",
                                                "on-empty-db")));
    }

    @ParameterizedTest(name = "{0} to {1}, repl-diskless-sync {2}, repl-diskless-load {3}")
    @MethodSource("transfers")
    void fullSyncUnderLoad(
            ServerKind masterKind, ServerKind replicaKind, String diskless, String load) {
        long seed = seed();
        try (ServerProcess master = master(masterKind, "repl-diskless-sync " + diskless);
                ServerProcess replica =
                        ServerProcess.start(
                                replicaKind,
                                "repl-diskless-load " + load,
                                "repl-diskless-sync-delay 0")) {
            replica.call("SET", "old", "data");
            master.fill(50_000, "bulk", 100);
            try (WriteLoad writes = new WriteLoad(master, seed, 100)) {
                Await.until("some writes", LIMIT, () -> writes.commands() > 1_000);
                assertEquals(
                        "+OK",
                        replica.call("REPLICAOF", "127.0.0.1", "" + master.port()).toString());
                Replicas.awaitLink(replica);
                long before = writes.commands();
                Await.until("more writes", LIMIT, () -> writes.commands() > before + 1_000);
            }
            Replicas.awaitSameData(master, replica);
            assertTrue(replica.call("GET", "old").isNil());
            assertEquals(100, replica.call("STRLEN", "bulk:49999").integer());
            assertTrue(replica.call("SET", "a", "b").text().startsWith("READONLY "));
        } catch (AssertionError e) {
            throw new AssertionError("seed " + seed, e);
        }
    }

    static Stream<Arguments> chains() {
        return Stream.of(
                Arguments.of(STOCK, LOCKSTEP, STOCK),
                Arguments.of(LOCKSTEP, STOCK, LOCKSTEP),
                Arguments.of(LOCKSTEP, LOCKSTEP, LOCKSTEP));
    }

    @ParameterizedTest(name = "{0} to {1} to {2}")
    @MethodSource("chains")
    void aReplicaOfAReplicaFollows(ServerKind first, ServerKind second, ServerKind third) {
        long seed = seed();
        try (ServerProcess master = master(first);
                TcpProxy upper = new TcpProxy(master.port());
                ServerProcess middle = replica(second, upper.port());
                TcpProxy lower = new TcpProxy(middle.port());
                ServerProcess last = replica(third, lower.port())) {
            Replicas.awaitLink(middle);
            Replicas.awaitLink(last);
            try (WriteLoad load = new WriteLoad(master, seed, 40)) {
                Random random = new Random(seed);
                cut(upper, middle, CUTS / 10, random);
                cut(lower, last, CUTS / 10, random);
                assertTrue(load.commands() > 0);
            }
            Replicas.awaitSameData(master, middle);
            Replicas.awaitSameData(master, last);
            assertEquals(1, Replicas.stat(master, "sync_full"));
            assertTrue(Replicas.stat(middle, "sync_partial_ok") >= CUTS / 10);
        } catch (AssertionError e) {
            throw new AssertionError("seed " + seed, e);
        }
    }

    @ParameterizedTest(name = "{0} to {1}")
    @MethodSource("pairs")
    void aReplicaThatWasRestartedResumes(ServerKind masterKind, ServerKind replicaKind) {
        try (ServerProcess master = master(masterKind);
                ServerProcess replica =
                        replica(
                                replicaKind,
                                master.port(),
                                "save 3600 1000000",
                                "repl-diskless-load disabled")) {
            Replicas.awaitLink(replica);
            master.fill(1_000, "key", 20);
            Replicas.awaitSameData(master, replica);
            assertEquals(0, replica.terminate());
            master.call("SET", "meanwhile", "written");
            replica.restart();
            Replicas.awaitSameData(master, replica);
            assertEquals("written", replica.call("GET", "meanwhile").text());
            assertEquals(1, Replicas.stat(master, "sync_full"), replica::logTail);
            assertEquals(1, Replicas.stat(master, "sync_partial_ok"), replica::logTail);
        }
    }

    @ParameterizedTest(name = "{0} to {1}")
    @MethodSource("pairs")
    void aMasterThatWasRestartedTellsWhatExpiredMeanwhile(
            ServerKind masterKind, ServerKind replicaKind) {
        try (ServerProcess master = master(masterKind, "save 3600 1000000");
                ServerProcess replica = replica(replicaKind, master.port())) {
            Replicas.awaitLink(replica);
            master.fill(1_000, "key", 20);
            master.call("DEBUG", "SET-ACTIVE-EXPIRE", "0");
            for (int i = 0; i < 100; i++) {
                master.call("SET", "short" + i, "lived", "PX", "1000");
            }
            Replicas.awaitSameData(master, replica);
            assertEquals(0, master.terminate());
            Await.until(
                    "the keys have expired",
                    Duration.ofSeconds(10),
                    () -> replica.call("EXISTS", "short99").toString().equals(":0"));
            master.restart();
            Replicas.awaitSameData(master, replica);
            assertEquals(":1000", replica.call("DBSIZE").toString());
            assertEquals(1, Replicas.stat(master, "sync_partial_ok"), replica::logTail);
            assertEquals(0, Replicas.stat(master, "sync_full"), replica::logTail);
        }
    }

    @ParameterizedTest(name = "{0} to {1}")
    @MethodSource("pairs")
    void aPromotedReplicaServesTheOldMasterBySamePast(
            ServerKind masterKind, ServerKind replicaKind) {
        try (ServerProcess master = master(masterKind);
                ServerProcess replica = replica(replicaKind, master.port());
                ServerProcess second = replica(masterKind, master.port())) {
            Replicas.awaitLink(replica);
            Replicas.awaitLink(second);
            master.fill(1_000, "key", 20);
            Replicas.awaitSameData(master, replica);
            Replicas.awaitSameData(master, second);
            assertEquals("+OK", replica.call("REPLICAOF", "NO", "ONE").toString());
            replica.call("SET", "after", "promotion");
            assertEquals(
                    "+OK", second.call("REPLICAOF", "127.0.0.1", "" + replica.port()).toString());
            Replicas.awaitSameData(replica, second);
            assertEquals("promotion", second.call("GET", "after").text());
            assertEquals(1, Replicas.stat(replica, "sync_partial_ok"), second::logTail);
            assertEquals(0, Replicas.stat(replica, "sync_full"), second::logTail);
        }
    }

    @ParameterizedTest(name = "{0} to {1}")
    @MethodSource("pairs")
    void aStalledReplicaHarmsNobody(ServerKind masterKind, ServerKind replicaKind) {
        try (ServerProcess master =
                        master(
                                masterKind,
                                "repl-timeout 5",
                                "client-output-buffer-limit replica 4mb 0 0");
                TcpProxy proxy = new TcpProxy(master.port());
                ServerProcess stalled = replica(replicaKind, proxy.port(), "repl-timeout 5");
                ServerProcess healthy = replica(replicaKind, master.port())) {
            Replicas.awaitLink(stalled);
            Replicas.awaitLink(healthy);
            proxy.stall(true);
            String value = "x".repeat(100_000);
            try (RespClient client = master.connect()) {
                Await.until(
                        "the master drops the stalled replica",
                        LIMIT,
                        () -> {
                            client.ok("SET", "k" + System.nanoTime() % 100, value);
                            return client.info("replication").get("connected_slaves").equals("1");
                        });
            }
            proxy.stall(false);
            proxy.cutAll();
            Replicas.awaitSameData(master, healthy);
            Replicas.awaitSameData(master, stalled);
        }
    }

    @ParameterizedTest(name = "{0} to {1}")
    @MethodSource("pairs")
    void waitRoleAndInfoTellTheSameStory(ServerKind masterKind, ServerKind replicaKind) {
        try (ServerProcess master = master(masterKind);
                ServerProcess replica = replica(replicaKind, master.port())) {
            Replicas.awaitLink(replica);
            try (RespClient client = master.connect()) {
                client.ok("SET", "a", "b");
                assertEquals(1, client.ok("WAIT", "1", "10000").integer());
                List<Reply> role = client.ok("ROLE").items();
                assertEquals("master", role.get(0).text());
                List<Reply> line = role.get(2).items().get(0).items();
                assertEquals("127.0.0.1", line.get(0).text());
                assertEquals("" + replica.port(), line.get(1).text());
                String slave = client.info("replication").get("slave0");
                // Stock takes the two times of its lag from two clocks, of which time(2)'s is the
                // coarser: at the turn of a second it may be behind, and the lag then reads -1.
                String lag = masterKind == ServerKind.STOCK ? "(-1|0|1)" : "[01]";
                assertTrue(
                        slave.matches(
                                "ip=127\\.0\\.0\\.1,port="
                                        + replica.port()
                                        + ",state=online,offset=\\d+,lag="
                                        + lag),
                        slave);
                assertEquals(
                        1, client.ok("CLIENT", "LIST", "TYPE", "replica").text().lines().count());
            }
            List<Reply> role = replica.call("ROLE").items();
            assertEquals("slave", role.get(0).text());
            assertEquals("127.0.0.1", role.get(1).text());
            assertEquals(master.port(), role.get(2).integer());
            assertEquals("connected", role.get(3).text());
            assertEquals(
                    master.info("replication").get("master_replid"),
                    replica.info("replication").get("master_replid"));
        }
    }
}
