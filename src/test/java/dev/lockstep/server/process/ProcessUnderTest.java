package dev.lockstep.server.process;

import dev.lockstep.server.log.ServerLog;
import dev.lockstep.server.log.StartupBanner;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A program that lives as the server does, but serves nothing, for the tests of its process to start.
 *
 * <p>Its arguments are words: {@code daemonize}, {@code logfile=PATH}, {@code pidfile=PATH}, {@code
 * loglevel=LEVEL}, {@code fail=TEXT} (refuses to start), {@code gate=PATH} (isn't ready before that file
 * exists), {@code stubborn} (gives up the first shutdown, as after a failed save), {@code hang} (never
 * finishes a shutdown), {@code levels} (logs one line per level), {@code chatter} (logs all the time), {@code banner} (shows the drawing), {@code stuck} (doesn't reach
 * its shutdown for a while, watched by a watchdog), and
 * {@code -}, after which the words on standard input are arguments too.
 */
public final class ProcessUnderTest {
    private ProcessUnderTest() {}

    public static void main(String[] args) throws Exception {
        ServerLog.bootstrap();
        try {
            System.exit(run(Arguments.parse(args)));
        } catch (StartupFailure failure) {
            System.err.println(failure.getMessage());
            System.exit(1);
        }
    }

    private static int run(Arguments arguments) throws Exception {
        byte[] stdin = arguments.readStdin(System.in);
        String words = " " + arguments.configFile() + " " + String.join(" ", arguments.overrides());
        if (stdin != null) {
            words += " " + new String(stdin, StandardCharsets.UTF_8);
        }
        List<String> options = List.of(words.trim().split("\\s+"));
        if (options.contains("daemonize") && !Daemon.isChild()) {
            Daemon.start(stdin);
            return 0;
        }
        if (value(options, "fail") != null) {
            throw new StartupFailure(value(options, "fail").replace('_', ' '));
        }
        String logfile = value(options, "logfile");
        String level = value(options, "loglevel");
        ServerLog.start(level == null ? "notice" : level, logfile == null ? "" : logfile);
        return serve(options);
    }

    private static int serve(List<String> options) throws Exception {
        Logger log = LoggerFactory.getLogger(ProcessUnderTest.class);
        BlockingQueue<String> shutdowns = new LinkedBlockingQueue<>();
        TerminationSignals signals =
                TerminationSignals.install(shutdowns::add, () -> log.warn("the last will"));
        String pidfile = value(options, "pidfile");
        PidFile pid = PidFile.write(pidfile == null ? "" : pidfile, Daemon.isChild());
        while (value(options, "gate") != null && !Files.exists(Path.of(value(options, "gate")))) {
            Thread.onSpinWait();
        }
        CrashReport.installSignals(true);
        if (options.contains("banner")) {
            StartupBanner.show("standalone", 6379, true, "");
        }
        Daemon.ready();
        ServerLog.role(ServerLog.MASTER);
        log.info("Ready to accept connections");
        if (options.contains("levels")) {
            logEachLevel(log);
        }
        if (options.contains("stuck")) {
            Watchdog watchdog = new Watchdog(Thread.currentThread());
            watchdog.period(50);
            stuckUntil(shutdowns);
            watchdog.period(0);
        } else if (options.contains("chatter")) {
            while (shutdowns.poll(20, TimeUnit.MILLISECONDS) == null) {
                log.info("still here");
            }
        } else {
            shutdowns.take();
        }
        if (options.contains("stubborn")) {
            log.warn("Errors trying to shut down the server.");
            signals.shutdownGivenUp();
            shutdowns.take();
        }
        if (options.contains("hang")) {
            shutdowns.take();
        }
        if (pid != null) {
            pid.remove();
        }
        log.warn("bye bye");
        return 0;
    }

    private static void stuckUntil(BlockingQueue<String> shutdowns) throws InterruptedException {
        shutdowns.take();
    }

    private static void logEachLevel(Logger log) {
        log.trace("a debug line");
        log.debug("a verbose line");
        log.info("a notice line");
        log.warn("a warning line");
        Logger library = LoggerFactory.getLogger("io.netty.Something");
        library.info("a library's notice");
        library.warn("a library's warning");
        ServerLog.level("warning");
        log.info("too quiet for warning");
        ServerLog.level("debug");
        log.trace("a debug line after the change");
        ServerLog.role(ServerLog.REPLICA);
        log.info("a replica's line");
        ServerLog.childThread();
        log.info("a child's line");
    }

    private static String value(List<String> options, String name) {
        for (String option : options) {
            if (option.startsWith(name + "=")) {
                return option.substring(name.length() + 1);
            }
        }
        return null;
    }
}
