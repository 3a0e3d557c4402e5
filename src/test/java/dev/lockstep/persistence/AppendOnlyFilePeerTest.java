package dev.lockstep.persistence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.testing.Await;
import dev.lockstep.testing.EveryType;
import dev.lockstep.testing.Program;
import dev.lockstep.testing.Replicas;
import dev.lockstep.testing.ServerKind;
import dev.lockstep.testing.ServerProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The append-only file from outside: what is in it, whom it suits, how it begins, and what a damaged one does. */
class AppendOnlyFilePeerTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String DIRECTORY = "appendonlydir";

    private static String digest(ServerProcess server) {
        return server.call("DEBUG", "DIGEST").toString();
    }

    private static void rewrite(ServerProcess server) {
        assertTrue(server.call("BGREWRITEAOF").toString().startsWith("+Background append only"));
        awaitRewritten(server);
    }

    private static void awaitRewritten(ServerProcess server) {
        Await.until(
                "the append-only file is rewritten",
                LIMIT,
                () -> {
                    var info = server.info("persistence");
                    return info.get("aof_rewrite_in_progress").equals("0")
                            && info.get("aof_rewrite_scheduled").equals("0");
                },
                server::logTail);
        assertEquals("ok", server.info("persistence").get("aof_last_bgrewrite_status"));
    }

    private static void writeMore(ServerProcess server, long seed) {
        EveryType writes = new EveryType(seed);
        for (int i = 0; i < 500; i++) {
            server.call(writes.write());
        }
    }

    private static Path manifest(ServerProcess server) {
        return server.directory().resolve(DIRECTORY).resolve("appendonly.aof.manifest");
    }

    private static void copyParts(Path from, Path to) throws IOException {
        Path target = Files.createDirectories(to.resolve(DIRECTORY));
        try (Stream<Path> files = Files.list(from.resolve(DIRECTORY))) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Files.copy(file, target.resolve(file.getFileName()));
            }
        }
    }

    /** Every type, in a base as RDB or as commands, and in the increment behind it. */
    private static void goesFromOneToTheOther(ServerKind from, ServerKind to, String preamble)
            throws IOException {
        ServerProcess.Builder second = ServerProcess.builder(to).conf("appendonly yes");
        String expected;
        try (ServerProcess first =
                ServerProcess.start(
                        from,
                        "appendonly yes",
                        "appendfsync always", // else a kill may cost stock two seconds of writes
                        "aof-use-rdb-preamble " + preamble)) {
            EveryType.fill(first, 1);
            rewrite(first);
            writeMore(first, 2);
            expected = digest(first);
            first.kill();
            Program.run(LIMIT, "redis-check-aof", manifest(first).toString()).expectExit(0);
            copyParts(first.directory(), second.directory());
        }
        try (ServerProcess other = second.start()) {
            other.awaitLoaded();
            assertEquals(expected, digest(other), other::logTail);
        }
    }

    @Test
    void stockLoadsABaseThatIsAnRdb() throws IOException {
        goesFromOneToTheOther(ServerKind.LOCKSTEP, ServerKind.STOCK, "yes");
    }

    @Test
    void stockLoadsABaseOfCommands() throws IOException {
        goesFromOneToTheOther(ServerKind.LOCKSTEP, ServerKind.STOCK, "no");
    }

    @Test
    void stocksRdbBaseIsLoaded() throws IOException {
        goesFromOneToTheOther(ServerKind.STOCK, ServerKind.LOCKSTEP, "yes");
    }

    @Test
    void stocksBaseOfCommandsIsLoaded() throws IOException {
        goesFromOneToTheOther(ServerKind.STOCK, ServerKind.LOCKSTEP, "no");
    }

    @Test
    void ourOwnBaseOfCommandsIsLoaded() throws IOException {
        goesFromOneToTheOther(ServerKind.LOCKSTEP, ServerKind.LOCKSTEP, "no");
    }

    @Test
    void whoTurnsItOnInTheConfigurationKeepsWhatTheRdbFileHolds() {
        ServerProcess.Builder second =
                ServerProcess.builder(ServerKind.LOCKSTEP).conf("appendonly yes");
        try (ServerProcess first = ServerProcess.start(ServerKind.LOCKSTEP)) {
            first.call("SET", "k", "v");
            first.call("SAVE");
            Files.copy(
                    first.directory().resolve("dump.rdb"), second.directory().resolve("dump.rdb"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        try (ServerProcess server = second.start()) {
            server.awaitLoaded();
            assertEquals("\"v\"", server.call("GET", "k").toString());
            server.call("SET", "later", "w");
            server.kill();
            server.restart();
            server.awaitLoaded();
            assertEquals("\"v\"", server.call("GET", "k").toString());
            assertEquals("\"w\"", server.call("GET", "later").toString());
        }
    }

    @Test
    void turnedOnAndOffWhileTheServerRuns() throws IOException {
        try (ServerProcess server = ServerProcess.start(ServerKind.LOCKSTEP)) {
            server.call("SET", "k", "1");
            assertEquals("+OK", server.call("CONFIG", "SET", "appendonly", "yes").toString());
            server.call("SET", "meanwhile", "2");
            awaitRewritten(server);
            assertEquals("1", server.info("persistence").get("aof_enabled"));
            server.call("SET", "later", "3");
            assertEquals("+OK", server.call("CONFIG", "SET", "appendonly", "no").toString());
            server.call("SET", "off", "4");
            assertEquals("+OK", server.call("DEBUG", "LOADAOF").toString());
            assertEquals(":3", server.call("DBSIZE").toString());
            assertEquals("nil", server.call("GET", "off").toString());
            Program.run(LIMIT, "redis-check-aof", manifest(server).toString()).expectExit(0);
        }
    }

    @Test
    void aPartThatIsCutOffEndsWhereItMakesSense() throws IOException {
        try (ServerProcess server = ServerProcess.start(ServerKind.LOCKSTEP, "appendonly yes")) {
            server.call("SET", "k", "1");
            server.kill();
            Path increment = manifest(server).resolveSibling("appendonly.aof.1.incr.aof");
            long length = Files.size(increment);
            Files.writeString(
                    increment,
                    "*1\r\n$5\r\nMULTI\r\n*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\n2\r\n*3\r\n$3\r\nSE",
                    StandardOpenOption.APPEND);
            server.restart();
            server.awaitLoaded();
            assertEquals("\"1\"", server.call("GET", "k").toString());
            assertEquals(length, Files.size(increment));
            assertTrue(server.log().contains("Truncating the AOF appendonly.aof.1.incr.aof"));
            server.call("SET", "k", "3");
            server.kill();
            server.restart();
            server.awaitLoaded();
            assertEquals("\"3\"", server.call("GET", "k").toString());
        }
    }

    @Test
    void aDamagedPartIsAnErrorThatNamesPartAndOffset() throws IOException {
        try (ServerProcess server = ServerProcess.start(ServerKind.LOCKSTEP, "appendonly yes")) {
            server.call("SET", "k", "1");
            server.kill();
            Path increment = manifest(server).resolveSibling("appendonly.aof.1.incr.aof");
            long length = Files.size(increment);
            Files.writeString(increment, "garbage", StandardOpenOption.APPEND);
            byte[] before = Files.readAllBytes(increment);
            server.relaunch();
            assertEquals(1, server.awaitExit(LIMIT));
            assertTrue(
                    server.log()
                            .contains(
                                    "Bad file format reading the append only file appendonly.aof.1.incr.aof at offset "
                                            + length),
                    server::logTail);
            assertEquals(before.length, Files.size(increment));
        }
    }

    @Test
    void aReplicaRecordsItsMastersStream() {
        try (ServerProcess master = ServerProcess.start(ServerKind.STOCK);
                ServerProcess replica =
                        ServerProcess.start(ServerKind.LOCKSTEP, "appendonly yes")) {
            EveryType.fill(master, 3);
            replica.call("REPLICAOF", "127.0.0.1", "" + master.port());
            Replicas.awaitLink(replica);
            awaitRewritten(replica);
            writeMore(master, 4);
            master.call("SET", "last", "1");
            Await.until(
                    "the replica has it",
                    LIMIT,
                    () -> replica.call("GET", "last").toString().equals("\"1\""),
                    replica::logTail);
            String expected = digest(master);
            assertEquals(expected, digest(replica));
            replica.call("REPLICAOF", "NO", "ONE");
            replica.kill();
            replica.restart();
            replica.awaitLoaded();
            assertEquals(expected, digest(replica), replica::logTail);
            assertFalse(replica.log().contains("Bad file format"));
        }
    }

    /** Unless it is to be kept. */
    private static void awaitHistoryDeleted(ServerProcess server) {
        boolean kept =
                server.call("CONFIG", "GET", "aof-disable-auto-gc").toString().contains("yes");
        Await.until(
                "what is superfluous is deleted",
                LIMIT,
                () -> kept || !read(manifest(server)).contains(" type h"));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> manifestsOnTheWay(ServerKind kind) throws IOException {
        List<String> manifests = new ArrayList<>();
        try (ServerProcess server =
                ServerProcess.start(kind, "auto-aof-rewrite-percentage 0", "save ''")) {
            server.call("SET", "k", "1");
            String[][] steps = {
                {"CONFIG", "SET", "appendonly", "yes"},
                {"SET", "k", "2"},
                {"BGREWRITEAOF"},
                {"CONFIG", "SET", "appendonly", "no"},
                {"BGREWRITEAOF"},
                {"DEBUG", "LOADAOF"},
                {"CONFIG", "SET", "appendonly", "yes"},
                {"CONFIG", "SET", "aof-disable-auto-gc", "yes"},
                {"BGREWRITEAOF"},
                {"SET", "k", "3"},
                {"BGREWRITEAOF"},
                {"CONFIG", "SET", "aof-disable-auto-gc", "no"},
                {"DEBUG", "LOADAOF"},
                {"BGREWRITEAOF"},
                {"CONFIG", "SET", "aof-use-rdb-preamble", "no"},
                {"BGREWRITEAOF"},
            };
            for (String[] step : steps) {
                assertFalse(server.call(step).toString().startsWith("-"), server::logTail);
                awaitRewritten(server);
                awaitHistoryDeleted(server);
                manifests.add(String.join(" ", step) + "\n" + read(manifest(server)));
            }
            manifests.add(digest(server));
        }
        return manifests;
    }

    @Test
    void partsAndNumbersAreThoseOfStock() throws IOException {
        assertEquals(
                String.join("\n", manifestsOnTheWay(ServerKind.STOCK)),
                String.join("\n", manifestsOnTheWay(ServerKind.LOCKSTEP)));
    }

    @Test
    void turnedOnDuringASaveItWaitsForThat() throws IOException {
        try (ServerProcess server = ServerProcess.start(ServerKind.LOCKSTEP)) {
            server.call("SET", "k", "1");
            server.call("CONFIG", "SET", "rdb-key-save-delay", "10000000");
            server.call("BGSAVE");
            assertEquals("+OK", server.call("CONFIG", "SET", "appendonly", "yes").toString());
            assertEquals("1", server.info("persistence").get("aof_rewrite_scheduled"));
            assertEquals("0", server.info("persistence").get("aof_rewrite_in_progress"));
            assertFalse(Files.exists(manifest(server)));
            server.call("SET", "k", "2");
            server.call("CONFIG", "SET", "rdb-key-save-delay", "0");
            server.call("FLUSHALL");
            server.call("SET", "k", "3");
            awaitRewritten(server);
            server.call("SET", "later", "4");
            assertEquals("+OK", server.call("DEBUG", "LOADAOF").toString());
            assertEquals("\"3\"", server.call("GET", "k").toString());
            assertEquals("\"4\"", server.call("GET", "later").toString());
        }
    }

    /** A rewrite that was begun without a file has recorded no changes: it may not become the base of one. */
    @Test
    void turnedOnDuringARewriteItBeginsAnother() {
        try (ServerProcess server =
                ServerProcess.start(ServerKind.LOCKSTEP, "rdb-key-save-delay 300000")) {
            for (int i = 0; i < 10; i++) {
                server.call("SET", "k:" + i, "1");
            }
            assertTrue(server.call("BGREWRITEAOF").toString().startsWith("+"));
            Await.until(
                    "the base is being written",
                    LIMIT,
                    () -> server.log().contains("rewriting started"));
            server.call("SET", "meanwhile", "1");
            server.call("CONFIG", "SET", "rdb-key-save-delay", "0");
            assertEquals("+OK", server.call("CONFIG", "SET", "appendonly", "yes").toString());
            server.call("SET", "later", "1");
            awaitRewritten(server);
            server.call("SET", "last", "1");
            assertEquals("+OK", server.call("DEBUG", "LOADAOF").toString());
            assertEquals(":13", server.call("DBSIZE").toString(), server::logTail);
        }
    }

    @Test
    void waitaofEndsWithTheFileBeingTurnedOff() throws IOException {
        try (ServerProcess server =
                        ServerProcess.start(
                                ServerKind.LOCKSTEP, "appendonly yes", "appendfsync no");
                var client = server.connect()) {
            client.ok("SET", "k", "1");
            client.send("WAITAOF", "1", "0", "0");
            Await.until(
                    "it waits",
                    LIMIT,
                    () -> server.info("clients").get("blocked_clients").equals("1"));
            server.call("CONFIG", "SET", "appendonly", "no");
            assertEquals(
                    "-ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.",
                    client.read().toString());
        }
    }

    /** What a script tells only replicas is no business of the file, and is waited for by nobody. */
    @Test
    void waitaofDoesntWaitForWhatTheFileIsNotToHold() {
        try (ServerProcess server = ServerProcess.start(ServerKind.LOCKSTEP, "appendonly yes");
                ServerProcess replica =
                        ServerProcess.start(
                                ServerKind.STOCK, "replicaof 127.0.0.1 " + server.port());
                var client = server.connect()) {
            Replicas.awaitLink(replica);
            client.ok("EVAL", "redis.set_repl(redis.REPL_REPLICA) redis.call('SET', 'k', 1)", "0");
            assertEquals(
                    List.of(":1", ":0").toString(),
                    client.call("WAITAOF", "1", "0", "30000").toString());
        }
    }

    @Test
    void waitaofTellsWhenTheWritesAreOnDisk() {
        try (ServerProcess server = ServerProcess.start(ServerKind.LOCKSTEP, "appendonly yes");
                var client = server.connect()) {
            client.call("SET", "k", "1");
            assertEquals(
                    List.of(":1", ":0").toString(),
                    client.call("WAITAOF", "1", "0", "30000").toString());
        }
    }
}
