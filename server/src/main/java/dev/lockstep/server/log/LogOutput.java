package dev.lockstep.server.log;

import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * Where log lines go: standard output, nowhere, or a file that may be rotated away at any time.
 *
 * <p>Redis opens its log file anew for every line, so that an operator may move or delete it. Here the
 * file stays open in append mode, and at most once per second a write first looks whether the path still
 * names the file that is open; if not, the file is opened again, so {@code logrotate} needs no signal and
 * {@code copytruncate} works too.
 *
 * <p>A stream, not a channel: an interrupted thread that logs would close a channel. Nothing here throws
 * once the output is open: a full disk or a closed terminal must not stop a server.
 *
 * <p>Not thread-safe: the appender calls it under its lock.
 */
final class LogOutput {
    private static final long CHECK_INTERVAL_NANOS = 1_000_000_000L;

    private final File file;
    private OutputStream stream;
    private Object fileKey;
    private long checkedAtNanos;

    private LogOutput(File file, OutputStream stream) {
        this.file = file;
        this.stream = stream;
    }

    static LogOutput standardOutput() {
        return new LogOutput(null, System.out);
    }

    /** Swallows every line. */
    static LogOutput nowhere() {
        return new LogOutput(null, null);
    }

    /**
     * Opens {@code file} for appending, creating it if need be.
     *
     * @throws IOException if it can't be opened; the message ends in the system's reason in brackets
     */
    static LogOutput file(File file) throws IOException {
        LogOutput output = new LogOutput(file, new FileOutputStream(file, true));
        output.fileKey = fileKey(file.toPath());
        output.checkedAtNanos = System.nanoTime();
        return output;
    }

    void write(byte[] line) {
        if (file != null) {
            reopenIfMoved();
        }
        if (stream == null) {
            return;
        }
        try {
            stream.write(line);
            stream.flush();
        } catch (IOException lineLost) {
            checkedAtNanos = System.nanoTime() - CHECK_INTERVAL_NANOS;
        }
    }

    /** Closes the file; standard output stays as it is. */
    void close() {
        if (file == null || stream == null) {
            return;
        }
        try {
            stream.close();
        } catch (IOException nothingLeftToSave) {
            stream = null;
        }
    }

    private void reopenIfMoved() {
        long now = System.nanoTime();
        if (now - checkedAtNanos < CHECK_INTERVAL_NANOS) {
            return;
        }
        checkedAtNanos = now;
        Object present = fileKey(file.toPath());
        if (stream != null && present != null && present.equals(fileKey)) {
            return;
        }
        close();
        try {
            stream = new FileOutputStream(file, true);
            fileKey = fileKey(file.toPath());
        } catch (IOException triedAgainInASecond) {
            stream = null;
        }
    }

    /** What identifies the file behind {@code path} (device and inode), or null if there is none. */
    private static Object fileKey(Path path) {
        try {
            return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
        } catch (IOException missing) {
            return null;
        }
    }
}
