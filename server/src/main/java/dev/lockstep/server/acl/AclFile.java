package dev.lockstep.server.acl;

import dev.lockstep.server.config.TextFile;
import dev.lockstep.server.process.SystemReason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The file that {@code aclfile} names: a line for each user, read as a whole or not at all. Executor only. */
final class AclFile {
    /** What is wrong with the file: all of it, in one line. */
    static final class BadFile extends Exception {
        private static final long serialVersionUID = 1L;

        BadFile(String errors) {
            super(errors, null, false, false);
        }
    }

    private static final String UNCHANGED =
            "WARNING: ACL errors detected, no change to the previously active ACL rules was performed";

    private final Path path;
    private final String name;
    private final RuleSyntax syntax;
    private final StringBuilder errors = new StringBuilder();

    /** @param name the file's name as the configuration has it, for errors */
    AclFile(Path path, String name, RuleSyntax syntax) {
        this.path = path;
        this.name = name;
        this.syntax = syntax;
    }

    /** The users that the file makes, by name. */
    Map<String, User> read() throws BadFile {
        String text;
        try {
            text = new String(Files.readAllBytes(path), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new BadFile(
                    "Error loading ACLs, opening file '" + name + "': " + SystemReason.of(e));
        }
        Map<String, User> users = new TreeMap<>();
        String[] lines = text.split("\n", -1);
        for (int i = 0; i < lines.length; i++) {
            String line = strip(lines[i], " \t\r\n");
            if (!line.isEmpty()) {
                readLine(Arrays.asList(line.split(" ", -1)), i + 1, users);
            }
        }
        if (!errors.isEmpty()) {
            throw new BadFile(errors + UNCHANGED);
        }
        return users;
    }

    private void readLine(List<String> words, int number, Map<String, User> users) {
        if (!words.get(0).equals("user") || words.size() < 2) {
            error(number, "should start with user keyword followed by the username. ");
            return;
        }
        String username = words.get(1);
        if (RuleSyntax.hasSpaces(username)) {
            error(number, "username '" + username + "' contains invalid characters. ");
            return;
        }
        User user = syntax.newUser(username);
        if (users.putIfAbsent(username, user) != null) {
            errors.append("WARNING: Duplicate user '")
                    .append(username)
                    .append("' found on line ")
                    .append(number)
                    .append(". ");
            return;
        }
        try {
            apply(user, RuleSyntax.merge(words.subList(2, words.size())), number);
        } catch (RuleSyntax.UnmatchedParenthesis e) {
            error(number, "Unmatched parenthesis in selector definition. ");
        }
    }

    /** Of wrong rules only the first is told, unless it names an unknown command: others may follow from it, or be secrets. */
    private void apply(User user, List<String> rules, int number) {
        boolean told = false;
        for (String each : rules) {
            String rule = strip(each, "\t\r\n");
            try {
                syntax.apply(user, rule);
            } catch (RuleException e) {
                if (e.isUnknownName()) {
                    error(
                            number,
                            "Error in applying operation '" + rule + "': " + e.getMessage() + ". ");
                } else if (!told) {
                    error(number, e.getMessage() + ". ");
                    told = true;
                }
            }
        }
        user.changed();
    }

    private void error(int line, String text) {
        errors.append(name).append(':').append(line).append(": ").append(text);
    }

    private static String strip(String text, String blanks) {
        int from = 0;
        int end = text.length();
        while (from < end && blanks.indexOf(text.charAt(from)) >= 0) {
            from++;
        }
        while (end > from && blanks.indexOf(text.charAt(end - 1)) >= 0) {
            end--;
        }
        return text.substring(from, end);
    }

    /** Puts a file with these users in the place of the old one, in one step. */
    void write(Collection<User> users) throws IOException {
        StringBuilder text = new StringBuilder();
        users.forEach(user -> text.append(user.line()).append('\n'));
        TextFile.replace(path, text.toString());
    }
}
