package dev.lockstep.replication;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.testing.Await;
import dev.lockstep.testing.Replicas;
import dev.lockstep.testing.ServerKind;
import dev.lockstep.testing.ServerProcess;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a replica does because it is so configured; the same as stock does. */
class ReplicaSettingsTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final int KEYS = 5_000;

    private static ServerProcess server(ServerKind kind, String... lines) {
        return ServerProcess.builder(kind).conf("repl-diskless-sync-delay 0").conf(lines).start();
    }

    private static void follow(ServerProcess replica, ServerProcess master) {
        replica.call("REPLICAOF", "127.0.0.1", "" + master.port());
        Replicas.awaitLink(replica);
    }

    /** It has what its master has, however little it may take itself. */
    @ParameterizedTest
    @EnumSource(ServerKind.class)
    void aReplicaLeavesEvictionToItsMaster(ServerKind kind) {
        try (ServerProcess master = server(kind);
                ServerProcess replica =
                        server(kind, "maxmemory 4mb", "maxmemory-policy allkeys-lru")) {
            follow(replica, master);
            master.fill(KEYS, "key", 2_000);
            Replicas.awaitSameData(master, replica);
            assertEquals(":" + KEYS, replica.call("DBSIZE").toString());
            assertEquals(0, Replicas.stat(replica, "evicted_keys"));
        }
    }

    @ParameterizedTest
    @EnumSource(ServerKind.class)
    void aReplicaThatMayNotIgnoreMaxMemoryEvicts(ServerKind kind) {
        try (ServerProcess master = server(kind);
                ServerProcess replica =
                        server(
                                kind,
                                "maxmemory 4mb",
                                "maxmemory-policy allkeys-lru",
                                "replica-ignore-maxmemory no")) {
            follow(replica, master);
            master.fill(KEYS, "key", 2_000);
            Await.until(
                    "the replica has evicted something",
                    LIMIT,
                    () -> Replicas.stat(replica, "evicted_keys") > 0,
                    replica::logTail);
            assertEquals(":" + KEYS, master.call("DBSIZE").toString());
        }
    }

    @Test
    void aReplicaThatIsNotToBeAnnouncedSaysSo() {
        try (ServerProcess master = server(ServerKind.LOCKSTEP);
                ServerProcess replica =
                        server(
                                ServerKind.LOCKSTEP,
                                "replica-announced no",
                                "repl-disable-tcp-nodelay yes",
                                "replica-lazy-flush yes")) {
            follow(replica, master);
            assertEquals("0", replica.info("replication").get("replica_announced"));
            replica.call("CONFIG", "SET", "replica-announced", "yes");
            assertEquals("1", replica.info("replication").get("replica_announced"));
            assertTrue(master.info("replication").get("slave0").contains("port=" + replica.port()));
        }
    }
}
