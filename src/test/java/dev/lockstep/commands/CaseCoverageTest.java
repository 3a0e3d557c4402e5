package dev.lockstep.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.testing.CaseFile;
import dev.lockstep.testing.CommandCase;
import dev.lockstep.testing.CommandLine;
import dev.lockstep.testing.Reply;
import dev.lockstep.testing.ServerKind;
import dev.lockstep.testing.ServerProcess;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * No command of the command table, and no sub-command, has fewer than three of the twice-run cases' comparisons, and no
 * option is without one.
 *
 * <p>What is counted is a command's different lines in each named case, since each has a reply that is compared, and
 * that depends on the lines before it. A container's own count is of the lines that name none of its sub-commands.
 */
class CaseCoverageTest {
    private static final int LEAST = 3;

    private static final Map<String, List<List<String>>> CASES = new HashMap<>();

    private static ServerProcess server;

    @BeforeAll
    static void readCases() {
        server = ServerProcess.start(ServerKind.LOCKSTEP);
        for (String name : commandTable()) {
            CASES.put(name, new ArrayList<>());
        }
        for (String file : CaseFile.names()) {
            for (CommandCase commandCase : CaseFile.read(file)) {
                Set<List<String>> lines = new HashSet<>();
                commandCase.steps().forEach(step -> lines.add(command(step)));
                lines.forEach(CaseCoverageTest::add);
            }
        }
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void everyCommandHasThreeCases() {
        Map<String, Integer> counts = new TreeMap<>();
        CASES.forEach((name, lines) -> counts.put(name, lines.size()));
        counts.forEach((name, count) -> System.out.println(name + ": " + count));
        counts.values().removeIf(count -> count >= LEAST);
        assertEquals(Map.of(), counts);
    }

    @Test
    void everyOptionHasACase() {
        Map<String, List<String>> without = new TreeMap<>();
        collectOptions(server.call("COMMAND", "DOCS"), without);
        assertEquals(Map.of(), without);
    }

    private static void collectOptions(Reply docs, Map<String, List<String>> without) {
        docs.fields()
                .forEach(
                        (name, doc) -> {
                            Map<String, Reply> fields = doc.fields();
                            List<String> missing = new ArrayList<>();
                            if (fields.containsKey("arguments")) {
                                addTokens(fields.get("arguments"), missing);
                            }
                            missing.removeIf(token -> hasCase(name, token));
                            if (!missing.isEmpty()) {
                                without.put(name, missing);
                            }
                            if (fields.containsKey("subcommands")) {
                                collectOptions(fields.get("subcommands"), without);
                            }
                        });
    }

    private static void addTokens(Reply arguments, List<String> tokens) {
        for (Reply argument : arguments.items()) {
            Map<String, Reply> fields = argument.fields();
            if (fields.containsKey("token")) {
                tokens.add(fields.get("token").text());
            }
            if (fields.containsKey("arguments")) {
                addTokens(fields.get("arguments"), tokens);
            }
        }
    }

    private static boolean hasCase(String name, String token) {
        String word = token.toLowerCase(Locale.ROOT);
        return word.isEmpty()
                || CASES.get(name).stream()
                        .anyMatch(line -> line.subList(1, line.size()).contains(word));
    }

    private static List<String> commandTable() {
        List<String> names =
                server.call("COMMAND", "LIST", "FILTERBY", "PATTERN", "*").items().stream()
                        .map(Reply::text)
                        .toList();
        assertTrue(names.contains("config|set"), names::toString);
        return names;
    }

    /** The command that a step sends, in small letters; empty if it sends none of its own. */
    private static List<String> command(CommandCase.Step step) {
        List<String> words =
                CommandLine.split(step.text()).stream()
                        .map(word -> new String(word, StandardCharsets.ISO_8859_1))
                        .map(word -> word.toLowerCase(Locale.ROOT))
                        .toList();
        return switch (words.get(0)) {
            case "%send" -> words.subList(1, words.size());
            case "%save" -> words.subList(2, words.size());
            default -> words.get(0).startsWith("%") ? List.of() : words;
        };
    }

    private static void add(List<String> command) {
        if (command.isEmpty()) {
            return;
        }
        String sub = command.size() < 2 ? "" : command.get(0) + "|" + command.get(1);
        List<List<String>> lines = CASES.get(CASES.containsKey(sub) ? sub : command.get(0));
        if (lines != null) {
            lines.add(command);
        }
    }
}
