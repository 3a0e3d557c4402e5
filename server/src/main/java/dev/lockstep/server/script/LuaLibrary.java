package dev.lockstep.server.script;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import party.iroiro.luajava.lua51.Lua51;

/**
 * Has luajava load its native library, once per process, from a directory that nobody else can have made or can change.
 *
 * <p>Left to itself, luajava keeps the library under {@code java.io.tmpdir} by a name that is known beforehand, and takes what lies
 * there if its CRC32 is right: also what another user has put there, or what another process is about to write.
 */
final class LuaLibrary {
    /** Where luajava writes the library is for this property to say, and for nothing else. */
    private static final String PLACE = "java.io.tmpdir";

    private static boolean loaded;

    private LuaLibrary() {}

    /** @throws LinkageError if there is none for this machine, or {@code java.io.tmpdir} takes no copy of it that can be run */
    static synchronized void load() {
        if (loaded) {
            return;
        }
        String place = System.getProperty(PLACE);
        Path own = null;
        try {
            own = Files.createTempDirectory("lockstep-lua"); // its owner's alone
            System.setProperty(PLACE, own.toString());
            new Lua51().close();
            loaded = true;
        } catch (IOException e) {
            throw new LinkageError("there is no directory for it in " + place, e);
        } finally {
            System.setProperty(PLACE, place);
            delete(own);
        }
    }

    /** The process keeps what it has mapped. */
    private static void delete(Path directory) {
        if (directory == null) {
            return;
        }
        try (Stream<Path> files = Files.walk(directory)) {
            List<Path> fromWithin = files.sorted(Comparator.reverseOrder()).toList();
            for (Path each : fromWithin) {
                Files.deleteIfExists(each);
            }
        } catch (IOException e) {
            // a file in a directory of its own stays, and does no harm
        }
    }
}
