package dev.lockstep.server.log;

import dev.lockstep.server.process.ProcessFacts;
import dev.lockstep.server.process.Version;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Introduces the server in its log: a drawing for a person at a terminal, one line for a file.
 *
 * <p>Test suites and scripts find the process id in the drawing's {@code PID:} line.
 */
public final class StartupBanner {
    private static final Logger LOG = LoggerFactory.getLogger(StartupBanner.class);

    private StartupBanner() {}

    /**
     * Shows the banner.
     *
     * @param mode such as {@code standalone}
     * @param port the TCP port, or 0 if there is none
     * @param always the {@code always-show-logo} directive: draw even where nobody watches
     * @param logfile the {@code logfile} directive; empty for standard output
     */
    public static void show(String mode, int port, boolean always, String logfile) {
        if (always || logfile.isEmpty() && standardOutputIsATerminal()) {
            ServerLog.raw(drawing(mode, port));
        } else {
            LOG.info("Running mode={}, port={}.", mode, port);
        }
    }

    private static String drawing(String mode, int port) {
        String drawing =
                """

                      _
                     | |        Lockstep %s (as Redis %s), 64 bit
                     | |
                     | | _      Running in %s mode
                     | || |     Port: %d
                     |_|| |__   PID: %d
                        |____|

                """;
        return String.format(
                Locale.ROOT,
                drawing,
                Version.LOCKSTEP,
                Version.REDIS,
                mode,
                port,
                ProcessFacts.pid());
    }

    private static boolean standardOutputIsATerminal() {
        try {
            String target = Files.readSymbolicLink(Path.of("/proc/self/fd/1")).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
        } catch (IOException unknown) {
            return false;
        }
    }
}
