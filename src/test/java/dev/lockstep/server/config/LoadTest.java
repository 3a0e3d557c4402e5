package dev.lockstep.server.config;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.server.log.LogLevel;
import dev.lockstep.testing.Reply;
import dev.lockstep.testing.RespClient;
import dev.lockstep.testing.ServerKind;
import dev.lockstep.testing.ServerProcess;
import dev.lockstep.testing.TempDir;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What files, the standard input and the command line make of the settings. */
class LoadTest {
    private final TempDir directory = new TempDir();

    @AfterEach
    void deleteDirectory() {
        directory.close();
    }

    /** Several directives a time, since each time starts a stock server. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "save \"60 1\"\nbind \"127.0.0.1 -::1\"\nshutdown-on-sigint \"now force\"\nmaxmemory 1kB\nhz 0\n"
                        + "latency-tracking-info-percentiles \"1 2\"\noom-score-adj relative\nSLAVE-priority 7\n"
                        + "client-output-buffer-limit \"slave 1 2 3 normal 4 5 6\"\nunixsocketperm 0700\n"
                        + "maxmemory-clients 0%\nnotify-keyspace-events KEA\nloglevel WARNING\nreplicaof No ONE\n"
                        + "proc-title-template '{{title}} {port}'\noom-score-adj-values 1 \" 2\" +3",
                "save \"60  1\"\nshutdown-on-sigint default now default\nmaxmemory b\nhz 10000\nunixsocketperm 700\n"
                        + "latency-tracking-info-percentiles \"\"\nmaxmemory-clients 7%\n\"timeout\" '5'\n"
                        + "notify-keyspace-events lKtEmn\nclient-output-buffer-limit normal 1gb 1G 5\n"
                        + "client-output-buffer-limit REPLICA 2kb 1k 0 pubsub 1 1 1\nhash-max-listpack-entries 20\n"
                        + "hash-max-ziplist-entries 21\nmasterauth \"a \\\"b\\\" \\x01\\xff\\n\\q\"",
                "save \"\"\nshutdown-on-sigterm now save force\nmaxmemory 18446744073709551615\nunixsocketperm ''\n"
                        + "latency-tracking-info-percentiles\nmaxmemory-clients 3mb\nnotify-keyspace-events AnK\n"
                        + "client-output-buffer-limit\nlist-max-ziplist-entries 5\nlua-replicate-commands yes\n"
                        + "masterauth 'a\\'b\\n\"'\nmasteruser a\"b c\"\nmaxclients 200",
                "save\nmaxmemory 99999999999999999999\nnotify-keyspace-events K$lshzxetdmg\n"
                        + "latency-tracking-info-percentiles 99.123456789 50.10 0 100",
                "save 60 1 70 2\nsave \"\"\n# port 1\n   # hz 100\n\t\r\n\r\n\thz\t20 \r",
                "save 900 1\nSAVE 300 10 60 20",
                "save 60 1\nsave \"\"\nsave +60 \" 1\"",
            })
    void aFileSetsWhatItSetsInStock(String conf) {
        Configuration configuration = fromStdin(conf);
        try (ServerProcess stock = ServerProcess.start(ServerKind.STOCK, conf.split("\n"));
                RespClient client = stock.connect()) {
            for (String line : conf.split("\n")) {
                List<String> words = Quoting.split(line.replace('#', ' '));
                if (!words.isEmpty()
                        && configuration.find(words.get(0)) != null
                        && !words.get(0).equals("port")) {
                    String name = words.get(0);
                    Reply.Items answer = (Reply.Items) client.ok("CONFIG", "GET", name);
                    assertEquals(
                            answer.elements().get(1).text(), configuration.find(name).text(), name);
                }
            }
        }
    }

    @Test
    void withoutASaveLineTheDefaultsHold() {
        assertEquals("3600 1 300 100 60 10000", load().snapshots.save.text());
        assertNull(load().file());
    }

    @Test
    void fileThenStdinThenOptionsAndTheLastWordCounts() throws IOException {
        Path conf = directory.path().resolve("my.conf");
        Files.writeString(conf, "port 1\nhz 11\ntimeout 1");
        InputStream stdin =
                new ByteArrayInputStream("hz 22\ntimeout 2".getBytes(StandardCharsets.UTF_8));
        String[] args = {conf.toString(), "--timeout", "3", "-"};
        Configuration configuration = Configuration.load(args, stdin);
        assertEquals(1, configuration.network.port.get());
        assertEquals(22, configuration.general.hz.get());
        assertEquals(3, configuration.network.timeout.get());
        assertEquals(conf, configuration.file());
    }

    @Test
    void optionsTakeSeveralValuesAndSaveMayHaveNone() throws IOException {
        Path conf = Files.createFile(directory.path().resolve("my.conf"));
        assertEquals("", load("--save", "--loglevel", "verbose").snapshots.save.text());
        assertEquals("", load("--loglevel", "verbose", "--save").snapshots.save.text());
        assertEquals("", load("--save", "", "--loglevel", "verbose").snapshots.save.text());
        assertEquals(
                "60 1 70 2", load("--save", "60", "1", "--save", "70", "2").snapshots.save.text());
        assertEquals("60 1", load("--save", "", "--save", "60", "1").snapshots.save.text());
        Configuration configuration =
                load(
                        conf.toString(),
                        "loglevel",
                        "verbose",
                        "--maxmemory '700mb'",
                        "--maxmemory-policy volatile-lru",
                        "--shutdown-on-sigint",
                        "nosave",
                        "force",
                        "now",
                        "--shutdown-on-sigterm",
                        "nosave force",
                        "--client-output-buffer-limit",
                        "replica 1 2 3",
                        "--proc-title-template",
                        "--my--title--template",
                        "--bind",
                        "127.0.0.1",
                        "-::1");
        assertEquals(LogLevel.VERBOSE, configuration.general.logLevel.get());
        assertEquals(734003200, configuration.memory.maxMemory.bytes());
        assertEquals(MemorySettings.EvictionPolicy.VOLATILE_LRU, configuration.memory.policy.get());
        assertEquals("nosave now force", configuration.general.shutdownOnSigint.text());
        assertEquals(
                Set.of(ShutdownFlag.NOSAVE, ShutdownFlag.FORCE),
                configuration.general.shutdownOnSigterm.get());
        assertEquals(
                new OutputBufferLimit(1, 2, 3), configuration.clients.outputBufferLimit.replica());
        assertEquals("--my--title--template", configuration.find("proc-title-template").text());
        assertEquals(List.of("127.0.0.1", "-::1"), configuration.network.bind.get());
    }

    @Test
    void aTitleMayBeTheNameOfAnOption() {
        Configuration configuration =
                load("--proc-title-template", "--save", "--save", "", "--loglevel", "verbose");
        assertEquals("--save", configuration.find("proc-title-template").text());
        assertEquals("", configuration.snapshots.save.text());
        assertEquals("verbose", configuration.general.logLevel.text());
    }

    @Test
    void includesTakePatternsInSortedOrderAndMayMatchNothing() throws IOException {
        Path parts = Files.createDirectories(directory.path().resolve("conf.d/x1"));
        Files.createDirectories(directory.path().resolve("conf.d/x2"));
        Files.writeString(parts.resolve("b.conf"), "hz 22");
        Files.writeString(parts.resolve("a.conf"), "hz 11\ntimeout 1");
        Files.writeString(parts.resolve(".hidden.conf"), "hz 99");
        Files.writeString(directory.path().resolve("conf.d/x2/c.conf"), "timeout 7");
        Path conf = directory.path().resolve("my.conf");
        Files.writeString(
                conf,
                "dir "
                        + directory.path()
                        + "\ninclude conf.d/x?/[!c].conf\ninclude none*/x\ninclude conf.d/x2/c.conf\n");
        Configuration configuration = load(conf.toString());
        assertEquals(22, configuration.general.hz.get());
        assertEquals(7, configuration.network.timeout.get());
    }

    @Test
    void dirIsRelativeToTheDirBeforeAndFileNamesToDir() throws IOException {
        Path real = directory.path().toRealPath();
        Files.createDirectories(real.resolve("a/b"));
        Configuration configuration = load("--dir", real.toString(), "--dir", "a", "--dir", "./b");
        assertEquals(real.resolve("a/b"), configuration.snapshots.dir.get());
        assertEquals(real.resolve("a/b").toString(), configuration.snapshots.dir.text());
        assertEquals(
                real.resolve("a/dump.rdb"), configuration.snapshots.dir.resolve("../dump.rdb"));
        assertEquals(Path.of("/x"), configuration.snapshots.dir.resolve("/x"));
    }

    @Test
    void theLogFileIsMadeInDir() {
        load("--dir", directory.path().toString(), "--logfile", "server.log");
        assertTrue(Files.exists(directory.path().resolve("server.log")));
    }

    @Test
    void textsAreBytes() {
        Configuration configuration =
                fromStdin("requirepass \"\\xff\\x00x\"\nreplica-announce-ip h\u00c3\u00a9");
        assertArrayEquals(
                new byte[] {(byte) 0xff, 0, 'x'}, configuration.security.requirePass.bytes());
        assertEquals("h\u00e9", configuration.replication.announceIp.get());
        assertEquals(
                "h\u00e9", load("--replica-announce-ip", "h\u00e9").replication.announceIp.get());
    }

    @Test
    void replicaofNamesTheMasterUntilTheServerSaysOtherwise() {
        Configuration configuration = load("--replicaof", "10.0.0.1", "6380");
        assertEquals(
                new MasterAddress("10.0.0.1", 6380), configuration.replication.replicaOf.get());
        configuration.replication.replicaOf.follow(() -> new MasterAddress("other", 1));
        assertEquals("other 1", configuration.get(List.of("slaveof")).get("slaveof"));
        assertNull(load("--replicaof", "no", "one").replication.replicaOf.get());
    }

    @Test
    void renameCommandIsHandedOn() {
        List<RenamedCommand> renamed =
                fromStdin("rename-command FLUSHALL \"\"\nrename-command get g").renamedCommands();
        assertEquals(
                Arrays.asList("FLUSHALL", "", "get", "g"),
                renamed.stream().flatMap(r -> List.of(r.name(), r.newName()).stream()).toList());
    }

    private static Configuration load(String... args) {
        return Configuration.load(args, InputStream.nullInputStream());
    }

    private static Configuration fromStdin(String conf) {
        InputStream stdin =
                new ByteArrayInputStream((conf + "\n").getBytes(StandardCharsets.ISO_8859_1));
        return Configuration.load(new String[] {"-"}, stdin);
    }
}
