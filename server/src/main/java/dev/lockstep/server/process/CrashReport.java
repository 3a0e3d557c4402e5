package dev.lockstep.server.process;

import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes what every thread was doing into the log, for whoever has to find out why.
 *
 * <p>A full report is what is left of a server that dies of a bug or of SIGABRT; SIGALRM asks a living one
 * for its stacks only, as in Redis.
 */
public final class CrashReport {
    private static final Logger LOG = LoggerFactory.getLogger(CrashReport.class);
    private static final int SIGABRT_EXIT_CODE = 128 + 6;

    private CrashReport() {}

    /**
     * Logs a report at warning level, as one event of many lines. Any thread.
     *
     * @param cause one line, such as {@code crashed by signal: SIGABRT}
     */
    public static void write(String cause) {
        String report =
                "\n\n=== LOCKSTEP BUG REPORT START: please send all of it, down to its end ===\n"
                        + "Lockstep "
                        + Version.LOCKSTEP
                        + " (redis_version "
                        + Version.REDIS
                        + ") "
                        + cause
                        + "\nJVM "
                        + System.getProperty("java.vm.version")
                        + ", "
                        + ProcessFacts.operatingSystem()
                        + "\n\n------ STACK TRACE ------\n"
                        + allStacks()
                        + "\n=== LOCKSTEP BUG REPORT END ===\n";
        LOG.error(report);
    }

    /**
     * Has SIGALRM log all stacks, and SIGABRT log a report before it ends the process.
     *
     * @param crashLog the {@code crash-log-enabled} directive: whether SIGABRT is reported
     */
    public static void installSignals(boolean crashLog) {
        Signals.handle("ALRM", name -> LOG.warn("Received SIGALRM\n" + allStacks()));
        if (crashLog) {
            Signals.handle("ABRT", CrashReport::reportAndEnd);
        }
    }

    private static void reportAndEnd(String signal) {
        write("crashed by signal: SIG" + signal);
        Runtime.getRuntime().halt(SIGABRT_EXIT_CODE);
    }

    private static String allStacks() {
        StringBuilder text = new StringBuilder();
        for (Map.Entry<Thread, StackTraceElement[]> thread :
                Thread.getAllStackTraces().entrySet()) {
            append(text, thread.getKey(), thread.getValue());
        }
        return text.toString();
    }

    /** Appends a thread's name and state, and its frames, one per line. */
    static void append(StringBuilder text, Thread thread, StackTraceElement[] frames) {
        text.append(thread.getName()).append(" (").append(thread.getState()).append(")\n");
        for (StackTraceElement frame : frames) {
            text.append("    ").append(frame).append('\n');
        }
    }
}
