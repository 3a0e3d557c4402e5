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

/** A file as the target of a save: it appears whole or not at all, and the log tells which. */
public final class FileTarget implements KeyspaceSave.Target {
    private static final Logger LOG = LoggerFactory.getLogger(FileTarget.class);

    private final Path path;
    private final boolean incrementalFsync;
    private final String done;
    private final String failed;
    private volatile RdbFile file;

    /**
     * @param incrementalFsync whether what is written is forced to disk meanwhile
     * @param done what the log says when it is there
     * @param failed what the log says when it couldn't be written; the reason follows
     */
    public FileTarget(Path path, boolean incrementalFsync, String done, String failed) {
        this.path = path;
        this.incrementalFsync = incrementalFsync;
        this.done = done;
        this.failed = failed;
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
        LOG.info(done);
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
        String why = reason instanceof IOException io ? SystemReason.of(io) : reason.toString();
        if (file == null) {
            LOG.warn(
                    "Failed opening the temp RDB file (in server root dir {}) for saving: {}",
                    path.getParent(),
                    why);
        } else {
            LOG.warn("{}: {} ({})", failed, why, path);
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
