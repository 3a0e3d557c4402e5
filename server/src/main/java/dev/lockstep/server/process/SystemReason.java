package dev.lockstep.server.process;

import java.net.ConnectException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Gives an I/O failure the words that the C library has for it, as Redis' messages end in.
 *
 * <p>The JDK turns some error numbers into exception types and drops the text; the rest keep it. Netty puts the system call
 * in front and, where a connection failed, the address behind.
 */
public final class SystemReason {
    private static final Pattern OF_SYSTEM_CALL =
            Pattern.compile("\\w+\\(\\.\\.\\) failed(?: with error\\(-?\\d+\\))?: (.*)");

    private SystemReason() {}

    /** Such as {@code No such file or directory}; the exception's own message if nothing better is known. */
    public static String of(Throwable failure) {
        if (failure instanceof NoSuchFileException) {
            return "No such file or directory";
        }
        if (failure instanceof AccessDeniedException) {
            return "Permission denied";
        }
        if (failure instanceof FileAlreadyExistsException) {
            return "File exists";
        }
        if (failure instanceof NotDirectoryException) {
            return "Not a directory";
        }
        if (failure instanceof DirectoryNotEmptyException) {
            return "Directory not empty";
        }
        if (failure instanceof FileSystemException named && named.getReason() != null) {
            return named.getReason();
        }
        String message = String.valueOf(failure.getMessage());
        Matcher call = OF_SYSTEM_CALL.matcher(message);
        message = call.matches() ? call.group(1) : message;
        if (failure instanceof ConnectException && message.contains(": ")) {
            return message.substring(0, message.indexOf(": "));
        }
        int bracket = message.lastIndexOf(" (");
        return bracket >= 0 && message.endsWith(")")
                ? message.substring(bracket + 2, message.length() - 1)
                : message;
    }
}
