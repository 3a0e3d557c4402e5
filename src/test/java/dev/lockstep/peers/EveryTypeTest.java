package dev.lockstep.peers;

import static dev.lockstep.testing.ServerKind.LOCKSTEP;
import static dev.lockstep.testing.ServerKind.STOCK;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.testing.EveryType;
import dev.lockstep.testing.Program;
import dev.lockstep.testing.Replicas;
import dev.lockstep.testing.RespClient;
import dev.lockstep.testing.ServerKind;
import dev.lockstep.testing.ServerProcess;
import dev.lockstep.testing.TcpProxy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Data of every type, in every encoding, pass between Lockstep and stock servers: by replication, files and DUMP. */
class EveryTypeTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int CUTS = Integer.getInteger("lockstep.cuts", 50) / 5;
    private static final int MOST_BYTES_BETWEEN_CUTS = 300_000;
    private static final int BATCH = 100;

    private static ServerProcess server(ServerKind kind, String... lines) {
        return ServerProcess.builder(kind)
                .heap("1g")
                .conf("repl-diskless-sync-delay 0", "repl-backlog-size 64mb")
                .conf(lines)
                .start();
    }

    private static ServerProcess replica(ServerKind kind, int masterPort) {
        return server(kind, "replicaof 127.0.0.1 " + masterPort);
    }

    @Test
    void aChainOfStockLockstepAndStockHoldsTheSame() {
        try (ServerProcess master = server(STOCK);
                ServerProcess middle = replica(LOCKSTEP, master.port());
                ServerProcess last = replica(STOCK, middle.port())) {
            Replicas.awaitLink(middle);
            Replicas.awaitLink(last);
            EveryType.fill(master, 1);
            Replicas.awaitSameData(master, middle);
            Replicas.awaitSameData(middle, last);
        }
    }

    @ParameterizedTest(name = "{0} to {1}")
    @MethodSource("pairs")
    void aFullSyncCarriesEveryType(ServerKind masterKind, ServerKind replicaKind) {
        try (ServerProcess master = server(masterKind)) {
            EveryType.fill(master, 2);
            try (ServerProcess replica = replica(replicaKind, master.port())) {
                Replicas.awaitSameData(master, replica);
                assertEquals("+OK", replica.call("DEBUG", "RELOAD").toString(), replica::logTail);
                Replicas.awaitSameData(master, replica);
            }
        }
    }

    static Stream<Arguments> pairs() {
        return Stream.of(
                Arguments.of(STOCK, LOCKSTEP),
                Arguments.of(LOCKSTEP, STOCK),
                Arguments.of(LOCKSTEP, LOCKSTEP));
    }

    @ParameterizedTest(name = "{0} to {1}")
    @MethodSource("pairs")
    void writesToEveryTypeArriveThroughLinksThatAreCut(
            ServerKind masterKind, ServerKind replicaKind) {
        long seed = Long.getLong("lockstep.seed", System.nanoTime());
        EveryType writes = new EveryType(seed);
        Random random = new Random(seed);
        try (ServerProcess master = server(masterKind);
                TcpProxy proxy = new TcpProxy(master.port());
                ServerProcess replica = replica(replicaKind, proxy.port());
                RespClient client = master.connect()) {
            Replicas.awaitLink(replica);
            for (int cut = 0; cut < CUTS; cut++) {
                Replicas.awaitLink(replica);
                int connections = proxy.connections();
                proxy.cutAfter(1 + random.nextInt(MOST_BYTES_BETWEEN_CUTS));
                do {
                    client.pipeline(batch(writes));
                } while (proxy.connections() == connections);
            }
            Replicas.awaitSameData(master, replica);
            assertEquals(1, Replicas.stat(master, "sync_full"), replica::logTail);
        } catch (AssertionError e) {
            throw new AssertionError("seed " + seed, e);
        }
    }

    private static List<List<byte[]>> batch(EveryType writes) {
        return IntStream.range(0, BATCH).mapToObj(i -> RespClient.latin1(writes.write())).toList();
    }

    @Test
    void savedFilesPassInBothDirections() throws IOException {
        try (ServerProcess lockstep = server(LOCKSTEP);
                ServerProcess stock = server(STOCK)) {
            EveryType.fill(lockstep, 3);
            EveryType.fill(stock, 3);
            assertEquals(Replicas.digest(stock), Replicas.digest(lockstep));
            for (ServerProcess writer : new ServerProcess[] {lockstep, stock}) {
                assertEquals("+OK", writer.call("SAVE").toString());
                Path file = writer.directory().resolve("dump.rdb");
                String checked =
                        Program.run(LIMIT, ServerKind.program("redis-check-rdb"), file.toString())
                                .expectExit(0)
                                .output();
                assertTrue(checked.contains("\\o/ RDB looks OK! \\o/"), checked);
                for (ServerKind reader : ServerKind.values()) {
                    assertLoads(reader, file, Replicas.digest(writer));
                }
            }
        }
    }

    private static void assertLoads(ServerKind kind, Path file, String digest) throws IOException {
        ServerProcess.Builder builder = ServerProcess.builder(kind).heap("1g");
        Files.copy(file, builder.directory().resolve("dump.rdb"));
        try (ServerProcess loaded = builder.start()) {
            assertEquals(digest, Replicas.digest(loaded), loaded::logTail);
        }
    }
}
