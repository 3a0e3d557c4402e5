package dev.lockstep.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.testing.Await;
import dev.lockstep.testing.EveryType;
import dev.lockstep.testing.Replicas;
import dev.lockstep.testing.ReplicationStream;
import dev.lockstep.testing.Reply;
import dev.lockstep.testing.RespClient;
import dev.lockstep.testing.ServerKind;
import dev.lockstep.testing.ServerProcess;
import dev.lockstep.testing.TcpProxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * MIGRATE takes keys from a server to another one, and no write is lost whatever happens to the target, the network or the
 * keys meanwhile; only who wants to write to them waits.
 */
class MigrateTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final String LONG = "15000";

    private static ServerProcess source;
    private static ServerProcess target;
    private TcpProxy network;
    private RespClient mover;
    private RespClient client;

    @BeforeAll
    static void start() {
        String[] conf = {"save \"\"", "enable-debug-command yes", "repl-diskless-sync-delay 0"};
        source = ServerProcess.start(ServerKind.LOCKSTEP, conf);
        target = ServerProcess.start(ServerKind.STOCK, conf);
    }

    @AfterAll
    static void stop() {
        source.close();
        target.close();
    }

    @BeforeEach
    void connect() {
        source.call("FLUSHALL");
        target.call("FLUSHALL");
        network = new TcpProxy(target.port());
        mover = source.connect().timeout(LIMIT);
        client = source.connect().timeout(LIMIT);
    }

    @AfterEach
    void disconnect() {
        mover.close();
        client.close();
        network.close();
    }

    // ---- what arrives ----

    @ParameterizedTest
    @CsvSource({"LOCKSTEP,STOCK", "STOCK,LOCKSTEP", "LOCKSTEP,LOCKSTEP"})
    void everyTypeArrives(ServerKind from, ServerKind to) {
        try (ServerProcess one = ServerProcess.start(from, "enable-debug-command yes");
                ServerProcess other = ServerProcess.start(to, "enable-debug-command yes");
                RespClient here = one.connect()) {
            EveryType.fill(one, 7);
            String digest = Replicas.digest(one);
            for (int database = 0; database < 16; database++) {
                here.ok("SELECT", Integer.toString(database));
                moveAll(here, database, other);
            }
            assertEquals(digest, Replicas.digest(other));
        }
    }

    private static void moveAll(RespClient here, int database, ServerProcess other) {
        List<Reply> keys = here.call("KEYS", "*").items();
        if (keys.isEmpty()) {
            return;
        }
        String number = Integer.toString(database);
        List<String> command =
                new ArrayList<>(
                        List.of("MIGRATE", "127.0.0.1", port(other), "", number, LONG, "KEYS"));
        keys.forEach(key -> command.add(key.text()));
        assertEquals("+OK", here.call(command.toArray(new String[0])).toString());
        assertEquals(0, here.call("DBSIZE").integer());
    }

    @Test
    void replicasAreSentTheSameDeletions() {
        assertEquals(deletions(ServerKind.STOCK), deletions(ServerKind.LOCKSTEP));
    }

    private static String deletions(ServerKind kind) {
        target.call("FLUSHALL");
        String to = port(target);
        try (ServerProcess server =
                        ServerProcess.start(kind, "save \"\"", "repl-diskless-sync-delay 0");
                ReplicationStream stream = new ReplicationStream(server)) {
            for (String command :
                    List.of(
                            "MSET a 1 b 2 c 3 d 4 e 5 f 6",
                            "MIGRATE 127.0.0.1 " + to + " a 0 5000 COPY",
                            "MIGRATE 127.0.0.1 " + to + " a 0 5000",
                            "MIGRATE 127.0.0.1 " + to + " b 0 5000",
                            "MIGRATE 127.0.0.1 " + to + " _ 0 5000 KEYS a c nosuch d",
                            "MULTI",
                            "SET e 6",
                            "MIGRATE 127.0.0.1 " + to + " e 0 5000",
                            "SET e 7",
                            "EXEC",
                            "MIGRATE 127.0.0.1 1 f 0 100",
                            "SELECT 5",
                            "SET g 1",
                            "MIGRATE 127.0.0.1 " + to + " g 3 5000")) {
                stream.execute(
                        RespClient.latin1(
                                java.util.Arrays.stream(command.split(" "))
                                        .map(word -> word.equals("_") ? "" : word)
                                        .toArray(String[]::new)));
            }
            return String.join("\n", stream.changes());
        }
    }

    @Test
    void aConnectionThatWasCutMeanwhileIsReplaced() {
        for (int i = 0; i < 3; i++) {
            client.ok("SET", "k" + i, "v");
            assertEquals("+OK", migrate("k" + i, LONG));
            network.cutAll();
        }
        assertEquals(3, network.connections());
        assertEquals(3, target.call("DBSIZE").integer());
    }

    // ---- while it lasts ----

    @Test
    void onlyWritersOfItsKeysWaitForASlowTarget() {
        client.ok("MSET", "k", "1", "other", "1");
        network.stallDownstream(true);
        begin("k");
        assertEquals("\"1\"", client.call("GET", "k").toString());
        assertEquals(2, client.call("INCR", "other").integer());
        try (RespClient writer = source.connect().timeout(LIMIT);
                RespClient transaction = source.connect().timeout(LIMIT);
                RespClient script = source.connect().timeout(LIMIT)) {
            writer.send("INCR", "k");
            transaction.ok("MULTI");
            transaction.ok("INCR", "k");
            transaction.send("EXEC");
            script.send("EVAL", "return redis.call('incr', KEYS[1])", "1", "k");
            awaitBlocked(4);
            network.stallDownstream(false);
            assertEquals("+OK", mover.read().toString());
            long first = writer.read().integer();
            long second = transaction.read().items().get(0).integer();
            long third = script.read().integer();
            assertEquals(6, first + second + third);
            assertEquals("\"3\"", client.call("GET", "k").toString());
            assertEquals("\"1\"", target.call("GET", "k").toString());
        }
    }

    @Test
    void whatNobodyCouldHoldBackIsNotLost() {
        client.ok("MSET", "k", "old", "gone", "old", "same", "old");
        network.stallDownstream(true);
        begin("k", "gone", "same");
        client.ok("EVAL", "redis.call('set', 'k', 'new') redis.call('del', 'gone') return 1", "0");
        network.stallDownstream(false);
        String reply = mover.read().toString();
        assertTrue(reply.startsWith("-ERR the target has got the key \"k\", but it"), reply);
        assertEquals("[\"new\", nil, nil]", values("k", "gone", "same"));
        assertEquals("\"old\"", target.call("GET", "k").toString());
    }

    @Test
    void flushedKeysAreGone() {
        client.ok("SET", "k", "v");
        network.stallDownstream(true);
        begin("k");
        client.ok("FLUSHALL");
        network.stallDownstream(false);
        assertEquals("+OK", mover.read().toString());
        assertEquals(0, client.call("DBSIZE").integer());
        assertEquals("\"v\"", target.call("GET", "k").toString());
    }

    @Test
    void databasesThatTradePlacesKeepTheirKeys() {
        client.ok("SET", "k", "v");
        network.stallDownstream(true);
        begin("k");
        client.ok("SWAPDB", "0", "1");
        network.stallDownstream(false);
        assertEquals("+OK", mover.read().toString());
        client.ok("SELECT", "1");
        assertEquals("\"v\"", client.call("GET", "k").toString());
    }

    @Test
    void nothingIsRemovedDuringAPause() {
        client.ok("SET", "k", "v");
        network.stallDownstream(true);
        begin("k");
        client.ok("CLIENT", "PAUSE", "100000", "WRITE");
        network.stallDownstream(false);
        Await.until("k at the target", LIMIT, () -> target.call("EXISTS", "k").integer() == 1);
        assertEquals("\"v\"", client.call("GET", "k").toString());
        assertFalse(mover.hasInput());
        client.ok("CLIENT", "UNPAUSE");
        assertEquals("+OK", mover.read().toString());
        assertEquals(0, client.call("EXISTS", "k").integer());
    }

    @Test
    void goesOnWithoutTheClient() {
        client.ok("SET", "k", "v");
        network.stallDownstream(true);
        begin("k");
        mover.closeAbruptly();
        awaitBlocked(0);
        network.stallDownstream(false);
        Await.until("k is gone", LIMIT, () -> client.call("EXISTS", "k").integer() == 0);
        assertEquals("\"v\"", target.call("GET", "k").toString());
    }

    @Test
    void othersMigrateMeanwhile() {
        client.ok("MSET", "a", "1", "b", "2");
        network.stallDownstream(true);
        begin("a");
        assertEquals(
                "+OK",
                client.call("MIGRATE", "127.0.0.1", port(target), "b", "0", LONG).toString());
        try (RespClient second = source.connect().timeout(LIMIT)) {
            second.send("MIGRATE", "127.0.0.1", port(target), "a", "0", LONG);
            awaitBlocked(2);
            network.stallDownstream(false);
            assertEquals("+OK", mover.read().toString());
            assertEquals("+NOKEY", second.read().toString());
        }
    }

    // ---- when it fails ----

    @Test
    void keepsTheKeyWhenTheTimeIsOver() {
        client.ok("SET", "k", "v");
        network.stallDownstream(true);
        assertEquals("-IOERR error or timeout reading to target instance", migrate("k", "2000"));
        assertEquals("\"v\"", client.call("GET", "k").toString());
        client.ok("SET", "k", "w");
        network.stallDownstream(false);
        network.stallUpstream(true);
        client.ok("CONFIG", "SET", "rdbcompression", "no");
        client.ok("SET", "big", "x".repeat(30_000_000));
        assertEquals("-IOERR error or timeout writing to target instance", migrate("big", "2000"));
        assertEquals(30_000_000, client.call("STRLEN", "big").integer());
    }

    @Test
    void keepsTheKeyWhenTheTargetDies() {
        try (ServerProcess dying = ServerProcess.start(ServerKind.STOCK);
                TcpProxy link = new TcpProxy(dying.port())) {
            client.ok("MSET", "k", "v", "l", "w");
            link.stallUpstream(true);
            mover.send(
                    "MIGRATE",
                    "127.0.0.1",
                    Integer.toString(link.port()),
                    "",
                    "0",
                    LONG,
                    "KEYS",
                    "k",
                    "l");
            awaitBlocked(1);
            dying.kill();
            link.refuse(true);
            link.cutAll();
            String reply = mover.read().toString();
            assertTrue(reply.startsWith("-IOERR error or timeout"), reply);
            assertEquals("[\"v\", \"w\"]", values("k", "l"));
            assertEquals(2, source.call("DBSIZE").integer());
        }
    }

    @Test
    void keepsWhatWasNotAcknowledged() {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < 2_000; i++) {
            names.add("k" + i);
            client.ok("SET", "k" + i, "v");
        }
        network.limit(20_000);
        begin(names.toArray(new String[0]));
        Await.until("half of it is said", LIMIT, () -> network.downstreamBytes() > 5_000);
        network.cutAll();
        String reply = mover.read().toString();
        long kept = client.call("DBSIZE").integer();
        assertEquals("-IOERR error or timeout reading to target instance", reply);
        assertTrue(kept > 0 && kept < 2_000, () -> kept + " keys were kept");
        for (String name : names) {
            assertTrue(
                    client.call("EXISTS", name).integer() == 1
                            || target.call("EXISTS", name).integer() == 1,
                    name);
        }
    }

    // ---- steps ----

    private String migrate(String key, String timeout) {
        return mover.call(
                        "MIGRATE", "127.0.0.1", Integer.toString(network.port()), key, "0", timeout)
                .toString();
    }

    private void begin(String... keys) {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                "MIGRATE",
                                "127.0.0.1",
                                Integer.toString(network.port()),
                                "",
                                "0",
                                LONG,
                                "KEYS"));
        command.addAll(List.of(keys));
        mover.send(command.toArray(new String[0]));
        Await.until(
                "the target has the first key",
                LIMIT,
                () -> target.call("EXISTS", keys[0]).integer() == 1);
    }

    private void awaitBlocked(int count) {
        Await.until(
                count + " blocked clients",
                LIMIT,
                () ->
                        client.info("clients")
                                .get("blocked_clients")
                                .equals(Integer.toString(count)));
    }

    private String values(String... keys) {
        List<String> command = new ArrayList<>(List.of("MGET"));
        command.addAll(List.of(keys));
        return client.call(command.toArray(new String[0])).toString();
    }

    private static String port(ServerProcess server) {
        return Integer.toString(server.port());
    }
}
