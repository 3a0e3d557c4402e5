package dev.lockstep.server.aof;

import dev.lockstep.persistence.AofManifest;
import dev.lockstep.persistence.AppendFile;
import dev.lockstep.persistence.DurableFiles;
import dev.lockstep.server.FileTarget;
import dev.lockstep.server.config.Configuration;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the parts of the append-only file are, the manifest that counts, and its changes: each is durable when its method
 * returns. The file thread's; the executor's as well while the file thread has nothing to do. Names are for any thread.
 */
final class AofFiles {
    private static final Logger LOG = LoggerFactory.getLogger(AofFiles.class);
    private static final String TEMPORARY_BASE = "temp-rewriteaof-bg-";
    private static final String MANIFEST_SUFFIX = ".manifest";

    private final Configuration config;
    private volatile Path directory;

    /** What is on disk. */
    private AofManifest manifest = AofManifest.EMPTY;

    AofFiles(Configuration config) {
        this.config = config;
    }

    /** From now on the files are where the configuration says now; they don't move when {@code dir} changes. */
    void locate() {
        directory = config.snapshots.dir.resolve(config.appendOnly.directoryName.get());
    }

    /** What the names of all parts begin with. */
    String prefix() {
        return config.appendOnly.fileName.get();
    }

    Path directory() {
        return directory;
    }

    Path of(AofManifest.Part part) {
        return directory().resolve(part.name());
    }

    /** Where a new base is until it counts. */
    Path temporaryBase() {
        return directory().resolve(TEMPORARY_BASE + ProcessHandle.current().pid() + ".aof");
    }

    /** Where changes go while the first base of a file that was turned on is being written. */
    Path temporaryIncrement() {
        return directory().resolve("temp-" + prefix() + ".incr");
    }

    /** A base as the target of a save. */
    FileTarget baseTarget(Path path) {
        return new FileTarget(
                path,
                config.appendOnly.incrementalFsync.get(),
                "Successfully created the AOF base file " + path.getFileName(),
                "Write error writing append only file on disk");
    }

    private Path manifestFile() {
        return directory().resolve(prefix() + MANIFEST_SUFFIX);
    }

    /** The manifest that counts: as it was read or written last. */
    AofManifest manifest() {
        return manifest;
    }

    /**
     * Finds out what is on disk: {@link AofManifest#EMPTY} if there is nothing.
     *
     * @throws dev.lockstep.persistence.AofException if the manifest is damaged
     */
    AofManifest read() throws IOException {
        manifest =
                Files.exists(manifestFile()) ? AofManifest.read(manifestFile()) : AofManifest.EMPTY;
        return manifest;
    }

    /** Finds out what is on disk where the files are to be now, and makes their directory if it isn't there. */
    AofManifest open() throws IOException {
        locate();
        createDirectory();
        return read();
    }

    /** Makes a manifest count. */
    void write(AofManifest next) throws IOException {
        try {
            DurableFiles.write(
                    manifestFile(),
                    directory().resolve("temp-" + prefix() + MANIFEST_SUFFIX),
                    next.text().getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            try {
                read(); // it may have failed only after the one had taken the place of the other
            } catch (IOException unreadable) {
                e.addSuppressed(unreadable);
            }
            throw e;
        }
        manifest = next;
    }

    /** Makes one more increment, empty. */
    AppendFile addIncrement() throws IOException {
        AofManifest next = manifest.withIncrement(prefix());
        AppendFile increment = AppendFile.create(of(next.lastIncrement()));
        DurableFiles.force(directory());
        write(next);
        return increment;
    }

    /**
     * Lets what is in the temporary base count as the base.
     *
     * @param rdb whether it is an RDB, or consists of commands
     * @param takesIncrement whether the temporary increment counts as well from then on
     * @param kept how many increments hold changes that the base lacks
     * @return the base's size in bytes
     */
    long installBase(boolean rdb, boolean takesIncrement, int kept) throws IOException {
        AofManifest next = manifest;
        if (takesIncrement) {
            next = next.withIncrement(prefix());
            Files.move(
                    temporaryIncrement(),
                    of(next.lastIncrement()),
                    StandardCopyOption.REPLACE_EXISTING);
        }
        next = next.withBase(prefix(), rdb, kept);
        DurableFiles.move(temporaryBase(), of(next.base()));
        write(next);
        return size(next.base());
    }

    /** Deletes what a server that was killed has left behind half written. */
    void deleteTemporary() throws IOException {
        Files.deleteIfExists(temporaryIncrement());
        try (DirectoryStream<Path> left =
                Files.newDirectoryStream(
                        directory(), "{" + TEMPORARY_BASE + "*.aof,temp-*-*.rdb}")) {
            for (Path file : left) {
                Files.deleteIfExists(file);
            }
        }
    }

    void createDirectory() throws IOException {
        if (!Files.isDirectory(directory())) {
            Files.createDirectories(directory());
            DurableFiles.force(directory().toAbsolutePath().getParent());
        }
    }

    /** A single file from before there were manifests becomes the base; also when this was begun before, and cut off. */
    void adoptOldFile() throws IOException {
        Path old = directory().resolveSibling(prefix());
        Path here = directory().resolve(prefix());
        boolean begun =
                manifest.base() != null
                        && manifest.increments().isEmpty()
                        && manifest.base().name().equals(prefix())
                        && !Files.exists(here);
        if (!Files.isRegularFile(old) || !manifest.isEmpty() && !begun) {
            return;
        }
        if (!begun) {
            createDirectory();
            write(AofManifest.EMPTY.withOldFile(prefix()));
        }
        DurableFiles.move(old, here);
        LOG.info(
                "Successfully migrated an old-style AOF configuration ({}) into the AOF directory ({}).",
                prefix(),
                directory().getFileName());
    }

    /** Deletes what is superfluous, and then the lines that say so. */
    void deleteHistory() throws IOException {
        if (manifest.history().isEmpty()) {
            return;
        }
        Set<String> needed =
                manifest.toLoad().stream()
                        .map(AofManifest.Part::name)
                        .collect(Collectors.toUnmodifiableSet());
        for (AofManifest.Part part : manifest.history()) {
            if (needed.contains(part.name())) {
                continue;
            }
            LOG.info("Removing the history file {} in the background", part.name());
            Files.deleteIfExists(of(part));
        }
        write(manifest.withoutHistory());
    }

    /** Bytes of all parts together; those that are missing count for nothing. */
    long size() {
        long bytes = 0;
        for (AofManifest.Part part : manifest.toLoad()) {
            bytes += size(part);
        }
        return bytes;
    }

    long size(AofManifest.Part part) {
        try {
            return Files.size(of(part));
        } catch (IOException e) {
            return 0;
        }
    }
}
