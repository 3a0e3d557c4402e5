package dev.lockstep.server.process;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which garbage collector the JVM has chosen, as far as it matters to large arrays full of data: some leave them where they are,
 * others copy them while everybody waits. Told by the names of the JVM's threads, since its management interface takes a
 * tenth of the time to start. Any thread.
 */
public final class GarbageCollector {
    private static final Logger LOG = LoggerFactory.getLogger(GarbageCollector.class);

    /** How the threads of those that leave large arrays where they are begin: G1, ZGC, Shenandoah. */
    private static final List<String> LEAVING = List.of("G1 ", "ZDirector", "Shenandoah");

    private GarbageCollector() {}

    /** Writes a warning to the log if the collector is one that copies the data. */
    public static void warnIfItCopiesData() {
        if (copiesLargeArrays(Path.of("/proc/self/task"))) {
            LOG.warn(
                    "WARNING The JVM's garbage collector copies the data while all clients wait, which takes seconds when there are"
                            + " gigabytes. It is the default where there are less than two processors or 2 GB of memory. To"
                            + " fix this issue start Java with -XX:+UseG1GC.");
        }
    }

    /**
     * Whether large arrays are copied; false as well where the system doesn't tell.
     *
     * @param threads a directory with a directory per thread, whose file {@code comm} has its name
     */
    static boolean copiesLargeArrays(Path threads) {
        try (DirectoryStream<Path> each = Files.newDirectoryStream(threads)) {
            for (Path thread : each) {
                String name = Files.readString(thread.resolve("comm"));
                if (LEAVING.stream().anyMatch(name::startsWith)) {
                    return false;
                }
            }
            return true;
        } catch (IOException notTold) {
            return false;
        }
    }
}
