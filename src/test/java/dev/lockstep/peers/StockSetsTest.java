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
 * Random commands on sets give the same replies and data on Lockstep as on a stock redis-server, and the data go from the one
 * to the other in files, payloads and replication streams.
 *
 * <p>{@code -Dlockstep.firstSeed=n} begins with another seed.
 */
class StockSetsTest {
    private static final long SEED = Long.getLong("lockstep.firstSeed", 1);
    private static final int COMMANDS = 12_000;
    private static final int KEYS = 10;
    private static final List<String> UNORDERED = List.of("SMEMBERS", "SINTER", "SUNION", "SDIFF");

    private static ServerProcess stock;
    private static ServerProcess lockstep;

    private final SplittableRandom random = new SplittableRandom(SEED);
    private RespClient onStock;
    private RespClient onLockstep;

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
        try (RespClient one = stock.connect();
                RespClient other = lockstep.connect()) {
            onStock = one;
            onLockstep = other;
            for (int i = 0; i < COMMANDS; i++) {
                step();
                if (i % 500 == 0) {
                    assertEquals(Replicas.digest(stock), Replicas.digest(lockstep), seed());
                }
            }
            Payloads.exchange(onStock, onLockstep, KEYS);
            String digest = Replicas.digest(stock);
            assertEquals(digest, Replicas.digest(lockstep), seed());
            onLockstep.ok("DEBUG", "RELOAD");
            assertEquals(digest, Replicas.digest(lockstep), seed());
            replicate(lockstep, stock);
            replicate(stock, lockstep);
        } catch (AssertionError e) {
            throw new AssertionError("fails with " + seed(), e);
        }
    }

    private static String seed() {
        return "-Dlockstep.firstSeed=" + SEED;
    }

    private void step() {
        int dice = random.nextInt(100);
        if (dice < 88) {
            same(command(dice));
        } else if (dice < 92) {
            pop();
        } else if (dice < 96) {
            choose();
        } else {
            scan();
        }
    }

    /** A command whose reply is the same everywhere. */
    private List<String> command(int dice) {
        List<String> words = new ArrayList<>();
        if (dice < 32) {
            add(words, "SADD", key());
            addMembers(words, random.nextInt(30) == 0 ? 140 : 1 + random.nextInt(4));
        } else if (dice < 44) {
            add(words, "SREM", key());
            addMembers(words, random.nextInt(10) == 0 ? 40 : 1 + random.nextInt(2));
        } else if (dice < 52) {
            add(words, "SMOVE", key(), key(), member());
        } else if (dice < 58) {
            add(words, "SMISMEMBER", key(), member(), member());
        } else if (dice < 62) {
            add(words, "SISMEMBER", key(), member());
        } else if (dice < 65) {
            add(words, "SMEMBERS", key());
        } else if (dice < 76) {
            boolean store = random.nextBoolean();
            words.add(UNORDERED.get(1 + random.nextInt(3)) + (store ? "STORE" : ""));
            if (store) {
                words.add(key());
            }
            addKeys(words, 1 + random.nextInt(4));
        } else if (dice < 79) {
            int keys = 1 + random.nextInt(3);
            add(words, "SINTERCARD", Integer.toString(keys));
            addKeys(words, keys);
            add(words, "LIMIT", Integer.toString(random.nextInt(20)));
        } else if (dice < 82) {
            add(words, "COPY", key(), key(), "REPLACE");
        } else if (dice < 84) {
            add(words, "RENAME", key(), key());
        } else if (dice < 85) {
            add(words, "SET", key(), "v");
        } else if (dice < 86) {
            add(words, "EXPIRE", key(), "1000");
        } else {
            add(words, dice < 87 ? "DEL" : "SCARD", key());
        }
        return words;
    }

    private static void add(List<String> words, String... more) {
        words.addAll(List.of(more));
    }

    private void addMembers(List<String> words, int count) {
        for (int i = 0; i < count; i++) {
            words.add(member());
        }
    }

    private void addKeys(List<String> words, int count) {
        for (int i = 0; i < count; i++) {
            words.add(random.nextInt(8) == 0 ? "none" : key());
        }
    }

    private String key() {
        return "key:" + random.nextInt(KEYS);
    }

    private String member() {
        int dice = random.nextInt(100);
        if (dice < 45) {
            return Integer.toString(random.nextInt(900) - 40);
        }
        if (dice < 50) {
            return Long.toString(random.nextLong());
        }
        if (dice < 92) {
            return "m" + random.nextInt(600);
        }
        if (dice < 97) {
            return "x".repeat(1 + random.nextInt(75));
        }
        String[] odd = {"", "01", "-0", "+1", "1.0", " 1", "a\0b", "y".repeat(20_000)};
        return odd[random.nextInt(odd.length)];
    }

    private void same(List<String> words) {
        String[] command = words.toArray(String[]::new);
        Reply expected = onStock.call(command);
        Reply actual = onLockstep.call(command);
        boolean sort = UNORDERED.contains(words.get(0)) && !expected.isError();
        assertEquals(
                sort ? sorted(expected) : List.of(expected.toString()),
                sort ? sorted(actual) : List.of(actual.toString()),
                () -> String.join(" ", words));
    }

    private static List<String> sorted(Reply reply) {
        return reply.items().stream().map(Reply::toString).sorted().toList();
    }

    /** What Lockstep pops, stock has removed. */
    private void pop() {
        String key = key();
        boolean counted = random.nextBoolean();
        int count = counted ? random.nextInt(3) * random.nextInt(300) : 1;
        Reply popped =
                counted
                        ? onLockstep.call("SPOP", key, Integer.toString(count))
                        : onLockstep.call("SPOP", key);
        if (popped.isError()) {
            assertEquals(onStock.call("SPOP", key).toString(), popped.toString());
            return;
        }
        List<String> removal = new ArrayList<>(List.of("SREM", key));
        if (counted) {
            popped.items().forEach(member -> removal.add(member.text()));
        } else if (!popped.isNil()) {
            removal.add(popped.text());
        }
        long size = onStock.call("SCARD", key).integer();
        assertEquals(Math.min(count, size), removal.size() - 2);
        if (removal.size() > 2) {
            assertEquals(
                    removal.size() - 2, onStock.call(removal.toArray(String[]::new)).integer());
        }
    }

    private void choose() {
        String key = key();
        int count = random.nextInt(3) * random.nextInt(400) - 200;
        String[] command = {"SRANDMEMBER", key, Integer.toString(count)};
        Reply expected = onStock.call(command);
        Reply actual = onLockstep.call(command);
        if (expected.isError()) {
            assertEquals(expected.toString(), actual.toString());
            return;
        }
        assertEquals(expected.items().size(), actual.items().size());
        Set<String> chosen = new HashSet<>();
        for (Reply member : actual.items()) {
            boolean isNew = chosen.add(member.text());
            assertTrue(isNew || count < 0);
        }
        for (String member : chosen) {
            assertEquals(1, onStock.call("SISMEMBER", key, member).integer());
        }
    }

    private void scan() {
        String key = key();
        String[] options =
                random.nextBoolean()
                        ? new String[] {"COUNT", Integer.toString(1 + random.nextInt(100))}
                        : new String[] {"MATCH", "m1*"};
        assertEquals(scanned(onStock, key, options), scanned(onLockstep, key, options));
    }

    private static Set<String> scanned(RespClient client, String key, String[] options) {
        Set<String> found = new HashSet<>();
        String cursor = "0";
        do {
            Reply reply = client.call("SSCAN", key, cursor, options[0], options[1]);
            if (reply.isError()) {
                return Set.of(reply.toString());
            }
            cursor = reply.items().get(0).text();
            reply.items().get(1).items().forEach(member -> found.add(member.text()));
        } while (!cursor.equals("0"));
        return found;
    }

    /** The replica gets everything from its master, and then what is changed there. */
    private void replicate(ServerProcess master, ServerProcess replica) {
        try (RespClient onMaster = master.connect();
                RespClient onReplica = replica.connect()) {
            onReplica.ok("REPLICAOF", "127.0.0.1", Integer.toString(master.port()));
            Replicas.awaitSameData(master, replica);
            int errors = 0;
            for (int i = 0; i < 2000; i++) {
                List<String> words = command(random.nextInt(86));
                if (random.nextInt(5) == 0) {
                    words = List.of("SPOP", key(), Integer.toString(random.nextInt(20)));
                } else if (random.nextInt(20) == 0) {
                    words = List.of("SPOP", key(), "5000");
                }
                errors += onMaster.call(words.toArray(String[]::new)).isError() ? 1 : 0;
            }
            assertTrue(errors < 1000, errors + " errors");
            Replicas.awaitSameData(master, replica);
            onReplica.ok("REPLICAOF", "NO", "ONE");
            assertFalse(onMaster.call("DBSIZE").integer() == 0);
        }
    }
}
