package dev.lockstep.server.config;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Replaces a file of text as a whole: the configuration, or the users. Texts have one character per byte. Any thread. */
public final class TextFile {
    private TextFile() {}

    /**
     * Puts the text in the file's place, so that a crash leaves either the old file or the new one. It has the permissions of
     * the old file; where there is none it is for its owner alone, since passwords may be in it.
     */
    public static void replace(Path file, String text) throws IOException {
        Path directory = file.getParent();
        Path temporary = Files.createTempFile(directory, file.getFileName() + ".", "");
        try {
            try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
                ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(true);
            }
            if (Files.exists(file)) {
                Files.setPosixFilePermissions(temporary, Files.getPosixFilePermissions(file));
            }
            Files.move(
                    temporary,
                    file,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
            try (FileChannel entry = FileChannel.open(directory, StandardOpenOption.READ)) {
                entry.force(true);
            }
        } finally {
            Files.deleteIfExists(temporary);
        }
    }
}
