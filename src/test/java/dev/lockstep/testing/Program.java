package dev.lockstep.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs a program to its end and keeps its exit code and its output, stderr mixed in, as Latin-1 text. */
public record Program(int exitCode, String output) {

    public static Program run(Duration limit, String... command) {
        return run(limit, Path.of("."), Arrays.asList(command));
    }

    /** Throws AssertionError, after killing it, if the program doesn't end within the limit. */
    public static Program run(Duration limit, Path directory, List<String> command) {
        Path output = null;
        try {
            output = Files.createTempFile("lockstep-program-", ".out");
            Process process =
                    new ProcessBuilder(command)
                            .directory(directory.toFile())
                            .redirectErrorStream(true)
                            .redirectInput(Path.of("/dev/null").toFile())
                            .redirectOutput(output.toFile())
                            .start();
            boolean ended = process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
            if (!ended) {
                process.destroyForcibly().waitFor();
            }
            String text = Files.readString(output, StandardCharsets.ISO_8859_1);
            if (!ended) {
                throw new AssertionError(command + " still runs after " + limit + ":\n" + text);
            }
            return new Program(process.exitValue(), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        } finally {
            delete(output);
        }
    }

    private static void delete(Path file) {
        try {
            if (file != null) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** This, if the exit code is as expected; else an AssertionError with the output. */
    public Program expectExit(int expected) {
        if (exitCode != expected) {
            throw new AssertionError(
                    "exit code " + exitCode + ", not " + expected + ":\n" + output);
        }
        return this;
    }
}
