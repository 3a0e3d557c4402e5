package dev.lockstep.testing;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Which program plays a part in a test: the stock redis-server of this machine or the Lockstep jar.
 *
 * <p>{@code -Dlockstep.jar=} names the jar. {@code -Dlockstep.substitute=/usr/bin/redis-server} puts another program in
 * Lockstep's place, which shows whether a test itself is right.
 */
public enum ServerKind {
    STOCK,
    LOCKSTEP;

    /** The words that start the program, without the conf file; {@code jvmOptions} are ignored by the stock program. */
    public List<String> command(String heap, List<String> jvmOptions) {
        if (this == STOCK) {
            return List.of(program("redis-server"));
        }
        if (substituted()) {
            return List.of(System.getProperty("lockstep.substitute"));
        }
        List<String> words = new ArrayList<>();
        words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        words.add("-Xmx" + heap);
        words.addAll(jvmOptions);
        words.add("-jar");
        words.add(System.getProperty("lockstep.jar"));
        return words;
    }

    /** True when {@code lockstep.substitute} names another program. */
    public static boolean substituted() {
        return System.getProperty("lockstep.substitute") != null;
    }

    /** The path of one of the stock Redis programs; an AssertionError that says how to get it if there is none. */
    public static String program(String name) {
        for (String dir : System.getenv("PATH").split(":")) {
            Path candidate = Path.of(dir, name);
            if (Files.isExecutable(candidate)) {
                return candidate.toString();
            }
        }
        throw new AssertionError(
                name
                        + " isn't on the PATH: install Debian's redis-server, redis-tools and redis-sentinel");
    }
}
