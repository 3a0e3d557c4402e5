package dev.lockstep.snapshots;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.testing.Reply;
import dev.lockstep.testing.RespClient;
import dev.lockstep.testing.ServerProcess;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Four big collections, a HyperLogLog and a number that one writer changes in transactions, the n-th of which depends on n
 * alone: so the number, which is n, says what everything else must be at that moment.
 *
 * <p>A thread writes, one transaction after the other, from {@link #start} to {@link #close}. {@link #check} compares a
 * server's data, whoever it is, with what the transactions up to its number make.
 */
final class HammeredCollections implements AutoCloseable {
    private static final int BATCH = 500;
    private static final int PAGE = 10_000;
    private static final int EXTRA_FIELDS = 1_000;
    private static final int PENDING = 100;
    private static final int REGISTERED = 50_000;
    private static final int STRIDE = 7_919;

    private final ServerProcess server;
    private final int fields;
    private final int members;
    private final int elements;
    private final int entries;
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final AtomicLong transactions = new AtomicLong();
    private final Thread thread = new Thread(this::write, "hammer");
    private volatile boolean stopping;

    /** With one million fields and members each, five million elements and half a million entries per {@code million}. */
    HammeredCollections(ServerProcess server, int million) {
        this.server = server;
        fields = million;
        members = million;
        elements = 5 * million;
        entries = million / 2;
        fill();
    }

    private void fill() {
        try (RespClient client = server.connect()) {
            load(client, fields, "HSET", "hash", i -> new String[] {"f" + i, "0"});
            load(client, members, "ZADD", "zset", i -> new String[] {"0", "m" + i});
            load(client, elements, "RPUSH", "list", i -> new String[] {"-" + i});
            List<List<byte[]>> commands = new ArrayList<>();
            for (int i = 1; i <= entries; i++) {
                commands.add(RespClient.latin1("XADD", "stream", "0-" + i, "n", "0"));
                if (commands.size() == BATCH || i == entries) {
                    expectNoErrors(client.pipeline(commands));
                    commands.clear();
                }
            }
            client.ok("XGROUP", "CREATE", "stream", "group", "0");
            client.ok("SET", "n", "0");
        }
    }

    private interface Words {
        String[] of(int i);
    }

    private static void load(
            RespClient client, int count, String command, String key, Words words) {
        for (int first = 0; first < count; first += BATCH) {
            List<byte[]> request = new ArrayList<>(RespClient.latin1(command, key));
            for (int i = first; i < Math.min(first + BATCH, count); i++) {
                request.addAll(RespClient.latin1(words.of(i)));
            }
            Reply reply = client.call(request);
            assertTrue(!reply.isError(), reply::toString);
        }
    }

    private static void expectNoErrors(List<Reply> replies) {
        replies.forEach(reply -> assertTrue(!reply.isError(), reply::toString));
    }

    void start() {
        thread.setDaemon(true);
        thread.start();
    }

    private void write() {
        try (RespClient client = server.connect()) {
            for (long n = 1; !stopping; n++) {
                expectNoErrors(client.pipeline(transaction(n)));
                transactions.set(n);
            }
        } catch (Throwable t) {
            failure.set(t);
        }
    }

    private static long spread(long n, int size) {
        return n * STRIDE % size;
    }

    private List<List<byte[]>> transaction(long n) {
        String text = Long.toString(n);
        List<List<byte[]>> commands = new ArrayList<>();
        commands.add(RespClient.latin1("MULTI"));
        commands.add(
                RespClient.latin1("HSET", "hash", "f" + spread(n, fields), text, "x" + n, text));
        commands.add(RespClient.latin1("HDEL", "hash", "x" + (n - EXTRA_FIELDS)));
        commands.add(RespClient.latin1("ZADD", "zset", text, "m" + spread(n, members)));
        commands.add(RespClient.latin1("ZADD", "zset", "-" + n, "y" + n));
        commands.add(RespClient.latin1("ZREM", "zset", "y" + (n - EXTRA_FIELDS)));
        commands.add(RespClient.latin1("RPUSH", "list", text));
        commands.add(RespClient.latin1("LPOP", "list"));
        commands.add(RespClient.latin1("LSET", "list", "" + spread(n, elements), text));
        commands.add(
                RespClient.latin1(
                        "XREADGROUP",
                        "GROUP",
                        "group",
                        "c",
                        "COUNT",
                        "1",
                        "STREAMS",
                        "stream",
                        ">"));
        commands.add(RespClient.latin1("XACK", "stream", "group", id(n - PENDING)));
        commands.add(
                RespClient.latin1("XADD", "stream", "MAXLEN", "" + entries, n + "-1", "n", text));
        commands.add(RespClient.latin1("PFADD", "registers", "e" + n % REGISTERED));
        commands.add(RespClient.latin1("SET", "n", text));
        commands.add(RespClient.latin1("EXEC"));
        return commands;
    }

    /** The ID of the i-th entry that ever was, the first being 1. */
    private String id(long i) {
        return i <= 0 ? "0-0" : i <= entries ? "0-" + i : i - entries + "-1";
    }

    long transactions() {
        if (failure.get() != null) {
            throw new AssertionError("the writer", failure.get());
        }
        return transactions.get();
    }

    /** Fails unless the server holds just what the transactions up to its own number make; returns that number. */
    long check(ServerProcess other) {
        try (RespClient client = other.connect()) {
            long n = Long.parseLong(client.ok("GET", "n").text());
            checkHash(client, n);
            checkSortedSet(client, n);
            checkList(client, n);
            checkStream(client, n);
            checkHyperLogLog(client, n);
            assertEquals(6 - (n == 0 ? 1 : 0), client.ok("DBSIZE").integer());
            return n;
        }
    }

    /** The last transaction up to the n-th that touched each of {@code size} places, 0 for none. */
    private static long[] last(long n, int size) {
        long[] last = new long[size];
        for (long t = 1; t <= n; t++) {
            last[(int) spread(t, size)] = t;
        }
        return last;
    }

    private void checkHash(RespClient client, long n) {
        long[] expected = last(n, fields);
        long extra = Math.min(n, EXTRA_FIELDS);
        assertEquals(fields + extra, client.ok("HLEN", "hash").integer());
        for (int first = 0; first < fields; first += PAGE) {
            List<byte[]> request = new ArrayList<>(RespClient.latin1("HMGET", "hash"));
            int end = Math.min(first + PAGE, fields);
            for (int i = first; i < end; i++) {
                request.addAll(RespClient.latin1("f" + i));
            }
            List<Reply> values = client.call(request).items();
            for (int i = first; i < end; i++) {
                assertEquals("" + expected[i], values.get(i - first).text(), "field f" + i);
            }
        }
        for (long i = n - extra + 1; i <= n; i++) {
            assertEquals("" + i, client.ok("HGET", "hash", "x" + i).text());
        }
    }

    private void checkSortedSet(RespClient client, long n) {
        long[] expected = last(n, members);
        long extra = Math.min(n, EXTRA_FIELDS);
        assertEquals(members + extra, client.ok("ZCARD", "zset").integer());
        int untouched = 0;
        List<String> order = new ArrayList<>();
        for (long i = n; i > n - extra; i--) {
            order.add("y" + i + " -" + i);
        }
        List<String> zeros = new ArrayList<>();
        for (int i = 0; i < members; i++) {
            if (expected[i] == 0) {
                zeros.add("m" + i + " 0");
                untouched++;
            }
        }
        zeros.sort(null);
        order.addAll(zeros);
        long[] scores = Arrays.stream(expected).filter(t -> t > 0).sorted().toArray();
        for (long score : scores) {
            order.add("m" + spread(score, members) + " " + score);
        }
        assertEquals(members - untouched, scores.length);
        for (int first = 0; first < order.size(); first += PAGE) {
            List<Reply> page =
                    client.ok("ZRANGE", "zset", "" + first, "" + (first + PAGE - 1), "WITHSCORES")
                            .items();
            for (int i = 0; i < page.size(); i += 2) {
                assertEquals(
                        order.get(first + i / 2),
                        page.get(i).text() + " " + page.get(i + 1).text());
            }
        }
    }

    private void checkList(RespClient client, long n) {
        String[] ring = new String[elements];
        for (int i = 0; i < elements; i++) {
            ring[i] = "-" + i;
        }
        for (long t = 1; t <= n; t++) {
            ring[(int) ((t - 1) % elements)] = "" + t;
            ring[(int) ((t + spread(t, elements)) % elements)] = "" + t;
        }
        assertEquals(elements, client.ok("LLEN", "list").integer());
        for (int first = 0; first < elements; first += PAGE) {
            List<Reply> page =
                    client.ok("LRANGE", "list", "" + first, "" + (first + PAGE - 1)).items();
            for (int i = 0; i < page.size(); i++) {
                assertEquals(
                        ring[(int) ((n + first + i) % elements)],
                        page.get(i).text(),
                        "element " + (first + i));
            }
        }
    }

    private void checkStream(RespClient client, long n) {
        assertEquals(entries, client.ok("XLEN", "stream").integer());
        String from = "-";
        long i = n + 1;
        while (i <= n + entries) {
            List<Reply> page = client.ok("XRANGE", "stream", from, "+", "COUNT", "" + PAGE).items();
            for (Reply entry : page) {
                assertEquals(id(i), entry.items().get(0).text());
                String number = "" + Math.max(0, i - entries);
                assertEquals(number, entry.items().get(1).items().get(1).text());
                i++;
            }
            from = "(" + id(i - 1);
        }
        List<Reply> pending = client.ok("XPENDING", "stream", "group").items();
        assertEquals(Math.min(n, PENDING), pending.get(0).integer());
        if (n > 0) {
            assertEquals(id(Math.max(1, n - PENDING + 1)), pending.get(1).text());
            assertEquals(id(n), pending.get(2).text());
        }
    }

    private static void checkHyperLogLog(RespClient client, long n) {
        if (n > 0) {
            List<byte[]> request = new ArrayList<>(RespClient.latin1("PFADD", "expected"));
            for (long t = 1; t <= Math.min(n, REGISTERED); t++) {
                request.addAll(RespClient.latin1("e" + t % REGISTERED));
            }
            client.call(request);
            assertEquals(
                    client.ok("PFCOUNT", "expected").integer(),
                    client.ok("PFCOUNT", "registers").integer());
        }
        client.ok("DEL", "expected");
    }

    /** Stops the writer; fails if a write has failed. */
    @Override
    public void close() {
        stopping = true;
        try {
            thread.join(60_000);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        transactions();
    }
}
