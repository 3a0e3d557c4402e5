package dev.lockstep.snapshots;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.testing.Await;
import dev.lockstep.testing.Replicas;
import dev.lockstep.testing.RespClient;
import dev.lockstep.testing.ServerKind;
import dev.lockstep.testing.ServerProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Getting the data back from the file: at start, and with DEBUG RELOAD. */
class LoadingTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String LOADING = "-LOADING Redis is loading the dataset in memory";

    private static Path dump(ServerProcess server) {
        return server.directory().resolve("dump.rdb");
    }

    /** Waits until the server answers at all, though it still loads. */
    private static void awaitLoading(ServerProcess server) {
        Await.until(
                "the server loads",
                LIMIT,
                () -> {
                    try {
                        return server.call("PING").toString().equals(LOADING);
                    } catch (UncheckedIOException refused) {
                        return false;
                    }
                },
                server::logTail);
    }

    /** A server that has saved so many keys and starts again, at a pace of so many microseconds a key. */
    private static ServerProcess slowlyLoading(int keys, int micros, String... conf) {
        ServerProcess server =
                ServerProcess.builder(ServerKind.LOCKSTEP)
                        .conf("key-load-delay " + micros)
                        .conf(conf)
                        .start();
        server.fill(keys, "key", 100);
        assertEquals("+OK", server.call("SAVE").toString());
        server.kill();
        server.relaunch();
        awaitLoading(server);
        return server;
    }

    @Test
    void commandsOnDataWaitWhileOthersAreServed() {
        try (ServerProcess server = slowlyLoading(5_000, 1_000);
                RespClient client = server.connect()) {
            assertEquals(LOADING, client.call("GET", "key:1").toString());
            assertEquals(LOADING, client.call("SET", "key:1", "v").toString());
            assertEquals(LOADING, client.call("DBSIZE").toString());
            assertEquals(LOADING, client.call("BGSAVE").toString());
            assertEquals("+OK", client.call("SELECT", "3").toString());
            Map<String, String> info = client.info("persistence");
            assertEquals("1", info.get("loading"));
            assertEquals("0", info.get("async_loading"));
            long size = dump(server).toFile().length();
            assertEquals(size, Long.parseLong(info.get("loading_total_bytes")));
            assertTrue(Long.parseLong(info.get("loading_loaded_bytes")) <= size);
            assertTrue(Long.parseLong(info.get("loading_rdb_used_mem")) > 0);
            assertTrue(Double.parseDouble(info.get("loading_loaded_perc")) <= 100);
            assertTrue(Long.parseLong(info.get("loading_start_time")) > 1_600_000_000);
            assertTrue(info.containsKey("loading_eta_seconds"));

            client.ok("CONFIG", "SET", "key-load-delay", "0");
            Await.until(
                    "the data are there",
                    LIMIT,
                    () -> client.info("persistence").get("loading").equals("0"),
                    server::logTail);
            client.ok("SELECT", "0");
            assertEquals(5_000, client.call("DBSIZE").integer());
            info = client.info("persistence");
            assertEquals("5000", info.get("rdb_last_load_keys_loaded"));
            assertEquals("0", info.get("rdb_last_load_keys_expired"));
            assertEquals("0", info.get("rdb_changes_since_last_save"));
            Await.until(
                    "it says so",
                    LIMIT,
                    () -> server.log().contains("Ready to accept connections"),
                    server::logTail);
            assertTrue(
                    server.log().contains("Done loading RDB, keys loaded: 5000, keys expired: 0."),
                    server::logTail);
            assertTrue(server.log().contains("DB loaded from disk: "), server::logTail);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whoStopsALoadingServerKeepsTheFile(boolean bySignal) throws IOException {
        try (ServerProcess server = slowlyLoading(5_000, 10_000, "save 3600 1")) {
            byte[] saved = Files.readAllBytes(dump(server));
            try (RespClient client = server.connect()) {
                if (bySignal) {
                    assertEquals(0, server.terminate(), server::logTail);
                } else {
                    client.send("SHUTDOWN");
                    assertEquals(0, server.awaitExit(LIMIT), server::logTail);
                }
            }
            assertArrayEquals(saved, Files.readAllBytes(dump(server)));
        }
    }

    @Test
    void keysThatHaveExpiredAreNotLoaded() {
        try (ServerProcess server = ServerProcess.start(ServerKind.LOCKSTEP)) {
            try (RespClient client = server.connect()) {
                client.ok("DEBUG", "SET-ACTIVE-EXPIRE", "0");
                for (int i = 0; i < 100; i++) {
                    client.ok("SELECT", Integer.toString(i % 16));
                    client.ok("SET", "short:" + i, "v", "PX", "1");
                    client.ok("SET", "long:" + i, "v", "EX", "100000");
                }
                Await.until(
                        "the last key has expired",
                        LIMIT,
                        () -> client.call("PTTL", "short:99").integer() == -2,
                        server::logTail);
                client.ok("SAVE");
            }
            server.kill();
            server.restart();
            Map<String, String> info = server.info("persistence");
            assertEquals("100", info.get("rdb_last_load_keys_loaded"));
            int expired = Integer.parseInt(info.get("rdb_last_load_keys_expired"));
            assertTrue(expired == 99 || expired == 100, "expired " + expired);
        }
    }

    @Test
    void reloadBringsBackEverything() {
        try (ServerProcess server = ServerProcess.start(ServerKind.LOCKSTEP);
                RespClient client = server.connect()) {
            server.fill(1_000, "key", 100);
            client.ok("SET", "number", "123456");
            client.ok("SET", "compressible", "abc".repeat(10_000));
            client.ok("SET", "later", "v", "PXAT", "99999999999999");
            client.ok("APPEND", "appended", "123");
            client.ok("SELECT", "7");
            client.ok("SET", "elsewhere", "x".repeat(100_000));
            client.ok("SELECT", "0");
            String digest = Replicas.digest(server);
            client.ok("DEBUG", "RELOAD");
            assertEquals(digest, Replicas.digest(server));
            assertEquals(99999999999999L, client.ok("PEXPIRETIME", "later").integer());
            assertEquals("int", client.ok("OBJECT", "ENCODING", "number").text());
            assertEquals("0", client.info("persistence").get("rdb_changes_since_last_save"));

            client.ok("SET", "unsaved", "v");
            client.ok("DEBUG", "RELOAD", "NOSAVE");
            assertEquals(digest, Replicas.digest(server));

            client.ok("SET", "unsaved", "v");
            client.ok("SET", "number", "7");
            client.ok("DEBUG", "RELOAD", "NOSAVE", "NOFLUSH", "MERGE");
            assertEquals("v", client.ok("GET", "unsaved").text());
            assertEquals("123456", client.ok("GET", "number").text());
            client.ok("DEL", "unsaved");
            assertEquals(digest, Replicas.digest(server));
        }
    }

    @Test
    void aFileForMoreDatabasesIsRefused() {
        try (ServerProcess many = ServerProcess.start(ServerKind.LOCKSTEP, "databases 32");
                RespClient client = many.connect()) {
            client.ok("SELECT", "20");
            client.ok("SET", "k", "v");
            client.ok("SAVE");
            ServerProcess.Builder few =
                    ServerProcess.builder(ServerKind.LOCKSTEP).conf("databases 16");
            try {
                Files.copy(dump(many), few.directory().resolve("dump.rdb"));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            try (ServerProcess server = few.launch()) {
                assertEquals(1, server.awaitExit(LIMIT), server::logTail);
                assertTrue(
                        server.log()
                                .contains(
                                        "the data need database 20, but this server is configured"
                                                + " with 'databases 16'"),
                        server::logTail);
            }
        }
    }
}
