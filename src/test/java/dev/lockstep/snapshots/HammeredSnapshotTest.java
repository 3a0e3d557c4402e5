package dev.lockstep.snapshots;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.testing.Await;
import dev.lockstep.testing.Replicas;
import dev.lockstep.testing.RespClient;
import dev.lockstep.testing.ServerKind;
import dev.lockstep.testing.ServerProcess;
import dev.lockstep.testing.TcpProxy;
import dev.lockstep.testing.WaitProbe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/**
 * What a background save and a full sync over a slow link give is the data of one moment, though every collection changes
 * all the while, and they keep nobody waiting.
 *
 * <p>{@code -Dlockstep.million} is what a million stands for (100,000): a million fields and as many members of a sorted
 * set, five million elements, half a million entries. Of several rounds that counts in which the snapshot added least to
 * what was waited for as long without it, just before: what else the machine does to single waits is not asked for.
 */
class HammeredSnapshotTest {
    private static final int MILLION = Integer.getInteger("lockstep.million", 100_000);
    private static final int ROUNDS = Integer.getInteger("lockstep.rounds", 3);
    private static final int MOST_ROUNDS = 3 * ROUNDS;
    private static final double MOST_ADDED_MILLIS = 5;
    private static final long SHORTEST_NANOS = 2_000_000_000;
    private static final int LINK_BYTES_PER_SECOND = MILLION * 20;
    private static final Duration LIMIT = Duration.ofMinutes(5);

    private static ServerProcess server() {
        return ServerProcess.builder(ServerKind.LOCKSTEP)
                .heap(MILLION > 200_000 ? "4g" : "1g")
                .jvmOptions(
                        "-XX:+UseG1GC",
                        "-XX:G1HeapRegionSize=4m",
                        "-XX:InitiatingHeapOccupancyPercent=85",
                        "-XX:-G1UseAdaptiveIHOP")
                .conf("repl-diskless-sync-delay 0", "repl-backlog-size 256mb")
                .start();
    }

    @Test
    void aBackgroundSaveIsOneMomentAndKeepsNobodyWaiting() throws IOException {
        try (ServerProcess server = server();
                HammeredCollections data = new HammeredCollections(server, MILLION);
                WaitProbe probe = new WaitProbe(server)) {
            data.start();
            double added = Double.MAX_VALUE;
            long nanos = SHORTEST_NANOS;
            for (int round = 0; another(round, added); round++) {
                WaitProbe.Waits quiet = hammered(data, probe, nanos);
                long begun = System.nanoTime();
                long before = data.transactions();
                server.call("BGSAVE");
                awaitSaved(server);
                WaitProbe.Waits saving = probe.take();
                nanos = Math.max(nanos, System.nanoTime() - begun);
                System.out.println("hammered: " + quiet);
                System.out.println(
                        "and saved, "
                                + (data.transactions() - before)
                                + " transactions: "
                                + saving);
                added = Math.min(added, saving.longest() - quiet.longest());
                long moment = check(data, server.directory().resolve("dump.rdb"));
                assertTrue(moment >= before, moment + " < " + before);
                assertTrue(moment <= data.transactions());
            }
            assertTrue(added <= MOST_ADDED_MILLIS, "adds " + added + " ms");
        }
    }

    @Test
    void aFullSyncOverASlowLinkIsOneMomentAndKeepsNobodyWaiting() {
        try (ServerProcess server = server();
                HammeredCollections data = new HammeredCollections(server, MILLION);
                TcpProxy link = new TcpProxy(server.port());
                WaitProbe probe = new WaitProbe(server)) {
            data.start();
            double added = Double.MAX_VALUE;
            long nanos = SHORTEST_NANOS;
            for (int round = 0; another(round, added); round++) {
                WaitProbe.Waits quiet = hammered(data, probe, nanos);
                long begun = System.nanoTime();
                long before = data.transactions();
                link.limit(LINK_BYTES_PER_SECOND);
                WaitProbe.Waits syncing;
                try (ServerProcess replica =
                        ServerProcess.builder(ServerKind.STOCK)
                                .conf("replicaof 127.0.0.1 " + link.port())
                                .start()) {
                    Replicas.awaitLink(replica);
                    syncing = probe.take();
                    nanos = Math.max(nanos, System.nanoTime() - begun);
                    replica.call("REPLICAOF", "NO", "ONE");
                    long moment = data.check(replica);
                    assertTrue(moment >= before, moment + " < " + before);
                }
                System.out.println("hammered: " + quiet);
                System.out.println("and synced: " + syncing);
                added = Math.min(added, syncing.longest() - quiet.longest());
            }
            assertTrue(added <= MOST_ADDED_MILLIS, "adds " + added + " ms");
        }
    }

    /** A few rounds; more of them, up to a limit, as long as too much was added in each. */
    private static boolean another(int round, double added) {
        return round < ROUNDS || added > MOST_ADDED_MILLIS && round < MOST_ROUNDS;
    }

    private static WaitProbe.Waits hammered(HammeredCollections data, WaitProbe probe, long nanos) {
        long until = System.nanoTime() + nanos;
        long from = data.transactions();
        probe.take();
        Await.until(
                "it has written for long enough",
                LIMIT,
                () -> System.nanoTime() > until && data.transactions() > from + 100);
        return probe.take();
    }

    private static void awaitSaved(ServerProcess server) {
        try (RespClient client = server.connect()) {
            Await.until(
                    "the background save ends",
                    LIMIT,
                    () -> client.info("persistence").get("rdb_bgsave_in_progress").equals("0"),
                    server::logTail);
            assertEquals("ok", client.info("persistence").get("rdb_last_bgsave_status"));
        }
    }

    private static long check(HammeredCollections data, Path file) throws IOException {
        ServerProcess.Builder builder = ServerProcess.builder(ServerKind.STOCK);
        Files.copy(file, builder.directory().resolve("dump.rdb"));
        try (ServerProcess loaded = builder.start()) {
            return data.check(loaded);
        }
    }
}
