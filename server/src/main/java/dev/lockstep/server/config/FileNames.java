package dev.lockstep.server.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** What a directive asks of a file name that must lie in {@code dir}. */
final class FileNames {
    /** What follows on what is meant to be a file's name. */
    static final String IS_IMPOSSIBLE =
            " is no name that a file can have here; with other letters than those of ASCII the JVM needs a locale such as"
                    + " LANG=C.UTF-8";

    private FileNames() {}

    /** Whether the JVM can name a file so: without zero bytes, and in the locale's encoding. */
    private static boolean isPossible(String name) {
        try {
            return Path.of(name) != null;
        } catch (InvalidPathException e) {
            return false;
        }
    }

    /**
     * The path of a file that is named in a directory.
     *
     * @throws ConfigurationException if the JVM can't name a file so
     */
    static Path path(Path directory, String name) {
        try {
            return directory.resolve(name);
        } catch (InvalidPathException e) {
            throw new ConfigurationException("'" + name + "'" + IS_IMPOSSIBLE);
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
            return isPossible(name) ? null : directive + IS_IMPOSSIBLE;
        };
    }
}
