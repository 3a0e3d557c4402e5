package dev.lockstep.server.config;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/** What went wrong with a file, in the words of the operating system, which are those that Redis prints. */
final class FileErrors {
    static final String NO_SUCH_FILE = "No such file or directory";
    static final String NOT_A_DIRECTORY = "Not a directory";
    static final String PERMISSION_DENIED = "Permission denied";

    private FileErrors() {}

    static String reason(IOException e) {
        if (e instanceof NoSuchFileException) {
            return NO_SUCH_FILE;
        }
        if (e instanceof NotDirectoryException) {
            return NOT_A_DIRECTORY;
        }
        if (e instanceof AccessDeniedException) {
            return PERMISSION_DENIED;
        }
        if (e instanceof FileSystemException fileSystem && fileSystem.getReason() != null) {
            return fileSystem.getReason();
        }
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }
}
