package dev.lockstep.chaos;

import dev.lockstep.testing.RespClient;
import dev.lockstep.testing.ServerProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** A thread that writes values of every type to whichever server it is pointed at, and doesn't mind when that goes away. */
final class TypesLoad implements AutoCloseable {
    /** Two counters that are always equal: they are only incremented together, in one transaction. */
    static final String LEFT = "pair:left";

    static final String RIGHT = "pair:right";

    private static final int BATCH = 20;
    private static final int KEYS = 300;
    private static final String[][] TRANSACTION = {
        {"MULTI"}, {"INCR", LEFT}, {"SPOP", "set:0"}, {"INCR", RIGHT}, {"EXEC"}
    };
    private static final long PAUSE_NANOS = 5_000_000;

    private final Random random;
    private final AtomicLong batches = new AtomicLong();
    private final Thread thread = new Thread(this::run, "types-load");
    private volatile ServerProcess target;
    private volatile boolean paused;
    private volatile boolean idle;
    private volatile boolean stopping;

    TypesLoad(long seed, ServerProcess target) {
        random = new Random(seed);
        this.target = target;
        thread.setDaemon(true);
        thread.start();
    }

    void target(ServerProcess server) {
        target = server;
    }

    /** Nothing is being written when this returns. */
    void pause() {
        idle = false;
        paused = true;
        while (!idle && thread.isAlive()) {
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    void resume() {
        paused = false;
    }

    long batches() {
        return batches.get();
    }

    private void run() {
        while (!stopping) {
            ServerProcess server = target;
            try (RespClient client = new RespClient(server.port()).timeout(Duration.ofSeconds(5))) {
                while (!stopping && server == target) {
                    if (paused) {
                        idle = true;
                        LockSupport.parkNanos(PAUSE_NANOS);
                        continue;
                    }
                    List<List<byte[]>> batch = new ArrayList<>(BATCH);
                    for (int i = 0; i < BATCH; i++) {
                        batch.add(RespClient.latin1(next()));
                    }
                    for (String[] command : TRANSACTION) {
                        batch.add(RespClient.latin1(command));
                    }
                    client.pipeline(batch);
                    batches.incrementAndGet();
                    LockSupport.parkNanos(PAUSE_NANOS);
                }
            } catch (RuntimeException | AssertionError gone) {
                idle = paused;
                LockSupport.parkNanos(10 * PAUSE_NANOS);
            }
        }
    }

    private String[] next() {
        int n = random.nextInt(KEYS);
        String member = "m:" + random.nextInt(200);
        return switch (random.nextInt(25)) {
            case 0 -> new String[] {"SET", "s:" + n, value()};
            case 1 ->
                    new String[] {"SET", "s:" + n, value(), "PX", "" + (1 + random.nextInt(4_000))};
            case 2 -> new String[] {"APPEND", "s:" + n, value()};
            case 3 -> new String[] {"INCR", "n:" + n};
            case 4 -> new String[] {"RPUSH", "l:" + n % 20, value(), value()};
            case 5 -> new String[] {"LPUSH", "l:" + n % 20, value()};
            case 6 -> new String[] {"LTRIM", "l:" + n % 20, "0", "500"};
            case 7 -> new String[] {"LPOP", "l:" + n % 20};
            case 8 -> new String[] {"HSET", "h:" + n % 20, member, value()};
            case 9 -> new String[] {"HDEL", "h:" + n % 20, member};
            case 10 -> new String[] {"HINCRBY", "hn:" + n % 20, member, "1"};
            case 11 -> new String[] {"SADD", "set:" + n % 20, member, "" + n};
            case 12 -> new String[] {"SPOP", "set:" + n % 20};
            case 13 -> new String[] {"ZADD", "z:" + n % 20, "" + random.nextInt(1_000), member};
            case 14 -> new String[] {"ZINCRBY", "z:" + n % 20, "1.5", member};
            case 15 -> new String[] {"ZPOPMIN", "z:" + n % 20};
            case 16 ->
                    new String[] {"XADD", "x:" + n % 10, "MAXLEN", "~", "500", "*", "f", value()};
            case 17 -> new String[] {"PEXPIRE", "s:" + n, "" + (1 + random.nextInt(4_000))};
            case 19 -> new String[] {"XGROUP", "CREATE", "x:" + n % 10, "g", "0", "MKSTREAM"};
            case 20 ->
                    new String[] {
                        "XREADGROUP",
                        "GROUP",
                        "g",
                        "c:" + n % 3,
                        "COUNT",
                        "9",
                        "STREAMS",
                        "x:" + n % 10,
                        ">"
                    };
            case 21 -> new String[] {"XAUTOCLAIM", "x:" + n % 10, "g", "c:" + n % 3, "1", "0"};
            case 22 ->
                    new String[] {
                        "HPEXPIRE", "h:" + n % 20, "" + random.nextInt(4_000), "FIELDS", "1", member
                    };
            case 23 -> new String[] {"LMOVE", "l:" + n % 20, "l:" + n % 7, "LEFT", "RIGHT"};
            case 18 -> new String[] {"PFADD", "p:" + n % 10, member};
            default -> new String[] {"DEL", "s:" + n, "l:" + random.nextInt(20)};
        };
    }

    private String value() {
        return "v".repeat(random.nextInt(random.nextInt(50) == 0 ? 5_000 : 100)) + random.nextInt();
    }

    @Override
    public void close() throws InterruptedException {
        stopping = true;
        thread.join(30_000);
    }
}
