package dev.lockstep.snapshots;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.testing.Await;
import dev.lockstep.testing.Replicas;
import dev.lockstep.testing.Reply;
import dev.lockstep.testing.RespClient;
import dev.lockstep.testing.ServerKind;
import dev.lockstep.testing.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** When and how the data get into the file, and what clients are told of it. */
class SavingTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String ONE_SECOND_A_KEY = "1000000";

    private static String persistence(ServerProcess server, String field) {
        return server.info("persistence").get(field);
    }

    private static void awaitSaveEnds(ServerProcess server) {
        Await.until(
                "the background save ends",
                LIMIT,
                () -> persistence(server, "rdb_bgsave_in_progress").equals("0"),
                server::logTail);
    }

    private static List<String> files(ServerProcess server) throws IOException {
        try (Stream<Path> files = Files.list(server.directory())) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void aSavePointFiresWhenItsChangesAndSecondsAreOver() {
        try (ServerProcess server = ServerProcess.start(ServerKind.LOCKSTEP, "save 1 3")) {
            server.call("SET", "a", "1");
            server.call("SET", "b", "1");
            assertEquals("2", persistence(server, "rdb_changes_since_last_save"));
            server.call("SET", "c", "1");
            Await.until(
                    "the save point has saved",
                    LIMIT,
                    () -> persistence(server, "rdb_changes_since_last_save").equals("0"),
                    server::logTail);
            String log = server.log();
            assertTrue(log.contains("3 changes in 1 seconds. Saving..."), log);
            assertTrue(log.contains("Background saving started by pid " + server.pid()), log);
            assertTrue(log.contains("DB saved on disk"), log);
            assertTrue(log.contains("Background saving terminated with success"), log);
            assertEquals("1", persistence(server, "rdb_saves"));
            server.kill();
            server.restart();
            assertEquals(3, server.call("DBSIZE").integer());
        }
    }

    @Test
    void whatABackgroundSaveWritesIsTheDataAtItsStart() throws IOException {
        try (ServerProcess server = ServerProcess.start(ServerKind.LOCKSTEP);
                RespClient client = server.connect()) {
            server.fill(3_000, "key", 100);
            client.ok("PEXPIREAT", "key:7", "99999999999999");
            client.ok("SELECT", "5");
            client.ok("SET", "counter", "42");
            client.ok("SELECT", "0");
            String digest = Replicas.digest(server);
            client.ok("CONFIG", "SET", "rdb-key-save-delay", "1000");
            client.ok("BGSAVE");
            String before = persistence(server, "rdb_changes_since_last_save");
            List<List<byte[]>> changes = new ArrayList<>();
            for (int i = 0; i < 1_000; i++) {
                changes.add(RespClient.latin1("SET", "key:" + i, "new"));
                changes.add(RespClient.latin1("DEL", "key:" + (i + 1_000)));
                changes.add(RespClient.latin1("APPEND", "key:" + (i + 2_000), "longer"));
                changes.add(RespClient.latin1("SET", "fresh:" + i, "new"));
            }
            client.pipeline(changes)
                    .forEach(reply -> assertFalse(reply.isError(), reply.toString()));
            client.ok("SWAPDB", "0", "5");
            assertEquals("1", persistence(server, "rdb_bgsave_in_progress"), server::logTail);
            assertTrue(Long.parseLong(persistence(server, "current_cow_size")) > 0);
            awaitSaveEnds(server);
            assertEquals("ok", persistence(server, "rdb_last_bgsave_status"));
            assertEquals("3002", before);
            assertEquals("4001", persistence(server, "rdb_changes_since_last_save"));
            assertTrue(Long.parseLong(persistence(server, "rdb_last_cow_size")) > 0);

            ServerProcess.Builder stock = ServerProcess.builder(ServerKind.STOCK);
            Files.copy(
                    server.directory().resolve("dump.rdb"), stock.directory().resolve("dump.rdb"));
            try (ServerProcess loaded = stock.start()) {
                assertEquals(digest, Replicas.digest(loaded));
            }
        }
    }

    @Test
    void oneSaveAtATimeAndFlushAllEndsIt() throws IOException {
        try (ServerProcess server = ServerProcess.start(ServerKind.LOCKSTEP);
                RespClient client = server.connect()) {
            server.fill(100, "key", 10);
            client.ok("CONFIG", "SET", "rdb-key-save-delay", ONE_SECOND_A_KEY);
            assertEquals("-ERR syntax error", client.call("BGSAVE", "NOW").toString());
            assertEquals("+Background saving started", client.call("BGSAVE").toString());
            String busy = "-ERR Background save already in progress";
            assertEquals(busy, client.call("BGSAVE").toString());
            assertEquals(busy, client.call("BGSAVE", "SCHEDULE").toString());
            assertEquals(busy, client.call("SAVE").toString());
            Map<String, String> info = client.info("persistence");
            assertEquals("1", info.get("rdb_bgsave_in_progress"));
            assertEquals("100", info.get("current_save_keys_total"));
            assertEquals("100", info.get("rdb_changes_since_last_save"));

            client.ok("FLUSHALL");
            awaitSaveEnds(server);
            info = client.info("persistence");
            assertEquals("ok", info.get("rdb_last_bgsave_status"));
            assertEquals("200", info.get("rdb_changes_since_last_save"));
            assertEquals("0", info.get("current_save_keys_total"));
            assertEquals(List.of("server.conf", "server.log"), files(server));
        }
    }

    /** What a save in the background has begun with is older than what is saved now, and must not take its place. */
    @Test
    void aSaveHereAndNowEndsOneInTheBackground() {
        try (ServerProcess server = ServerProcess.start(ServerKind.LOCKSTEP);
                RespClient client = server.connect()) {
            server.fill(100, "key", 10);
            client.ok("CONFIG", "SET", "rdb-key-save-delay", ONE_SECOND_A_KEY);
            client.ok("BGSAVE");
            client.ok("SET", "new", "1");
            client.ok("CONFIG", "SET", "rdb-key-save-delay", "0");
            client.ok("DEBUG", "RELOAD");
            assertEquals("0", client.info("persistence").get("rdb_bgsave_in_progress"));
            assertEquals("1", client.call("GET", "new").text());
            server.kill();
            server.restart();
            assertEquals(":101", server.call("DBSIZE").toString());
        }
    }

    @Test
    void flushAllSavesTheEmptinessWhereSavePointsAreSet() {
        try (ServerProcess server = ServerProcess.start(ServerKind.LOCKSTEP, "save 3600 1000")) {
            server.fill(100, "key", 10);
            assertEquals("+OK", server.call("SAVE").toString());
            assertEquals("+OK", server.call("FLUSHALL").toString());
            assertEquals("0", persistence(server, "rdb_changes_since_last_save"));
            server.kill();
            server.restart();
            assertEquals(0, server.call("DBSIZE").integer());
        }
    }

    @Test
    void shutdownEndsABackgroundSaveAndSavesWhatIsThere() throws IOException {
        try (ServerProcess server = ServerProcess.start(ServerKind.LOCKSTEP, "save 3600 1000");
                RespClient client = server.connect()) {
            server.fill(100, "key", 10);
            client.ok("CONFIG", "SET", "rdb-key-save-delay", ONE_SECOND_A_KEY);
            client.ok("BGSAVE");
            client.ok("CONFIG", "SET", "rdb-key-save-delay", "0");
            client.ok("SET", "last", "words");
            assertEquals(0, server.terminate(), server::logTail);
            assertEquals(List.of("dump.rdb", "server.conf", "server.log"), files(server));
            server.restart();
            assertEquals("words", server.call("GET", "last").text());
            assertEquals(101, server.call("DBSIZE").integer());
        }
    }

    @Test
    void lastSaveIsTheTimeOfTheLastSuccess() {
        try (ServerProcess server = ServerProcess.start(ServerKind.LOCKSTEP)) {
            long atStart = server.call("LASTSAVE").integer();
            Await.until(
                    "a second has passed",
                    LIMIT,
                    () -> {
                        assertEquals("+OK", server.call("SAVE").toString());
                        return server.call("LASTSAVE").integer() > atStart;
                    },
                    server::logTail);
            assertTrue(
                    Math.abs(server.call("LASTSAVE").integer() - System.currentTimeMillis() / 1000)
                            < 60);
        }
    }

    @Test
    void theFileHasTheConfiguredNameAndPlace() throws IOException {
        try (ServerProcess server =
                ServerProcess.start(
                        ServerKind.LOCKSTEP,
                        "dbfilename other.rdb",
                        "enable-protected-configs yes")) {
            Path below = Files.createDirectory(server.directory().resolve("below"));
            assertEquals("+OK", server.call("SAVE").toString());
            assertTrue(Files.exists(server.directory().resolve("other.rdb")));
            assertEquals("+OK", server.call("CONFIG", "SET", "dir", below.toString()).toString());
            Reply reply = server.call("BGSAVE");
            assertFalse(reply.isError(), reply.toString());
            awaitSaveEnds(server);
            assertTrue(Files.exists(below.resolve("other.rdb")));
        }
    }
}
