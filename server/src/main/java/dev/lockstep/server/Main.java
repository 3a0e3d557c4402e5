package dev.lockstep.server;

import dev.lockstep.server.config.Configuration;
import dev.lockstep.server.config.ConfigurationException;
import dev.lockstep.server.config.RenamedCommand;
import dev.lockstep.server.log.ServerLog;
import dev.lockstep.server.log.StartupBanner;
import dev.lockstep.server.process.Arguments;
import dev.lockstep.server.process.CrashReport;
import dev.lockstep.server.process.Daemon;
import dev.lockstep.server.process.GarbageCollector;
import dev.lockstep.server.process.OpenFilesLimit;
import dev.lockstep.server.process.PidFile;
import dev.lockstep.server.process.ProcessFacts;
import dev.lockstep.server.process.StartupFailure;
import dev.lockstep.server.process.Supervision;
import dev.lockstep.server.process.SystemdNotification;
import dev.lockstep.server.process.TerminationSignals;
import dev.lockstep.server.process.Version;
import java.io.ByteArrayInputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Starts a Lockstep server process: from the command line to the first client, or to the one line that says why not. */
public final class Main {
    private final Configuration config;
    private final String supervisor;
    private final Logger log = LoggerFactory.getLogger(Main.class);

    private Main(Configuration config) {
        this.config = config;
        this.supervisor = supervisor(config);
    }

    public static void main(String[] args) throws IOException {
        Arguments arguments = Arguments.parse(args);
        switch (arguments.request()) {
            case SHOW_VERSION -> print(FileDescriptor.out, Version.line());
            case SHOW_HELP -> print(FileDescriptor.out, Arguments.help());
            case SERVE -> serve(args, arguments.readStdin(System.in));
        }
    }

    private static void serve(String[] args, byte[] stdin) throws IOException {
        ServerLog.bootstrap();
        try {
            InputStream text =
                    stdin == null ? InputStream.nullInputStream() : new ByteArrayInputStream(stdin);
            Configuration config = Configuration.load(args, text);
            if (config.general.daemonize.get()
                    && supervisor(config).equals("no")
                    && !Daemon.isChild()) {
                Daemon.start(stdin);
                return;
            }
            ServerLog.start(config.general.logLevel.text(), logFile(config));
            new Main(config).start();
        } catch (ConfigurationException | StartupFailure e) {
            print(FileDescriptor.err, e.getMessage());
            System.exit(1);
        } catch (RuntimeException | IOException | Error e) {
            print(FileDescriptor.err, "The start failed: " + e);
            // Other threads may be there already, and would keep half a server alive.
            System.exit(1);
        }
    }

    private static String supervisor(Configuration config) {
        return Supervision.effective(config.general.supervised.text(), System.getenv());
    }

    private static String logFile(Configuration config) {
        String name = config.general.logFile.get();
        return name.isEmpty() ? "" : config.snapshots.dir.resolve(name).toString();
    }

    /** From here on the log says what happens, and why the start failed. */
    private void start() throws IOException {
        try {
            introduce();
            serve();
        } catch (ConfigurationException | StartupFailure e) {
            boolean logIsShown = config.general.logFile.isEmpty() && !Daemon.isChild();
            boolean isOfFile =
                    e instanceof ConfigurationException; // as those that are found earlier
            if (!logIsShown || !isOfFile) {
                log.warn("{}", e.getMessage());
            }
            if (!logIsShown || isOfFile) {
                print(FileDescriptor.err, e.getMessage());
            }
            System.exit(1);
        } catch (RuntimeException | IOException | Error e) {
            log.error("The start failed", e);
            throw e;
        }
    }

    private void introduce() {
        log.info("Lockstep is starting");
        log.info(
                "Lockstep version={}, redis_version={}, bits=64, pid={}, just started",
                Version.LOCKSTEP,
                Version.REDIS,
                ProcessFacts.pid());
        if (config.file() == null) {
            log.warn(
                    "Warning: no config file specified, using the default config. In order to specify a config file use"
                            + " lockstep /path/to/lockstep.conf");
        } else {
            log.info("Configuration loaded");
        }
        if (supervisor.equals("systemd")) {
            log.info(
                    "Supervised by systemd: TimeoutStartSec and TimeoutStopSec must allow for loading and saving.");
        }
        String missing = Supervision.missing(config.general.supervised.text(), System.getenv());
        if (missing != null) {
            log.warn(
                    "{} supervision requested, but {} not found: going on without",
                    config.general.supervised.text(),
                    missing);
        }
    }

    private void serve() throws StartupFailure, IOException {
        fitClients();
        LockstepServer server = new LockstepServer(config);
        rename(server);
        ServerLog.role(ServerLog.MASTER);
        Thread handlers = new Thread(() -> handleSignals(server), "lockstep-signals");
        server.announce();
        handlers.start();
        server.open();
        awaitEnd(handlers);
        showBanner();
        log.info("Server initialized");
        GarbageCollector.warnIfItCopiesData();
        // The ports are this process', so whose file it was has gone.
        PidFile pidFile = writePidFile(server);
        try {
            server.load();
        } catch (StartupFailure e) {
            if (pidFile != null) {
                pidFile.remove();
            }
            throw e;
        }
        for (String kind : server.listeners().kinds()) {
            log.info("Ready to accept connections {}", kind);
        }
        CrashReport.installSignals(config.general.crashLogEnabled.get());
        Daemon.ready();
        if (supervisor.equals("systemd")) {
            SystemdNotification.send(System.getenv("NOTIFY_SOCKET"), SystemdNotification.READY);
        }
    }

    /** A thread of its own, beside the opening of the listeners; ended before anybody is told that there are any. */
    private static void handleSignals(LockstepServer server) {
        TerminationSignals signals =
                TerminationSignals.install(
                        name -> {
                            server.executor().submit(server.scriptRunner()::endDebugging);
                            server.executor()
                                    .submitBetweenCommands(() -> server.shutdown().signalled(name));
                        },
                        () -> server.snapshots().discardHalfWritten());
        server.executor().submit(() -> server.shutdown().onGivenUp(signals::shutdownGivenUp));
    }

    private static void awaitEnd(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts the start", e);
        }
    }

    /** Scripts take the banner as the sign that connections are accepted, though the data may still be loading. */
    private void showBanner() {
        StartupBanner.show(
                "standalone",
                config.anyPort(),
                config.general.alwaysShowLogo.get(),
                config.general.logFile.get());
    }

    /** On the executor: a shutdown that has come already is the last thing that it does. */
    private PidFile writePidFile(LockstepServer server) {
        String configured = config.general.pidFile.get();
        String path =
                configured.isEmpty() ? "" : config.snapshots.dir.resolve(configured).toString();
        FutureTask<PidFile> write =
                new FutureTask<>(
                        () -> {
                            PidFile file = PidFile.write(path, Daemon.isChild());
                            server.shutdown().pidFile(file);
                            return file;
                        });
        server.executor().submit(write);
        try {
            return write.get();
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException("the pid file could not be written", e);
        }
    }

    private void fitClients() throws StartupFailure {
        int wanted = (int) Math.min(Integer.MAX_VALUE, config.clients.maxClients.get());
        int fitting =
                OpenFilesLimit.fit(
                        wanted, config.network.ioThreads.get(), ProcessFacts.maxOpenFiles());
        if (fitting != wanted) {
            config.set(List.of("maxclients", Integer.toString(fitting)), true, false);
        }
    }

    private void rename(LockstepServer server) {
        for (RenamedCommand renamed : config.renamedCommands()) {
            String name = renamed.name().toLowerCase(Locale.ROOT);
            String newName = renamed.newName().toLowerCase(Locale.ROOT);
            if (server.commands().find(name) == null) {
                throw renamed.noSuchCommand();
            }
            if (!newName.equals(name) && server.commands().find(newName) != null) {
                throw renamed.newNameExists();
            }
            server.commands().rename(name, newName);
        }
    }

    private static void print(FileDescriptor where, String text) throws IOException {
        try (FileOutputStream out = new FileOutputStream(where)) {
            out.write((text + "\n").getBytes(StandardCharsets.UTF_8));
        }
    }
}
