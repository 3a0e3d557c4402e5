package dev.lockstep.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.testing.Replicas;
import dev.lockstep.testing.ServerKind;
import dev.lockstep.testing.ServerProcess;
import dev.lockstep.testing.TempDir;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What can't be loaded or used at start ends the server with exit code 1 and one line that says what and where. */
class CorruptFilesTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static byte[] dump;
    private static String digest;

    @BeforeAll
    static void saveADump() throws IOException {
        try (ServerProcess server = ServerProcess.start(ServerKind.LOCKSTEP)) {
            server.fill(2_000, "key", 50);
            server.call("SET", "compressible", "abc".repeat(1_000));
            server.call("SET", "number", "12345");
            server.call("SET", "later", "v", "EX", "100000");
            assertEquals("+OK", server.call("SAVE").toString());
            digest = Replicas.digest(server);
            dump = Files.readAllBytes(server.directory().resolve("dump.rdb"));
        }
    }

    /** Starts on these bytes and expects an end with code 1; the log. */
    private static String refuses(byte[] file) throws IOException {
        ServerProcess.Builder builder = ServerProcess.builder(ServerKind.LOCKSTEP);
        Files.write(builder.directory().resolve("dump.rdb"), file);
        try (ServerProcess server = builder.launch()) {
            assertEquals(1, server.awaitExit(LIMIT), server::logTail);
            assertFalse(server.log().contains("\tat "), server::logTail);
            assertFalse(server.log().contains("Ready to accept connections"), server::logTail);
            assertTrue(
                    Arrays.equals(file, Files.readAllBytes(server.directory().resolve("dump.rdb"))),
                    "the file was changed");
            return server.log();
        }
    }

    @Test
    void theWholeDumpLoads() throws IOException {
        ServerProcess.Builder builder = ServerProcess.builder(ServerKind.LOCKSTEP);
        Files.write(builder.directory().resolve("dump.rdb"), dump);
        try (ServerProcess server = builder.start()) {
            assertEquals(digest, Replicas.digest(server));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 8, 9, 20, 1_000, 60_000, -1, -8, -9, -100})
    void aTruncatedDumpIsRefused(int length) throws IOException {
        int kept = length > 0 ? length : dump.length + length;
        String log = refuses(Arrays.copyOf(dump, kept));
        assertTrue(log.contains("dump.rdb") || log.contains("RDB"), log);
    }

    @Test
    void aDumpWithAFlippedBitIsRefused() throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 5; i++) {
            byte[] flipped = dump.clone();
            int at = 100 + random.nextInt(dump.length - 100);
            flipped[at] ^= (byte) (1 << random.nextInt(8));
            String log = refuses(flipped);
            assertFalse(log.isBlank(), "seed " + seed + ", byte " + at);
        }
    }

    @Test
    void whatIsNoDumpIsRefused() throws IOException {
        assertTrue(
                refuses("not a dump at all".getBytes())
                        .contains("Wrong signature trying to load DB from file"));
        byte[] future = dump.clone();
        System.arraycopy("9999".getBytes(), 0, future, 5, 4);
        assertTrue(refuses(future).contains("Can't handle RDB format version 9999"));
    }

    @Test
    void aFlippedChecksumIsRefusedUnlessChecksumsAreOff() throws IOException {
        byte[] flipped = dump.clone();
        flipped[dump.length - 1] ^= 1;
        assertTrue(refuses(flipped).toLowerCase(Locale.ROOT).contains("checksum"));
        ServerProcess.Builder builder =
                ServerProcess.builder(ServerKind.LOCKSTEP).conf("rdbchecksum no");
        Files.write(builder.directory().resolve("dump.rdb"), flipped);
        try (ServerProcess server = builder.start()) {
            assertEquals(digest, Replicas.digest(server));
        }
    }

    @Test
    void aDirectoryThatIsMissingIsOneClearLine() {
        try (ServerProcess server =
                ServerProcess.builder(ServerKind.LOCKSTEP)
                        .conf("dir /no/such/directory")
                        .launch()) {
            assertEquals(1, server.awaitExit(LIMIT), server::logTail);
            assertTrue(server.log().contains("/no/such/directory"), server::logTail);
            assertTrue(server.log().contains("No such file or directory"), server::logTail);
            assertFalse(server.log().contains("\tat "), server::logTail);
        }
    }

    @Test
    void aPortInUseIsOneClearLine() {
        try (ServerProcess first = ServerProcess.start(ServerKind.LOCKSTEP);
                ServerProcess second =
                        ServerProcess.builder(ServerKind.LOCKSTEP).port(first.port()).launch()) {
            assertEquals(1, second.awaitExit(LIMIT), second::logTail);
            assertTrue(
                    second.log()
                            .contains(
                                    "Could not create server TCP listening socket 127.0.0.1:"
                                            + first.port()
                                            + ": bind: Address already in use"),
                    second::logTail);
            assertFalse(second.log().contains("\tat "), second::logTail);
            assertEquals("+PONG", first.call("PING").toString());
        }
    }

    @Test
    void aDirectiveThatIsUnknownIsFatal() {
        try (ServerProcess server =
                ServerProcess.builder(ServerKind.LOCKSTEP).conf("no-such-directive 1").launch()) {
            assertEquals(1, server.awaitExit(LIMIT), server::logTail);
            assertTrue(server.log().contains("*** FATAL CONFIG FILE ERROR"), server::logTail);
            assertTrue(server.log().contains(">>> 'no-such-directive 1'"), server::logTail);
            assertTrue(
                    server.log().contains("Bad directive or wrong number of arguments"),
                    server::logTail);
        }
    }

    @Test
    void aLogFileThatCantBeOpenedIsFatal() {
        try (TempDir directory = new TempDir();
                ServerProcess server =
                        ServerProcess.builder(ServerKind.LOCKSTEP)
                                .conf(
                                        "logfile "
                                                + Path.of(
                                                        directory.path().toString(),
                                                        "none",
                                                        "x.log"))
                                .launch()) {
            assertEquals(1, server.awaitExit(LIMIT), server::logTail);
            assertTrue(server.log().contains("Can't open the log file"), server::logTail);
        }
    }
}
