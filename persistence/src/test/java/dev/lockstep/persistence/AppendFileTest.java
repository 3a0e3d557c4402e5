package dev.lockstep.persistence;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file that is appended to: in pieces of any size, and again after it was closed. */
class AppendFileTest {
    @TempDir private Path directory;

    @Test
    void holdsWhatWasAppendedInOrder() throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        Path path = directory.resolve("a.incr.aof");
        ByteArrayOutputStream expected = new ByteArrayOutputStream();
        for (int reopened = 0; reopened < 3; reopened++) {
            try (AppendFile file = AppendFile.open(path)) {
                assertEquals(expected.size(), file.size(), "seed " + seed);
                for (int i = 0; i < 100; i++) {
                    byte[] piece = new byte[random.nextInt(10) == 0 ? 200_000 : 200];
                    random.nextBytes(piece);
                    int from = random.nextInt(100);
                    file.append(piece, from, piece.length - from);
                    expected.write(piece, from, piece.length - from);
                    if (random.nextInt(3) == 0) {
                        file.write();
                        assertEquals(0, file.buffered());
                        assertEquals(expected.size(), Files.size(path), "seed " + seed);
                    }
                }
                file.write();
                file.force();
            }
        }
        assertArrayEquals(expected.toByteArray(), Files.readAllBytes(path), "seed " + seed);
    }

    @Test
    void creatingTakesThePlaceOfAnother() throws IOException {
        Path path = directory.resolve("temp.incr");
        Files.writeString(path, "old");
        try (AppendFile file = AppendFile.create(path)) {
            assertEquals(0, file.size());
            file.append(new byte[] {'n', 'e', 'w'}, 0, 3);
            file.write();
        }
        assertEquals("new", Files.readString(path));
    }

    @Test
    void whatIsNotWrittenIsNotThere() throws IOException {
        Path path = directory.resolve("a.incr.aof");
        try (AppendFile file = AppendFile.open(path)) {
            file.append(new byte[100], 0, 100);
            assertEquals(100, file.buffered());
        }
        assertEquals(0, Files.size(path));
    }
}
