package dev.lockstep.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * One server of either kind, running on its own port in its own temporary directory, from a conf file written here.
 *
 * <p>The process never outlives the JVM. Its log is {@code server.log} in the directory; a failure to start or to
 * stop carries the log's tail.
 */
public final class ServerProcess implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofSeconds(60);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(60);
    private static final int FILL_BATCH = 500;
    private static final int LOG_TAIL_BYTES = 20_000;

    private final ServerKind kind;
    private final int port;
    private final String password;
    private final TempDir directory;
    private final List<String> command;
    private Process process;
    private final Thread hook = new Thread(() -> process.destroyForcibly());

    private ServerProcess(Builder builder) {
        kind = builder.kind;
        port = builder.port;
        password = builder.password;
        directory = builder.directory;
        command = new ArrayList<>(builder.prefix);
        command.addAll(kind.command(builder.heap, builder.jvmOptions));
        command.add(builder.writeConf().toString());
        command.addAll(builder.commandLine);
        launch();
        Runtime.getRuntime().addShutdownHook(hook);
    }

    public static Builder builder(ServerKind kind) {
        return new Builder(kind);
    }

    public static ServerProcess start(ServerKind kind, String... confLines) {
        return builder(kind).conf(confLines).start();
    }

    /** What the server is started with; {@link #start} waits until it answers PING. */
    public static final class Builder {
        private final ServerKind kind;
        private final List<String> confLines = new ArrayList<>();
        private final List<String> commandLine = new ArrayList<>();
        private final List<String> prefix = new ArrayList<>();
        private final List<String> jvmOptions = new ArrayList<>();
        private final TempDir directory = new TempDir();
        private String heap = "512m";
        private int port = Ports.free();
        private String password = "";

        private Builder(ServerKind kind) {
            this.kind = kind;
        }

        /** Lines appended to the conf file, so that they override what is there. */
        public Builder conf(String... lines) {
            confLines.addAll(List.of(lines));
            return this;
        }

        /** Words appended to the command line. */
        public Builder commandLine(String... words) {
            commandLine.addAll(List.of(words));
            return this;
        }

        /** Words before the command, of a program that replaces itself by it, such as env or prlimit. */
        public Builder prefix(String... words) {
            prefix.addAll(List.of(words));
            return this;
        }

        public Builder heap(String heap) {
            this.heap = heap;
            return this;
        }

        public Builder jvmOptions(String... options) {
            jvmOptions.addAll(List.of(options));
            return this;
        }

        public Builder port(int port) {
            this.port = port;
            return this;
        }

        /** Sets requirepass, and {@link ServerProcess#connect} authenticates. */
        public Builder password(String password) {
            this.password = password;
            return conf("requirepass " + password);
        }

        /** The server's working directory, to put files in before it starts. */
        public Path directory() {
            return directory.path();
        }

        public ServerProcess start() {
            ServerProcess server = new ServerProcess(this);
            try {
                server.awaitReady(START_LIMIT);
            } catch (AssertionError e) {
                server.close();
                throw e;
            }
            return server;
        }

        /** Launches without waiting for an answer: for servers that are expected to be busy or to fail. */
        public ServerProcess launch() {
            return new ServerProcess(this);
        }

        private Path writeConf() {
            List<String> lines = new ArrayList<>();
            lines.add("port " + port);
            lines.add("bind 127.0.0.1");
            lines.add("dir " + directory.path());
            lines.add("save \"\"");
            lines.add("loglevel notice");
            lines.add("enable-debug-command yes");
            if (kind == ServerKind.LOCKSTEP) {
                lines.add("jit-warmup no"); // hundreds of servers live too short a time for it
            }
            lines.addAll(confLines);
            Path conf = directory.path().resolve("server.conf");
            try {
                Files.write(conf, lines);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return conf;
        }
    }

    private void launch() {
        try {
            process =
                    new ProcessBuilder(command)
                            .directory(directory.path().toFile())
                            .redirectErrorStream(true)
                            .redirectInput(Path.of("/dev/null").toFile())
                            .redirectOutput(ProcessBuilder.Redirect.appendTo(logFile().toFile()))
                            .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until PING is answered with PONG; fails at once if the process has ended. */
    public void awaitReady(Duration limit) {
        Await.until(
                kind + " on port " + port + " answers PING",
                limit,
                () -> {
                    if (!process.isAlive()) {
                        throw new AssertionError(
                                kind + " ended with " + process.exitValue() + ":\n" + logTail());
                    }
                    try (RespClient client = connect()) {
                        return client.call("PING").equals(new Reply.Simple("PONG"));
                    }
                },
                this::logTail);
    }

    /** Waits until what was saved is loaded: a server answers before that. */
    public void awaitLoaded() {
        Await.until(
                "the data are loaded",
                START_LIMIT,
                () -> info("persistence").get("loading").equals("0"),
                this::logTail);
    }

    /** Waits until so many clients are connected, the one that asks among them. */
    public void awaitClients(int count) {
        Await.until(
                count + " connected clients",
                START_LIMIT,
                () -> info("clients").get("connected_clients").equals("" + count),
                () -> info("clients").toString());
    }

    /** Waits until about as many files are open as once before. */
    public void awaitOpenFiles(int before) {
        Await.until(
                "descriptors are back to " + before,
                START_LIMIT,
                () -> openFiles() <= before + 2,
                () -> openFiles() + " open");
    }

    public ServerKind kind() {
        return kind;
    }

    public int port() {
        return port;
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    public Path directory() {
        return directory.path();
    }

    /** A new connection, authenticated if the server has a password. */
    public RespClient connect() {
        RespClient client = new RespClient(port);
        if (!password.isEmpty()) {
            client.ok("AUTH", password);
        }
        return client;
    }

    /** One command on a connection of its own. */
    public Reply call(String... arguments) {
        try (RespClient client = connect()) {
            return client.call(arguments);
        }
    }

    /** Sets PREFIX:0 .. PREFIX:(keys-1) to values of that many bytes, differing from key to key. */
    public void fill(int keys, String prefix, int valueBytes) {
        byte[] value = new byte[valueBytes];
        Random random = new Random(keys);
        try (RespClient client = connect()) {
            List<List<byte[]>> batch = new ArrayList<>();
            for (int i = 0; i < keys; i++) {
                random.nextBytes(value);
                batch.add(
                        List.of(
                                new byte[] {'S', 'E', 'T'},
                                (prefix + ":" + i).getBytes(StandardCharsets.ISO_8859_1),
                                value.clone()));
                if (batch.size() == FILL_BATCH || i == keys - 1) {
                    client.pipeline(batch).stream()
                            .filter(Reply::isError)
                            .findAny()
                            .ifPresent(
                                    error -> {
                                        throw new AssertionError(this + ": " + error);
                                    });
                    batch.clear();
                }
            }
        }
    }

    public Map<String, String> info(String section) {
        try (RespClient client = connect()) {
            return client.info(section);
        }
    }

    public Path logFile() {
        return directory.path().resolve("server.log");
    }

    public String log() {
        try {
            return Files.readString(logFile(), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return "no log: " + e;
        }
    }

    public String logTail() {
        String log = log();
        return "log of "
                + kind
                + " on "
                + port
                + ":\n"
                + log.substring(Math.max(0, log.length() - LOG_TAIL_BYTES));
    }

    /** kill -9, and waits for the end. */
    public void kill() {
        process.destroyForcibly();
        awaitExit(STOP_LIMIT);
    }

    /** SIGTERM, and waits for the end; the exit code. */
    public int terminate() {
        process.destroy();
        return awaitExit(STOP_LIMIT);
    }

    /** SHUTDOWN NOSAVE, and waits for the end. */
    public void stop() {
        try (RespClient client = connect()) {
            client.send("SHUTDOWN", "NOSAVE");
            awaitExit(STOP_LIMIT);
        }
    }

    /** The exit code; an AssertionError with the log's tail if it still runs. */
    public int awaitExit(Duration limit) {
        try {
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new AssertionError(kind + " still runs after " + limit + "; " + logTail());
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Starts again after an end, with the same port, directory and conf file; waits for PONG. */
    public void restart() {
        relaunch();
        awaitReady(START_LIMIT);
    }

    /** Starts again after an end without waiting for an answer. */
    public void relaunch() {
        assert !process.isAlive();
        launch();
    }

    /** SIGSTOP. */
    public void pause() {
        signal("-STOP");
    }

    /** SIGCONT. */
    public void resume() {
        signal("-CONT");
    }

    private void signal(String signal) {
        Program.run(Duration.ofSeconds(10), "kill", signal, Long.toString(pid())).expectExit(0);
    }

    /** The number of open file descriptors, from /proc. */
    public int openFiles() {
        String[] names = Path.of("/proc", Long.toString(pid()), "fd").toFile().list();
        return names == null ? -1 : names.length;
    }

    /** Ends the process, whatever its state, and deletes the directory. */
    @Override
    public void close() {
        if (process.isAlive()) {
            kill();
        }
        Runtime.getRuntime().removeShutdownHook(hook);
        directory.close();
    }

    @Override
    public String toString() {
        return kind + ":" + port;
    }
}
