package dev.lockstep.server.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
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

    /** The absolute path of a file named in the configuration. */
    public Path resolve(String fileName) {
        return value().resolve(fileName).normalize();
    }

    @Override
    Path parse(List<String> arguments) throws InvalidValueException {
        Path path = value().resolve(decode(arguments.get(0)));
        if (arguments.get(0).isEmpty() || !Files.exists(path)) {
            throw new InvalidValueException(FileErrors.NO_SUCH_FILE);
        }
        if (!Files.isDirectory(path)) {
            throw new InvalidValueException(FileErrors.NOT_A_DIRECTORY);
        }
        if (!Files.isExecutable(path)) {
            throw new InvalidValueException(FileErrors.PERMISSION_DENIED);
        }
        try {
            return path.toRealPath();
        } catch (IOException e) {
            throw new InvalidValueException(FileErrors.reason(e));
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
