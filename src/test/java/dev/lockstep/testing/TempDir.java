package dev.lockstep.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A directory of a test's own, deleted with its contents on close and at the latest when the JVM ends. */
public final class TempDir implements AutoCloseable {
    private final Path path;
    private final Thread hook = new Thread(this::delete);

    public TempDir() {
        try {
            path = Files.createTempDirectory("lockstep-test-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Runtime.getRuntime().addShutdownHook(hook);
    }

    public Path path() {
        return path;
    }

    private void delete() {
        if (!Files.exists(path)) {
            return;
        }
        try (Stream<Path> tree = Files.walk(path)) {
            List<Path> deepestFirst = tree.sorted(Comparator.reverseOrder()).toList();
            for (Path entry : deepestFirst) {
                Files.deleteIfExists(entry);
            }
        } catch (NoSuchFileException vanished) {
            delete();
        } catch (IOException | UncheckedIOException e) {
            System.err.println("can't delete " + path + ": " + e);
        }
    }

    @Override
    public void close() {
        delete();
    }
}
