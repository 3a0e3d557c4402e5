package dev.lockstep.server.config;

import dev.lockstep.server.process.SystemReason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Reads configuration text into the settings, and stops at the first line that can't be accepted. */
final class ConfigurationReader {
    static final String UNBALANCED_QUOTES = "Unbalanced quotes in configuration line";

    private static final int MAX_INCLUDE_DEPTH = 64;

    /** Directives of old that Redis still reads past. */
    private static final Set<String> OBSOLETE =
            Set.of("list-max-ziplist-entries", "list-max-ziplist-value", "lua-replicate-commands");

    private final Configuration configuration;
    private final List<RenamedCommand> renamedCommands = new ArrayList<>();
    private final List<UserDeclaration> userDeclarations = new ArrayList<>();
    private int includeDepth;

    ConfigurationReader(Configuration configuration) {
        this.configuration = configuration;
    }

    List<RenamedCommand> renamedCommands() {
        return renamedCommands;
    }

    List<UserDeclaration> userDeclarations() {
        return userDeclarations;
    }

    /**
     * Reads the lines of a text.
     *
     * @param includedFile the name of the file it came from if that was included, else null
     */
    void read(String text, String includedFile) {
        String[] lines = text.split("\n", -1);
        for (int i = 0; i < lines.length; i++) {
            String trimmed = trim(lines[i]);
            if (!trimmed.isEmpty() && trimmed.charAt(0) != '#') {
                readLine(new ConfigurationLine(includedFile, i + 1, trimmed));
            }
        }
        checkLogFile();
    }

    private void readLine(ConfigurationLine line) {
        List<String> words = Quoting.split(line.text());
        if (words == null) {
            throw line.error(UNBALANCED_QUOTES);
        }
        if (words.isEmpty()) {
            return;
        }
        String name = words.get(0).toLowerCase(Locale.ROOT);
        Setting<?> setting = configuration.find(name);
        if (setting == null) {
            readOther(name, words, line);
            return;
        }
        try {
            setting.load(words.subList(1, words.size()));
        } catch (InvalidValueException e) {
            throw line.error(e.getMessage());
        }
    }

    /** The directives that aren't settings: CONFIG GET doesn't know them. */
    private void readOther(String name, List<String> words, ConfigurationLine line) {
        int count = words.size();
        if (OBSOLETE.contains(name) && count == 2) {
            return;
        }
        if (name.equals("include") && count == 2) {
            include(words.get(1), line);
        } else if (name.equals("rename-command") && count == 3) {
            renamedCommands.add(new RenamedCommand(words.get(1), words.get(2), line));
        } else if (name.equals("user") && count >= 2) {
            userDeclarations.add(new UserDeclaration(words.get(1), words.subList(2, count), line));
        } else if (name.equals("loadmodule") && count >= 2) {
            throw line.error(
                    "loadmodule: Lockstep can't load Redis modules; leave the directive out");
        } else if (name.indexOf('.') >= 0) {
            throw line.error(
                    count != 2
                            ? "Module config specified without value"
                            : name
                                    + ": Lockstep can't load Redis modules; leave the directive out");
        } else if (name.equals("sentinel")) {
            throw line.error(
                    count > 1
                            ? "sentinel directive while not in sentinel mode"
                            : "sentinel: Lockstep can't act as a Sentinel; start redis-sentinel");
        } else {
            throw line.error("Bad directive or wrong number of arguments");
        }
    }

    private void include(String name, ConfigurationLine line) {
        if (includeDepth == MAX_INCLUDE_DEPTH) {
            throw line.error(
                    "include: more than " + MAX_INCLUDE_DEPTH + " files include one another");
        }
        includeDepth++;
        String path = DirectorySetting.decode(name);
        boolean isPattern = IncludePattern.isPattern(path);
        Path directory = configuration.snapshots.dir.get();
        for (String file : isPattern ? IncludePattern.expand(path, directory) : List.of(path)) {
            read(
                    contents(FileNames.path(directory, file), file),
                    name.equals(path) ? file : DirectorySetting.encode(file));
        }
        includeDepth--;
    }

    /** The file's bytes, one per character. {@code name} is what an error calls the file. */
    static String contents(Path file, String name) {
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new ConfigurationException(
                    "Fatal error, can't open config file '" + name + "': " + SystemReason.of(e));
        }
    }

    /** A log file that can't be opened must be found out before the server has detached from its terminal. */
    private void checkLogFile() {
        if (configuration.general.logFile.isEmpty()) {
            return;
        }
        Path file = configuration.snapshots.dir.resolve(configuration.general.logFile.get());
        try {
            Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)
                    .close();
        } catch (IOException e) {
            throw ConfigurationLine.fatal("Can't open the log file: " + SystemReason.of(e));
        }
    }

    /** The line without the white space around it that a configuration may have. */
    static String trim(String line) {
        int start = 0;
        int end = line.length();
        while (start < end && isBlank(line.charAt(start))) {
            start++;
        }
        while (end > start && isBlank(line.charAt(end - 1))) {
            end--;
        }
        return line.substring(start, end);
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t' || c == '\r' || c == '\n';
    }
}
