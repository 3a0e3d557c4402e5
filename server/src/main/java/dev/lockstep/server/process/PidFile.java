package dev.lockstep.server.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file that tells scripts this process' id, from start to clean exit.
 *
 * <p>A file that can't be written is worth a log line, not a refused start, as in Redis. On exit the file
 * goes only if it still names this process: a second server started on the same path keeps its own.
 */
public final class PidFile {
    /** Where a daemon without a {@code pidfile} directive writes. */
    public static final String DEFAULT = "/var/run/lockstep.pid";

    private static final Logger LOG = LoggerFactory.getLogger(PidFile.class);

    private final Path path;
    private final String content;

    private PidFile(Path path, long pid) {
        this.path = path;
        this.content = pid + "\n";
    }

    /**
     * Writes the pid file where the configuration asks for one.
     *
     * @param configured the directive's value, or empty
     * @param daemonized whether this process has detached, which asks for a pid file by itself
     * @return the file, or null if none is asked for
     */
    public static PidFile write(String configured, boolean daemonized) {
        if (configured.isEmpty() && !daemonized) {
            return null;
        }
        PidFile file =
                new PidFile(
                        Path.of(configured.isEmpty() ? DEFAULT : configured), ProcessFacts.pid());
        try {
            Files.writeString(file.path, file.content, StandardCharsets.US_ASCII);
        } catch (IOException refused) {
            LOG.info("Failed to write PID file: {}", SystemReason.of(refused));
        }
        return file;
    }

    /** Removes the file on a clean exit, if it is still this process'. */
    public void remove() {
        try {
            if (Files.readString(path, StandardCharsets.US_ASCII).equals(content)) {
                LOG.info("Removing the pid file.");
                Files.delete(path);
            }
        } catch (IOException alreadyGone) {
            LOG.debug("The pid file was gone: {}", SystemReason.of(alreadyGone));
        }
    }
}
