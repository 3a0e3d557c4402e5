package dev.lockstep.faults;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.testing.Await;
import dev.lockstep.testing.Program;
import dev.lockstep.testing.RespClient;
import dev.lockstep.testing.ServerKind;
import dev.lockstep.testing.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * A dump that can't be written leaves the old one, is told to clients and operators, and ends when there is room.
 *
 * <p>The disk is full from the moment the process may write no file beyond a size, set with prlimit; the signal that
 * comes with it is ignored, so that write() fails as on a full disk.
 */
class FullDiskTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final String MISCONF =
            "-MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk."
                    + " Commands that may modify the data set are disabled, because this instance is configured to report"
                    + " errors during writes if RDB snapshotting fails (stop-writes-on-bgsave-error option). Please check"
                    + " the Redis logs for details about the RDB error.";

    private static ServerProcess startWithSavePoint() {
        return ServerProcess.builder(ServerKind.LOCKSTEP)
                .prefix("env", "--ignore-signal=XFSZ")
                .conf("save 3600 1000000")
                .start();
    }

    private static void limitFiles(ServerProcess server, String bytes) {
        Program.run(LIMIT, "prlimit", "--pid", "" + server.pid(), "--fsize=" + bytes + ":unlimited")
                .expectExit(0);
    }

    private static void bgsave(ServerProcess server, String status) {
        assertTrue(server.call("BGSAVE").toString().startsWith("+Background saving started"));
        Await.until(
                "rdb_last_bgsave_status:" + status,
                LIMIT,
                () ->
                        server.info("persistence").get("rdb_bgsave_in_progress").equals("0")
                                && server.info("persistence")
                                        .get("rdb_last_bgsave_status")
                                        .equals(status),
                () -> server.info("persistence") + server.logTail());
    }

    private static List<String> files(ServerProcess server) throws IOException {
        try (Stream<Path> files = Files.list(server.directory())) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void aFailedSaveStopsWritesAndKeepsTheOldDump() throws IOException {
        try (ServerProcess server = startWithSavePoint()) {
            Path dump = server.directory().resolve("dump.rdb");
            server.call("SET", "k", "old");
            bgsave(server, "ok");
            byte[] old = Files.readAllBytes(dump);
            server.fill(5_000, "bulk", 500);

            limitFiles(server, "500000");
            bgsave(server, "err");
            assertArrayEquals(old, Files.readAllBytes(dump));
            assertEquals(List.of("dump.rdb", "server.conf", "server.log"), files(server));
            try (RespClient client = server.connect()) {
                assertEquals(MISCONF, client.call("SET", "k", "new").toString());
                assertEquals(MISCONF, client.call("DEL", "k").toString());
                assertEquals("\"old\"", client.call("GET", "k").toString());
                assertEquals(MISCONF, client.call("PING").toString());
                assertTrue(client.call("SAVE").isError());
                client.ok("CONFIG", "SET", "stop-writes-on-bgsave-error", "no");
                client.ok("SET", "k", "new");
                client.ok("CONFIG", "SET", "stop-writes-on-bgsave-error", "yes");
                assertEquals(MISCONF, client.call("SET", "k", "newer").toString());
            }
            assertArrayEquals(old, Files.readAllBytes(dump));

            limitFiles(server, "unlimited");
            bgsave(server, "ok");
            assertEquals("+OK", server.call("SET", "k", "newest").toString());
            assertFalse(server.log().contains("\tat "), server::logTail);
            server.kill();
            server.restart();
            assertEquals("new", server.call("GET", "k").text());
            assertEquals(500, server.call("STRLEN", "bulk:4999").integer());
        }
    }

    @Test
    void shutdownThatCantSaveDoesNotShutDown() throws IOException {
        try (ServerProcess server = startWithSavePoint()) {
            server.fill(5_000, "bulk", 500);
            limitFiles(server, "500000");
            assertEquals(
                    "-ERR Errors trying to SHUTDOWN. Check logs.",
                    server.call("SHUTDOWN", "SAVE").toString());
            assertTrue(server.isAlive());
            assertEquals(500, server.call("STRLEN", "bulk:4999").integer());
            limitFiles(server, "unlimited");
            assertEquals(0, server.terminate(), server::logTail);
            server.restart();
            assertEquals(5_000, server.call("DBSIZE").integer());
        }
    }
}
