package dev.lockstep.persistence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.testing.ServerKind;
import dev.lockstep.testing.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Append-only files as a server that was killed at some moment leaves them: what is loaded, and where it stands. */
class AppendOnlyPartsTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String FIRST = "a".repeat(40);
    private static final String SECOND = "b".repeat(40);

    /** A server that will find these increments, and no base. */
    private static ServerProcess.Builder with(String... increments) throws IOException {
        ServerProcess.Builder builder =
                ServerProcess.builder(ServerKind.LOCKSTEP)
                        .conf("appendonly yes", "auto-aof-rewrite-percentage 0");
        Path directory = Files.createDirectories(directory(builder.directory()));
        List<String> manifest = new ArrayList<>();
        for (int i = 1; i <= increments.length; i++) {
            String name = "appendonly.aof." + i + ".incr.aof";
            manifest.add("file " + name + " seq " + i + " type i\n");
            Files.writeString(directory.resolve(name), increments[i - 1]);
        }
        Files.writeString(directory.resolve("appendonly.aof.manifest"), String.join("", manifest));
        return builder;
    }

    private static Path directory(Path of) {
        return of.resolve("appendonlydir");
    }

    private static String part(ServerProcess server, int number) throws IOException {
        return Files.readString(
                directory(server.directory()).resolve("appendonly.aof." + number + ".incr.aof"));
    }

    private static String command(String... words) {
        StringBuilder text = new StringBuilder("*" + words.length + "\r\n");
        for (String word : words) {
            text.append("$").append(word.length()).append("\r\n").append(word).append("\r\n");
        }
        return text.toString();
    }

    private static String mark(String id, long offset) {
        return "#REPL:" + id + ":" + offset + ":0\r\n";
    }

    /** After a start from there, as the history that it follows on. */
    private static void assertPosition(ServerProcess server, String id, long offset) {
        Map<String, String> info = server.info("replication");
        assertEquals(id, info.get("master_replid2"), server::logTail);
        assertEquals("" + (offset + 1), info.get("second_repl_offset"), server::logTail);
    }

    private static final String SET_K = command("SET", "k", "1");
    private static final String TRANSACTION =
            command("MULTI")
                    + command("SET", "in", "1")
                    + mark(SECOND, 5000)
                    + command("SET", "behind", "1")
                    + command("EXEC");

    @Test
    void aPositionWithinATransactionCountsFromThereOn() throws IOException {
        try (ServerProcess server = with(mark(FIRST, 1000) + SET_K + TRANSACTION).start()) {
            server.awaitLoaded();
            assertEquals(":3", server.call("DBSIZE").toString());
            int counted = command("SET", "behind", "1").length() + command("EXEC").length();
            assertPosition(server, SECOND, 5000 + counted);
        }
    }

    @Test
    void aPositionWithinATransactionThatIsCutOffDoesNotCount() throws IOException {
        String whole = mark(FIRST, 1000) + SET_K;
        String cut = TRANSACTION.substring(0, TRANSACTION.length() - 3);
        try (ServerProcess server = with(whole + cut).start()) {
            server.awaitLoaded();
            assertEquals(":1", server.call("DBSIZE").toString());
            assertPosition(server, FIRST, 1000 + SET_K.length());
            assertTrue(part(server, 1).startsWith(whole));
            assertFalse(part(server, 1).contains(SECOND));
        }
    }

    /** The manifest names the next increment a moment before the server goes on there. */
    @Test
    void thePartBeforeOneThatWasNeverGoneOnInMayBeCutOff() throws IOException {
        for (String next : new String[] {"", mark(SECOND, 9000), "#REPL:bbbb"}) {
            String whole = mark(FIRST, 1000) + SET_K;
            try (ServerProcess server = with(whole + "*3\r\n$3\r\nSE", next, "").start()) {
                server.awaitLoaded();
                assertEquals(":1", server.call("DBSIZE").toString());
                assertPosition(server, FIRST, 1000 + SET_K.length());
                assertEquals(whole, part(server, 1));
                assertFalse(part(server, 3).contains(":9000:"));
                server.call("SET", "later", "1");
                server.kill();
                server.restart();
                server.awaitLoaded();
                assertEquals(":2", server.call("DBSIZE").toString(), server::logTail);
            }
        }
    }

    /** A kill between the new increment and going on there leaves it empty. */
    @Test
    void anEmptyLastPartKeepsThePosition() throws IOException {
        try (ServerProcess server = with(mark(FIRST, 1000) + SET_K, "").start()) {
            server.awaitLoaded();
            assertPosition(server, FIRST, 1000 + SET_K.length());
        }
    }

    /** After a power cut a part may lack its end, at the end of a command, and the next one be there. */
    @Test
    void aGapBetweenPartsVoidsThePosition() throws IOException {
        try (ServerProcess server =
                with(mark(FIRST, 1000) + SET_K, mark(FIRST, 2000) + SET_K).start()) {
            server.awaitLoaded();
            assertEquals("-1", server.info("replication").get("second_repl_offset"));
        }
        long end = 1000 + SET_K.length();
        try (ServerProcess server =
                with(mark(FIRST, 1000) + SET_K, mark(FIRST, end) + SET_K).start()) {
            server.awaitLoaded();
            assertPosition(server, FIRST, end + SET_K.length());
        }
    }

    /** What a master sends is recorded as it comes, also what this server doesn't understand. */
    @Test
    void aMastersUnknownCommandsArePassedOver() throws IOException {
        String unknown = command("NEWCOMMAND", "k", "1") + command("INCR", "k", "too", "many");
        try (ServerProcess server = with(mark(FIRST, 1000) + unknown + SET_K).start()) {
            server.awaitLoaded();
            assertEquals(":1", server.call("DBSIZE").toString());
            assertPosition(server, FIRST, 1000 + unknown.length() + SET_K.length());
        }
        try (ServerProcess server = with(unknown).launch()) {
            assertEquals(1, server.awaitExit(LIMIT));
            assertTrue(server.log().contains("Unknown command 'NEWCOMMAND'"), server::logTail);
        }
    }

    @Test
    void argumentsThatNoClientMaySendAreLoaded() throws IOException {
        ServerProcess.Builder builder =
                with(command("SET", "k", "v".repeat(2_000_000))).conf("proto-max-bulk-len 1mb");
        try (ServerProcess server = builder.start()) {
            server.awaitLoaded();
            assertEquals(":2000000", server.call("STRLEN", "k").toString());
        }
    }

    /** A part that is history keeps its number until its line is gone. */
    @Test
    void theNumberOfAPartThatIsHistoryIsNotGivenAgain() throws IOException {
        ServerProcess.Builder builder = with(SET_K);
        Path directory = directory(builder.directory());
        Files.writeString(
                directory.resolve("appendonly.aof.manifest"),
                "file appendonly.aof.1.incr.aof seq 1 type h\n");
        try (ServerProcess server = builder.start()) {
            server.awaitLoaded();
            server.call("SET", "k", "2");
            server.kill();
            server.restart();
            server.awaitLoaded();
            assertEquals("\"2\"", server.call("GET", "k").toString(), server::logTail);
        }
    }

    @Test
    void aPartBeforeOneWithCommandsMayNotBeCutOff() throws IOException {
        String cut = SET_K + "*3\r\n$3\r\nSE";
        try (ServerProcess server = with(cut, "#TS:1\r\n" + SET_K).launch()) {
            assertEquals(1, server.awaitExit(LIMIT));
            assertTrue(
                    server.log()
                            .contains(
                                    "Unexpected end of file reading the append only file appendonly.aof.1.incr.aof at"
                                            + " offset "
                                            + SET_K.length()),
                    server::logTail);
            assertEquals(cut, part(server, 1));
        }
    }

    @Test
    void aDatabaseThatThereIsNoneOfIsAnError() throws IOException {
        String commands = command("SELECT", "20") + SET_K;
        try (ServerProcess server = with(commands).launch()) {
            assertEquals(1, server.awaitExit(LIMIT));
            assertTrue(
                    server.log()
                            .contains(
                                    "there is no database 20, this server is configured with 'databases 16'"),
                    server::logTail);
        }
    }

    @Test
    void whatWasLeftHalfWrittenIsDeletedAtStart() throws IOException {
        ServerProcess.Builder builder = with(SET_K);
        Path directory = directory(builder.directory());
        Files.writeString(directory.resolve("temp-rewriteaof-bg-1.aof"), "REDIS");
        Files.writeString(directory.resolve("temp-1-2.rdb"), "REDIS");
        Files.writeString(directory.resolve("temp-appendonly.aof.incr"), SET_K);
        try (ServerProcess server = builder.start()) {
            server.awaitLoaded();
            assertEquals(":1", server.call("DBSIZE").toString());
            try (var files = Files.list(directory)) {
                assertEquals(
                        List.of("appendonly.aof.1.incr.aof", "appendonly.aof.manifest"),
                        files.map(file -> file.getFileName().toString()).sorted().toList());
            }
        }
    }
}
