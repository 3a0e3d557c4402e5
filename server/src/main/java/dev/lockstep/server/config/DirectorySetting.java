package dev.lockstep.server.config;

import dev.lockstep.server.process.SystemReason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.List;

/**
 * The directive {@code dir}: the directory against which the other files' names are read.
 *
 * <p>Redis makes it the working directory of its process. A Java process can't move, so this setting takes that role
 * itself: a relative value starts from the value before, and every relative file name of the configuration goes
 * through {@link #resolve}.
 */
public final class DirectorySetting extends ReferenceSetting<Path> {
    DirectorySetting(String name, Trait... traits) {
        super(name, Path.of("").toAbsolutePath().normalize(), traits);
    }

    /** The directory, absolute. */
    public Path get() {
        return value();
    }

    /**
     * The absolute path of a file named in the configuration.
     *
     * @throws ConfigurationException if the JVM can't name a file so
     */
    public Path resolve(String fileName) {
        return FileNames.path(value(), fileName).normalize();
    }

    @Override
    Path parse(List<String> arguments) throws InvalidValueException {
        String name = decode(arguments.get(0));
        try {
            if (name.isEmpty()) {
                throw new NoSuchFileException(name);
            }
            Path path = value().resolve(name).toRealPath();
            if (!Files.isDirectory(path)) {
                throw new NotDirectoryException(name);
            }
            if (!Files.isExecutable(path)) {
                throw new AccessDeniedException(name);
            }
            return path;
        } catch (InvalidPathException e) {
            throw new InvalidValueException("'" + name + "'" + FileNames.IS_IMPOSSIBLE);
        } catch (IOException e) {
            throw new InvalidValueException(SystemReason.of(e));
        }
    }

    /** A file name as the configuration holds it, one byte per character, as the JVM names the file. */
    static String decode(String fileName) {
        return new String(fileName.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    }

    /** The reverse of {@link #decode}. */
    static String encode(String fileName) {
        return new String(fileName.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    @Override
    String format(Path value) {
        return encode(value.toString());
    }

    @Override
    List<Line> lines() {
        return List.of(new Line(Quoting.quote(text()), true));
    }
}
