package dev.lockstep.server.process;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.testing.Await;
import dev.lockstep.testing.Program;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A {@link ProcessUnderTest} that a test started, with what it prints kept in files. */
final class Started {
    private static final Duration DEADLINE = Duration.ofSeconds(60);

    final Process process;
    private final Path out;
    private final Path err;

    private Started(Process process, Path out, Path err) {
        this.process = process;
        this.out = out;
        this.err = err;
    }

    static Started with(Path dir, String... args) throws IOException {
        return with(dir, null, args);
    }

    /** Starts it with {@code stdin}'s content on standard input, or with nothing if null. */
    static Started with(Path dir, File stdin, String... args) throws IOException {
        return run(dir, stdin, command(args));
    }

    static List<String> command(String... args) {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx32m",
                                "-XX:TieredStopAtLevel=1",
                                "-cp",
                                System.getProperty("java.class.path"),
                                ProcessUnderTest.class.getName()));
        command.addAll(List.of(args));
        return command;
    }

    static Started run(Path dir, File stdin, List<String> command) throws IOException {
        Path out = Files.createTempFile(dir, "out", "");
        Path err = Files.createTempFile(dir, "err", "");
        Process process =
                new ProcessBuilder(command)
                        .directory(dir.toFile())
                        .redirectInput(stdin == null ? new File("/dev/null") : stdin)
                        .redirectOutput(out.toFile())
                        .redirectError(err.toFile())
                        .start();
        return new Started(process, out, err);
    }

    int exitCode() throws InterruptedException {
        assertTrue(process.waitFor(DEADLINE.toSeconds(), TimeUnit.SECONDS), "it didn't end");
        return process.exitValue();
    }

    String out() {
        return read(out);
    }

    String err() {
        return read(err);
    }

    void awaitOut(String text) {
        await("'" + text + "' on standard output", () -> out().contains(text));
    }

    void signal(String name) {
        signal(process.pid(), name);
    }

    static void signal(long pid, String name) {
        Program.run(DEADLINE, "kill", "-" + name, Long.toString(pid)).expectExit(0);
    }

    /** A field of {@code /proc/pid/stat}, counted from 1 as in proc(5), from the third on. */
    static String stat(long pid, int field) throws IOException {
        String line = Files.readString(Path.of("/proc/" + pid + "/stat"));
        return line.substring(line.lastIndexOf(')') + 2).split(" ")[field - 3];
    }

    static boolean alive(long pid) {
        Optional<ProcessHandle> handle = ProcessHandle.of(pid);
        return handle.isPresent() && handle.get().isAlive();
    }

    static String read(Path file) {
        try {
            return Files.exists(file) ? Files.readString(file) : "";
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    static void await(String what, Await.Condition condition) {
        Await.until(what, DEADLINE, condition);
    }
}
