package dev.lockstep.testing;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * A thread that writes strings, with and without expiry, into all 16 databases until it is closed.
 *
 * <p>The commands come from a seed. Values are 0 bytes to 64 KiB, mostly small; about {@code batchesPerSecond}
 * pipelines of 50 commands are sent.
 */
public final class WriteLoad implements AutoCloseable {
    private static final String SAME_OBJECT = "ERR source and destination objects are the same";
    private static final int BATCH = 50;
    private static final int KEYS = 2_000;
    private static final int DATABASES = 16;
    private static final int LARGEST_VALUE = 64 * 1024;

    private final Random random;
    private final ServerProcess server;
    private final long pauseNanos;
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final Thread thread = new Thread(this::run, "write-load");
    private volatile boolean stopping;
    private final AtomicLong commands = new AtomicLong();

    public WriteLoad(ServerProcess server, long seed, int batchesPerSecond) {
        this.server = server;
        this.random = new Random(seed);
        this.pauseNanos = 1_000_000_000L / batchesPerSecond;
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        try (RespClient client = server.connect()) {
            while (!stopping) {
                List<List<byte[]>> batch = new ArrayList<>(BATCH);
                for (int i = 0; i < BATCH; i++) {
                    batch.add(RespClient.latin1(next()));
                }
                for (Reply reply : client.pipeline(batch)) {
                    if (reply.isError() && !reply.text().equals(SAME_OBJECT)) {
                        throw new AssertionError("write load: " + reply);
                    }
                }
                commands.addAndGet(BATCH);
                LockSupport.parkNanos(pauseNanos);
            }
        } catch (Throwable t) {
            failure.set(t);
        }
    }

    private String[] next() {
        String key = "key:" + random.nextInt(KEYS);
        return switch (random.nextInt(24)) {
            case 0, 1 -> new String[] {"SELECT", "" + random.nextInt(DATABASES)};
            case 2, 3, 4 ->
                    new String[] {"SET", key, value(), "PX", "" + (1 + random.nextInt(5_000))};
            case 5 -> new String[] {"SET", key, value(), "EX", "" + (100 + random.nextInt(1_000))};
            case 6 -> new String[] {"APPEND", key, value()};
            case 7 -> new String[] {"DEL", key, "key:" + random.nextInt(KEYS)};
            case 8 -> new String[] {"INCR", "n:" + random.nextInt(50)};
            case 9 -> new String[] {"INCRBYFLOAT", "f:" + random.nextInt(50), "0.1"};
            case 10 -> new String[] {"SETRANGE", key, "" + random.nextInt(500), value()};
            case 11 ->
                    new String[] {
                        "SETBIT", "bits:" + random.nextInt(20), "" + random.nextInt(10_000), "1"
                    };
            case 12 -> new String[] {"PEXPIRE", key, "" + (1 + random.nextInt(3_000))};
            case 13 -> new String[] {"PERSIST", key};
            case 14 -> new String[] {"GETDEL", key};
            case 15 -> new String[] {"GETEX", key, "PX", "" + (1 + random.nextInt(3_000))};
            case 16 -> new String[] {"MSET", key, value(), "key:" + random.nextInt(KEYS), value()};
            case 17 -> new String[] {"COPY", key, "key:" + random.nextInt(KEYS), "REPLACE"};
            case 18 -> new String[] {"MOVE", key, "" + random.nextInt(DATABASES)};
            case 19 -> new String[] {"UNLINK", key};
            case 20 -> new String[] {"BITOP", "XOR", "key:" + random.nextInt(KEYS), key, "bits:1"};
            default -> new String[] {"SET", key, value()};
        };
    }

    private String value() {
        int length = random.nextInt(200) == 0 ? random.nextInt(LARGEST_VALUE) : random.nextInt(200);
        if (random.nextInt(10) == 0) {
            return Long.toString(random.nextLong() >> random.nextInt(60));
        }
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** How many commands were answered so far; an AssertionError if one has failed. */
    public long commands() {
        throwFailure();
        return commands.get();
    }

    /** Stops, waits for the last reply and fails if any write had failed. */
    @Override
    public void close() {
        stopping = true;
        try {
            thread.join(60_000);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        throwFailure();
        if (thread.isAlive()) {
            throw new AssertionError("write load on " + server + " is stuck");
        }
    }

    private void throwFailure() {
        if (failure.get() != null) {
            throw new AssertionError("write load on " + server, failure.get());
        }
    }
}
