package dev.lockstep.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.testing.Await;
import dev.lockstep.testing.CommandLine;
import dev.lockstep.testing.Replicas;
import dev.lockstep.testing.ReplicationStream;
import dev.lockstep.testing.RespClient;
import dev.lockstep.testing.ServerKind;
import dev.lockstep.testing.ServerProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** Fields of hashes that have deadlines: what becomes of them without commands, and what replicas are told. */
class FieldExpiryTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final int MANY = 20_000;

    private static ServerProcess start(String... more) {
        List<String> conf = new ArrayList<>(List.of(more));
        conf.add("save \"\"");
        conf.add("enable-debug-command yes");
        conf.add("repl-diskless-sync-delay 0");
        return ServerProcess.start(ServerKind.LOCKSTEP, conf.toArray(String[]::new));
    }

    private static void awaitPast(RespClient client, int millis) {
        client.ok("SET", "clock", "", "PX", Integer.toString(millis));
        Await.until("time passes", LIMIT, () -> client.call("EXISTS", "clock").integer() == 0);
    }

    private static String subexpiry(RespClient client) {
        String line = client.info("keyspace").get("db0");
        int at = line == null ? -1 : line.indexOf(",subexpiry=");
        return at < 0 ? "" : line.substring(at + 1);
    }

    @Test
    void fieldsAndTheirHashesGoInTheBackground() {
        try (ServerProcess master = start();
                ServerProcess replica = start("replicaof 127.0.0.1 " + master.port());
                RespClient client = master.connect();
                RespClient onReplica = replica.connect()) {
            Replicas.awaitLink(replica);
            client.ok("DEBUG", "SET-ACTIVE-EXPIRE", "0");
            List<String> fields = new ArrayList<>();
            for (int i = 0; i < MANY; i++) {
                fields.add("f" + i);
            }
            List<String> set = new ArrayList<>(List.of("HSET", "big", "stays", "1"));
            fields.forEach(field -> set.addAll(List.of(field, "v")));
            client.call(set.toArray(String[]::new));
            List<String> expire =
                    new ArrayList<>(List.of("HPEXPIRE", "big", "1", "FIELDS", "" + MANY));
            expire.addAll(fields);
            client.call(expire.toArray(String[]::new));
            for (int i = 0; i < 100; i++) {
                client.call("HSETEX", "small" + i, "PX", "" + (1 + i % 7), "FIELDS", "1", "f", "v");
            }
            assertEquals("subexpiry=101", subexpiry(client));
            awaitPast(client, 20);
            assertEquals(MANY + 1, client.call("HLEN", "big").integer());
            Await.until(
                    "the replica has all of them",
                    LIMIT,
                    () -> onReplica.call("HLEN", "big").integer() == MANY + 1);
            client.ok("DEBUG", "SET-ACTIVE-EXPIRE", "1");
            Await.until("all fields go", LIMIT, () -> subexpiry(client).isEmpty());
            assertEquals(1, client.call("HLEN", "big").integer());
            assertEquals(1, client.call("DBSIZE").integer());
            assertEquals(MANY + 100, Replicas.stat(master, "expired_subkeys"));
            Replicas.awaitSameData(master, replica);
            assertEquals(1, onReplica.call("DBSIZE").integer());
            assertEquals(0, Replicas.stat(replica, "expired_subkeys"));
        }
    }

    @Test
    void eventsTellOfIt() {
        try (ServerProcess master = start("notify-keyspace-events Khg");
                RespClient client = master.connect();
                RespClient listener = master.connect()) {
            listener.call("PSUBSCRIBE", "__keyspace@0__:h*");
            client.ok("DEBUG", "SET-ACTIVE-EXPIRE", "0");
            client.call("HSETEX", "h", "PX", "1", "FIELDS", "2", "a", "1", "b", "2");
            client.call("HSET", "h", "c", "3");
            awaitPast(client, 5);
            client.ok("DEBUG", "SET-ACTIVE-EXPIRE", "1");
            for (String event : List.of("hset", "hexpire", "hset", "hexpired")) {
                assertEquals(event, listener.read().items().get(3).text());
            }
            client.call("HPEXPIRE", "h", "1", "FIELDS", "1", "c");
            for (String event : List.of("hexpire", "hexpired", "del")) {
                assertEquals(event, listener.read().items().get(3).text());
            }
            assertEquals(0, client.call("EXISTS", "h").integer());
        }
    }

    /** A command that gives the one field of a hash another value, and finds that it has expired, makes the hash anew. */
    @Test
    void eventsTellOfAHashThatIsMadeAnew() {
        try (ServerProcess master = start("notify-keyspace-events Khgn");
                RespClient client = master.connect();
                RespClient listener = master.connect()) {
            listener.call("PSUBSCRIBE", "__keyspace@0__:h*");
            client.ok("DEBUG", "SET-ACTIVE-EXPIRE", "0");
            for (List<String> command :
                    List.of(
                            List.of("HINCRBY", "h", "f", "1"),
                            List.of("HINCRBYFLOAT", "h", "f", "1"),
                            List.of("HSETNX", "h", "f", "1"))) {
                client.call("HSETEX", "h", "PX", "1", "FIELDS", "1", "f", "5");
                awaitPast(client, 5);
                assertTrue(client.call(command.toArray(String[]::new)).toString().contains("1"));
                client.call("DEL", "h");
                String own =
                        command.get(0).equals("HSETNX")
                                ? "hset"
                                : command.get(0).toLowerCase(Locale.ROOT);
                for (String event :
                        List.of("new", "hset", "hexpire", "hexpired", "del", "new", own, "del")) {
                    assertEquals(event, listener.read().items().get(3).text(), command.get(0));
                }
            }
            assertEquals(3, Replicas.stat(master, "expired_subkeys"));
            client.call("HSET", "h", "f", "1");
            client.call("HEXPIRE", "h", "0", "FIELDS", "1", "f");
            assertEquals(4, Replicas.stat(master, "expired_subkeys"));
        }
    }

    @Test
    void aReplicaHidesAndLeavesTheRestToItsMaster() {
        try (ServerProcess master = start();
                ServerProcess replica = start("replicaof 127.0.0.1 " + master.port());
                RespClient client = master.connect();
                RespClient onReplica = replica.connect()) {
            Replicas.awaitLink(replica);
            client.ok("DEBUG", "SET-ACTIVE-EXPIRE", "0");
            client.call("HSETEX", "h", "PX", "50", "FIELDS", "2", "a", "1", "b", "2");
            client.call("HSET", "h", "c", "3");
            awaitPast(client, 60);
            Await.until("it is there", LIMIT, () -> onReplica.call("HLEN", "h").integer() == 3);
            Await.until("it is hidden", LIMIT, () -> onReplica.call("HGET", "h", "a").isNil());
            assertEquals("[\"c\", \"3\"]", onReplica.call("HGETALL", "h").toString());
            assertEquals("[\"c\"]", onReplica.call("HRANDFIELD", "h", "5").toString());
            assertEquals("\"c\"", onReplica.call("HRANDFIELD", "h").toString());
            assertEquals(3, onReplica.call("HLEN", "h").integer());
            assertTrue(client.call("HGET", "h", "a").isNil());
            Await.until("HDEL arrives", LIMIT, () -> onReplica.call("HLEN", "h").integer() == 2);
            assertEquals(0, Replicas.stat(replica, "expired_subkeys"));
        }
    }

    @Test
    void deadlinesSurviveAFullSyncAndARestart() {
        try (ServerProcess master = start();
                RespClient client = master.connect()) {
            for (int i = 0; i < 50; i++) {
                String key = "h" + i;
                client.call("HSET", key, "plain", "v", "a", "1", "b", "2");
                client.call("HPEXPIREAT", key, "3317711742" + (1000 + i), "FIELDS", "1", "a");
                client.call("HPEXPIREAT", key, "3417711742" + (1000 + i), "FIELDS", "1", "b");
            }
            try (ServerProcess replica = start("replicaof 127.0.0.1 " + master.port());
                    RespClient onReplica = replica.connect()) {
                Replicas.awaitLink(replica);
                Replicas.awaitSameData(master, replica);
                assertEquals("subexpiry=50", subexpiry(onReplica));
                String asked = "[:33177117421049, :34177117421049, :-1]";
                String[] ask = {"HPEXPIRETIME", "h49", "FIELDS", "3", "a", "b", "plain"};
                assertEquals(asked, onReplica.call(ask).toString());
                onReplica.ok("DEBUG", "RELOAD");
                assertEquals(asked, onReplica.call(ask).toString());
                Replicas.awaitSameData(master, replica);
            }
        }
    }

    @Test
    void replicasAreToldWhatCameOfCommands() {
        assertEquals(
                List.of(
                        "HSET h0 x1 y1 x2 y2",
                        "MULTI",
                        "HDEL h0 x1",
                        "HDEL h0 x2",
                        "EXEC",
                        "HSET h1 f1 1 f2 2",
                        "HPEXPIREAT h1 33177117420000 FIELDS 1 f1",
                        "HPEXPIREAT h1 33177117421000 NX FIELDS 1 f2",
                        "HPERSIST h1 FIELDS 3 f1 f2 nosuch",
                        "HPEXPIREAT h1 33177117420000 FIELDS 1 f1",
                        "MULTI",
                        "HSET h1 f1 2.5",
                        "HPEXPIREAT h1 33177117420000 FIELDS 1 f1",
                        "EXEC",
                        "HSET h1 f2 3.5",
                        "HSETEX h3 FIELDS 1 f1 v1",
                        "HSETEX h3 FXX FIELDS 1 f1 v11",
                        "HSETEX h3 KEEPTTL FIELDS 1 f2 v22",
                        "HSETEX h3 PXAT 33177117420000 FNX FIELDS 1 f3 v3",
                        "HSETEX h3 FXX PXAT 33177117420001 FIELDS 1 f3 v3",
                        "MULTI",
                        "HDEL h3 f1",
                        "HDEL h3 f9",
                        "EXEC",
                        "HPEXPIREAT h3 33177117420000 FIELDS 1 f2",
                        "HPERSIST h3 FIELDS 1 f2",
                        "HDEL h3 f2 nosuch",
                        "HDEL h3 f3"),
                changes(
                        "HSET h0 x1 y1 x2 y2",
                        "HEXPIREAT h0 1 FIELDS 3 x1 x2 nosuch",
                        "HSET h1 f1 1 f2 2",
                        "HEXPIRE h1 10 XX FIELDS 3 f1 f2 nosuch",
                        "HPEXPIREAT h1 33177117420000 FIELDS 1 f1",
                        "HEXPIREAT h1 33177117421 NX FIELDS 2 f1 f2",
                        "HPEXPIRE h1 30 FIELDS 1 nosuch",
                        "HPERSIST h1 FIELDS 3 f1 f2 nosuch",
                        "HPERSIST h1 FIELDS 1 f1",
                        "HPEXPIREAT h1 33177117420000 FIELDS 1 f1",
                        "HINCRBYFLOAT h1 f1 1.5",
                        "HINCRBYFLOAT h1 f2 1.5",
                        "HTTL h1 FIELDS 1 f1",
                        "HSETEX h3 FIELDS 1 f1 v1",
                        "HSETEX h3 FXX FIELDS 1 f1 v11",
                        "HSETEX h3 FNX FIELDS 1 f1 v11",
                        "HSETEX h3 KEEPTTL FIELDS 1 f2 v22",
                        "HSETEX h3 EXAT 33177117420 FNX FIELDS 1 f3 v3",
                        "HSETEX h3 FXX PXAT 33177117420001 FIELDS 1 f3 v3",
                        "HSETEX h3 PX 0 FIELDS 2 f1 v f9 v",
                        "HGETEX h3 FIELDS 1 f2",
                        "HGETEX h3 EXAT 33177117420 FIELDS 2 f2 nosuch",
                        "HGETEX h3 PERSIST FIELDS 1 f2",
                        "HGETEX h3 PERSIST FIELDS 1 f2",
                        "HGETDEL h3 FIELDS 2 f2 nosuch",
                        "HGETEX h3 PX 0 FIELDS 2 nosuch f3"));
    }

    private static List<String> changes(String... commands) {
        List<String> changes = new ArrayList<>();
        try (ServerProcess server = start();
                ReplicationStream stream = new ReplicationStream(server)) {
            stream.changes();
            for (String command : commands) {
                stream.execute(CommandLine.split(command));
                changes.addAll(stream.changes());
            }
        }
        return changes;
    }
}
