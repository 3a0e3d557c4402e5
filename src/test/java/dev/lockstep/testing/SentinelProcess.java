package dev.lockstep.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A stock redis-sentinel that watches one master, named {@value #MASTER}, in a directory of its own. */
public final class SentinelProcess implements AutoCloseable {
    public static final String MASTER = "mymaster";

    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final TempDir directory = new TempDir();
    private final int port = Ports.free();
    private final Process process;

    /**
     * @param quorum how many sentinels must agree that the master is down
     * @param downAfterMillis after how long without an answer one thinks so
     */
    public SentinelProcess(int masterPort, int quorum, int downAfterMillis, String... lines) {
        String conf =
                String.join(
                        "\n",
                        "port " + port,
                        "bind 127.0.0.1",
                        "dir " + directory.path(),
                        "sentinel monitor " + MASTER + " 127.0.0.1 " + masterPort + " " + quorum,
                        "sentinel down-after-milliseconds " + MASTER + " " + downAfterMillis,
                        "sentinel failover-timeout " + MASTER + " 10000",
                        String.join("\n", lines),
                        "");
        try {
            Path file = directory.path().resolve("sentinel.conf");
            Files.writeString(file, conf);
            process =
                    new ProcessBuilder(ServerKind.program("redis-sentinel"), file.toString())
                            .redirectErrorStream(true)
                            .redirectInput(Path.of("/dev/null").toFile())
                            .redirectOutput(directory.path().resolve("log").toFile())
                            .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Await.until(
                "sentinel " + port + " answers",
                LIMIT,
                () -> call("PING").equals(new Reply.Simple("PONG")),
                this::log);
    }

    public Reply call(String... arguments) {
        try (RespClient client = new RespClient(port)) {
            return client.call(arguments);
        }
    }

    /** The port of the master as this sentinel knows it. */
    public int masterPort() {
        List<Reply> address = call("SENTINEL", "GET-MASTER-ADDR-BY-NAME", MASTER).items();
        return Integer.parseInt(address.get(1).text());
    }

    /** Waits until it has found so many replicas and other sentinels, and thinks well of them. */
    public void awaitKnows(int replicas, int others) {
        Await.until(
                "sentinel "
                        + port
                        + " knows "
                        + replicas
                        + " replicas and "
                        + others
                        + " sentinels",
                LIMIT,
                () ->
                        healthy("REPLICAS") == replicas
                                && call("SENTINEL", "SENTINELS", MASTER).items().size() == others
                                && call("SENTINEL", "CKQUORUM", MASTER)
                                        .toString()
                                        .startsWith("+OK"),
                this::log);
    }

    private long healthy(String what) {
        return call("SENTINEL", what, MASTER).items().stream()
                .map(Reply::toString)
                .filter(
                        text ->
                                text.contains("\"flags\", \"slave\"")
                                        && text.contains("\"master-link-status\", \"ok\""))
                .count();
    }

    public String log() {
        try {
            return Files.readString(directory.path().resolve("log"), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return "no log: " + e;
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            process.waitFor(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        directory.close();
    }
}
