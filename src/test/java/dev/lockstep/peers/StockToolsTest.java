package dev.lockstep.peers;

import static dev.lockstep.testing.ServerKind.LOCKSTEP;
import static dev.lockstep.testing.ServerKind.STOCK;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.moilioncircle.redis.replicator.Configuration;
import com.moilioncircle.redis.replicator.RedisReplicator;
import com.moilioncircle.redis.replicator.Replicator;
import com.moilioncircle.redis.replicator.cmd.impl.SetCommand;
import com.moilioncircle.redis.replicator.event.PostRdbSyncEvent;
import com.moilioncircle.redis.replicator.rdb.datatype.KeyStringValueString;
import dev.lockstep.testing.Await;
import dev.lockstep.testing.Program;
import dev.lockstep.testing.Replicas;
import dev.lockstep.testing.RespClient;
import dev.lockstep.testing.ServerKind;
import dev.lockstep.testing.ServerProcess;
import dev.lockstep.testing.TempDir;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.api.StatefulRedisConnection;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.Response;
import redis.clients.jedis.params.SetParams;

/** Redis' own tools, client libraries and an independent replicator work with Lockstep as they do with Redis. */
class StockToolsTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static ServerProcess server;

    @BeforeAll
    static void start() {
        server =
                ServerProcess.builder(LOCKSTEP)
                        .heap("512m")
                        .conf("repl-diskless-sync-delay 0")
                        .start();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void someData() {
        data(server);
    }

    private static void data(ServerProcess target) {
        try (RespClient client = target.connect()) {
            client.ok("FLUSHALL");
            for (int db = 0; db < 16; db++) {
                client.ok("SELECT", "" + db);
                client.ok("SET", "n", "" + (1L << (4 * db)) * (db % 2 == 0 ? 1 : -1));
                client.ok("SET", "text", "in database " + db);
                client.ok("SET", "later", "v", "EX", "10000");
                client.ok("SET", "bytes\0\u00ff", "\0\u0001\u00fe\u00ff");
            }
            client.ok("SET", "", "");
            client.ok("SET", "repeated", "abc".repeat(10_000));
            client.ok("SET", "zeroes", "\0".repeat(1_000_000));
            client.ok("SET", "long", "x".repeat(20_000_000));
        }
        target.fill(5_000, "noise", 100);
    }

    private static Path dump(ServerProcess target) {
        return target.directory().resolve("dump.rdb");
    }

    private static String cli(String... words) {
        List<String> command =
                new ArrayList<>(List.of(ServerKind.program("redis-cli"), "-p", "" + server.port()));
        command.addAll(List.of(words));
        return Program.run(LIMIT, server.directory(), command).expectExit(0).output();
    }

    @Test
    void redisCliFetchesAnRdbThatCheckRdbAndStockAccept() {
        try (TempDir directory = new TempDir()) {
            Path file = directory.path().resolve("fetched.rdb");
            String output = cli("--rdb", file.toString());
            assertTrue(output.contains("Transfer finished with success"), output);
            checkRdb(file);
            assertLoads(STOCK, file, Replicas.digest(server));
        }
    }

    @Test
    void savedDumpsPassBetweenBothServers() {
        assertEquals("+OK", server.call("SAVE").toString());
        checkRdb(dump(server));
        String digest = Replicas.digest(server);
        assertLoads(STOCK, dump(server), digest);
        assertLoads(LOCKSTEP, dump(server), digest);
        try (ServerProcess stock = ServerProcess.start(STOCK)) {
            data(stock);
            assertEquals("+OK", stock.call("SAVE").toString());
            assertLoads(LOCKSTEP, dump(stock), Replicas.digest(stock));
        }
    }

    @Test
    void dumpsWithoutCompressionOrChecksumPassToo() {
        try (ServerProcess plain =
                ServerProcess.start(LOCKSTEP, "rdbcompression no", "rdbchecksum no")) {
            data(plain);
            assertEquals("+OK", plain.call("SAVE").toString());
            checkRdb(dump(plain));
            assertLoads(STOCK, dump(plain), Replicas.digest(plain));
        }
        try (ServerProcess stock =
                ServerProcess.start(STOCK, "rdbcompression no", "rdbchecksum no")) {
            data(stock);
            assertEquals("+OK", stock.call("SAVE").toString());
            assertLoads(LOCKSTEP, dump(stock), Replicas.digest(stock));
        }
    }

    private static void checkRdb(Path file) {
        String output =
                Program.run(LIMIT, ServerKind.program("redis-check-rdb"), file.toString())
                        .expectExit(0)
                        .output();
        assertTrue(output.contains("\\o/ RDB looks OK! \\o/"), output);
    }

    private static void assertLoads(ServerKind kind, Path file, String digest) {
        ServerProcess.Builder builder = ServerProcess.builder(kind).heap("512m");
        copy(file, builder.directory().resolve("dump.rdb"));
        try (ServerProcess loaded = builder.start()) {
            Await.until(
                    kind + " has loaded",
                    LIMIT,
                    () -> loaded.info("persistence").get("loading").equals("0"));
            assertEquals(digest, Replicas.digest(loaded), loaded::logTail);
            assertTrue(loaded.call("TTL", "later").integer() > 9_000);
        }
    }

    private static void copy(Path from, Path to) {
        try {
            Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void redisCliFollowsTheCommandStream() throws IOException {
        try (TempDir directory = new TempDir()) {
            Path output = directory.path().resolve("stream");
            Process process =
                    new ProcessBuilder(
                                    ServerKind.program("redis-cli"),
                                    "-p",
                                    "" + server.port(),
                                    "--replica")
                            .redirectErrorStream(true)
                            .redirectOutput(output.toFile())
                            .start();
            try {
                Await.until(
                        "redis-cli has the RDB",
                        LIMIT,
                        () ->
                                server.info("replication")
                                        .getOrDefault("slave0", "")
                                        .contains("state=online"));
                server.call("SET", "streamed", "value");
                Await.until(
                        "redis-cli prints the write",
                        LIMIT,
                        () -> text(output).contains("\"SET\",\"streamed\",\"value\""),
                        () -> text(output));
            } finally {
                process.destroyForcibly().onExit().join();
            }
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void redisCliScansAndReports() {
        assertTrue(cli("--scan", "--pattern", "noise:4??").lines().count() == 100);
        assertTrue(cli("--bigkeys").contains("Biggest string found"));
        assertTrue(cli("--memkeys").contains("Biggest string found"));
        assertEquals("PONG", cli("-3", "PING").strip());
        String stat = cli("--latency", "--raw", "-i", "1");
        assertTrue(stat.matches("(?s)\\d+ \\d+ [\\d.]+ \\d+\\s*"), stat);
    }

    @Test
    void redisCliMassInsertsThroughAPipe() throws IOException {
        StringBuilder commands = new StringBuilder();
        for (int i = 0; i < 10_000; i++) {
            commands.append("SET mass:").append(i).append(" ").append(i).append("\r\n");
        }
        Path input = server.directory().resolve("mass.txt");
        Files.writeString(input, commands);
        Program result =
                Program.run(
                                LIMIT,
                                "sh",
                                "-c",
                                ServerKind.program("redis-cli")
                                        + " -p "
                                        + server.port()
                                        + " --pipe < "
                                        + input)
                        .expectExit(0);
        assertTrue(result.output().contains("errors: 0, replies: 10000"), result.output());
        assertEquals("9999", server.call("GET", "mass:9999").text());
    }

    @Test
    void redisBenchmarkRunsThrough() {
        for (String pipeline : List.of("1", "16")) {
            String output =
                    Program.run(
                                    LIMIT,
                                    ServerKind.program("redis-benchmark"),
                                    "-p",
                                    "" + server.port(),
                                    "-n",
                                    "20000",
                                    "-P",
                                    pipeline,
                                    "-t",
                                    "ping,set,get,incr,mset",
                                    "-r",
                                    "1000",
                                    "--csv")
                            .expectExit(0)
                            .output();
            assertFalse(output.contains("rror"), output);
            for (String test : List.of("PING_INLINE", "PING_MBULK", "SET", "GET", "INCR", "MSET")) {
                assertTrue(output.contains("\"" + test), output);
            }
        }
    }

    @Test
    void redisReplicatorReadsTheRdbAndTheStream() throws Exception {
        Map<String, String> keys = new ConcurrentHashMap<>();
        Map<String, String> writes = new ConcurrentHashMap<>();
        AtomicBoolean synced = new AtomicBoolean();
        AtomicReference<Exception> failure = new AtomicReference<>();
        Replicator replicator =
                new RedisReplicator("127.0.0.1", server.port(), Configuration.defaultSetting());
        replicator.addEventListener(
                (source, event) -> {
                    if (event instanceof KeyStringValueString pair) {
                        keys.put(
                                pair.getDb().getDbNumber() + "/" + latin1(pair.getKey()),
                                latin1(pair.getValue()));
                    } else if (event instanceof PostRdbSyncEvent) {
                        synced.set(true);
                    } else if (event instanceof SetCommand set) {
                        writes.put(latin1(set.getKey()), latin1(set.getValue()));
                    }
                });
        replicator.addExceptionListener(
                (source, error, event) -> failure.set(new Exception(error)));
        Thread thread =
                new Thread(
                        () -> {
                            try {
                                replicator.open();
                            } catch (IOException e) {
                                failure.set(e);
                            }
                        });
        thread.start();
        try {
            Await.until("the RDB is read", LIMIT, synced::get, () -> "" + failure.get());
            assertEquals(16 * 4 + 4 + 5_000, keys.size());
            assertEquals("abc".repeat(10_000), keys.get("15/repeated"));
            assertEquals("\0\u0001\u00fe\u00ff", keys.get("3/bytes\0\u00ff"));
            for (int i = 0; i < 100; i++) {
                server.call("SET", "streamed:" + i, "value " + i);
            }
            server.call("SET", "with\0ttl", "v", "EX", "100");
            Await.until(
                    "the writes are read",
                    LIMIT,
                    () -> writes.size() == 101,
                    () -> writes.keySet() + " " + failure.get());
            assertEquals("value 99", writes.get("streamed:99"));
            assertEquals("v", writes.get("with\0ttl"));
        } finally {
            replicator.close();
            thread.join(10_000);
        }
        assertFalse(thread.isAlive());
    }

    private static String latin1(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    @Test
    void jedisHasASession() {
        try (Jedis jedis = new Jedis("127.0.0.1", server.port(), 30_000)) {
            assertEquals("PONG", jedis.ping());
            assertEquals("OK", jedis.set("j", "1", SetParams.setParams().nx().ex(100)));
            assertEquals(2, jedis.incr("j"));
            assertEquals(2.5, jedis.incrByFloat("j", 0.5));
            assertTrue(jedis.ttl("j") > 90);
            assertEquals(List.of("2.5", "in database 0"), jedis.mget("j", "text"));
            Pipeline pipeline = jedis.pipelined();
            List<Response<Long>> counts = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                counts.add(pipeline.incr("counter"));
            }
            pipeline.sync();
            assertEquals(100, counts.get(99).get());
            assertEquals("3", jedis.select(3).equals("OK") ? jedis.get("text").substring(12) : "");
            assertTrue(jedis.info("server").contains("redis_version:"));
        }
    }

    @Test
    void lettuceHasASession() throws Exception {
        RedisClient client = RedisClient.create("redis://127.0.0.1:" + server.port());
        try (StatefulRedisConnection<String, String> connection = client.connect()) {
            assertEquals("PONG", connection.sync().ping());
            assertEquals("OK", connection.sync().set("l", "v"));
            assertEquals("v", connection.sync().get("l"));
            List<RedisFuture<Long>> counts = new ArrayList<>();
            for (int i = 0; i < 1_000; i++) {
                counts.add(connection.async().incr("lettuce"));
            }
            assertEquals(1_000, counts.get(999).get());
            assertEquals(3, connection.sync().exists("l", "lettuce", "text"));
            assertTrue(connection.sync().clientList().contains("resp=3"));
        } finally {
            client.shutdown(Duration.ZERO, Duration.ofSeconds(5));
        }
    }
}
