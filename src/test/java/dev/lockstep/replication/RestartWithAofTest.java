package dev.lockstep.replication;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.testing.Await;
import dev.lockstep.testing.EveryType;
import dev.lockstep.testing.Replicas;
import dev.lockstep.testing.RespClient;
import dev.lockstep.testing.ServerKind;
import dev.lockstep.testing.ServerProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Where the data stand in the replication stream is kept in the append-only file: a server that was killed, be it the master
 * or a replica, goes on with a partial resync.
 */
class RestartWithAofTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String[] CONF = {
        "appendonly yes", "auto-aof-rewrite-percentage 0", "save ''", "repl-diskless-sync-delay 0",
    };

    private static ServerProcess start() {
        return ServerProcess.start(ServerKind.LOCKSTEP, CONF);
    }

    private static void follow(ServerProcess replica, ServerProcess master) {
        replica.call("REPLICAOF", "127.0.0.1", "" + master.port());
        Replicas.awaitSameData(master, replica);
        awaitRecording(replica);
    }

    private static void awaitRecording(ServerProcess server) {
        Await.until(
                "the append-only file has its base",
                LIMIT,
                () -> {
                    var info = server.info("persistence");
                    return info.get("aof_rewrite_in_progress").equals("0")
                            && info.get("aof_rewrite_scheduled").equals("0");
                },
                server::logTail);
    }

    private static void killAndRestart(ServerProcess server) {
        server.kill();
        server.restart();
        server.awaitLoaded();
    }

    /** In several databases, so that what is selected matters. */
    private static void write(ServerProcess server, int from) {
        EveryType writes = new EveryType(from);
        try (RespClient client = server.connect()) {
            for (int i = from; i < from + 200; i++) {
                client.ok("SELECT", "" + i % 3);
                client.ok("SET", "k:" + i, "v");
                client.ok("INCR", "count");
                client.ok("MULTI");
                client.ok("INCR", "count");
                client.ok("SELECT", "4");
                client.ok("INCR", "count");
                client.ok("EXEC");
                client.call(writes.write());
            }
        }
    }

    private static void assertSyncs(ServerProcess master, long full, long partial) {
        assertEquals(full, Replicas.stat(master, "sync_full"), master::logTail);
        assertEquals(partial, Replicas.stat(master, "sync_partial_ok"), master::logTail);
    }

    private static void followConfigured(ServerProcess replica, ServerProcess master) {
        replica.call("REPLICAOF", "127.0.0.1", "" + master.port());
        assertEquals("+OK", replica.call("CONFIG", "REWRITE").toString());
        Replicas.awaitSameData(master, replica);
        awaitRecording(replica);
    }

    @Test
    void aReplicaThatWasKilledGoesOnWhereItsFileEnds() {
        try (ServerProcess master = start();
                ServerProcess replica = start()) {
            write(master, 0);
            followConfigured(replica, master);
            write(master, 1000);
            Replicas.awaitSameData(master, replica);
            replica.kill();
            write(master, 2000);
            replica.restart();
            Replicas.awaitSameData(master, replica);
            assertSyncs(master, 1, 1);
            killAndRestart(replica);
            Replicas.awaitSameData(master, replica);
            assertSyncs(master, 1, 2);
        }
    }

    @Test
    void aReplicaThatTakesWritesOfItsOwnDoesntCountThem() {
        try (ServerProcess master = start();
                ServerProcess replica = start()) {
            followConfigured(replica, master);
            replica.call("CONFIG", "SET", "replica-read-only", "no");
            assertEquals("+OK", replica.call("CONFIG", "REWRITE").toString());
            write(master, 0);
            Replicas.awaitSameData(master, replica);
            try (RespClient client = replica.connect()) {
                client.ok("SELECT", "7");
                client.ok("SET", "local", "1");
            }
            replica.kill();
            write(master, 1000);
            replica.restart();
            Replicas.awaitLink(replica);
            // the position is not known behind a write of its own: everything is needed, and
            // nothing is counted twice
            Replicas.awaitSameData(master, replica);
            write(master, 2000);
            Replicas.awaitSameData(master, replica);
        }
    }

    @Test
    void aMasterThatWasKilledOffersItsReplicasToGoOn() {
        try (ServerProcess master = start();
                ServerProcess replica = start()) {
            write(master, 0);
            follow(replica, master);
            write(master, 1000);
            Replicas.awaitSameData(master, replica);
            killAndRestart(master);
            Replicas.awaitSameData(master, replica);
            assertSyncs(master, 0, 1);
            write(master, 2000);
            Replicas.awaitSameData(master, replica);
            killAndRestart(master);
            Replicas.awaitSameData(master, replica);
            assertSyncs(master, 0, 1);
        }
    }

    @Test
    void aRewriteKeepsThePosition() {
        try (ServerProcess master = start();
                ServerProcess replica = start()) {
            write(master, 0);
            followConfigured(replica, master);
            write(master, 1000);
            Replicas.awaitSameData(master, replica);
            for (ServerProcess server : new ServerProcess[] {master, replica}) {
                server.call("BGREWRITEAOF");
                awaitRecording(server);
            }
            replica.kill();
            killAndRestart(master);
            replica.restart();
            Replicas.awaitSameData(master, replica);
            assertSyncs(master, 0, 1);
        }
    }

    /** Its master never tells of keys that it doesn't know: the replica's own file has to tell that they are gone. */
    @Test
    void keysThatOnlyAReplicaKnewOfAreGoneFromItsFileWhenTheyExpire() throws IOException {
        try (ServerProcess master = start();
                ServerProcess replica = start()) {
            followConfigured(replica, master);
            replica.call("CONFIG", "SET", "replica-read-only", "no");
            assertEquals("+OK", replica.call("SET", "local", "1", "PX", "50").toString());
            Await.until(
                    "it has expired",
                    LIMIT,
                    () -> replica.call("DBSIZE").toString().equals(":0"),
                    replica::logTail);
            replica.kill();
            assertTrue(recorded(replica).contains("DEL\r\n$5\r\nlocal"), recorded(replica));
        }
    }

    /**
     * A master whose snapshot can't be loaded leaves a replica without data: its file keeps the old ones, until it is told to
     * go on alone.
     */
    @Test
    void whatFollowsOnASnapshotThatFailsIsNotAppendedToTheOldData() throws IOException {
        try (ServerProcess replica =
                        ServerProcess.builder(ServerKind.LOCKSTEP)
                                .conf(CONF)
                                .conf("repl-diskless-load disabled")
                                .start();
                GarbageMaster master = new GarbageMaster()) {
            for (int i = 0; i < 10; i++) {
                replica.call("SET", "old:" + i, "1");
            }
            replica.call("REPLICAOF", "127.0.0.1", "" + master.port());
            Await.until(
                    "the old data are dropped",
                    LIMIT,
                    () -> replica.log().contains("Failed trying to load the MASTER"),
                    replica::logTail);
            killAndRestart(replica);
            assertEquals(":10", replica.call("DBSIZE").toString());

            replica.call("REPLICAOF", "127.0.0.1", "" + master.port());
            Await.until(
                    "the old data are dropped again",
                    LIMIT,
                    () -> replica.call("DBSIZE").toString().equals(":0"),
                    replica::logTail);
            assertTrue(
                    replica.call("BGREWRITEAOF").toString().contains("scheduled"),
                    replica::logTail);
            assertEquals("0", replica.info("persistence").get("aof_rewrite_in_progress"));
            assertEquals("+OK", replica.call("REPLICAOF", "NO", "ONE").toString());
            assertEquals("+OK", replica.call("SET", "new", "1").toString());
            awaitRecording(replica);
            killAndRestart(replica);
            assertEquals(":1", replica.call("DBSIZE").toString());
            assertEquals("+OK", replica.call("SET", "newer", "1").toString());
            assertEquals(0, replica.terminate(), replica::logTail);
        }
    }

    /** Tells every replica to take everything, which is nothing that could be loaded. */
    private static final class GarbageMaster implements AutoCloseable {
        private final ServerSocket listener =
                new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        private final Thread thread = new Thread(this::serve, "garbage-master");

        GarbageMaster() throws IOException {
            thread.setDaemon(true);
            thread.start();
        }

        int port() {
            return listener.getLocalPort();
        }

        private void serve() {
            while (!listener.isClosed()) {
                try (Socket replica = listener.accept()) {
                    answer(replica);
                } catch (IOException e) {
                    // that replica is gone, or this is closed
                }
            }
        }

        private static void answer(Socket replica) throws IOException {
            OutputStream out = replica.getOutputStream();
            BufferedReader in =
                    new BufferedReader(
                            new InputStreamReader(
                                    replica.getInputStream(), StandardCharsets.US_ASCII));
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                String reply =
                        switch (line) {
                            case "PING" -> "+PONG\r\n";
                            case "REPLCONF" -> "+OK\r\n";
                            case "PSYNC" ->
                                    "+FULLRESYNC "
                                            + "a".repeat(40)
                                            + " 1\r\n$20\r\nREDIS0010"
                                            + "x".repeat(11);
                            default -> "";
                        };
                out.write(reply.getBytes(StandardCharsets.US_ASCII));
            }
        }

        @Override
        public void close() throws IOException {
            listener.close();
        }
    }

    private static String recorded(ServerProcess server) throws IOException {
        StringBuilder recorded = new StringBuilder();
        try (Stream<Path> parts = Files.list(server.directory().resolve("appendonlydir"))) {
            for (Path part : (Iterable<Path>) parts::iterator) {
                if (part.toString().endsWith(".incr.aof")) {
                    recorded.append(Files.readString(part, StandardCharsets.ISO_8859_1));
                }
            }
        }
        return recorded.toString();
    }

    /** What a replica wrote as a master of its own, its old master's stream forgotten, is no part of that stream. */
    @Test
    void whoLeavesAMasterThatSaidNothingGoesOnUnderAnIdOfItsOwn() throws IOException {
        try (ServerProcess master = start();
                ServerProcess replica = start()) {
            write(master, 0);
            followConfigured(replica, master);
            String id = master.info("replication").get("master_replid");
            master.kill();
            killAndRestart(replica);
            assertEquals("+OK", replica.call("REPLICAOF", "NO", "ONE").toString());
            assertEquals("+OK", replica.call("SET", "local", "1").toString());
            replica.kill();
            String recorded = recorded(replica);
            int local = recorded.lastIndexOf("local");
            String mark = recorded.substring(recorded.lastIndexOf("#REPL:", local));
            assertFalse(
                    mark.startsWith("#REPL:" + id), mark.substring(0, Math.min(80, mark.length())));
            master.restart();
            replica.restart();
            master.awaitLoaded();
            Replicas.awaitSameData(master, replica);
            assertEquals(0, replica.call("EXISTS", "local").integer());
        }
    }
}
