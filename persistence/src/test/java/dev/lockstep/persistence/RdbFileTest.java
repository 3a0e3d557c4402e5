package dev.lockstep.persistence;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RdbFileTest {
    @TempDir private Path directory;

    @Test
    void appearsOnlyWhenCommitted() throws Exception {
        final Path target = directory.resolve("dump.rdb");
        Files.write(target, Bytes.of("old"));
        final byte[] content = new byte[9 << 20];
        new Random(1).nextBytes(content);
        try (RdbFile file = RdbFile.create(target, true)) {
            file.write(content, 0, 5);
            file.write(content, 5, content.length - 5);
            assertArrayEquals(Bytes.of("old"), Files.readAllBytes(target));
            assertTrue(file.temporary().getFileName().toString().matches("temp-\\d+-\\d+\\.rdb"));
            file.commit();
        }
        assertArrayEquals(content, Files.readAllBytes(target));
        assertEquals(List.of("dump.rdb"), names());
    }

    @Test
    void leavesTheOldFileAndNothingElseWhenItFails() throws Exception {
        final Path target = directory.resolve("dump.rdb");
        Files.write(target, Bytes.of("old"));
        try (RdbFile file = RdbFile.create(target, false)) {
            file.write(new byte[1 << 20], 0, 1 << 20);
        }
        assertArrayEquals(Bytes.of("old"), Files.readAllBytes(target));
        assertEquals(List.of("dump.rdb"), names());
    }

    @Test
    void deletesTheTemporaryFileWhenTheRenameFails() throws Exception {
        final Path target = directory.resolve("taken");
        Files.createDirectories(target.resolve("inside"));
        try (RdbFile file = RdbFile.create(target, false)) {
            file.write(new byte[10], 0, 10);
            assertThrows(IOException.class, file::commit);
        }
        assertEquals(List.of("taken"), names());
    }

    @Test
    void failsWhereItCannotCreateAFile() {
        final Path target = directory.resolve("missing").resolve("dump.rdb");
        assertThrows(IOException.class, () -> RdbFile.create(target, false));
    }

    @Test
    void givesBackAnRdb() throws Exception {
        final Path target = directory.resolve("dump.rdb");
        final byte[] value = LzfTest.text(new Random(4), 3 << 20);
        try (RdbFile file = RdbFile.create(target, true)) {
            final RdbWriter writer = new RdbWriter(file, true, true);
            writer.header(RdbFormat.DEFAULT_VERSION);
            writer.selectDb(0);
            writer.string(Bytes.of("key"), 0, 3, value, 0, value.length);
            writer.end();
            file.commit();
        }
        try (RdbFile.Source source = RdbFile.open(target)) {
            assertEquals(Files.size(target), source.size());
            final List<String> events = Recording.of(source);
            assertEquals(
                    List.of("db 0", Recording.key("key", new String(value, "ISO-8859-1"))), events);
        }
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(f -> f.getFileName().toString()).collect(Collectors.toList());
        }
    }
}
