package dev.lockstep.replication;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.testing.Await;
import dev.lockstep.testing.Replicas;
import dev.lockstep.testing.RespClient;
import dev.lockstep.testing.ServerKind;
import dev.lockstep.testing.ServerProcess;
import dev.lockstep.testing.TcpProxy;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** Replicas that can't keep up, and values larger than everything they have to fit in. */
class SlowReplicaTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String CUT_OFF = "for overcoming of output buffer limits";
    private static final String[] MASTER = {
        "repl-diskless-sync-delay 0", "repl-backlog-size 1mb", "repl-timeout 20"
    };

    private static ServerProcess replicaOf(int port, String... lines) {
        ServerProcess replica = ServerProcess.start(ServerKind.LOCKSTEP, lines);
        replica.call("REPLICAOF", "127.0.0.1", "" + port);
        Replicas.awaitLink(replica);
        return replica;
    }

    @Test
    void aValueLargerThanTheBacklogPasses() {
        try (ServerProcess master = ServerProcess.start(ServerKind.LOCKSTEP, MASTER);
                ServerProcess replica = replicaOf(master.port());
                RespClient client = master.connect()) {
            client.timeout(LIMIT);
            for (int i = 0; i < 3; i++) {
                client.ok("SET", "big" + i, "x".repeat(40 << 20));
                client.ok("SET", "small" + i, "y");
            }
            Replicas.awaitSameData(master, replica);
            assertEquals(1, Replicas.stat(master, "sync_full"));
        }
    }

    /** Over its limit it is cut off; what the log still holds then, it needn't get by a full sync. */
    @Test
    void aReplicaCutOffForItsLimitResumesWhereTheLogHoldsItsOffset() {
        try (ServerProcess master =
                        ServerProcess.start(
                                ServerKind.LOCKSTEP,
                                "repl-diskless-sync-delay 0",
                                "repl-backlog-size 64mb",
                                "client-output-buffer-limit replica 0 8mb 1");
                TcpProxy link = new TcpProxy(master.port());
                ServerProcess replica = replicaOf(link.port());
                RespClient client = master.connect()) {
            client.timeout(LIMIT);
            assertTrue(master.log().contains("is below repl-backlog-size"), master.logTail());
            link.stall(true);
            for (int i = 0; i < 40; i++) {
                client.ok("SET", "key:" + i, "x".repeat(1 << 20));
            }
            Await.until(
                    "the replica is cut off",
                    LIMIT,
                    () -> master.log().contains(CUT_OFF),
                    master::logTail);
            link.stall(false);
            Replicas.awaitSameData(master, replica);
            assertEquals(1, Replicas.stat(master, "sync_full"), master::logTail);
            assertEquals(1, Replicas.stat(master, "sync_partial_ok"), master::logTail);
        }
    }

    @Test
    void withThrottleWritersGetThePaceOfTheSlowestReplica() {
        try (ServerProcess master =
                        ServerProcess.start(
                                ServerKind.LOCKSTEP,
                                "repl-diskless-sync-delay 0",
                                "repl-slow-replica-policy throttle",
                                "client-output-buffer-limit replica 16mb 8mb 1");
                TcpProxy link = new TcpProxy(master.port());
                ServerProcess replica = replicaOf(link.port());
                RespClient writer = master.connect();
                RespClient reader = master.connect()) {
            writer.timeout(LIMIT);
            link.limit(20_000_000);
            String value = "x".repeat(256 << 10);
            long longestRead = 0;
            for (int i = 0; i < 240; i++) {
                writer.ok("SET", "key:" + i % 40, value);
                long start = System.nanoTime();
                reader.call("GET", "key:missing");
                longestRead = Math.max(longestRead, System.nanoTime() - start);
            }
            Map<String, String> info = master.info("replication");
            assertEquals("1", info.get("connected_slaves"), master::logTail);
            assertEquals("1", info.get("repl_throttle_episodes"), info::toString);
            assertTrue(Long.parseLong(info.get("repl_throttled_ms")) > 200, info::toString);
            assertTrue(longestRead < 1_000_000_000L, "a read took " + longestRead / 1000 + " us");
            Replicas.awaitSameData(master, replica);
            assertEquals(1, Replicas.stat(master, "sync_full"));
            assertFalse(master.log().contains(CUT_OFF), master::logTail);
            assertTrue(master.log().contains("writes are held back to its pace"));
            assertEquals("0", master.info("replication").get("repl_throttled"));
        }
    }

    /** Nobody waits for ever for a replica that takes nothing at all. */
    @Test
    void withThrottleADeadReplicaIsCutOff() {
        try (ServerProcess master =
                        ServerProcess.start(
                                ServerKind.LOCKSTEP,
                                "repl-diskless-sync-delay 0",
                                "repl-timeout 3",
                                "repl-slow-replica-policy throttle",
                                "client-output-buffer-limit replica 8mb 0 0");
                TcpProxy link = new TcpProxy(master.port());
                ServerProcess replica = replicaOf(link.port(), "repl-timeout 3600");
                RespClient writer = master.connect()) {
            writer.timeout(LIMIT);
            link.stall(true);
            for (int i = 0; i < 40; i++) {
                writer.ok("SET", "key:" + i, "x".repeat(1 << 20));
            }
            assertTrue(master.log().contains("Disconnecting timedout replica"), master.logTail());
            assertEquals("0", master.info("replication").get("repl_throttled"));
            assertTrue(replica.isAlive());
        }
    }

    /** Not even for one that goes on acknowledging what it had, and reads no more. */
    @Test
    void withThrottleAReplicaThatOnlyAcknowledgesIsCutOff() {
        try (ServerProcess master =
                        ServerProcess.start(
                                ServerKind.LOCKSTEP,
                                "repl-diskless-sync-delay 0",
                                "repl-timeout 3",
                                "repl-slow-replica-policy throttle",
                                "client-output-buffer-limit replica 8mb 0 0");
                RespClient idle = new RespClient(master.port()).timeout(LIMIT);
                RespClient writer = master.connect()) {
            writer.timeout(LIMIT);
            idle.ok("REPLCONF", "capa", "eof", "capa", "psync2");
            idle.send("PSYNC", "?", "-1");
            Await.until("the snapshot is there", LIMIT, idle::hasInput);
            AtomicBoolean over = new AtomicBoolean();
            Thread acknowledging =
                    new Thread(
                            () -> {
                                while (!over.get()) {
                                    try {
                                        idle.send("REPLCONF", "ACK", "0");
                                    } catch (RuntimeException | AssertionError cutOff) {
                                        return;
                                    }
                                    LockSupport.parkNanos(200_000_000);
                                }
                            });
            acknowledging.setDaemon(true);
            acknowledging.start();
            for (int i = 0; i < 40; i++) {
                writer.ok("SET", "key:" + i, "x".repeat(1 << 20));
            }
            over.set(true);
            assertTrue(master.log().contains("Disconnecting timedout replica"), master.logTail());
            assertEquals("0", master.info("replication").get("connected_slaves"));
        }
    }

    @Test
    void changingThePolicyLetsWritersGoOn() {
        try (ServerProcess master =
                        ServerProcess.start(
                                ServerKind.LOCKSTEP,
                                "repl-diskless-sync-delay 0",
                                "repl-slow-replica-policy throttle",
                                "client-output-buffer-limit replica 8mb 0 0");
                TcpProxy link = new TcpProxy(master.port());
                ServerProcess replica = replicaOf(link.port());
                RespClient writer = master.connect();
                RespClient control = master.connect()) {
            writer.timeout(LIMIT);
            link.stall(true);
            for (int i = 0; i < 30; i++) {
                writer.send("SET", "key:" + i, "x".repeat(1 << 20));
            }
            Await.until(
                    "writes are held back",
                    LIMIT,
                    () -> control.info("replication").get("repl_throttled").equals("1"));
            control.ok("CONFIG", "SET", "repl-slow-replica-policy", "disconnect");
            for (int i = 0; i < 30; i++) {
                assertEquals("+OK", writer.read().toString());
            }
            assertTrue(replica.isAlive());
        }
    }
}
