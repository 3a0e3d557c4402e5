package dev.lockstep.faults;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.testing.Await;
import dev.lockstep.testing.Program;
import dev.lockstep.testing.Replicas;
import dev.lockstep.testing.RespClient;
import dev.lockstep.testing.ServerKind;
import dev.lockstep.testing.ServerProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
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

    private static ServerProcess startRecording() {
        return ServerProcess.builder(ServerKind.LOCKSTEP)
                .prefix("env", "--ignore-signal=XFSZ")
                .conf("appendonly yes", "auto-aof-rewrite-percentage 0")
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

    /** What can't be recorded is refused, and what was acknowledged is there when there is room again. */
    @Test
    void aFullDiskStopsWritesToTheAppendOnlyFileWithoutLoss() {
        try (ServerProcess server = startRecording();
                RespClient client = server.connect()) {
            limitFiles(server, "100000");
            int acknowledged = writeUntilTheDiskIsFull(server);
            String reply = client.call("SET", "k", "v").toString();
            assertTrue(
                    reply.startsWith("-MISCONF Errors writing to the AOF file: File too large"),
                    reply);
            assertEquals("err", server.info("persistence").get("aof_last_write_status"));
            assertEquals(reply, client.call("PING").toString());
            assertEquals(":" + (acknowledged + 1), client.call("DBSIZE").toString());

            limitFiles(server, "unlimited");
            Await.until(
                    "the file can be written again",
                    LIMIT,
                    () -> client.call("SET", "more", "1").toString().equals("+OK"),
                    server::logTail);
            assertEquals("ok", server.info("persistence").get("aof_last_write_status"));
            server.kill();
            server.restart();
            server.awaitLoaded();
            assertEquals(":" + (acknowledged + 2), server.call("DBSIZE").toString());
        }
    }

    /** Sets keys until the server closes the connection, since it can't record one more; returns how many it acknowledged. */
    private static int writeUntilTheDiskIsFull(ServerProcess server) {
        int acknowledged = 0;
        try (RespClient client = server.connect()) {
            while (acknowledged < 1000) {
                client.ok("SET", "k:" + acknowledged, "x".repeat(1000));
                acknowledged++;
            }
        } catch (UncheckedIOException closed) {
            return acknowledged;
        }
        throw new AssertionError("the disk is not full");
    }

    @Test
    void whatWasAcknowledgedIsThereAfterAKillWhileTheDiskIsFull() {
        try (ServerProcess server = startRecording()) {
            limitFiles(server, "100000");
            int acknowledged = writeUntilTheDiskIsFull(server);
            server.kill();
            server.restart();
            server.awaitLoaded();
            assertEquals(":" + acknowledged, server.call("DBSIZE").toString());
        }
    }

    /** A replica goes on with its master while its own disk is full, and has its file again when there is room. */
    @Test
    void aReplicaWithAFullDiskKeepsUpWithinItsMemoryAndRecordsAgainLater() {
        try (ServerProcess master = ServerProcess.start(ServerKind.LOCKSTEP);
                ServerProcess replica =
                        ServerProcess.builder(ServerKind.LOCKSTEP)
                                .prefix("env", "--ignore-signal=XFSZ")
                                .conf("appendonly yes", "replicaof 127.0.0.1 " + master.port())
                                .start()) {
            Replicas.awaitSameData(master, replica);
            limitFiles(replica, "100000");
            for (int i = 0; i < 5; i++) {
                master.fill(20, "bulk", 1_000_000);
            }
            Replicas.awaitSameData(master, replica);
            var info = replica.info("persistence");
            assertEquals("err", info.get("aof_last_write_status"));
            assertTrue(Long.parseLong(info.get("aof_buffer_length")) <= 64 << 20, info::toString);
            assertTrue(replica.log().contains("they are given up"), replica::logTail);

            limitFiles(replica, "unlimited");
            replica.call("BGREWRITEAOF"); // it begins by itself as well, some seconds later
            Await.until(
                    "the file is written anew",
                    LIMIT,
                    () ->
                            replica.info("persistence")
                                            .get("aof_last_bgrewrite_status")
                                            .equals("ok")
                                    && replica.info("persistence")
                                            .get("aof_rewrite_scheduled")
                                            .equals("0")
                                    && replica.info("persistence")
                                            .get("aof_rewrite_in_progress")
                                            .equals("0"),
                    replica::logTail);
            master.call("SET", "later", "1");
            Replicas.awaitSameData(master, replica);
            String expected = master.call("DEBUG", "DIGEST").toString();
            master.kill();
            replica.kill();
            replica.restart();
            replica.awaitLoaded();
            assertEquals(expected, replica.call("DEBUG", "DIGEST").toString());
        }
    }

    /** The server goes on after a shutdown that failed, and records what it goes on with. */
    @Test
    void aShutdownThatCantSaveLeavesTheAppendOnlyFileOpen() throws IOException {
        try (ServerProcess server = ServerProcess.start(ServerKind.LOCKSTEP, "appendonly yes")) {
            server.call("SET", "k", "1");
            Files.createDirectories(server.directory().resolve("dump.rdb/in the way"));
            for (int i = 0; i < 2; i++) {
                assertTrue(
                        server.call("SHUTDOWN", "SAVE")
                                .toString()
                                .startsWith("-ERR Errors trying to SHUTDOWN"));
                assertEquals("+OK", server.call("SET", "later:" + i, "2").toString());
            }
            server.kill();
            server.restart();
            server.awaitLoaded();
            assertEquals(":3", server.call("DBSIZE").toString());
        }
    }
}
