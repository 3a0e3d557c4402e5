package dev.lockstep.server.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.testing.Reply;
import dev.lockstep.testing.RespClient;
import dev.lockstep.testing.ServerKind;
import dev.lockstep.testing.ServerProcess;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** CONFIG GET and CONFIG SET, compared with stock Redis where both know the directive. */
class GetAndSetTest {
    /** What Redis 7.2 has and 7.0 hasn't. */
    private static final Set<String> NEW_IN_7_2 =
            Set.of(
                    "cluster-announce-human-nodename",
                    "locale-collate",
                    "set-max-listpack-entries",
                    "set-max-listpack-value");

    /** Shown for a pattern by 7.0, hidden by 7.2. */
    private static final Set<String> HIDDEN_IN_7_2 = Set.of("aof-disable-auto-gc");

    private static final Set<String> LOCKSTEPS_OWN =
            Set.of(
                    "availability-zone", // Valkey's, as the next six
                    "dual-channel-replication-enabled",
                    "extended-redis-compatibility",
                    "hide-user-data-from-log",
                    "prefetch-batch-max-size",
                    "primaryauth",
                    "primaryuser",
                    "cluster-compatibility-sample-ratio", // Redis 8's, as the next two
                    "repl-rdb-channel",
                    "replica-full-sync-buffer-limit",
                    "io-transport",
                    "jit-warmup",
                    "repl-full-sync-max-rate",
                    "repl-slow-replica-policy",
                    "replica-refuse-empty-master");

    private ServerProcess stock;

    @AfterEach
    void stopStock() {
        if (stock != null) {
            stock.close();
        }
    }

    private RespClient stockClient() {
        if (stock == null) {
            stock =
                    ServerProcess.builder(ServerKind.STOCK)
                            .commandLine("--enable-protected-configs", "yes")
                            .start();
        }
        return stock.connect();
    }

    @Test
    void everyDirectiveOfStockIsKnownWithItsDefault() {
        Map<String, String> theirs = new TreeMap<>(stockGet("*"));
        Map<String, String> ours = new TreeMap<>(new Configuration().get(List.of("*")));
        theirs.keySet().removeAll(HIDDEN_IN_7_2);
        ours.keySet().removeAll(NEW_IN_7_2);
        ours.keySet().removeAll(LOCKSTEPS_OWN);
        assertEquals(theirs.keySet(), ours.keySet());
        Set<String> differing =
                theirs.keySet().stream()
                        .filter(name -> !theirs.get(name).equals(ours.get(name)))
                        .collect(Collectors.toCollection(TreeSet::new));
        Set<String> setByTheHarness =
                Set.of(
                        "bind",
                        "dir",
                        "enable-debug-command",
                        "enable-protected-configs",
                        "port",
                        "save");
        differing.removeAll(setByTheHarness);
        assertEquals(Set.of("repl-diskless-load"), differing);
    }

    @Test
    void whatStockCantChangeLockstepCantEither() {
        Configuration ours = configuration();
        try (RespClient client = stockClient()) {
            for (String name : stockGet("*").keySet()) {
                String value = stockGet(name).get(name);
                Reply reply = client.call("CONFIG", "SET", name, value);
                boolean immutable =
                        reply.isError() && reply.text().endsWith("can't set immutable config");
                assertEquals(immutable, ours.find(name).is(Trait.Flag.IMMUTABLE), name);
            }
        }
    }

    /** The same commands on one stock server and on one configuration, one after the other. */
    @Test
    void repliesAreThoseOfStock() {
        Configuration ours = configuration();
        String[][] commands = {
            {"maxmemory", "foo"},
            {"foo", "bar"},
            {"foo", "1", "databases", "4"},
            {"databases", "4", "foo", "1"},
            {"repl-timeout", "1", "REPL-timeout", "2"},
            {"repl-timeout", "0", "hz", "0"},
            {"DAEMONIZE", "yes"},
            {"dir", "/nonexistent-directory"},
            {"dir", ""},
            {"dbfilename", "/x"},
            {"dbfilename", ""},
            {"save", "60  1"},
            {"save", "10 1 20"},
            {"save", "100 1 200 2"},
            {"save", ""},
            {"client-output-buffer-limit", "slave 1mb 0 0 normal 1 2 3"},
            {"client-output-buffer-limit", "normal  0 0 0"},
            {"oom-score-adj-values", "1 2"},
            {"oom-score-adj-values", "1 2 99999"},
            {"notify-keyspace-events", "Kg$lshzxetdm"},
            {"notify-keyspace-events", "AnE"},
            {"notify-keyspace-events", ""},
            {"masterauth", "a \"b\" \\ c\n\u00ff"},
            {"shutdown-on-sigterm", "save now"},
            {"shutdown-on-sigterm", "save nosave"},
            {"shutdown-on-sigterm", ""},
            {"latency-tracking-info-percentiles", "50 99.5 100"},
            {"latency-tracking-info-percentiles", "50 "},
            {"proc-title-template", "x y \"z\" "},
            {"slave-priority", "5"},
            {"SLAVE-priority", "abc"},
            {"port", "abc"},
            {"maxmemory-clients", "5%"},
            {"maxmemory-clients", "-5%"},
            {"maxmemory-clients", "5 %"},
            {"maxmemory-clients", "1k"},
            {"replicaof", "a 1"},
            {"unixsocketperm", "5"},
            {"hz", "10000"},
            {"rdbcompression", "No"},
            {"rdbcompression", "true"},
            {"cluster-announce-hostname", "a".repeat(300)},
            {"cluster-announce-hostname", "host.example"},
            {"hash-max-listpack-entries", "5", "hash-max-ziplist-entries", "6"},
            {"hash-max-listpack-entries", "7", "hash-max-ziplist-entries", "x"},
            {
                "maxmemory",
                "10000001",
                "maxmemory-clients",
                "200%",
                "client-query-buffer-limit",
                "invalid"
            },
            {"slowlog-log-slower-than", "+1"},
            {"slowlog-log-slower-than", "-0"},
            {"slowlog-log-slower-than", "9223372036854775808"},
            {"slowlog-max-len", ""},
            {"maxmemory", "1 kb"},
            {"maxmemory", ""},
            {"key-load-delay", "-3"},
            {"activedefrag", "yes"},
            {"appendfsync", "sometimes"},
            {"loglevel", "VERBOSE"},
        };
        try (RespClient client = stockClient()) {
            for (String[] command : commands) {
                List<String> request = new ArrayList<>(List.of("CONFIG", "SET"));
                request.addAll(List.of(command));
                Reply reply = client.call(request.toArray(String[]::new));
                String label = Arrays.toString(command);
                assertEquals(reply.isError() ? reply.text() : "OK", set(ours, command), label);
                for (int i = 0; i < command.length; i += 2) {
                    Map<String, String> theirs = stockGet(command[i]);
                    theirs.keySet().removeAll(Set.of("dir", "port", "DAEMONIZE"));
                    if (!theirs.isEmpty()) {
                        assertEquals(theirs, ours.get(List.of(command[i])), label);
                    }
                }
            }
        }
    }

    @Test
    void getFindsWhatStockFinds() {
        Configuration ours = configuration();
        String[][] requests = {
            {"Maxmem*", "PORT", "port", "*ort", "HZ"},
            {"slave-prio*"},
            {"key-load-delay", "key-*"},
            {"maxmemory", "maxmemory*", "bind", "*of"},
            {"hash-max-[lz]*-entries", "hash-max-?iplist-value"},
            {"nothing", "port", "nothing*"},
            {"po\\rt"},
        };
        for (String[] request : requests) {
            Set<String> found = new TreeSet<>(ours.get(List.of(request)).keySet());
            found.removeAll(LOCKSTEPS_OWN);
            assertEquals(stockGet(request).keySet(), found, Arrays.toString(request));
        }
    }

    @Test
    void everySettingTakesBackItsOwnValue() {
        Configuration ours = configuration();
        Map<String, String> before = ours.get(List.of("*"));
        before.forEach(
                (name, value) -> {
                    String expected =
                            ours.find(name).is(Trait.Flag.IMMUTABLE)
                                    ? "ERR CONFIG SET failed (possibly related to argument '"
                                            + name
                                            + "') - can't set immutable config"
                                    : "OK";
                    assertEquals(expected, set(ours, name, value), name);
                });
        assertEquals(before, ours.get(List.of("*")));
    }

    @Test
    void protectedSettingsNeedPermission() {
        String refused =
                "ERR CONFIG SET failed (possibly related to argument 'dir') - can't set protected config";
        assertEquals(refused, set(load("--enable-protected-configs", "no"), "dir", "/"));
        Configuration local = load("--enable-protected-configs", "local");
        local.set(List.of("dir", "/", "dbfilename", "x.rdb"), true, false);
        assertEquals(Path.of("/"), local.snapshots.dir.get());
        String message =
                assertThrows(
                                ConfigurationException.class,
                                () -> local.set(List.of("dir", "/tmp"), false, false))
                        .getMessage();
        assertEquals(refused, message);
    }

    @Test
    void someSettingsWaitForTheEndOfLoading() {
        Configuration ours = configuration();
        for (String name : List.of("dir", "appendonly", "repl-diskless-load")) {
            String value = ours.find(name).text();
            String message =
                    assertThrows(
                                    ConfigurationException.class,
                                    () ->
                                            ours.set(
                                                    List.of("loglevel", "debug", name, value),
                                                    true,
                                                    true))
                            .getMessage();
            assertEquals("LOADING Redis is loading the dataset in memory", message);
        }
        assertEquals("notice", ours.general.logLevel.text());
        ours.set(List.of("loglevel", "debug"), true, true);
        assertEquals("debug", ours.general.logLevel.text());
    }

    @Test
    void whatStartRefusesSetRefuses() {
        Configuration ours = configuration();
        assertTrue(
                set(ours, "cluster-enabled", "yes")
                        .startsWith(
                                "ERR CONFIG SET failed (possibly related to argument 'cluster-enabled') - "));
        assertEquals("no", ours.find("cluster-enabled").text());
    }

    @Test
    void aFileThatIsNamedAgainIsReadAgain() {
        Configuration ours = configuration();
        List<String> seen = new ArrayList<>();
        Supplier<String> listener =
                () -> {
                    seen.add(ours.tls.certFile.get());
                    return null;
                };
        ours.tls.certFile.onChange(listener);
        ours.tls.protocols.onChange(listener);
        assertEquals("OK", set(ours, "tls-cert-file", "a"));
        assertEquals("OK", set(ours, "tls-cert-file", "a"));
        assertEquals("OK", set(ours, "tls-protocols", ""));
        assertEquals(List.of("a", "a"), seen);
    }

    @Test
    void listenersRunOnceAfterAllValuesAreSet() {
        Configuration ours = configuration();
        List<String> seen = new ArrayList<>();
        Supplier<String> listener =
                () -> {
                    seen.add(
                            ours.replication.minReplicasToWrite.get()
                                    + "/"
                                    + ours.replication.minReplicasMaxLag.get());
                    return null;
                };
        ours.replication.minReplicasToWrite.onChange(listener);
        ours.replication.minReplicasMaxLag.onChange(listener);
        assertEquals("OK", set(ours, "min-slaves-to-write", "2", "min-replicas-max-lag", "5"));
        assertEquals(List.of("2/5"), seen);
        assertEquals("OK", set(ours, "min-slaves-to-write", "2"));
        assertEquals(List.of("2/5"), seen, "nothing changed");
        assertThrows(
                IllegalStateException.class,
                () -> ours.replication.minReplicasMaxLag.onChange(listener));
    }

    @Test
    void aRefusalBringsBackEveryValueAndTellsWhoHadBeenTold() {
        Configuration ours = configuration();
        List<String> seen = new ArrayList<>();
        ours.memory.maxMemory.onChange(
                () -> {
                    seen.add("maxmemory " + ours.memory.maxMemory.bytes());
                    return null;
                });
        ours.network.port.onChange(
                () -> {
                    seen.add("port " + ours.network.port.get());
                    return ours.network.port.get() == 1
                            ? "Unable to listen on this port. Check server logs."
                            : null;
                });
        ours.general.hz.onChange(
                () -> {
                    seen.add("hz");
                    return null;
                });
        assertEquals(
                "ERR CONFIG SET failed (possibly related to argument 'port') - Unable to listen on this port. Check"
                        + " server logs.",
                set(ours, "timeout", "9", "maxmemory", "5", "port", "1", "hz", "20"));
        assertEquals(List.of("maxmemory 5", "port 1", "maxmemory 0", "port 6379"), seen);
        assertEquals("0", ours.find("timeout").text());
        assertEquals(10, ours.general.hz.get());
    }

    @Test
    void sensitiveSettingsAreThoseThatHoldSecrets() {
        Configuration ours = new Configuration();
        Set<String> sensitive =
                ours.groups().stream()
                        .flatMap(group -> group.settings().stream())
                        .filter(Setting::isSensitive)
                        .map(Setting::name)
                        .collect(Collectors.toSet());
        assertEquals(
                Set.of(
                        "masterauth",
                        "masteruser",
                        "requirepass",
                        "tls-key-file-pass",
                        "tls-client-key-file-pass"),
                sensitive);
        assertFalse(ours.find("port").isSensitive());
    }

    @Test
    void aShareIsOfTheWholeAndBytesAreThemselves() {
        Configuration ours = load("--maxmemory-clients", "25%");
        assertEquals(250, ours.clients.maxMemoryClients.bytesOf(1000));
        assertEquals(0, load().clients.maxMemoryClients.bytesOf(1000));
        assertEquals(
                1 << 20, load("--maxmemory-clients", "1mb").clients.maxMemoryClients.bytesOf(1000));
    }

    private static Configuration configuration() {
        return load("--enable-protected-configs", "yes", "--save", "");
    }

    private static Configuration load(String... args) {
        return Configuration.load(args, InputStream.nullInputStream());
    }

    private static String set(Configuration configuration, String... namesAndValues) {
        try {
            configuration.set(List.of(namesAndValues), true, false);
            return "OK";
        } catch (ConfigurationException e) {
            return e.getMessage();
        }
    }

    private Map<String, String> stockGet(String... patterns) {
        List<String> request = new ArrayList<>(List.of("CONFIG", "GET"));
        request.addAll(List.of(patterns));
        try (RespClient client = stockClient()) {
            List<Reply> flat = ((Reply.Items) client.ok(request.toArray(String[]::new))).elements();
            Map<String, String> found = new TreeMap<>();
            for (int i = 0; i < flat.size(); i += 2) {
                found.put(flat.get(i).text(), flat.get(i + 1).text());
            }
            return found;
        }
    }
}
