package dev.lockstep.server.command;

import dev.lockstep.testing.GeneratedPart;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** docs/compatibility.md lists the commands that the table holds, and what it says of them. */
class CommandDocumentTest {
    private static final Path DOCUMENT =
            Path.of(System.getProperty("lockstep.basedir"), "docs/compatibility.md");

    @Test
    void compatibilityListsEveryCommand() throws IOException {
        Map<String, List<Command>> byGroup =
                AllCommands.table().all().stream()
                        .flatMap(CommandDocumentTest::withSubcommands)
                        .sorted(Comparator.comparing(Command::fullName))
                        .collect(
                                Collectors.groupingBy(
                                        Command::group, TreeMap::new, Collectors.toList()));
        StringBuilder text = new StringBuilder();
        byGroup.forEach(
                (group, commands) -> {
                    text.append("\n### ").append(heading(group)).append("\n\n");
                    text.append("| command | arity | since | what it does |\n");
                    text.append("| --- | --- | --- | --- |\n");
                    commands.forEach(command -> text.append(row(command)));
                });
        new GeneratedPart(DOCUMENT, "commands").assertIs(text.append('\n').toString());
    }

    /** A command that only has subcommands is not listed itself. */
    private static Stream<Command> withSubcommands(Command command) {
        return Stream.concat(
                command.handler() == null ? Stream.of() : Stream.of(command),
                command.subcommands().stream());
    }

    private static String heading(String group) {
        return group.substring(0, 1).toUpperCase(Locale.ROOT) + group.substring(1) + " commands";
    }

    private static String row(Command command) {
        String name = command.fullName().replace('|', ' ').toUpperCase(Locale.ROOT);
        return "| `"
                + name
                + "` | "
                + command.arity()
                + " | "
                + command.since()
                + " | "
                + command.summary().replace("|", "\\|")
                + instead(command)
                + " |\n";
    }

    private static String instead(Command command) {
        return command.isDeprecated()
                ? " Deprecated since "
                        + command.deprecatedSince()
                        + (command.replacedBy() == null ? "." : ": " + command.replacedBy() + ".")
                : "";
    }
}
