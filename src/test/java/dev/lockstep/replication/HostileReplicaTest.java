package dev.lockstep.replication;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.testing.Await;
import dev.lockstep.testing.Replicas;
import dev.lockstep.testing.RespClient;
import dev.lockstep.testing.ServerKind;
import dev.lockstep.testing.ServerProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Replicas that freeze, send garbage, ask for what is not there, or come all at once: the others must not notice. */
class HostileReplicaTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    /** A connection that asks for a full sync and from then on does what the test wants. */
    private static RespClient beginSync(ServerProcess master, String id, String offset) {
        RespClient raw = new RespClient(master.port()).timeout(LIMIT);
        raw.ok("REPLCONF", "listening-port", "1");
        raw.ok("REPLCONF", "capa", "eof", "capa", "psync2");
        raw.send("PSYNC", id, offset);
        return raw;
    }

    private static long heapOf(ServerProcess server) {
        return Long.parseLong(server.info("memory").get("used_memory"));
    }

    @Test
    void oneThatFreezesInTheMiddleIsTimedOutAndTheOtherGoesOn() {
        try (ServerProcess master =
                        ServerProcess.start(
                                ServerKind.LOCKSTEP,
                                "repl-diskless-sync-delay 3600",
                                "repl-diskless-sync-max-replicas 2",
                                "repl-timeout 10",
                                "repl-ping-replica-period 1");
                ServerProcess good = ServerProcess.start(ServerKind.LOCKSTEP)) {
            master.fill(20_000, "key", 2_000);
            long before = heapOf(master);
            good.call("REPLICAOF", "127.0.0.1", "" + master.port());
            Await.until(
                    "the good one waits",
                    LIMIT,
                    () -> master.info("replication").get("connected_slaves").equals("1"));
            try (RespClient frozen = beginSync(master, "?", "-1")) {
                Replicas.awaitSameData(master, good);
                assertTrue(frozen.hasInput());
                Await.until(
                        "the frozen one is cut off",
                        LIMIT,
                        () -> master.info("replication").get("connected_slaves").equals("1"),
                        master::logTail);
            }
            assertTrue(
                    master.log().contains("Disconnecting timedout replica (full sync)"),
                    master.logTail());
            assertEquals(2, Replicas.stat(master, "sync_full"));
            Await.until("nothing is kept for it", LIMIT, () -> heapOf(master) < before + (8 << 20));
        }
    }

    @Test
    void oneThatSendsGarbageEndsItsOwnConnectionOnly() {
        try (ServerProcess master =
                        ServerProcess.start(ServerKind.LOCKSTEP, "repl-diskless-sync-delay 0");
                ServerProcess good = ServerProcess.start(ServerKind.LOCKSTEP)) {
            master.fill(1_000, "key", 100);
            good.call("REPLICAOF", "127.0.0.1", "" + master.port());
            Replicas.awaitSameData(master, good);
            try (RespClient bad = beginSync(master, "?", "-1")) {
                bad.sendRaw("*3\r\n$8\r\nREPLCONF\r\n$-5\r\nxx\r\n\u0000\u00ff\u0001garbage\r\n");
                Await.until(
                        "it is gone",
                        LIMIT,
                        () -> master.info("replication").get("connected_slaves").equals("1"),
                        master::logTail);
            }
            assertTrue(master.log().contains("Protocol error ("), master.logTail());
            master.call("SET", "after", "it");
            Replicas.awaitSameData(master, good);
        }
    }

    @Test
    void oneWithAnOffsetOfTheFutureGetsAFullSync() {
        try (ServerProcess master =
                        ServerProcess.start(ServerKind.LOCKSTEP, "repl-diskless-sync-delay 0");
                ServerProcess good = ServerProcess.start(ServerKind.LOCKSTEP)) {
            good.call("REPLICAOF", "127.0.0.1", "" + master.port());
            Replicas.awaitLink(good);
            Map<String, String> info = master.info("replication");
            String id = info.get("master_replid");
            for (String offset : List.of("999999999", "0", "-7", "9223372036854775807")) {
                try (RespClient odd = beginSync(master, id, offset)) {
                    String answer = odd.read().toString();
                    assertTrue(answer.startsWith("+FULLRESYNC " + id), offset + ": " + answer);
                }
            }
            assertTrue(
                    master.log()
                            .contains(
                                    "tried to PSYNC with an offset that is greater than the master"),
                    master.logTail());
            try (RespClient odd = beginSync(master, id, "x")) {
                assertTrue(odd.read().isError());
            }
            master.call("SET", "still", "here");
            Replicas.awaitSameData(master, good);
            assertEquals("up", good.info("replication").get("master_link_status"));
        }
    }

    /** Twenty come back at once: one snapshot serves them, and clients hardly notice. */
    @Test
    void aStormOfReplicasSharesOneSnapshot() {
        try (ServerProcess master =
                        ServerProcess.start(
                                ServerKind.LOCKSTEP,
                                "repl-diskless-sync-delay 3600",
                                "repl-diskless-sync-max-replicas 20");
                ServerProcess good = ServerProcess.start(ServerKind.LOCKSTEP);
                RespClient client = master.connect()) {
            master.fill(20_000, "key", 500);
            List<RespClient> storm = new ArrayList<>();
            for (int i = 0; i < 19; i++) {
                storm.add(beginSync(master, "?", "-1"));
            }
            good.call("REPLICAOF", "127.0.0.1", "" + master.port());
            List<Thread> readers = new ArrayList<>();
            for (RespClient one : storm) {
                Thread reader = new Thread(() -> readOn(one));
                reader.setDaemon(true);
                reader.start();
                readers.add(reader);
            }
            long[] nanos = new long[20_000];
            int count = 0;
            while (count < nanos.length
                    && !good.info("replication").get("master_link_status").equals("up")) {
                for (int i = 0; i < 20 && count < nanos.length; i++) {
                    long start = System.nanoTime();
                    client.call("GET", "key:1");
                    nanos[count++] = System.nanoTime() - start;
                }
            }
            Replicas.awaitSameData(master, good);
            Arrays.sort(nanos, 0, count);
            double p99 = nanos[count * 99 / 100] / 1e6;
            System.out.printf(
                    "a storm of 20 replicas: %d GETs meanwhile, p99 %.2f ms%n", count, p99);
            assertTrue(p99 < 250, "p99 of a client meanwhile: " + p99 + " ms");
            assertEquals(20, Replicas.stat(master, "sync_full"));
            assertEquals(
                    1,
                    master.log().split("Starting BGSAVE for SYNC with target", -1).length - 1,
                    master::logTail);
            storm.forEach(RespClient::close);
        }
    }

    private static void readOn(RespClient client) {
        try {
            while (client.readByte() >= 0) {
                Thread.onSpinWait();
            }
        } catch (RuntimeException | AssertionError closed) {
            // the test is over
        }
    }
}
