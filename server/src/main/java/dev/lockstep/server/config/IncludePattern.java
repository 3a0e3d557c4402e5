package dev.lockstep.server.config;

import dev.lockstep.protocol.Glob;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** An {@code include} with wildcards, {@code * ? [...]}, in any part of its path; it may match nothing. */
final class IncludePattern {
    private IncludePattern() {}

    static boolean isPattern(String path) {
        return path.chars().anyMatch(c -> c == '*' || c == '?' || c == '[');
    }

    /** The paths that match, sorted; a relative pattern is looked for in {@code directory} and gives relative paths. */
    static List<String> expand(String path, Path directory) {
        List<String> found = List.of(path.startsWith("/") ? "/" : "");
        for (String part : path.split("/")) {
            if (!part.isEmpty()) {
                List<String> next = new ArrayList<>();
                for (String parent : found) {
                    next.addAll(
                            isPattern(part)
                                    ? children(parent, part, directory)
                                    : child(parent, part, directory));
                }
                found = next;
            }
        }
        return found;
    }

    private static List<String> child(String parent, String name, Path directory) {
        String path = join(parent, name);
        return Files.exists(FileNames.path(directory, path)) ? List.of(path) : List.of();
    }

    private static List<String> children(String parent, String pattern, Path directory) {
        byte[] glob = pattern.replace("[!", "[^").getBytes(StandardCharsets.UTF_8);
        try (Stream<Path> entries = Files.list(FileNames.path(directory, parent))) {
            return entries.map(entry -> entry.getFileName().toString())
                    .filter(name -> name.startsWith(".") == pattern.startsWith("."))
                    .filter(name -> matches(glob, name))
                    .sorted()
                    .map(name -> join(parent, name))
                    .toList();
        } catch (IOException e) {
            return List.of();
        }
    }

    private static String join(String parent, String name) {
        return parent.isEmpty() || parent.equals("/") ? parent + name : parent + "/" + name;
    }

    private static boolean matches(byte[] pattern, String name) {
        return Glob.matches(pattern, name.getBytes(StandardCharsets.UTF_8), false);
    }
}
