package dev.lockstep.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.testing.Payloads;
import dev.lockstep.testing.Replicas;
import dev.lockstep.testing.Reply;
import dev.lockstep.testing.RespClient;
import dev.lockstep.testing.ServerKind;
import dev.lockstep.testing.ServerProcess;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Random commands on sorted sets and on places give the same replies and data on Lockstep as on a stock redis-server, and the
 * data go from the one to the other in files, payloads and replication streams.
 *
 * <p>Numbers are compared as such, since 7.0 prints them with more digits than 7.2; what STOREDIST stores is not compared,
 * since the last digits of a sine differ from one library to another. {@code -Dlockstep.firstSeed=n} begins with another seed.
 */
class StockSortedSetsTest {
    private static final long SEED = Long.getLong("lockstep.firstSeed", 1);
    private static final int COMMANDS = 12_000;
    private static final int PLACES = 3000;
    private static final int SEARCHES = 1500;
    private static final int KEYS = 10;

    /** Keys below this have many members. */
    private static final int LARGE_KEYS = 3;

    private static ServerProcess stock;
    private static ServerProcess lockstep;

    private final SplittableRandom random = new SplittableRandom(SEED);
    private RespClient onStock;
    private RespClient onLockstep;

    /** Whether all scores are equal, so that members are in the order of their bytes. */
    private boolean equalScores;

    @BeforeAll
    static void start() {
        String[] conf = {"save \"\"", "enable-debug-command yes", "repl-diskless-sync-delay 0"};
        stock = ServerProcess.start(ServerKind.STOCK, conf);
        lockstep = ServerProcess.start(ServerKind.LOCKSTEP, conf);
    }

    @AfterAll
    static void stop() {
        stock.close();
        lockstep.close();
    }

    @Test
    void sameRepliesAndSameDataWhereverTheyGo() {
        runOnBoth(
                () -> {
                    for (int i = 0; i < COMMANDS; i++) {
                        equalScores = i >= COMMANDS / 2;
                        if (i == COMMANDS / 2) {
                            same("FLUSHALL");
                        }
                        step();
                        if (i % 500 == 0) {
                            assertEquals(Replicas.digest(stock), Replicas.digest(lockstep));
                        }
                    }
                    Payloads.exchange(onStock, onLockstep, KEYS);
                    String digest = Replicas.digest(stock);
                    assertEquals(digest, Replicas.digest(lockstep));
                    onLockstep.ok("DEBUG", "RELOAD");
                    assertEquals(digest, Replicas.digest(lockstep));
                    equalScores = false;
                    replicate(lockstep, stock);
                    replicate(stock, lockstep);
                });
    }

    @Test
    void findsTheSamePlaces() {
        runOnBoth(
                () -> {
                    same("FLUSHALL");
                    for (int i = 0; i < PLACES; i++) {
                        same(
                                "GEOADD",
                                i % 3 == 0 ? "few" : "many",
                                degrees(180),
                                degrees(85),
                                "p" + random.nextInt(2 * PLACES));
                    }
                    assertEquals(Replicas.digest(stock), Replicas.digest(lockstep));
                    for (int i = 0; i < SEARCHES; i++) {
                        search();
                    }
                    assertEquals(Replicas.digest(stock), Replicas.digest(lockstep));
                });
    }

    private void runOnBoth(Runnable test) {
        try (RespClient one = stock.connect();
                RespClient other = lockstep.connect()) {
            onStock = one;
            onLockstep = other;
            test.run();
        } catch (AssertionError e) {
            throw new AssertionError("fails with -Dlockstep.firstSeed=" + SEED, e);
        }
    }

    // ---- sorted sets ----

    private void step() {
        int dice = random.nextInt(100);
        if (dice < 95) {
            same(command(dice).toArray(String[]::new));
        } else if (dice < 98) {
            choose();
        } else {
            scan();
        }
    }

    private List<String> command(int dice) {
        List<String> words = new ArrayList<>();
        if (dice < 30) {
            change(words, key());
        } else if (dice < 40) {
            remove(words, key());
        } else if (dice < 50) {
            look(words, key());
        } else if (dice < 75) {
            range(words, key());
        } else if (dice < 88) {
            combine(words);
        } else if (dice < 90) {
            add(words, "COPY", key(), key(), "REPLACE");
        } else if (dice < 91) {
            add(words, "RENAME", key(), key());
        } else if (dice < 92) {
            add(words, random.nextBoolean() ? "DEL" : "TYPE", key());
        } else {
            add(words, "ZCARD", key());
        }
        return words;
    }

    private static void add(List<String> words, Object... more) {
        for (Object word : more) {
            words.add(word.toString());
        }
    }

    private void change(List<String> words, String key) {
        if (random.nextInt(6) == 0) {
            add(words, "ZINCRBY", key, score(), member(key));
            return;
        }
        add(words, "ZADD", key);
        if (random.nextInt(6) == 0) {
            String[] options = {"NX", "XX", "GT", "LT", "CH", "INCR"};
            words.add(options[random.nextInt(options.length)]);
            words.add(options[random.nextInt(options.length)]);
        }
        int members = random.nextInt(4) > 0 ? 1 : 1 + random.nextInt(isLarge(key) ? 60 : 4);
        for (int i = 0; i < members; i++) {
            add(words, score(), member(key));
        }
    }

    private void remove(List<String> words, String key) {
        switch (random.nextInt(8)) {
            case 0 -> add(words, "ZREMRANGEBYRANK", key, position(), position());
            case 1 -> add(words, "ZREMRANGEBYSCORE", key, scoreBound(), scoreBound());
            case 2 -> {
                add(words, random.nextBoolean() ? "ZPOPMIN" : "ZPOPMAX", key);
                if (random.nextBoolean()) {
                    add(words, random.nextInt(20));
                }
            }
            case 3 ->
                    add(
                            words,
                            "ZMPOP",
                            2,
                            key,
                            key(),
                            random.nextBoolean() ? "MIN" : "MAX",
                            "COUNT",
                            random.nextInt(10));
            case 4 -> {
                if (equalScores) {
                    add(words, "ZREMRANGEBYLEX", key, memberBound(key), memberBound(key));
                } else {
                    add(words, "BZPOPMIN", key, "0.001");
                }
            }
            default -> add(words, "ZREM", key, member(key), member(key));
        }
    }

    private void look(List<String> words, String key) {
        switch (random.nextInt(6)) {
            case 0 -> add(words, "ZSCORE", key, member(key));
            case 1 -> add(words, "ZMSCORE", key, member(key), member(key));
            case 2 -> add(words, "ZRANK", key, member(key));
            case 3 -> add(words, "ZREVRANK", key, member(key));
            case 4 -> add(words, "ZCOUNT", key, scoreBound(), scoreBound());
            default -> {
                if (equalScores) {
                    add(words, "ZLEXCOUNT", key, memberBound(key), memberBound(key));
                } else {
                    add(words, "OBJECT", "ENCODING", key);
                }
            }
        }
    }

    private void range(List<String> words, String key) {
        boolean store = random.nextInt(4) == 0;
        if (store) {
            add(words, "ZRANGESTORE", key(), key);
        } else {
            add(words, "ZRANGE", key);
        }
        int by = random.nextInt(equalScores ? 3 : 2);
        if (by == 0) {
            add(words, position(), position());
        } else if (by == 1) {
            add(words, scoreBound(), scoreBound(), "BYSCORE");
        } else {
            add(words, memberBound(key), memberBound(key), "BYLEX");
        }
        if (random.nextBoolean()) {
            words.add("REV");
        }
        if (by != 0 && random.nextInt(3) == 0) {
            add(words, "LIMIT", random.nextInt(30) - 1, random.nextInt(30) - 1);
        }
        if (!store && by != 2 && random.nextBoolean()) {
            words.add("WITHSCORES");
        }
    }

    private void combine(List<String> words) {
        String[] operations = {"ZUNION", "ZINTER", "ZDIFF", "ZINTERCARD"};
        int operation = random.nextInt(operations.length);
        boolean store = operation < 3 && random.nextBoolean();
        words.add(operations[operation] + (store ? "STORE" : ""));
        if (store) {
            words.add(key());
        }
        int keys = 1 + random.nextInt(3);
        words.add(Integer.toString(keys));
        for (int i = 0; i < keys; i++) {
            words.add(random.nextInt(10) == 0 ? "none" : key());
        }
        if (operation < 2 && random.nextInt(3) == 0) {
            words.add("WEIGHTS");
            for (int i = 0; i < keys; i++) {
                words.add(equalScores ? "1" : Double.toString(random.nextInt(1, 8) * 0.25));
            }
        }
        if (operation < 2 && random.nextInt(3) == 0) {
            add(words, "AGGREGATE", List.of("SUM", "MIN", "MAX").get(random.nextInt(3)));
        }
        if (operation < 3 && !store) {
            words.add("WITHSCORES");
        }
    }

    private String key() {
        return "key:" + random.nextInt(KEYS);
    }

    private static boolean isLarge(String key) {
        return key.compareTo("key:" + LARGE_KEYS) < 0;
    }

    private String member(String key) {
        int number = random.nextInt(isLarge(key) ? 1000 : 50);
        if (number % 7 == 0) {
            return Integer.toString(number);
        }
        return number % 97 == 0 ? "x".repeat(70) + number : "m" + number;
    }

    private String score() {
        if (equalScores) {
            return "0";
        }
        return switch (random.nextInt(8)) {
            case 0 -> Double.toString(random.nextDouble());
            case 1 -> Long.toString(random.nextLong() >> 2);
            case 2 -> random.nextBoolean() ? "inf" : "-inf";
            case 3 -> "1e" + (random.nextInt(600) - 300);
            default -> Integer.toString(random.nextInt(100) - 50);
        };
    }

    private String scoreBound() {
        return random.nextInt(4) == 0 ? "(" + score() : score();
    }

    private String memberBound(String key) {
        int dice = random.nextInt(10);
        return dice == 0 ? "-" : dice == 1 ? "+" : (dice < 6 ? "[" : "(") + member(key);
    }

    private int position() {
        return random.nextInt(80) - 40;
    }

    private void choose() {
        String key = key();
        int count = random.nextInt(600) - 200;
        String[] command = {"ZRANDMEMBER", key, Integer.toString(count), "WITHSCORES"};
        Reply expected = onStock.call(command);
        Reply actual = onLockstep.call(command);
        assertEquals(expected.items().size(), actual.items().size());
        Set<String> chosen = new HashSet<>();
        for (int i = 0; i < actual.items().size(); i += 2) {
            String name = actual.items().get(i).text();
            boolean isNew = chosen.add(name);
            assertTrue(isNew || count < 0);
            assertEquals(
                    comparable(onStock.call("ZSCORE", key, name)),
                    comparable(actual.items().get(i + 1)));
        }
    }

    private void scan() {
        String key = key();
        assertEquals(scanned(onStock, key), scanned(onLockstep, key));
    }

    private static Set<String> scanned(RespClient client, String key) {
        Set<String> found = new HashSet<>();
        String cursor = "0";
        do {
            Reply reply = client.ok("ZSCAN", key, cursor, "COUNT", "30", "MATCH", "*1*");
            cursor = reply.items().get(0).text();
            List<Reply> items = reply.items().get(1).items();
            for (int i = 0; i < items.size(); i += 2) {
                found.add(items.get(i).text() + " " + comparable(items.get(i + 1)));
            }
        } while (!cursor.equals("0"));
        return found;
    }

    /** The replica gets everything from its master, and then what is changed there. */
    private void replicate(ServerProcess master, ServerProcess replica) {
        try (RespClient onMaster = master.connect();
                RespClient onReplica = replica.connect()) {
            onReplica.ok("REPLICAOF", "127.0.0.1", Integer.toString(master.port()));
            Replicas.awaitSameData(master, replica);
            for (int i = 0; i < 2000; i++) {
                onMaster.call(command(random.nextInt(92)).toArray(String[]::new));
                if (i % 20 == 0) {
                    onMaster.call("GEOADD", "places", degrees(180), degrees(85), "p" + i % 7);
                }
            }
            Replicas.awaitSameData(master, replica);
            onReplica.ok("REPLICAOF", "NO", "ONE");
            assertFalse(onMaster.call("DBSIZE").integer() == 0);
        }
    }

    // ---- places ----

    private void search() {
        List<String> words = new ArrayList<>();
        String key = random.nextBoolean() ? "few" : "many";
        String place = "p" + random.nextInt(2 * PLACES);
        if (onStock.call("ZSCORE", key, place).isNil()) {
            same("GEOPOS", key, place);
            return;
        }
        int form = random.nextInt(6);
        if (form == 0) {
            add(words, "GEODIST", key, place, "p" + random.nextInt(2 * PLACES), unit());
        } else if (form == 1) {
            add(words, random.nextBoolean() ? "GEOHASH" : "GEOPOS", key, place);
        } else if (form == 2) {
            add(words, "GEORADIUS", key, degrees(180), degrees(85), length(), unit());
        } else if (form == 3) {
            add(words, "GEORADIUSBYMEMBER", key, place, length(), unit());
        } else {
            if (form == 4) {
                add(words, "GEOSEARCHSTORE", "found", key);
            } else {
                add(words, "GEOSEARCH", key);
            }
            if (random.nextBoolean()) {
                add(words, "FROMMEMBER", place);
            } else {
                add(words, "FROMLONLAT", degrees(180), degrees(85));
            }
            if (random.nextBoolean()) {
                add(words, "BYRADIUS", length(), unit());
            } else {
                add(words, "BYBOX", length(), length(), unit());
            }
        }
        if (form > 1) {
            addOptions(words, form != 4);
        }
        same(words.toArray(String[]::new));
    }

    private void addOptions(List<String> words, boolean replies) {
        if (random.nextBoolean()) {
            words.add(random.nextBoolean() ? "ASC" : "DESC");
        }
        if (random.nextBoolean()) {
            add(words, "COUNT", 1 + random.nextInt(30));
            if (random.nextBoolean()) {
                words.add("ANY");
            }
        }
        if (replies && random.nextBoolean()) {
            add(words, "WITHDIST", "WITHHASH", "WITHCOORD");
        }
    }

    private String degrees(int most) {
        double degrees = most * (2 * random.nextDouble() - 1);
        return random.nextInt(30) == 0
                ? Integer.toString(random.nextBoolean() ? most : -most)
                : Double.toString(random.nextBoolean() ? degrees : degrees / 20);
    }

    private String length() {
        return Double.toString(Math.pow(10, random.nextDouble() * 7));
    }

    private String unit() {
        return List.of("m", "km", "ft", "mi").get(random.nextInt(4));
    }

    // ---- comparing ----

    private void same(String... command) {
        assertEquals(
                comparable(onStock.call(command)),
                comparable(onLockstep.call(command)),
                () -> String.join(" ", command));
    }

    /** A reply as text, in which numbers are as Java writes them. */
    private static String comparable(Reply reply) {
        if (reply instanceof Reply.Items items) {
            return items.elements().stream()
                    .map(StockSortedSetsTest::comparable)
                    .toList()
                    .toString();
        }
        String text = reply.toString();
        if (reply instanceof Reply.Bulk bulk
                && bulk.text().matches("-?\\d+(\\.\\d+)?(e[-+]?\\d+)?")) {
            return Double.toString(Double.parseDouble(bulk.text()));
        }
        return text;
    }
}
