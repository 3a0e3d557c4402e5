package dev.lockstep.replication;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.testing.Await;
import dev.lockstep.testing.Replicas;
import dev.lockstep.testing.RespClient;
import dev.lockstep.testing.ServerKind;
import dev.lockstep.testing.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * What a server says of where its data stand in a history: nobody goes on from there with other data, needs everything though
 * he has it, or is made master for what he had once.
 */
class PositionsTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private static ServerProcess start(String... lines) {
        return ServerProcess.builder(ServerKind.LOCKSTEP)
                .conf("repl-diskless-sync-delay 0", "repl-ping-replica-period 3600")
                .conf(lines)
                .start();
    }

    private static void follow(ServerProcess replica, ServerProcess master) {
        replica.call("REPLICAOF", "127.0.0.1", "" + master.port());
        Replicas.awaitSameData(master, replica);
    }

    private static void ok(ServerProcess server, String... words) {
        assertEquals("+OK", server.call(words).toString(), server::logTail);
    }

    private static boolean is(ServerProcess server, String section, String field, String value) {
        return value.equals(server.info(section).get(field));
    }

    @Test
    void aFileThatBeginsLaterHasTheDatabaseThatItsMasterHasSelected() {
        try (ServerProcess master = start();
                ServerProcess replica = start("auto-aof-rewrite-percentage 0");
                RespClient client = master.connect()) {
            follow(replica, master);
            client.ok("SELECT", "3");
            client.ok("SET", "before", "1");
            Replicas.awaitSameData(master, replica);
            ok(replica, "CONFIG", "SET", "appendonly", "yes");
            ok(replica, "CONFIG", "REWRITE");
            Await.until(
                    "the file has its base",
                    LIMIT,
                    () ->
                            is(replica, "persistence", "aof_rewrite_in_progress", "0")
                                    && is(replica, "persistence", "aof_rewrite_scheduled", "0"),
                    replica::logTail);
            client.ok("SET", "after", "2");
            Replicas.awaitSameData(master, replica);
            replica.kill();
            replica.restart();
            Replicas.awaitSameData(master, replica);
            client.ok("SET", "again", "3");
            Replicas.awaitSameData(master, replica);
            assertEquals(1, Replicas.stat(master, "sync_full"), master::logTail);
        }
    }

    /** Sentinel prefers the replica with the greatest offset, and a file with data must outlive the loss of those in memory. */
    @Test
    void whoHasDroppedItsDataStandsNowhereAndSavesNothing() throws IOException {
        try (ServerProcess master = start("rdbcompression no", "repl-full-sync-max-rate 200kb");
                ServerProcess replica =
                        ServerProcess.builder(ServerKind.LOCKSTEP)
                                .heap("100m")
                                .conf("dbfilename own.rdb", "save 3600 1")
                                .start()) {
            master.fill(3_000, "new", 1_000);
            replica.fill(30_000, "old", 1_000);
            ok(replica, "SAVE");
            Path file = replica.directory().resolve("own.rdb");
            long bytes = Files.size(file);
            ok(replica, "SET", "unsaved", "1");
            ok(replica, "REPLICAOF", "127.0.0.1", "" + master.port());
            Await.until(
                    "the old data are dropped",
                    LIMIT,
                    () -> replica.log().contains("Flushing old data"),
                    replica::logTail);
            assertEquals("0", replica.info("replication").get("slave_repl_offset"));
            master.kill();
            Await.until(
                    "the link is down",
                    LIMIT,
                    () -> is(replica, "replication", "master_sync_in_progress", "0"),
                    replica::logTail);
            assertEquals("0", replica.info("replication").get("slave_repl_offset"));
            ok(replica, "CONFIG", "SET", "save", "1 1");
            long now = Long.parseLong(replica.info("server").get("uptime_in_seconds"));
            Await.until(
                    "a save point has had its time",
                    LIMIT,
                    () ->
                            Long.parseLong(replica.info("server").get("uptime_in_seconds"))
                                    > now + 3);
            assertEquals(bytes, Files.size(file), replica::logTail);
            assertEquals(0, replica.terminate());
            assertEquals(bytes, Files.size(file), replica::logTail);
        }
    }

    @Test
    void aSaveByFlushAllDoesNotStandBeforeIt() {
        try (ServerProcess master = start("save 3600 1");
                ServerProcess replica = start()) {
            master.call("SET", "key", "1");
            follow(replica, master);
            replica.pause();
            ok(master, "FLUSHALL");
            master.kill();
            replica.resume();
            master.restart();
            ok(master, "SET", "other", "1");
            Replicas.awaitSameData(master, replica);
            assertEquals(1, replica.call("DBSIZE").integer(), replica::logTail);
        }
    }

    @Test
    void aReplicaThatRestartsHasItsMastersExpiredKeys() {
        try (ServerProcess master = start();
                ServerProcess replica = start("save 3600 1")) {
            ok(master, "SET", "key", "v", "PX", "2000");
            replica.call("REPLICAOF", "127.0.0.1", "" + master.port());
            Replicas.awaitLink(replica);
            ok(replica, "CONFIG", "REWRITE");
            long deadline = master.call("PEXPIRETIME", "key").integer();
            assertEquals(0, replica.terminate(), replica::logTail);
            assertEquals(1, master.call("PERSIST", "key").integer());
            Await.until("its time is over", LIMIT, () -> System.currentTimeMillis() > deadline);
            replica.restart();
            Replicas.awaitSameData(master, replica);
            assertEquals("\"v\"", replica.call("GET", "key").toString(), replica::logTail);
        }
    }

    @Test
    void aFullSyncThatIsLoadedBesideTheDataCanBeLeft() {
        try (ServerProcess master = start("rdbcompression no", "repl-full-sync-max-rate 100kb");
                ServerProcess replica = start();
                RespClient client = replica.connect()) {
            master.fill(5_000, "new", 1_000);
            for (int round = 0; round < 2; round++) {
                client.ok("SET", "own", "1");
                client.ok("REPLICAOF", "127.0.0.1", "" + master.port());
                Await.until(
                        "it loads beside the data",
                        LIMIT,
                        () -> is(replica, "persistence", "async_loading", "1"),
                        replica::logTail);
                if (round == 0) {
                    client.ok("REPLICAOF", "NO", "ONE");
                } else {
                    client.ok("MULTI");
                    assertEquals("+QUEUED", client.call("SLAVEOF", "NO", "ONE").toString());
                    assertEquals("[+OK]", client.call("EXEC").toString());
                }
                assertEquals("0", replica.info("persistence").get("async_loading"));
                assertEquals("master", replica.info("replication").get("role"));
                assertEquals(1, client.call("DBSIZE").integer());
                client.ok("SET", "own", "2");
            }
        }
    }

    @Test
    void whoLeavesAFullSyncAndShutsDownAtOnceSavesItsData() {
        try (ServerProcess master = start("rdbcompression no", "repl-full-sync-max-rate 100kb");
                ServerProcess replica = start("save 3600 1")) {
            master.fill(5_000, "new", 1_000);
            ok(replica, "SET", "own", "1");
            ok(replica, "REPLICAOF", "127.0.0.1", "" + master.port());
            Await.until(
                    "it loads beside the data",
                    LIMIT,
                    () -> is(replica, "persistence", "async_loading", "1"),
                    replica::logTail);
            try (RespClient client = replica.connect()) {
                client.sendRaw("REPLICAOF NO ONE\r\nSHUTDOWN\r\n");
                assertEquals(0, replica.awaitExit(LIMIT), replica::logTail);
            }
            replica.restart();
            assertEquals("\"1\"", replica.call("GET", "own").toString(), replica::logTail);
        }
    }

    /** Of the replica's own history, which Redis loads in the same way and refuses to leave. */
    @Test
    void aFullSyncWhoseMasterFellSilentCanBeLeft() {
        try (ServerProcess master = start("rdbcompression no", "repl-backlog-size 16kb");
                ServerProcess replica = start()) {
            ok(master, "SET", "key", "1");
            follow(replica, master);
            ok(master, "CONFIG", "SET", "repl-full-sync-max-rate", "100kb");
            replica.pause();
            master.call("CLIENT", "KILL", "TYPE", "replica");
            master.fill(5_000, "new", 1_000);
            replica.resume();
            Await.until(
                    "it loads beside the data",
                    LIMIT,
                    () -> is(replica, "persistence", "async_loading", "1"),
                    replica::logTail);
            String refusal = replica.call("REPLICAOF", "NO", "ONE").toString();
            assertTrue(refusal.startsWith("-LOADING"), refusal);
            master.pause();
            Await.until(
                    "it may be left",
                    LIMIT,
                    () -> replica.call("REPLICAOF", "NO", "ONE").toString().equals("+OK"),
                    replica::logTail);
            assertEquals(1, replica.call("DBSIZE").integer());
            master.resume();
        }
    }

    @Test
    void whoBecomesMasterRightAfterAFullSyncTakesTheFormerOneAlong() {
        try (ServerProcess master = start();
                ServerProcess replica = start()) {
            ok(master, "SET", "key", "1");
            follow(replica, master);
            ok(master, "FAILOVER");
            Replicas.awaitSameData(replica, master);
            assertEquals("slave", master.info("replication").get("role"));
            assertEquals(0, Replicas.stat(replica, "sync_full"), replica::logTail);
            assertEquals(1, Replicas.stat(replica, "sync_partial_ok"), replica::logTail);
        }
    }

    @Test
    void whatATransactionDidBeforeItMadeAReplicaIsNotTakenForItsMasters() {
        try (ServerProcess first = start();
                ServerProcess second = start();
                RespClient client = first.connect()) {
            client.ok("SET", "count", "1");
            follow(second, first);
            ok(second, "REPLICAOF", "NO", "ONE");
            client.ok("MULTI");
            client.call("INCR", "count");
            client.call("REPLICAOF", "127.0.0.1", "" + second.port());
            client.call("EXEC");
            Replicas.awaitSameData(second, first);
            assertEquals("\"1\"", first.call("GET", "count").toString(), first::logTail);
        }
    }

    @Test
    void aDatabaseThatAReplicaDoesNotHaveEndsTheLink() {
        try (ServerProcess master = start("databases 32");
                ServerProcess replica = start();
                RespClient client = master.connect()) {
            client.ok("SET", "key", "in 0");
            follow(replica, master);
            client.ok("SELECT", "20");
            client.ok("SET", "key", "in 20");
            Await.until(
                    "the replica says why",
                    LIMIT,
                    () -> replica.log().contains("The master uses database 20"),
                    replica::logTail);
            Map<String, String> info = replica.info("replication");
            assertEquals("down", info.get("master_link_status"));
            assertEquals("\"in 0\"", replica.call("GET", "key").toString());
            assertTrue(replica.log().contains("configured with 'databases 16'"), replica::logTail);
        }
    }
}
