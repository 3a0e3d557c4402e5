package dev.lockstep.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.keyspace.Database;
import dev.lockstep.keyspace.MemoryLimitException;
import dev.lockstep.keyspace.Slab;
import dev.lockstep.keyspace.View;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random commands in memory that is full but for scattered cells, so that any step of a change may be refused: a command that
 * gets -OOM has changed nothing. Some run under a view, where changes copy.
 */
class RefusedChangesTest {
    private static final long LIMIT_BYTES = 16L << 20;
    private static final int FILLERS_DATABASE = 15;
    private static final int COMMANDS = 6_000;
    private static final int[] LENGTHS = {1, 3, 8, 20, 40, 63, 66, 100, 140, 300, 900, 5000};

    private EmbeddedServer embedded;
    private EmbeddedServer.Link client;
    private Random random;
    private final List<Integer> fillers = new ArrayList<>();
    private final List<View> views = new ArrayList<>();
    private final Map<String, Integer> refused = new TreeMap<>();
    private int nextFiller;

    @BeforeEach
    void start() throws Exception {
        embedded = new EmbeddedServer();
        client = embedded.connect();
    }

    @AfterEach
    void stop() throws Exception {
        embedded.close();
    }

    // ---- memory that is full but for scattered cells ----

    private void onFillers(java.util.function.Consumer<Database> task) {
        embedded.onExecutor(
                () -> {
                    task.accept(embedded.server().keyspace().database(FILLERS_DATABASE));
                    return null;
                });
    }

    private static byte[] fillersKey(int number) {
        return Integer.toString(number).getBytes(StandardCharsets.ISO_8859_1);
    }

    private void fill(Database database, int length) {
        byte[] value = new byte[length];
        try {
            while (true) {
                byte[] key = fillersKey(nextFiller);
                database.find(key, 0, key.length);
                database.setString(key, 0, key.length, value, 0, length, -1);
                fillers.add(nextFiller++);
            }
        } catch (MemoryLimitException full) {
            // as full as it gets with this length
        }
    }

    private void free(Database database, int count) {
        for (int i = 0; i < count; i++) {
            byte[] key = fillersKey(fillers.remove(random.nextInt(fillers.size())));
            database.delete(database.find(key, 0, key.length));
        }
    }

    private void fillAll() {
        onFillers(
                database -> {
                    Slab slab = embedded.server().keyspace().slab();
                    slab.limit(LIMIT_BYTES);
                    fill(database, 90);
                    free(database, fillers.size() / 7);
                    for (int length = 30_000; length > 0; length = length * 7 / 8) {
                        fill(database, length);
                    }
                    free(database, 2_000);
                });
    }

    private void shiftFillers() {
        onFillers(
                database -> {
                    if (random.nextBoolean()) {
                        free(database, Math.min(random.nextInt(300), fillers.size()));
                    } else {
                        fill(database, LENGTHS[random.nextInt(LENGTHS.length)]);
                    }
                });
    }

    private void shiftViews() {
        embedded.onExecutor(
                () -> {
                    if (views.size() < 2 && random.nextBoolean()) {
                        views.add(embedded.server().keyspace().freeze());
                    } else if (!views.isEmpty()) {
                        views.remove(random.nextInt(views.size())).close();
                    }
                    return null;
                });
    }

    // ---- commands ----

    private String text() {
        int length = LENGTHS[random.nextInt(LENGTHS.length)];
        return Character.toString('a' + random.nextInt(4)).repeat(length);
    }

    private String key(char type) {
        return type + Integer.toString(random.nextInt(3));
    }

    private String name() {
        return switch (random.nextInt(6)) {
            case 0 -> text();
            case 1, 2 -> "n" + random.nextInt(900);
            default -> "n" + random.nextInt(50);
        };
    }

    private String names(int more) {
        StringBuilder names = new StringBuilder(name());
        for (int i = random.nextInt(more); i > 0; i--) {
            names.append(' ').append(name());
        }
        return names.toString();
    }

    private String pairs(int more, boolean scores) {
        StringBuilder pairs = new StringBuilder();
        for (int i = random.nextInt(more); i >= 0; i--) {
            String value = scores ? Integer.toString(random.nextInt(99)) : text();
            String name = name();
            pairs.append(' ')
                    .append(scores ? value : name)
                    .append(' ')
                    .append(scores ? name : value);
        }
        return pairs.toString();
    }

    private String fields() {
        int count = 1 + random.nextInt(4);
        StringBuilder fields = new StringBuilder("FIELDS " + count);
        for (int i = 0; i < count; i++) {
            fields.append(" n").append(random.nextInt(900));
        }
        return fields.toString();
    }

    private String command() {
        String id = random.nextInt(20) + "-" + random.nextInt(3);
        return switch (random.nextInt(52)) {
            case 0, 1 -> "HSET " + key('h') + pairs(2, false);
            case 2 -> "HSET " + key('h') + pairs(60, false);
            case 3 -> "HSETNX " + key('h') + " " + name() + " " + text();
            case 4 -> "HINCRBY " + key('h') + " c" + random.nextInt(600) + " 5";
            case 5 -> "HEXPIRE " + key('h') + " 100000 " + fields();
            case 6 -> "HPERSIST " + key('h') + " " + fields();
            case 7 -> "HGETEX " + key('h') + " PERSIST " + fields();
            case 8 -> "HGETEX " + key('h') + " EX 100000 " + fields();
            case 9 ->
                    "HSETEX " + key('h') + " EX 100000 FIELDS 2 " + name() + " 1 " + name() + " 2";
            case 10 -> "HDEL " + key('h') + " " + names(20);
            case 11, 12 -> "ZADD " + key('z') + pairs(2, true);
            case 13 -> "ZADD " + key('z') + pairs(200, true);
            case 14 -> "ZINCRBY " + key('z') + " 2.5 " + name();
            case 15 -> "ZREM " + key('z') + " " + names(20);
            case 16 -> "ZUNIONSTORE " + key('z') + " 2 " + key('z') + " " + key('z');
            case 17 -> "ZRANGESTORE " + key('z') + " " + key('z') + " 0 20";
            case 18 -> "SADD " + key('s') + " " + names(2);
            case 19 -> "SADD " + key('s') + " " + names(200);
            case 20 -> "SREM " + key('s') + " " + names(20);
            case 21 -> "SUNIONSTORE " + key('s') + " " + key('s') + " " + key('s');
            case 22 -> "SMOVE " + key('s') + " " + key('s') + " " + name();
            case 23 -> "RPUSH " + key('l') + " " + names(20);
            case 24 -> "LPUSH " + key('l') + " " + names(3);
            case 25 -> "LREM " + key('l') + " 0 n" + random.nextInt(50);
            case 26 -> "LINSERT " + key('l') + " BEFORE n" + random.nextInt(900) + " " + text();
            case 27 -> "LSET " + key('l') + " " + random.nextInt(30) + " " + text();
            case 28 -> "LMOVE " + key('l') + " " + key('l') + " LEFT RIGHT";
            case 29 -> "LTRIM " + key('l') + " 3 -2";
            case 30 -> "XADD " + key('x') + " *" + pairs(3, false);
            case 31 -> "XADD " + key('x') + " MAXLEN 50 *" + pairs(3, false);
            case 32 -> "XGROUP CREATE " + key('x') + " g 0 MKSTREAM";
            case 33 -> "XREADGROUP GROUP g " + name() + " STREAMS x0 x1 > >";
            case 34 ->
                    "XCLAIM "
                            + key('x')
                            + " g "
                            + name()
                            + " 0 "
                            + id
                            + " FORCE LASTID 9-"
                            + id.charAt(0);
            case 35 -> "XADD " + key('x') + " 2" + id + " a b";
            case 36 -> "XDEL " + key('x') + " " + id;
            case 37 -> "SET " + key('t') + " " + text();
            case 38 -> "APPEND " + key('t') + " " + text();
            case 39 -> "SETRANGE " + key('t') + " " + random.nextInt(3000) + " " + text();
            case 40 -> "MSET " + key('t') + " " + text() + " " + key('t') + " " + text();
            case 41 -> "PEXPIRE " + key("hzslxt".charAt(random.nextInt(6))) + " 10000000";
            case 42 -> "PFADD " + key('p') + " " + names(5);
            case 43 -> "BITOP NOT " + key('t') + " " + key('t');
            case 45, 46 -> "RPUSH " + key('l') + " " + names(400);
            case 47 -> restore();
            case 48 -> "DEL " + key("hzslxt".charAt(random.nextInt(6)));
            case 49, 50 -> "HSET " + key('h') + " n" + random.nextInt(60) + " v";
            case 44 -> "GEOADD " + key('z') + " 1 2 " + name() + " 3 4 " + name();
            default -> {
                char type = "hzslxt".charAt(random.nextInt(6));
                String what = random.nextInt(4) == 0 ? "RENAME " : "COPY ";
                yield what + key(type) + " " + key(type) + (what.equals("COPY ") ? " REPLACE" : "");
            }
        };
    }

    /** Of a value that was dumped with its length before it, as the protocol has it. */
    private String restore() {
        String dumped = client.call("DUMP " + key("hzslx".charAt(random.nextInt(5))));
        String key = key("hzslx".charAt(random.nextInt(5)));
        int length = dumped.indexOf(' ') + 1;
        return dumped.equals("$-1") || dumped.indexOf(' ', length) >= 0 || dumped.endsWith("\r")
                ? "PING"
                : "RESTORE " + key + " 100000000 " + dumped.substring(length) + " REPLACE";
    }

    /** All that a refused command could have changed. */
    private String state() {
        List<String> commands = new ArrayList<>();
        for (char type : "hzslxtp".toCharArray()) {
            for (int i = 0; i < 3; i++) {
                String key = type + Integer.toString(i);
                commands.add("DEBUG DIGEST-VALUE " + key);
                commands.add("PEXPIRETIME " + key);
                if (type == 'h') {
                    commands.add("HPEXPIRETIME " + key + " " + everyField());
                } else if (type == 'x') {
                    commands.add("XINFO GROUPS " + key);
                    commands.add("XPENDING " + key + " g");
                }
            }
        }
        return client.call(commands.toArray(String[]::new));
    }

    private static String everyField() {
        StringBuilder fields = new StringBuilder("FIELDS 900");
        for (int i = 0; i < 900; i++) {
            fields.append(" n").append(i);
        }
        return fields.toString();
    }

    /** What takes no memory is not refused: it is what a full server is emptied with. */
    @Test
    void whatNeedsNoMemoryIsDoneInAFullHeap() {
        random = new Random(0);
        client.call("XGROUP CREATE x g $ MKSTREAM", "XADD x 1-1 a b", "XADD x 2-1 a b");
        client.call("XREADGROUP GROUP g c COUNT 1 STREAMS x >", "HSET h a 1 b 2");
        onFillers(
                database -> {
                    embedded.server().keyspace().slab().limit(LIMIT_BYTES);
                    for (int length = 30_000; length > 0; length = length * 7 / 8) {
                        fill(database, length);
                    }
                });
        assertTrue(client.call("SADD s 1").startsWith("-OOM"));
        for (String command :
                List.of(
                        "XREADGROUP GROUP g c STREAMS x 0",
                        "XREADGROUP GROUP g c NOACK STREAMS x >",
                        "XREADGROUP GROUP g c STREAMS x >",
                        "XCLAIM x g c 0 1-1",
                        "XACK x g 1-1",
                        "HPERSIST h FIELDS 2 a b",
                        "HGETEX h PERSIST FIELDS 2 a b",
                        "XDEL x 1-1 2-1",
                        "HDEL h a b")) {
            String reply = client.call(command);
            assertFalse(reply.startsWith("-"), command + " -> " + reply);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {2, 4, 9})
    void whatIsRefusedHasChangedNothing(long seed) {
        random = new Random(seed);
        client.call("CONFIG SET hash-max-listpack-entries 40 zset-max-listpack-entries 40");
        client.call("CONFIG SET list-max-listpack-size 20 stream-node-max-entries 10");
        fillAll();
        int taken = 0;
        String before = null;
        for (int i = 0; i < COMMANDS; i++) {
            if (random.nextInt(12) == 0) {
                shiftFillers();
            }
            if (random.nextInt(25) == 0) {
                shiftViews();
            }
            String command = command();
            if (before == null) {
                before = state();
            }
            String reply = client.call(command);
            String told = "seed " + seed + ", command " + i + ": " + command + " -> " + reply;
            assertFalse(reply.contains("internal error"), told);
            if (reply.startsWith("-OOM")) {
                assertEquals(before, state(), told);
                refused.merge(command.substring(0, command.indexOf(' ')), 1, Integer::sum);
            } else {
                before = null;
                taken++;
            }
        }
        assertTrue(taken > COMMANDS / 10, "taken " + taken + ", refused " + refused);
        assertTrue(refused.size() > 15, "refused " + refused);
    }
}
