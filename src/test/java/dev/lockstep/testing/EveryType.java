package dev.lockstep.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Data of every type in every encoding: small, around the thresholds, and large; and random writes to them.
 *
 * <p>Equal seeds give equal commands. Nothing that is random on the server is asked for, so that two servers that get the
 * same commands hold the same data.
 */
public final class EveryType {
    /** Element counts: one, few, at the thresholds of sets, hashes and intsets, beyond them, many. */
    private static final int[] SIZES = {1, 5, 128, 129, 512, 513, 3_000};

    private static final int BATCH = 100;

    /** The keys of random writes are l0, l1, ... of lists, and so on with h, s, z, x. */
    public static final int KEYS_PER_TYPE = 8;

    private final Random random;

    public EveryType(long seed) {
        random = new Random(seed);
    }

    /** Fills a server that is empty. */
    public static void fill(ServerProcess server, long seed) {
        EveryType data = new EveryType(seed);
        try (RespClient client = server.connect()) {
            for (int db : new int[] {0, 9}) {
                client.ok("SELECT", "" + db);
                data.collections(client);
                data.streams(client);
                data.extremes(client);
            }
        }
    }

    private void collections(RespClient client) {
        for (int size : SIZES) {
            for (Kind kind : Kind.values()) {
                send(
                        client,
                        "RPUSH",
                        "list:" + kind + size,
                        size,
                        i -> List.of(kind.text(this, i)));
                send(client, "SADD", "set:" + kind + size, size, i -> List.of(kind.text(this, i)));
                send(
                        client,
                        "HSET",
                        "hash:" + kind + size,
                        size,
                        i -> List.of(kind.text(this, i), kind.text(this, i + 1)));
                send(
                        client,
                        "ZADD",
                        "zset:" + kind + size,
                        size,
                        i -> List.of(score(i), kind.text(this, i)));
            }
        }
        client.ok("EXPIRE", "list:NUMBER5", "10000");
        client.ok("EXPIRE", "hash:TEXT513", "10000");
        client.ok("EXPIRE", "zset:TEXT3000", "10000");
    }

    /** What elements look like. */
    private enum Kind {
        NUMBER,
        WIDE_NUMBER,
        TEXT,
        LONG_TEXT;

        String text(EveryType data, int i) {
            return switch (this) {
                case NUMBER -> "" + (i - 3);
                case WIDE_NUMBER ->
                        "" + (i % 2 == 0 ? 1 : -1) * ((1L << i % 63) + i); // of every width
                case TEXT -> "element " + i;
                case LONG_TEXT -> i % 7 == 6 ? "x".repeat(65 + i % 300) + i : "e" + i;
            };
        }
    }

    private static String score(int i) {
        return switch (i % 6) {
            case 0 -> "" + i;
            case 1 -> "-" + i + ".5";
            case 2 -> "1e" + i % 300;
            case 3 -> i % 4 == 0 ? "inf" : "-inf";
            case 4 -> "0.1";
            default -> "" + 1.0 / (i + 1);
        };
    }

    private interface Elements {
        List<String> at(int index);
    }

    private static void send(
            RespClient client, String command, String key, int size, Elements elements) {
        for (int first = 0; first < size; first += BATCH) {
            List<String> words = new ArrayList<>(List.of(command, key));
            for (int i = first; i < Math.min(first + BATCH, size); i++) {
                words.addAll(elements.at(i));
            }
            client.ok(words.toArray(String[]::new));
        }
    }

    private void streams(RespClient client) {
        for (int size : SIZES) {
            String key = "stream:" + size;
            for (int i = 1; i <= size; i++) {
                if (i % 10 == 0) {
                    client.ok(
                            "XADD",
                            key,
                            i + "-" + i,
                            "other",
                            "" + i,
                            "fields",
                            "x".repeat(i % 50));
                } else {
                    client.ok("XADD", key, i + "-1", "field", "value " + i, "number", "" + i * 77L);
                }
                if (i % 13 == 0) {
                    client.ok("XDEL", key, i + "-1");
                }
            }
            client.ok("XGROUP", "CREATE", key, "all", "0");
            client.ok("XGROUP", "CREATE", key, "rest", "" + size / 2);
            client.ok("XGROUP", "CREATE", key, "idle", "$");
            client.ok("XREADGROUP", "GROUP", "all", "alice", "COUNT", "40", "STREAMS", key, ">");
            client.ok("XREADGROUP", "GROUP", "all", "bob", "COUNT", "30", "STREAMS", key, ">");
            client.ok("XREADGROUP", "GROUP", "rest", "carol", "STREAMS", key, ">");
            client.ok("XACK", key, "all", "1-1", "3-1", "44-1");
        }
        client.ok("XGROUP", "CREATE", "stream:empty", "group", "$", "MKSTREAM");
        client.ok("XADD", "stream:trimmed", "5-5", "a", "b");
        client.ok("XADD", "stream:trimmed", "5-6", "a", "c");
        client.ok("XTRIM", "stream:trimmed", "MAXLEN", "1");
    }

    private void extremes(RespClient client) {
        String huge = "h".repeat(200_000);
        client.ok("RPUSH", "list:huge", "a", huge, "b", "", huge + "2");
        client.ok("HSET", "hash:huge", huge, "v", "f", huge, "", "");
        client.ok("SADD", "set:huge", huge, "", "m");
        client.ok("ZADD", "zset:huge", "1", huge, "2", "");
        client.ok("XADD", "stream:huge", "1-1", "field", huge);
        client.ok("PFADD", "hll:sparse", "a", "b", "c");
        for (int i = 0; i < 5_000; i += 50) {
            List<String> words = new ArrayList<>(List.of("PFADD", "hll:dense"));
            for (int j = i; j < i + 50; j++) {
                words.add("element " + j);
            }
            client.ok(words.toArray(String[]::new));
        }
        client.ok(
                "GEOADD",
                "geo",
                "13.361389",
                "38.115556",
                "Palermo",
                "15.087269",
                "37.502669",
                "Catania");
    }

    /** A random write to one of a few keys of a random type; some are of the wrong type or change nothing. */
    public String[] write() {
        int n = random.nextInt(KEYS_PER_TYPE);
        String element =
                random.nextInt(4) == 0 ? "" + random.nextInt(1000) : "e" + random.nextInt(900);
        String value =
                "v".repeat(random.nextInt(random.nextInt(50) == 0 ? 3000 : 60)) + random.nextInt();
        return switch (random.nextInt(26)) {
            case 0, 1 -> words("RPUSH", "l" + n, element, value);
            case 2 -> words("LPUSH", "l" + n, value);
            case 3 -> words("LPOP", "l" + n, "" + random.nextInt(4));
            case 4 -> words("LINSERT", "l" + n, "BEFORE", element, value);
            case 5 -> words("LREM", "l" + n, "0", element);
            case 6 -> words("LMOVE", "l" + n, "l" + random.nextInt(KEYS_PER_TYPE), "RIGHT", "LEFT");
            case 7, 8, 9 ->
                    words("HSET", "h" + n, element, value, "f" + random.nextInt(20), element);
            case 10 -> words("HDEL", "h" + n, element, "f" + random.nextInt(20));
            case 11 -> words("HINCRBY", "h" + n, "counter", "" + random.nextInt(100));
            case 12, 13 -> words("SADD", "s" + n, element, "" + random.nextInt(300));
            case 14 -> words("SREM", "s" + n, element, "" + random.nextInt(300));
            case 15 -> words("SUNIONSTORE", "s" + n, "s" + n, "s" + random.nextInt(KEYS_PER_TYPE));
            case 16, 17, 18 ->
                    words(
                            "ZADD",
                            "z" + n,
                            "" + random.nextInt(100) / 4.0,
                            element,
                            "7",
                            "m" + random.nextInt(300));
            case 19 -> words("ZREM", "z" + n, element, "m" + random.nextInt(300));
            case 20 -> words("ZPOPMIN", "z" + n, "" + random.nextInt(3));
            case 21 -> words("XADD", "x" + n, "*", "field", value);
            case 22 -> words("XTRIM", "x" + n, "MAXLEN", "~", "" + (200 + random.nextInt(300)));
            case 23 -> words("DEL", "lhszx".charAt(random.nextInt(5)) + "" + n);
            case 24 ->
                    words(
                            "RENAME",
                            "lhszx".charAt(random.nextInt(5)) + "" + n,
                            "h" + random.nextInt(KEYS_PER_TYPE));
            default -> words("SPOP", "s" + n);
        };
    }

    private static String[] words(String... words) {
        return words;
    }
}
