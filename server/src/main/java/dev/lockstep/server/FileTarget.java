package dev.lockstep.server;

import dev.lockstep.persistence.ByteSink;
import dev.lockstep.persistence.CancelledException;
import dev.lockstep.persistence.RdbFile;
import dev.lockstep.server.process.SystemReason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The RDB file as the target of a save: it appears whole or not at all, and the log tells which. */
final class FileTarget implements KeyspaceSave.Target {
    private static final Logger LOG = LoggerFactory.getLogger(FileTarget.class);

    private final Path path;
    private final boolean incrementalFsync;
    private volatile RdbFile file;

    FileTarget(Path path, boolean incrementalFsync) {
        this.path = path;
        this.incrementalFsync = incrementalFsync;
    }

    Path path() {
        return path;
    }

    @Override
    public ByteSink open() throws IOException {
        file = RdbFile.create(path, incrementalFsync);
        return file;
    }

    @Override
    public void complete() throws IOException {
        file.commit();
        file.close();
        LOG.info("DB saved on disk");
    }

    @Override
    public void abort(Throwable reason) {
        try {
            if (file != null) {
                file.close();
            }
        } catch (IOException e) {
            LOG.warn("Can't remove {}: {}", file.temporary(), SystemReason.of(e));
        }
        if (reason instanceof CancelledException) {
            return;
        }
        String why =
                reason instanceof IOException failed ? SystemReason.of(failed) : reason.toString();
        if (file == null) {
            LOG.warn(
                    "Failed opening the temp RDB file (in server root dir {}) for saving: {}",
                    path.getParent(),
                    why);
        } else {
            LOG.warn("Write error saving DB on disk: {} ({})", why, path);
        }
    }

    /** Removes the half-written file of a save that the end of the process cuts off; any thread. */
    void discard() {
        RdbFile half = file;
        if (half != null) {
            try {
                Files.deleteIfExists(half.temporary());
            } catch (IOException e) {
                LOG.warn("Can't remove {}: {}", half.temporary(), SystemReason.of(e));
            }
        }
    }
}
