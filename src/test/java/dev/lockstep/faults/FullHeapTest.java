package dev.lockstep.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.testing.Await;
import dev.lockstep.testing.Replicas;
import dev.lockstep.testing.Reply;
import dev.lockstep.testing.RespClient;
import dev.lockstep.testing.ServerKind;
import dev.lockstep.testing.ServerProcess;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Data and requests that the Java heap can't hold: refused, with nothing lost and nothing half done. */
class FullHeapTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String OOM = "-OOM command not allowed when used memory > 'maxmemory'.";
    private static final int LARGE_BYTES = 10 << 20;

    @ParameterizedTest
    @ValueSource(strings = {"no", "yes"})
    void largeValuesAreRefusedWhenTheHeapIsFull(String appendOnly) {
        byte[] value = new byte[LARGE_BYTES];
        try (ServerProcess server =
                ServerProcess.builder(ServerKind.LOCKSTEP)
                        .heap("256m")
                        .conf("appendonly " + appendOnly)
                        .start()) {
            List<String> refused = new ArrayList<>();
            int kept = 0;
            for (int i = 0; i < 40; i++) {
                String reply = set(server, i, value);
                if (reply.equals("+OK")) {
                    kept++;
                } else {
                    refused.add(reply);
                }
            }
            assertTrue(kept > 5, () -> "refused from the start: " + refused);
            assertTrue(refused.size() > 10, "taken: " + kept);
            assertEquals(List.of(OOM), refused.stream().distinct().toList(), server::logTail);
            assertEquals(":" + kept, server.call("DBSIZE").toString());
            if (appendOnly.equals("yes")) {
                String digest = server.call("DEBUG", "DIGEST").toString();
                server.kill();
                server.restart();
                server.awaitLoaded();
                assertEquals(digest, server.call("DEBUG", "DIGEST").toString());
            }
            server.call("FLUSHALL");
            assertEquals("+OK", set(server, 0, value));
        }
    }

    private static String set(ServerProcess server, int key, byte[] value) {
        try (RespClient client = server.connect()) {
            return client.call(List.of("SET".getBytes(), ("large:" + key).getBytes(), value))
                    .toString();
        }
    }

    /** What is asked for beforehand is what a change takes, not what it would take in an encoding that it never has. */
    @Test
    void severalLargeElementsAreTakenWhereThereIsRoomForThem() {
        byte[] first = new byte[LARGE_BYTES];
        byte[] second = new byte[LARGE_BYTES];
        second[0] = 1;
        try (ServerProcess server =
                        ServerProcess.builder(ServerKind.LOCKSTEP).heap("256m").start();
                RespClient client = server.connect()) {
            for (String[] command :
                    new String[][] {
                        {"HSET", "h", "a", null, "b", null},
                        {"ZADD", "z", "1", null, "2", null},
                        {"SADD", "s", null, null}
                    }) {
                List<byte[]> words = new ArrayList<>();
                byte[] next = first;
                for (String word : command) {
                    words.add(word == null ? next : word.getBytes());
                    next = word == null ? second : next;
                }
                assertEquals(2, client.call(words).integer(), command[0]);
            }
        }
    }

    @Test
    void aRequestThatCanNeverFitIsPassedOverAndTheNextOnesAreServed() {
        byte[] piece = new byte[1 << 20];
        try (ServerProcess server =
                        ServerProcess.builder(ServerKind.LOCKSTEP).heap("128m").start();
                RespClient client = server.connect()) {
            for (String after : List.of("", "$2\r\nEX\r\n$3\r\n100\r\n")) {
                client.send("SET", "before", "1");
                client.sendRaw("*" + (after.isEmpty() ? 3 : 5) + "\r\n$3\r\nSET\r\n$1\r\nk\r\n");
                client.sendRaw("$" + 200 * piece.length + "\r\n");
                for (int i = 0; i < 200; i++) {
                    client.sendRaw(piece);
                }
                client.sendRaw("\r\n" + after);
                client.send("GET", "before");
                assertEquals("+OK", client.read().toString());
                assertEquals(OOM, client.read().toString(), server::logTail);
                assertEquals("1", client.read().text());
            }
            assertTrue(server.log().contains("start with a larger -Xmx"), server::logTail);
            assertEquals(":0", server.call("EXISTS", "k").toString());
        }
    }

    @Test
    void aTransactionWhoseLargeRequestWasPassedOverIsNotExecuted() {
        byte[] piece = new byte[1 << 20];
        try (ServerProcess server =
                        ServerProcess.builder(ServerKind.LOCKSTEP).heap("128m").start();
                RespClient client = server.connect()) {
            client.ok("MULTI");
            client.ok("SET", "a", "1");
            client.sendRaw("*3\r\n$3\r\nSET\r\n$1\r\nb\r\n$" + 200 * piece.length + "\r\n");
            for (int i = 0; i < 200; i++) {
                client.sendRaw(piece);
            }
            client.sendRaw("\r\n");
            assertEquals(OOM, client.read().toString());
            assertTrue(client.call("EXEC").toString().startsWith("-EXECABORT"));
            assertEquals(":0", client.call("DBSIZE").toString());
        }
    }

    /** Users are not data, and nobody refuses them: what they leave no room for may be the executor itself. */
    @Test
    void aServerThatEndsForWantOfHeapSaysSo() {
        long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        int users = 0;
        try (ServerProcess server =
                ServerProcess.builder(ServerKind.LOCKSTEP).heap("64m").start()) {
            while (server.isAlive() && System.nanoTime() < deadline) {
                try (RespClient client = server.connect()) {
                    List<List<byte[]>> batch = new ArrayList<>();
                    for (int last = users + 200; users < last; users++) {
                        batch.add(RespClient.latin1("ACL", "SETUSER", "user:" + users, ">pw"));
                    }
                    client.pipeline(batch);
                } catch (UncheckedIOException ended) {
                    LockSupport.parkNanos(100_000_000); // this connection, or the server
                }
            }
            if (!server.isAlive()) {
                assertEquals(1, server.awaitExit(LIMIT), server::logTail);
                assertTrue(server.log().contains("The executor has died"), server::logTail);
            }
        }
    }

    /** Without a limit of their own, clients that don't read must leave room for those that do, and for the replicas. */
    @Test
    void repliesThatNobodyReadsLeaveRoomForOthers() {
        List<RespClient> deaf = new ArrayList<>();
        try (ServerProcess server =
                        ServerProcess.builder(ServerKind.LOCKSTEP)
                                .heap("128m")
                                .conf("appendonly yes")
                                .start();
                ServerProcess replica = ServerProcess.start(ServerKind.LOCKSTEP)) {
            replica.call("REPLICAOF", "127.0.0.1", "" + server.port());
            Await.until("it follows", LIMIT, () -> linkIs(replica, "up"), replica::logTail);
            assertEquals("+OK", set(server, 0, new byte[8 << 20]));
            long longest = 0;
            for (int i = 0; i < 40; i++) {
                RespClient client = server.connect();
                deaf.add(client);
                client.send("GET", "large:0");
                client.send("GET", "large:0");
                long begun = System.nanoTime();
                assertEquals("+OK", server.call("SET", "small", "" + i).toString());
                longest = Math.max(longest, System.nanoTime() - begun);
            }
            assertTrue(longest < 400_000_000, "a SET took " + longest / 1_000_000 + " ms");
            assertTrue(
                    server.log().contains("overcoming of output buffer limits"), server::logTail);
            Replicas.awaitSameData(server, replica);
        } finally {
            deaf.forEach(RespClient::close);
        }
    }

    /** What was refused on the replica is not acknowledged, and nothing behind it either. */
    @Test
    void aReplicaWithTooLittleHeapDoesNotGoOnWithoutWhatItLacks() {
        try (ServerProcess master =
                        ServerProcess.start(ServerKind.LOCKSTEP, "repl-backlog-size 100mb");
                ServerProcess replica =
                        ServerProcess.builder(ServerKind.LOCKSTEP).heap("128m").start();
                RespClient client = master.connect()) {
            replica.call("REPLICAOF", "127.0.0.1", "" + master.port());
            Await.until("it follows", LIMIT, () -> linkIs(replica, "up"), replica::logTail);
            List<List<byte[]>> batch = new ArrayList<>();
            String value = "v".repeat(10_000);
            int keys = 0;
            while (linkIs(replica, "up") && keys < 20_000) {
                batch.clear();
                for (int i = 0; i < 100; i++) {
                    batch.add(RespClient.latin1("SET", "key:" + keys++, value));
                }
                client.pipeline(batch);
                client.call("WAIT", "1", "1000");
            }
            client.call("INCR", "last");
            assertEquals(":0", client.call("WAIT", "1", "1500").toString());
            assertTrue(
                    replica.log().contains("Start this replica with a larger -Xmx"),
                    replica::logTail);
            String at = replica.info("replication").get("slave_repl_offset");
            assertTrue(
                    Long.parseLong(at)
                            < Long.parseLong(master.info("replication").get("master_repl_offset")));

            for (int i = 0; i < keys; i += 2) {
                client.send("DEL", "key:" + i);
            }
            for (int i = 0; i < keys; i += 2) {
                client.read();
            }
            Await.until("it follows again", LIMIT, () -> linkIs(replica, "up"), replica::logTail);
            assertEquals(":1", client.call("WAIT", "1", "60000").toString());
            assertEquals(
                    master.call("DEBUG", "DIGEST").toString(),
                    replica.call("DEBUG", "DIGEST").toString());
        }
    }

    private static boolean linkIs(ServerProcess replica, String state) {
        return state.equals(replica.info("replication").get("master_link_status"));
    }

    /** What looked at a long value doesn't keep it: after it is deleted, all of the heap can be used again. */
    @Test
    void deletedLongValuesAreFree() {
        byte[] value = new byte[LARGE_BYTES];
        List<List<String>> uses =
                List.of(
                        List.of("RPUSH", "LINDEX k 0", "LRANGE k 0 0", "LPOS k x", "SORT k BY y"),
                        List.of("SADD", "SMEMBERS k", "SRANDMEMBER k", "SUNION k", "SSCAN k 0"),
                        List.of("APPEND", "GETRANGE k 0 0", "GET k", "BITOP NOT k2 k", "DUMP k"),
                        List.of("HSET k f", "HGETALL k", "HVALS k", "HRANDFIELD k", "HGET k f"),
                        List.of("ZADD k 1", "ZRANGE k 0 0", "ZRANDMEMBER k", "ZSCAN k 0"),
                        List.of("XADD k * f", "XRANGE k - +", "XLEN k", "XINFO STREAM k FULL"));
        try (ServerProcess server =
                        ServerProcess.builder(ServerKind.LOCKSTEP).heap("256m").start();
                RespClient client = server.connect()) {
            for (int round = 0; round < 2; round++) {
                for (List<String> use : uses) {
                    add(client, use.get(0), value);
                    for (String command : use.subList(1, use.size())) {
                        Reply reply = client.call(command.split(" "));
                        assertFalse(reply instanceof Reply.Failure, () -> command + ": " + reply);
                    }
                    client.call("DEL", "k", "k2");
                }
            }
            int taken = 0;
            while (taken < 30 && set(server, taken, new byte[LARGE_BYTES]).equals("+OK")) {
                taken++;
            }
            assertTrue(taken >= 16, "only " + taken + " of 10 MB, then: " + server.logTail());
            assertTrue(!server.log().contains("Java heap space"), server::logTail);
        }
    }

    private static void add(RespClient client, String command, byte[] value) {
        List<byte[]> words = new ArrayList<>();
        for (String word : (command.contains(" ") ? command : command + " k").split(" ")) {
            words.add(word.getBytes());
        }
        words.add(value);
        String reply = client.call(words).toString();
        assertTrue(!reply.startsWith("-"), () -> command + ": " + reply);
    }
}
