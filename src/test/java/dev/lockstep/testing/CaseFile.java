package dev.lockstep.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Reads the case files under {@code src/test/resources/cases}.
 *
 * <pre>
 * # name of the case            begins a case; "@resp2" or "@resp3" in the name restricts it
 * SET k "v\x00"                 a command, with redis-cli's quoting
 * @other GET k                  the same through a connection named "other"
 * ~ sorted                      how the reply above is compared, see {@link Tolerance}
 * = "text"                      Lockstep's reply to the command above, where 7.2 and the stock server differ
 * </pre>
 *
 * <p>A line that starts with {@code %} is a step of {@link CaseRun}'s own; a line that starts with {@code //} is a comment.
 */
public final class CaseFile {

    private CaseFile() {}

    /** The names of all case files, in alphabetical order. */
    public static List<String> names() {
        try (Stream<Path> files =
                Files.list(Path.of(CaseFile.class.getResource("/cases").toURI()))) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Throws IllegalArgumentException with file and line for anything that isn't in the grammar. */
    public static List<CommandCase> read(String name) {
        List<CommandCase> cases = new ArrayList<>();
        String[] lines = text(name).split("\n");
        CommandCase current = null;
        for (int i = 0; i < lines.length; i++) {
            String line = lines[i];
            try {
                if (line.startsWith("# ")) {
                    current = open(name, i + 1, line.substring(2));
                    cases.add(current);
                } else if (!line.isBlank() && !line.startsWith("//")) {
                    add(current.steps(), line);
                }
            } catch (RuntimeException e) {
                throw new IllegalArgumentException(name + ":" + (i + 1) + ": " + line, e);
            }
        }
        return cases;
    }

    private static CommandCase open(String file, int line, String name) {
        List<Integer> protocols =
                name.contains("@resp2")
                        ? List.of(2)
                        : name.contains("@resp3") ? List.of(3) : List.of(2, 3);
        return new CommandCase(file, line, name, protocols, new ArrayList<>());
    }

    private static void add(List<CommandCase.Step> steps, String line) {
        if (line.startsWith("~ ") || line.startsWith("= ")) {
            CommandCase.Step last = steps.remove(steps.size() - 1);
            String rest = line.substring(2);
            steps.add(
                    line.startsWith("~")
                            ? new CommandCase.Step(
                                    last.connection(),
                                    last.text(),
                                    Tolerance.parse(rest),
                                    last.expected())
                            : new CommandCase.Step(
                                    last.connection(), last.text(), last.tolerance(), rest));
            return;
        }
        String connection = "";
        String text = line;
        if (line.startsWith("@")) {
            int space = line.indexOf(' ');
            connection = line.substring(1, space);
            text = line.substring(space + 1);
        }
        CommandLine.split(text);
        steps.add(new CommandCase.Step(connection, text, Tolerance.EXACT, null));
    }

    private static String text(String name) {
        try (InputStream in = CaseFile.class.getResourceAsStream("/cases/" + name)) {
            if (in == null) {
                throw new IllegalArgumentException("no case file " + name);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
