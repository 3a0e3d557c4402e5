package dev.lockstep.server.process;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.LoggerFactory;

/**
 * Detaches the server from its terminal.
 *
 * <p>Redis forks; a JVM can't. The started JVM (the parent) starts a second one with its own command line,
 * in a new session, and waits on a pipe for one of two things: the ready mark, or the end of the pipe, which
 * means that the child died. What the child printed until then, the JVM's own complaints included, reaches
 * the parent's standard error only if the child died. Nothing is left behind but the child.
 *
 * <p>The child finds out by a system property that it is the child, and calls {@link #ready()} once it
 * serves. Only then does it let go of its standard streams; from then on they are on {@code /dev/null}.
 */
public final class Daemon {
    private static final String CHILD_PROPERTY = "lockstep.daemon";
    private static final int READY_MARK = 0x06;
    private static final List<String> SETSID = List.of("/usr/bin/setsid", "/bin/setsid");

    /** How the JVM decodes and encodes arguments, whatever its default for files is. */
    private static final Charset TERMINAL_CHARSET =
            Charset.forName(System.getProperty("sun.jnu.encoding"));

    private Daemon() {}

    /** Whether this process is the detached child, and so mustn't detach again. */
    public static boolean isChild() {
        return System.getProperty(CHILD_PROPERTY) != null;
    }

    /**
     * Starts the detached child and waits until it serves or has died. For the parent, on any thread; it
     * blocks as long as the child's start takes. A signal that ends this process meanwhile ends the child as well.
     *
     * @param stdin what the child shall read from its standard input, or null for nothing
     * @return the child's process id
     * @throws StartupFailure with what the child said, if it died before it was ready
     */
    public static long start(byte[] stdin) throws StartupFailure {
        try {
            Process child = launch(stdin != null);
            AtomicBoolean ready = new AtomicBoolean();
            Runtime.getRuntime()
                    .addShutdownHook(new Thread(() -> end(child, ready), "lockstep-daemon-end"));
            if (stdin != null) {
                feed(child, stdin);
            }
            String said = awaitReady(child.getInputStream());
            if (said == null) {
                ready.set(true);
                return child.pid();
            }
            int code = child.waitFor();
            throw new StartupFailure(
                    said.isBlank()
                            ? "The daemon ended with code " + code + " before it was ready."
                            : said.stripTrailing());
        } catch (IOException refused) {
            throw new StartupFailure("Can't start the daemon: " + refused.getMessage());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new StartupFailure("Interrupted while the daemon started.");
        }
    }

    /**
     * Tells the parent that the server serves, and moves the standard streams to {@code /dev/null}. For the
     * child, once; does nothing in a process that isn't one.
     *
     * <p>The JDK promises that closing a stream on descriptor 0, 1 or 2 points the descriptor at {@code
     * /dev/null} instead of freeing it, so no later file or socket can land on it.
     */
    public static void ready() {
        if (!isChild()) {
            return;
        }
        try (OutputStream out = new FileOutputStream(FileDescriptor.out);
                OutputStream err = new FileOutputStream(FileDescriptor.err);
                InputStream in = new FileInputStream(FileDescriptor.in)) {
            out.write(READY_MARK);
        } catch (IOException parentGone) {
            LoggerFactory.getLogger(Daemon.class)
                    .debug("Nobody waited for this daemon: {}", parentGone.getMessage());
        }
    }

    private static void end(Process child, AtomicBoolean ready) {
        if (!ready.get()) {
            child.destroy();
        }
    }

    private static Process launch(boolean withStdin) throws IOException {
        List<String> command = new ArrayList<>();
        for (String setsid : SETSID) {
            if (Files.isExecutable(Path.of(setsid))) {
                command.add(setsid);
                break;
            }
        }
        List<String> own = ownCommandLine();
        command.add(own.get(0));
        command.add("-D" + CHILD_PROPERTY + "=child");
        command.addAll(own.subList(1, own.size()));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        if (!withStdin) {
            builder.redirectInput(new File("/dev/null"));
        }
        return builder.start();
    }

    /**
     * This process' command line, from the executable on. {@code /proc} has it whole and exactly as given;
     * the JDK's own account of it, the fall-back, ends at one memory page.
     */
    private static List<String> ownCommandLine() throws IOException {
        ProcessHandle.Info info = ProcessHandle.current().info();
        List<String> line = new ArrayList<>();
        info.command().ifPresent(line::add);
        Path cmdline = Path.of("/proc/self/cmdline");
        if (Files.isReadable(cmdline)) {
            String text = new String(Files.readAllBytes(cmdline), TERMINAL_CHARSET);
            String[] words = text.split("\0", -1);
            line.addAll(List.of(words).subList(1, words.length - 1));
        } else {
            info.arguments().ifPresent(arguments -> line.addAll(List.of(arguments)));
        }
        if (line.size() < 2) {
            throw new IOException("this process' command line is unknown");
        }
        return line;
    }

    /** A child that dies without reading its input is reported by what it printed, not by this. */
    private static void feed(Process child, byte[] stdin) throws IOException {
        try (OutputStream input = child.getOutputStream()) {
            input.write(stdin);
        } catch (IOException brokenPipe) {
            if (child.isAlive()) {
                throw brokenPipe;
            }
        }
    }

    /** Null once the child is ready; what it printed, if it died. */
    private static String awaitReady(InputStream output) throws IOException {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        byte[] buffer = new byte[4096];
        for (int n = output.read(buffer); n >= 0; n = output.read(buffer)) {
            for (int i = 0; i < n; i++) {
                if (buffer[i] == READY_MARK) {
                    return null;
                }
            }
            said.write(buffer, 0, n);
        }
        return said.toString(TERMINAL_CHARSET);
    }
}
