package dev.lockstep.server.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** What a directive asks of a file name that must lie in {@code dir}. */
final class FileNames {
    private FileNames() {}

    /** Whether the JVM can name a file so: without zero bytes, and in the locale's encoding. */
    private static boolean isPossible(String name) {
        try {
            return Path.of(name) != null;
        } catch (InvalidPathException e) {
            return false;
        }
    }

    /** A name without a slash; the errors call it {@code kind}. */
    static TextSetting.Check plain(String directive, String kind, boolean mayBeEmpty) {
        return name -> {
            if (name.isEmpty() && !mayBeEmpty) {
                return directive + " can't be empty";
            }
            if (name.indexOf('/') >= 0 || name.indexOf('\\') >= 0) {
                return directive + " can't be a path, just a " + kind;
            }
            return isPossible(name)
                    ? null
                    : directive
                            + " is no name that a file can have here; with other letters than those of ASCII the JVM needs a"
                            + " locale such as LANG=C.UTF-8";
        };
    }
}
