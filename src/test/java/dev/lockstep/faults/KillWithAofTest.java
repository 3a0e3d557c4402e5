package dev.lockstep.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.testing.RespClient;
import dev.lockstep.testing.ServerKind;
import dev.lockstep.testing.ServerProcess;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/**
 * A server with an append-only file that is killed under writes, and under rewrites, has everything that it acknowledged, and
 * no half of a transaction. {@code -Dlockstep.kills=1000} for a long run.
 *
 * <p>Each writer counts up two keys in one transaction, so what is there tells how many of its transactions are.
 */
class KillWithAofTest {
    private static final int KILLS = Integer.getInteger("lockstep.kills", 30);
    private static final int WRITERS = 4;
    private static final int LONGEST_MICROS = 120_000;
    private static final Duration LIMIT = Duration.ofSeconds(60);

    /** Counts up until the server is gone. */
    private static final class Writer extends Thread {
        private final RespClient client;
        private final int number;
        private long sent;
        private volatile long acknowledged;

        Writer(ServerProcess server, int number, long from) {
            this.client = server.connect();
            this.number = number;
            sent = from;
            acknowledged = from;
        }

        @Override
        public void run() {
            try (client) {
                while (true) {
                    int some = (int) (sent % 5) + 1;
                    for (int i = 0; i < some; i++) {
                        client.send("MULTI");
                        client.send("INCR", "a:" + number);
                        client.send("SET", "pad:" + sent % 500, "x".repeat(300));
                        client.send("INCR", "b:" + number);
                        client.send("EXEC");
                        sent++;
                    }
                    for (int i = 0; i < some; i++) {
                        for (int reply = 0; reply < 5; reply++) {
                            client.read();
                        }
                        acknowledged++;
                    }
                }
            } catch (UncheckedIOException | AssertionError end) {
                return; // killed
            }
        }
    }

    @Test
    void everySecondKeepsWhatWasAcknowledged() throws InterruptedException {
        nothingIsLost("everysec", "yes");
    }

    @Test
    void alwaysKeepsWhatWasAcknowledged() throws InterruptedException {
        nothingIsLost("always", "no");
    }

    private static void nothingIsLost(String fsync, String preamble) throws InterruptedException {
        long seed = Long.getLong("lockstep.seed", System.nanoTime());
        Random random = new Random(seed);
        long[] counts = new long[WRITERS];
        int duringRewrite = 0;
        try (ServerProcess server =
                ServerProcess.start(
                        ServerKind.LOCKSTEP,
                        "appendonly yes",
                        "appendfsync " + fsync,
                        "aof-use-rdb-preamble " + preamble,
                        "auto-aof-rewrite-percentage 100",
                        "auto-aof-rewrite-min-size 200kb")) {
            for (int kill = 0; kill < KILLS; kill++) {
                List<Writer> writers = new ArrayList<>();
                for (int i = 0; i < WRITERS; i++) {
                    writers.add(new Writer(server, i, counts[i]));
                }
                writers.forEach(Thread::start);
                LockSupport.parkNanos(random.nextInt(LONGEST_MICROS) * 1000L);
                try (RespClient observer = server.connect()) {
                    if (random.nextBoolean()) {
                        observer.call("BGREWRITEAOF");
                        LockSupport.parkNanos(kill % 3 == 0 ? 0 : random.nextInt(20_000) * 1000L);
                    }
                    if (observer.info("persistence").get("aof_rewrite_in_progress").equals("1")) {
                        duringRewrite++;
                    }
                    server.kill();
                }
                for (Writer writer : writers) {
                    writer.join();
                }
                server.restart();
                server.awaitLoaded();
                for (int i = 0; i < WRITERS; i++) {
                    counts[i] = assertCount(server, writers.get(i));
                }
            }
        } catch (AssertionError e) {
            throw new AssertionError("seed " + seed, e);
        }
        assertTrue(duringRewrite > 0, "no kill fell into a rewrite");
    }

    private static long assertCount(ServerProcess server, Writer writer) {
        String a = server.call("GET", "a:" + writer.number).toString();
        String b = server.call("GET", "b:" + writer.number).toString();
        assertEquals(a, b, "half of a transaction");
        String digits = a.replaceAll("\\D", "");
        long count = digits.isEmpty() ? 0 : Long.parseLong(digits);
        assertTrue(
                count >= writer.acknowledged && count <= writer.sent,
                () ->
                        "writer "
                                + writer.number
                                + " has "
                                + count
                                + ", acknowledged were "
                                + writer.acknowledged
                                + ", sent "
                                + writer.sent
                                + "\n"
                                + server.logTail());
        return count;
    }
}
