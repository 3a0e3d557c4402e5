package dev.lockstep.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.testing.Payloads;
import dev.lockstep.testing.Replicas;
import dev.lockstep.testing.RespClient;
import dev.lockstep.testing.ServerKind;
import dev.lockstep.testing.ServerProcess;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Random commands on lists give the same replies and data on Lockstep as on a stock redis-server, and the data go from the one
 * to the other in files, payloads and replication streams.
 *
 * <p>{@code -Dlockstep.firstSeed=n} begins with another seed.
 */
class StockListsTest {
    private static final long SEED = Long.getLong("lockstep.firstSeed", 1);
    private static final int COMMANDS = 4_000;
    private static final int KEYS = 8;
    private static final String[] BLOCK_SIZES = {"-2", "3", "-5", "100"};

    private static ServerProcess stock;
    private static ServerProcess lockstep;

    private final SplittableRandom random = new SplittableRandom(SEED);
    private RespClient onStock;
    private RespClient onLockstep;

    /** Whether lists are to grow: then less is taken from them. */
    private boolean growing;

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
            for (String size : BLOCK_SIZES) {
                same(List.of("CONFIG", "SET", "list-max-listpack-size", size));
                for (int i = 0; i < COMMANDS; i++) {
                    growing = i < COMMANDS / 2;
                    same(command());
                    if (i % 500 == 0) {
                        onLockstep.call("BGSAVE");
                        assertEquals(Replicas.digest(stock), Replicas.digest(lockstep), seed());
                    }
                }
                Payloads.exchange(onStock, onLockstep, KEYS);
                String digest = Replicas.digest(stock);
                assertEquals(digest, Replicas.digest(lockstep), seed());
                onLockstep.ok("DEBUG", "RELOAD");
                assertEquals(digest, Replicas.digest(lockstep), seed());
            }
            replicate(lockstep, stock);
            replicate(stock, lockstep);
        } catch (AssertionError e) {
            throw new AssertionError("fails with " + seed(), e);
        }
    }

    private static String seed() {
        return "-Dlockstep.firstSeed=" + SEED;
    }

    private List<String> command() {
        int dice = random.nextInt(100);
        List<String> words = new ArrayList<>();
        if (dice < 30) {
            add(words, random.nextBoolean() ? "LPUSH" : "RPUSH", key());
            addElements(words, random.nextInt(10) == 0 ? 100 : 1 + random.nextInt(4));
        } else if (dice < 33) {
            add(words, random.nextBoolean() ? "LPUSHX" : "RPUSHX", key(), element());
        } else if (dice < 43) {
            add(words, random.nextBoolean() ? "LPOP" : "RPOP", key());
            if (random.nextInt(3) == 0) {
                words.add(Integer.toString(random.nextInt(growing ? 4 : 200)));
            }
        } else if (dice < 50) {
            add(words, "LINSERT", key(), random.nextBoolean() ? "BEFORE" : "AFTER");
            addElements(words, 2);
        } else if (dice < 57) {
            add(words, "LSET", key(), index(), element());
        } else if (dice < 62) {
            add(words, "LREM", key(), Integer.toString(random.nextInt(7) - 3), element());
        } else if (dice < 64) {
            add(words, "LTRIM", key());
            add(words, growing ? "1" : index(), growing ? "-2" : index());
        } else if (dice < 70) {
            add(words, "LRANGE", key(), index(), index());
        } else if (dice < 73) {
            add(words, "LINDEX", key(), index());
        } else if (dice < 79) {
            add(words, "LPOS", key(), element());
            addLposOptions(words);
        } else if (dice < 86) {
            add(words, "LMOVE", key(), key(), end(), end());
        } else if (dice < 88) {
            add(words, "RPOPLPUSH", key(), key());
        } else if (dice < 91) {
            add(words, "LMPOP", "2", key(), key(), end());
            add(words, "COUNT", Integer.toString(1 + random.nextInt(growing ? 3 : 200)));
        } else if (dice < 93) {
            add(words, "COPY", key(), key(), "REPLACE");
        } else if (dice < 95) {
            add(words, "RENAME", key(), key());
        } else {
            other(words, dice);
        }
        return words;
    }

    private void other(List<String> words, int dice) {
        if (dice == 95 && random.nextInt(4) == 0) {
            add(words, "SET", key(), "v");
        } else if (dice == 96) {
            add(words, "EXPIRE", key(), "1000");
        } else if (dice == 97 && random.nextInt(3) == 0) {
            add(words, "DEL", key());
        } else {
            add(words, "LLEN", key());
        }
    }

    private void addLposOptions(List<String> words) {
        if (random.nextBoolean()) {
            add(words, "RANK", Integer.toString(random.nextInt(9) - 4));
        }
        if (random.nextBoolean()) {
            add(words, "COUNT", Integer.toString(random.nextInt(4)));
        }
        if (random.nextInt(3) == 0) {
            add(words, "MAXLEN", Integer.toString(random.nextInt(300)));
        }
    }

    private static void add(List<String> words, String... more) {
        words.addAll(List.of(more));
    }

    private void addElements(List<String> words, int count) {
        for (int i = 0; i < count; i++) {
            words.add(element());
        }
    }

    private String key() {
        return "key:" + random.nextInt(KEYS);
    }

    private String end() {
        return random.nextBoolean() ? "LEFT" : "RIGHT";
    }

    private String index() {
        int most = random.nextBoolean() ? 5 : 1000;
        return Integer.toString(random.nextInt(2 * most) - most);
    }

    private String element() {
        int dice = random.nextInt(1000);
        if (dice < 300) {
            return Long.toString(random.nextLong() >> random.nextInt(64));
        }
        if (dice < 500) {
            return Integer.toString(random.nextInt(20));
        }
        if (dice < 900) {
            return "e".repeat(random.nextInt(6));
        }
        if (dice < 985) {
            return "x".repeat(60 + random.nextInt(80));
        }
        String[] odd = {"01", "-0", "+1", " 1", "a\0b", "y".repeat(4096), "z".repeat(20_000)};
        return odd[random.nextInt(odd.length)];
    }

    private void same(List<String> words) {
        String[] command = words.toArray(String[]::new);
        assertEquals(
                onStock.call(command).toString(),
                onLockstep.call(command).toString(),
                () -> String.join(" ", words));
    }

    /** The replica gets everything from its master, and then what is changed there. */
    private void replicate(ServerProcess master, ServerProcess replica) {
        try (RespClient onMaster = master.connect();
                RespClient onReplica = replica.connect()) {
            onReplica.ok("REPLICAOF", "127.0.0.1", Integer.toString(master.port()));
            Replicas.awaitSameData(master, replica);
            growing = true;
            int errors = 0;
            for (int i = 0; i < 2000; i++) {
                errors += onMaster.call(command().toArray(String[]::new)).isError() ? 1 : 0;
                if (i % 20 == 0) {
                    onMaster.ok("RPUSH", "waited-for", "1", "2", "3");
                    onMaster.ok("BLPOP", "nokey", "waited-for", "0");
                    onMaster.ok("BLMOVE", "waited-for", "queue", "LEFT", "RIGHT", "0");
                    onMaster.ok("BLMPOP", "0", "1", "waited-for", "RIGHT", "COUNT", "2");
                }
            }
            assertTrue(errors < 1000, errors + " errors");
            Replicas.awaitSameData(master, replica);
            onReplica.ok("REPLICAOF", "NO", "ONE");
        }
    }
}
