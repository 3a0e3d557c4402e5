package dev.lockstep.scripts;

import static dev.lockstep.testing.ServerKind.LOCKSTEP;
import static dev.lockstep.testing.ServerKind.STOCK;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lockstep.testing.Await;
import dev.lockstep.testing.Replicas;
import dev.lockstep.testing.RespClient;
import dev.lockstep.testing.ServerKind;
import dev.lockstep.testing.ServerProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Libraries of functions are data: they are in RDB files, in full syncs and in the replication stream. */
class LibrariesTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final String[] CONF = {"save \"\"", "repl-diskless-sync-delay 0"};

    static Stream<Arguments> pairs() {
        return Stream.of(
                Arguments.of(STOCK, LOCKSTEP),
                Arguments.of(LOCKSTEP, STOCK),
                Arguments.of(LOCKSTEP, LOCKSTEP));
    }

    private static String library(String name, String result) {
        return "#!lua name="
                + name
                + "\nredis.register_function{function_name='"
                + name
                + "', callback=function() return '"
                + result
                + "' end, flags={'no-writes'}}";
    }

    @ParameterizedTest(name = "{0} to {1}")
    @MethodSource("pairs")
    void replicasHaveThem(ServerKind masterKind, ServerKind replicaKind) {
        try (ServerProcess master = ServerProcess.start(masterKind, CONF);
                ServerProcess replica = ServerProcess.start(replicaKind, CONF)) {
            replica.call("FUNCTION", "LOAD", library("stale", "stale"));
            master.call("FUNCTION", "LOAD", library("synced", "before"));
            master.call("SET", "k", "v");
            replica.call("REPLICAOF", "127.0.0.1", Integer.toString(master.port()));
            Replicas.awaitLink(replica);
            Replicas.awaitSameData(master, replica);
            assertEquals("before", replica.call("FCALL_RO", "synced", "0").text());
            assertEquals(
                    "-ERR Function not found", replica.call("FCALL_RO", "stale", "0").toString());

            master.call("FUNCTION", "LOAD", "REPLACE", library("synced", "after"));
            master.call("FUNCTION", "LOAD", library("added", "added"));
            Replicas.awaitSameData(master, replica);
            assertEquals("after", replica.call("FCALL_RO", "synced", "0").text());
            assertEquals("added", replica.call("FCALL_RO", "added", "0").text());

            master.call("FUNCTION", "DELETE", "added");
            Replicas.awaitSameData(master, replica);
            assertEquals(
                    "-ERR Function not found", replica.call("FCALL_RO", "added", "0").toString());
            master.call("FUNCTION", "FLUSH");
            Replicas.awaitSameData(master, replica);
            assertEquals("[]", replica.call("FUNCTION", "LIST").toString());
        }
    }

    @Test
    void theyAreThereAfterARestart() {
        try (ServerProcess server =
                ServerProcess.start(LOCKSTEP, "save \"\"", "enable-debug-command yes")) {
            for (int i = 0; i < 20; i++) {
                server.call("FUNCTION", "LOAD", library("l" + i, "r" + i));
            }
            server.call("SAVE");
            server.call("FUNCTION", "FLUSH");
            server.terminate();
            server.restart();
            for (int i = 0; i < 20; i++) {
                assertEquals("r" + i, server.call("FCALL", "l" + i, "0").text());
            }
            server.call("DEBUG", "RELOAD");
            assertEquals("r7", server.call("FCALL", "l7", "0").text());
        }
    }

    /** RESTORE leaves libraries alone that it doesn't bring, and lets functions move among those that it does. */
    @Test
    void restoringKeepsTheOthers() {
        try (ServerProcess server = ServerProcess.start(LOCKSTEP, CONF);
                RespClient client = server.connect()) {
            client.ok("FUNCTION", "LOAD", both("one", "f", "g"));
            client.ok("FUNCTION", "LOAD", both("two", "h", "i"));
            byte[] payload = client.call("FUNCTION", "DUMP").bytes();
            client.ok("FUNCTION", "FLUSH");
            client.ok("FUNCTION", "LOAD", both("one", "f", "x"));
            client.ok("FUNCTION", "LOAD", both("two", "g", "i"));
            client.ok(
                    "FUNCTION",
                    "LOAD",
                    "#!lua name=kept\nlocal calls = 0 redis.register_function('calls', function() calls = calls + 1 return calls end)");
            assertEquals(":1", client.call("FCALL", "calls", "0").toString());
            assertEquals("-ERR Library one already exists", restore(client, payload, "APPEND"));
            assertEquals("+OK", restore(client, payload, "REPLACE"));
            assertEquals("one.g", client.call("FCALL", "g", "0").text());
            assertEquals("-ERR Function not found", client.call("FCALL", "x", "0").toString());
            assertEquals(":2", client.call("FCALL", "calls", "0").toString());
            assertEquals("+OK", restore(client, payload, "FLUSH"));
            assertEquals("-ERR Function not found", client.call("FCALL", "calls", "0").toString());
        }
    }

    private static String restore(RespClient client, byte[] payload, String how) {
        List<byte[]> command = new ArrayList<>(RespClient.latin1("FUNCTION", "RESTORE"));
        command.add(payload);
        command.addAll(RespClient.latin1(how));
        return client.call(command).toString();
    }

    private static String both(String name, String first, String second) {
        String function = "redis.register_function('%2$s', function() return '%1$s.%2$s' end) ";
        return "#!lua name="
                + name
                + "\n"
                + String.format(function, name, first)
                + String.format(function, name, second);
    }

    /** A reader on the replica never sees some of a script's changes without the others. */
    @ParameterizedTest(name = "{0} to {1}")
    @MethodSource("pairs")
    void whatAScriptChangesArrivesWhole(ServerKind masterKind, ServerKind replicaKind)
            throws Exception {
        try (ServerProcess master = ServerProcess.start(masterKind, CONF);
                ServerProcess replica =
                        ServerProcess.builder(replicaKind)
                                .conf(CONF)
                                .conf("replicaof 127.0.0.1 " + master.port())
                                .start()) {
            Replicas.awaitLink(replica);
            AtomicBoolean done = new AtomicBoolean();
            List<String> torn = new ArrayList<>();
            Thread reader =
                    new Thread(
                            () -> {
                                try (RespClient client = replica.connect()) {
                                    while (!done.get()) {
                                        String values =
                                                client.call("MGET", "a", "b", "c").toString();
                                        String[] parts =
                                                values.replaceAll("[\\[\\]]", "").split(", ");
                                        if (!parts[0].equals(parts[1])
                                                || !parts[1].equals(parts[2])) {
                                            torn.add(values);
                                        }
                                    }
                                }
                            },
                            "reader");
            reader.start();
            try (RespClient writer = master.connect()) {
                for (int i = 0; i < 2000; i++) {
                    writer.ok(
                            "EVAL",
                            "for i = 1, #KEYS do redis.call('set', KEYS[i], ARGV[1]) end",
                            "3",
                            "a",
                            "b",
                            "c",
                            Integer.toString(i));
                }
            }
            Replicas.awaitSameData(master, replica);
            done.set(true);
            reader.join(LIMIT.toMillis());
            assertEquals(List.of(), torn);
            Await.until(
                    "the last value is there",
                    LIMIT,
                    () -> replica.call("GET", "c").text().equals("1999"));
        }
    }
}
