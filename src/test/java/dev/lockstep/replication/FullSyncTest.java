package dev.lockstep.replication;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.testing.Await;
import dev.lockstep.testing.Replicas;
import dev.lockstep.testing.RespClient;
import dev.lockstep.testing.ServerKind;
import dev.lockstep.testing.ServerProcess;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How a full sync goes: its pace, what it tells, what it refuses, and what is served meanwhile. */
class FullSyncTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private static ServerProcess lockstep(String... lines) {
        return ServerProcess.start(ServerKind.LOCKSTEP, lines);
    }

    @ParameterizedTest
    @ValueSource(strings = {"yes", "no"})
    void itKeepsToItsRateAndTellsHowFarItIs(String diskless) {
        try (ServerProcess master =
                        lockstep(
                                "repl-diskless-sync-delay 0",
                                "repl-diskless-sync " + diskless,
                                "rdbcompression no",
                                "repl-full-sync-max-rate 2mb");
                ServerProcess replica = lockstep()) {
            master.fill(2_000, "key", 8 * 1024);
            long start = System.nanoTime();
            replica.call("REPLICAOF", "127.0.0.1", "" + master.port());
            Await.until(
                    "half of it is done",
                    LIMIT,
                    () -> received(replica) > 6_000_000,
                    replica::logTail);
            double seconds = (System.nanoTime() - start) / 1e9;
            assertTrue(seconds > 2, "6 MB came within " + seconds + " s");
            Map<String, String> told = master.info("replication");
            String sync = told.get("slave0_full_sync");
            assertTrue(
                    sync != null
                            && sync.matches(
                                    "bytes=\\d+,total=\\d+,perc=[\\d.]+,rate=\\d+,eta=\\d+"),
                    told::toString);
            long rate = Long.parseLong(sync.replaceAll(".*rate=(\\d+).*", "$1"));
            assertTrue(rate > 500_000 && rate < 3_000_000, sync);
            assertTrue(
                    Long.parseLong(replica.info("replication").get("master_sync_rate")) > 500_000);
            master.call("CONFIG", "SET", "repl-full-sync-max-rate", "0");
            Replicas.awaitSameData(master, replica);
            assertEquals(null, master.info("replication").get("slave0_full_sync"));
        }
    }

    /** A heap that can't hold the old data and the new: a save of the old ones is no reason that the new ones don't fit. */
    @Test
    void dataUnderASaveMakeRoomForTheNewOnes() {
        String[] conf = {"repl-diskless-sync-delay 0"};
        try (ServerProcess one = lockstep(conf);
                ServerProcess other = lockstep(conf);
                ServerProcess replica =
                        ServerProcess.builder(ServerKind.LOCKSTEP)
                                .heap("256m")
                                .conf("rdb-key-save-delay 500")
                                .start()) {
            one.fill(105_000, "one", 1000);
            other.fill(105_000, "other", 1000);
            replica.call("REPLICAOF", "127.0.0.1", "" + one.port());
            Replicas.awaitSameData(one, replica);
            assertTrue(replica.call("BGSAVE").toString().startsWith("+Background saving started"));
            replica.call("REPLICAOF", "127.0.0.1", "" + other.port());
            Replicas.awaitSameData(other, replica);
            assertEquals(1, Replicas.stat(other, "sync_full"), replica::logTail);
        }
    }

    /** What replicas are sent and what a master sends is replication's; what replicas say is input like any other. */
    @ParameterizedTest
    @EnumSource(ServerKind.class)
    void bytesOfTheStreamAreCounted(ServerKind kind) {
        try (ServerProcess master = ServerProcess.start(kind, "repl-diskless-sync-delay 0");
                ServerProcess replica = ServerProcess.start(kind)) {
            master.call("SET", "key", "first");
            replica.call("REPLICAOF", "127.0.0.1", "" + master.port());
            Replicas.awaitSameData(master, replica);
            master.call("CONFIG", "RESETSTAT");
            replica.call("CONFIG", "RESETSTAT");
            String value = "v".repeat(1_000);
            for (int i = 0; i < 10; i++) {
                master.call("SET", "key", value);
            }
            awaitCounted(master, "total_net_repl_output_bytes");
            awaitCounted(master, "total_net_output_bytes");
            awaitCounted(replica, "total_net_repl_input_bytes");
            assertEquals(0, counted(master, "total_net_repl_input_bytes"));
            assertEquals(0, counted(replica, "total_net_repl_output_bytes"));
        }
    }

    private static void awaitCounted(ServerProcess server, String field) {
        Await.until(
                field + " of " + server,
                LIMIT,
                () -> counted(server, field) >= 10_000,
                () -> field + ": " + counted(server, field));
    }

    private static long counted(ServerProcess server, String field) {
        return Long.parseLong(server.info("stats").get(field));
    }

    /** A load that takes a moment is waited for, as by Redis, which looks at no client meanwhile. */
    @ParameterizedTest
    @ValueSource(strings = {"swapdb", "disabled"})
    void nobodyIsRefusedBecauseOfASyncOfAFewKeys(String load) {
        try (ServerProcess master = lockstep("repl-diskless-sync-delay 0");
                ServerProcess replica = lockstep("repl-diskless-load " + load);
                RespClient client = replica.connect()) {
            String port = Integer.toString(master.port());
            for (int i = 0; i < 10; i++) {
                master.call("SET", "key", "" + i);
                client.ok("SET", "own", "" + i);
                client.ok("REPLICAOF", "127.0.0.1", port);
                Await.until(
                        "it is in sync",
                        LIMIT,
                        () -> {
                            client.ok("REPLICAOF", "127.0.0.1", port);
                            client.ok("GET", "key");
                            return client.info("replication")
                                    .get("master_link_status")
                                    .equals("up");
                        },
                        replica::logTail);
                client.ok("REPLICAOF", "NO", "ONE");
            }
        }
    }

    private static long received(ServerProcess replica) {
        String bytes = replica.info("replication").get("master_sync_read_bytes");
        return bytes == null ? 0 : Long.parseLong(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"swapdb", "disabled", "on-empty-db"})
    void anEmptyMasterWithAnotherHistoryIsRefusedIfSoConfigured(String load) {
        try (ServerProcess old = lockstep("repl-diskless-sync-delay 0");
                ServerProcess fresh = lockstep("repl-diskless-sync-delay 0");
                ServerProcess replica =
                        lockstep("repl-diskless-load " + load, "replica-refuse-empty-master yes")) {
            replica.call("REPLICAOF", "127.0.0.1", "" + fresh.port());
            Replicas.awaitLink(replica);
            old.fill(1_000, "key", 100);
            replica.call("REPLICAOF", "127.0.0.1", "" + old.port());
            Replicas.awaitSameData(old, replica);
            String digest = Replicas.digest(replica);
            assertEquals("+OK", replica.call("SAVE").toString());

            replica.call("REPLICAOF", "127.0.0.1", "" + fresh.port());
            Await.until(
                    "it is refused, and tried again",
                    LIMIT,
                    () -> count(replica.log(), "Refusing the full sync: MASTER") >= 2,
                    replica::logTail);
            assertEquals("down", replica.info("replication").get("master_link_status"));
            assertEquals(digest, Replicas.digest(replica));
            replica.kill();
            replica.restart();
            assertEquals(digest, Replicas.digest(replica), "what the file holds");

            replica.call("REPLICAOF", "127.0.0.1", "" + fresh.port());
            fresh.call("SET", "one", "1");
            Replicas.awaitSameData(fresh, replica);
            assertEquals(":1", replica.call("DBSIZE").toString());
        }
    }

    /** A master that was emptied on purpose has the replica's own history. */
    @Test
    void anEmptiedMasterIsFollowed() {
        try (ServerProcess master =
                        lockstep("repl-diskless-sync-delay 0", "repl-backlog-size 1mb");
                ServerProcess replica = lockstep("replica-refuse-empty-master yes")) {
            master.fill(100, "key", 100);
            replica.call("REPLICAOF", "127.0.0.1", "" + master.port());
            Replicas.awaitSameData(master, replica);
            replica.pause();
            try (RespClient client = master.connect()) {
                client.timeout(LIMIT);
                client.ok("CLIENT", "KILL", "TYPE", "replica");
                for (int i = 0; i < 5; i++) {
                    client.ok("SET", "filler", "x".repeat(1 << 20));
                }
                client.ok("FLUSHALL");
                client.ok("SET", "filler", "x".repeat(2 << 20));
                client.ok("DEL", "filler");
            }
            replica.resume();
            Replicas.awaitSameData(master, replica);
            assertEquals(":0", replica.call("DBSIZE").toString());
            assertEquals(2, Replicas.stat(master, "sync_full"));
        }
    }

    private static int count(String text, String part) {
        return text.split(part, -1).length - 1;
    }

    /** The old data until the new is complete; never nothing, never a part. */
    @Test
    void readsMeetTheOldDataOrTheNew() {
        int keys = 20_000;
        try (ServerProcess first = lockstep("repl-diskless-sync-delay 0");
                ServerProcess second =
                        lockstep(
                                "repl-diskless-sync-delay 0",
                                "rdbcompression no",
                                "repl-full-sync-max-rate 4mb");
                ServerProcess replica = lockstep()) {
            first.fill(keys, "key", 100);
            second.fill(2 * keys, "key", 200);
            replica.call("REPLICAOF", "127.0.0.1", "" + first.port());
            Replicas.awaitSameData(first, replica);
            int reads = 0;
            try (RespClient reader = replica.connect()) {
                reader.timeout(LIMIT);
                reader.ok("REPLICAOF", "127.0.0.1", "" + second.port());
                long size;
                do {
                    size = Long.parseLong(reader.call("DBSIZE").text());
                    assertTrue(size == keys || size == 2 * keys, size + " keys");
                    int key = reads++ % keys;
                    long length = Long.parseLong(reader.call("STRLEN", "key:" + key).text());
                    assertTrue(length == 100 || length == 200, key + " has " + length + " bytes");
                    assertTrue(size != 2 * keys || length == 200, "new keys, an old value");
                } while (size == keys);
            }
            assertNotEquals(0, reads);
            assertTrue(reads > 100, reads + " reads");
            Replicas.awaitSameData(second, replica);
        }
    }
}
