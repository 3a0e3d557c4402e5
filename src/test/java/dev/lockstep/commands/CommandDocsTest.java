package dev.lockstep.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.testing.Reply;
import dev.lockstep.testing.RespClient;
import dev.lockstep.testing.ServerKind;
import dev.lockstep.testing.ServerProcess;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * COMMAND DOCS says of each command what a stock redis-server says, but for texts, and but for what 7.2 has changed.
 *
 * <p>Where 7.2 has other names for arguments, their tokens are compared all the same.
 */
class CommandDocsTest {
    /** The texts are ours; the arguments are compared by themselves. */
    private static final Set<String> NOT_COMPARED =
            Set.of("summary", "complexity", "arguments", "subcommands");

    private static final Set<String> DEPRECATION =
            Set.of("doc_flags", "deprecated_since", "replaced_by");

    /** What 7.2 says otherwise than 7.0: of which commands, and in which fields. */
    private static final Map<String, Set<String>> CHANGED_FIELDS =
            Map.of(
                    "acl|log", Set.of("history"),
                    "client|pause", Set.of("since"),
                    "quit", DEPRECATION,
                    "setnx", DEPRECATION,
                    "setex", DEPRECATION,
                    "psetex", DEPRECATION,
                    "xinfo|consumers", Set.of("history"),
                    "xinfo|stream", Set.of("history"),
                    "zrank", Set.of("history"),
                    "zrevrank", Set.of("history"));

    /** Commands whose arguments 7.2 names or groups otherwise. */
    private static final Set<String> RENAMED_ARGUMENTS =
            Set.of(
                    "acl|cat",
                    "bitcount",
                    "bitfield",
                    "bitfield_ro",
                    "bitpos",
                    "client|list",
                    "client|reply",
                    "client|unblock",
                    "cluster|addslotsrange",
                    "cluster|delslotsrange",
                    "cluster|meet",
                    "cluster|reset",
                    "cluster|setslot",
                    "config|get",
                    "config|set",
                    "flushall",
                    "flushdb",
                    "geoadd",
                    "geohash",
                    "geopos",
                    "georadius",
                    "georadius_ro",
                    "georadiusbymember",
                    "georadiusbymember_ro",
                    "geosearch",
                    "geosearchstore",
                    "hello",
                    "hmset",
                    "hset",
                    "lcs",
                    "migrate",
                    "mset",
                    "msetnx",
                    "pfmerge",
                    "psubscribe",
                    "shutdown",
                    "xadd",
                    "xclaim",
                    "xgroup|create",
                    "xgroup|createconsumer",
                    "xgroup|delconsumer",
                    "xgroup|destroy",
                    "xgroup|setid",
                    "xinfo|consumers",
                    "xreadgroup",
                    "xsetid",
                    "zadd",
                    "zrange",
                    "zrangebylex",
                    "zrangebyscore",
                    "sort",
                    "sort_ro",
                    "zrangestore",
                    "zrevrangebylex",
                    "zrevrangebyscore");

    /** Commands that have more arguments than 7.0 tells of, which came later or were forgotten. */
    private static final Set<String> MORE_ARGUMENTS =
            Set.of(
                    "bitop",
                    "client|kill",
                    "command|getkeys",
                    "command|getkeysandflags",
                    "hscan",
                    "xinfo|stream",
                    "zrank",
                    "zrevrank");

    private static Map<String, Map<String, Reply>> stockDocs;
    private static Map<String, Map<String, Reply>> docs;

    @BeforeAll
    static void ask() {
        stockDocs = docsOf(ServerKind.STOCK);
        docs = docsOf(ServerKind.LOCKSTEP);
    }

    @AfterAll
    static void forget() {
        stockDocs = null;
        docs = null;
    }

    private static Map<String, Map<String, Reply>> docsOf(ServerKind kind) {
        try (ServerProcess server = ServerProcess.start(kind);
                RespClient client = server.connect()) {
            client.ok("HELLO", "3");
            Map<String, Map<String, Reply>> all = new TreeMap<>();
            collect(client.ok("COMMAND", "DOCS"), all);
            return all;
        }
    }

    private static void collect(Reply commands, Map<String, Map<String, Reply>> all) {
        commands.fields()
                .forEach(
                        (name, documentation) -> {
                            all.put(name, documentation.fields());
                            Reply subcommands = documentation.fields().get("subcommands");
                            if (subcommands != null) {
                                collect(subcommands, all);
                            }
                        });
    }

    /** What both servers document. */
    private static Set<String> common() {
        Set<String> names = new TreeSet<>(docs.keySet());
        names.retainAll(stockDocs.keySet());
        assertTrue(names.size() > 100, names::toString);
        return names;
    }

    @Test
    void fieldsAreThoseOfStock() {
        for (String name : common()) {
            Map<String, String> expected = fields(name, stockDocs.get(name));
            assertEquals(expected, fields(name, docs.get(name)), name);
        }
    }

    private static Map<String, String> fields(String name, Map<String, Reply> documentation) {
        Map<String, String> fields = new LinkedHashMap<>();
        documentation.forEach(
                (field, value) -> {
                    if (!NOT_COMPARED.contains(field)
                            && !CHANGED_FIELDS.getOrDefault(name, Set.of()).contains(field)) {
                        fields.put(
                                field,
                                field.equals("history") ? versions(value) : value.toString());
                    }
                });
        return fields;
    }

    private static String versions(Reply history) {
        return history.items().stream()
                .map(change -> change.items().get(0).toString())
                .collect(Collectors.joining(", "));
    }

    @Test
    void argumentsAreThoseOfStock() {
        for (String name : common()) {
            if (MORE_ARGUMENTS.contains(name)) {
                continue;
            }
            List<String> expected = arguments(name, stockDocs.get(name));
            List<String> actual = arguments(name, docs.get(name));
            assertEquals(String.join("\n", expected), String.join("\n", actual), name);
        }
    }

    @Test
    void whatHasChangedIsNotTheSame() {
        for (String name : RENAMED_ARGUMENTS) {
            assertFalse(
                    describe(docs.get(name).get("arguments"), "")
                            .equals(describe(stockDocs.get(name).get("arguments"), "")),
                    name);
        }
    }

    private static List<String> arguments(String name, Map<String, Reply> documentation) {
        Reply arguments = documentation.get("arguments");
        if (arguments == null) {
            return List.of();
        }
        return RENAMED_ARGUMENTS.contains(name) ? tokens(arguments) : describe(arguments, "");
    }

    /** A line for each argument with all that is said of it but what to display, those inside another one indented. */
    private static List<String> describe(Reply arguments, String indent) {
        List<String> lines = new ArrayList<>();
        for (Reply argument : arguments.items()) {
            Map<String, Reply> fields = new TreeMap<>(argument.fields());
            Reply inner = fields.remove("arguments");
            fields.remove("display_text");
            lines.add(indent + fields);
            if (inner != null) {
                lines.addAll(describe(inner, indent + "    "));
            }
        }
        return lines;
    }

    private static List<String> tokens(Reply arguments) {
        List<String> tokens = new ArrayList<>();
        for (Reply argument : arguments.items()) {
            Map<String, Reply> fields = argument.fields();
            if (fields.containsKey("token")) {
                tokens.add(fields.get("token").toString());
            }
            if (fields.containsKey("arguments")) {
                tokens.addAll(tokens(fields.get("arguments")));
            }
        }
        return tokens;
    }

    @Test
    void everyCommandWithArgumentsNamesThem() {
        try (ServerProcess server = ServerProcess.start(ServerKind.LOCKSTEP);
                RespClient client = server.connect()) {
            for (Reply command : client.ok("COMMAND").items()) {
                assertHasArguments(command);
            }
        }
    }

    /** All but DEBUG and REPLCONF, whose arguments Redis does not document either. */
    private static void assertHasArguments(Reply command) {
        String name = command.items().get(0).text();
        long arity = command.items().get(1).integer();
        List<Reply> subcommands = command.items().get(9).items();
        subcommands.forEach(CommandDocsTest::assertHasArguments);
        boolean takesSome = name.contains("|") ? arity > 2 || arity < -2 : arity > 1 || arity < -1;
        if (takesSome && subcommands.isEmpty() && !name.equals("debug")) {
            assertTrue(docs.get(name).containsKey("arguments"), name);
        }
    }
}
