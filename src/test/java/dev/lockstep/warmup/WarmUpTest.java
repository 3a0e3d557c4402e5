package dev.lockstep.warmup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.testing.Await;
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

/** The rehearsal that has the JVM compile hot code takes idle time only, and nobody can tell afterwards that it was there. */
class WarmUpTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String ENDED = "JIT warm-up:";

    private static ServerProcess start(String... conf) {
        return ServerProcess.builder(ServerKind.LOCKSTEP)
                .conf("jit-warmup yes", "loglevel debug")
                .conf(conf)
                .start();
    }

    private static void awaitEnd(ServerProcess server) {
        Await.until("it has ended", LIMIT, () -> server.log().contains(ENDED), server::logTail);
    }

    /** How many threads of the server have names that begin so; the system keeps 15 characters. */
    private static long threads(ServerProcess server, String prefix) {
        try (Stream<Path> threads = Files.list(Path.of("/proc/" + server.pid() + "/task"))) {
            return threads.filter(thread -> name(thread).startsWith(prefix)).count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String name(Path thread) {
        try {
            return Files.readString(thread.resolve("comm")).strip();
        } catch (IOException ended) {
            return "";
        }
    }

    private static void awaitOnly(ServerProcess server, int ioThreads) {
        Await.until(
                "its threads have ended",
                LIMIT,
                () ->
                        threads(server, "lockstep-execut") == 1
                                && threads(server, "lockstep-io") == ioThreads
                                && threads(server, "lockstep-warmup") == 0);
    }

    private static void leavesNothingBehind(int ioThreads, String... conf) throws IOException {
        try (ServerProcess server = start(conf)) {
            server.call("PING"); // lets a thread for it begin
            awaitEnd(server);
            assertTrue(server.log().contains(ENDED + " took "), server::logTail);
            assertFalse(server.log().contains(":S "), server::logTail);
            assertFalse(server.log().contains("Background"), server::logTail);
            assertEquals(":0", server.call("DBSIZE").toString());
            assertEquals("0", server.info("stats").get("total_net_repl_output_bytes"));
            assertTrue(
                    Integer.parseInt(server.info("stats").get("total_connections_received")) < 20);
            try (Stream<Path> files = Files.list(server.directory())) {
                assertEquals(
                        List.of("server.conf", "server.log"),
                        files.map(file -> file.getFileName().toString()).sorted().toList());
            }
            awaitOnly(server, ioThreads);
        }
    }

    @Test
    void itLeavesNothingBehind() throws IOException {
        leavesNothingBehind(0);
    }

    @Test
    void itRehearsesWhatIsConfigured() throws IOException {
        leavesNothingBehind(1, "io-threads 2", "maxmemory-policy allkeys-lru");
    }

    @Test
    void itWaitsWhileThereIsWork() {
        try (ServerProcess server = start();
                RespClient client = server.connect()) {
            long until = System.nanoTime() + Duration.ofSeconds(4).toNanos();
            while (System.nanoTime() < until) {
                client.ok("SET", "k", "v");
            }
            assertFalse(server.log().contains(ENDED), server::logTail);
            awaitEnd(server);
        }
    }

    @Test
    void itIsGivenUpWhenItIsTurnedOff() {
        try (ServerProcess server = start()) {
            Await.until("it has begun", LIMIT, () -> threads(server, "lockstep-execut") == 2);
            assertEquals("+OK", server.call("CONFIG", "SET", "jit-warmup", "no").toString());
            awaitOnly(server, 0);
            assertEquals("+PONG", server.call("PING").toString());
        }
    }
}
