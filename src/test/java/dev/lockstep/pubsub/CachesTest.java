package dev.lockstep.pubsub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.testing.Reply;
import dev.lockstep.testing.RespClient;
import dev.lockstep.testing.ServerKind;
import dev.lockstep.testing.ServerProcess;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Clients that cache what they read, in every mode of tracking, never keep what is no longer true, whatever happens to the
 * keys: random commands, expiry, eviction from the table, whole databases that go.
 *
 * <p>{@code -Dlockstep.seed=} repeats a run.
 */
class CachesTest {
    private static final int KEYS = 200;
    private static final int ROUNDS = 300;
    private static final int COMMANDS_A_ROUND = 40;

    /** A client with a cache, and the connection that its invalidations come on. */
    private static final class Cache {
        final String mode;
        final RespClient client;
        final RespClient told;
        final Map<String, String> values = new HashMap<>();
        int invalidations;

        Cache(ServerProcess server, String mode, boolean redirected, String... options) {
            this.mode = mode;
            client = server.connect();
            told = redirected ? server.connect() : client;
            List<String> command = new ArrayList<>(List.of("CLIENT", "TRACKING", "ON"));
            if (redirected) {
                long id = told.ok("CLIENT", "ID").integer();
                told.ok("SUBSCRIBE", "__redis__:invalidate");
                command.addAll(List.of("REDIRECT", Long.toString(id)));
            } else {
                client.ok("HELLO", "3");
            }
            command.addAll(List.of(options));
            client.ok(command.toArray(new String[0]));
        }

        Reply call(String... command) {
            client.send(command);
            Reply reply = client.read();
            while (isPush(reply)) {
                invalidate(reply);
                reply = client.read();
            }
            return reply;
        }

        void read(String key) {
            boolean caches = !mode.equals("optin") || key.hashCode() % 2 == 0;
            if (mode.equals("optin") && caches) {
                call("CLIENT", "CACHING", "YES");
            }
            Reply value = call("GET", key);
            if (caches) {
                values.put(key, value.toString());
            }
        }

        /** What it changes itself without loop, it knows. */
        void write(String key, String value) {
            call("SET", key, value);
            values.remove(key);
        }

        /** Takes what it has been told so far. */
        void hear() {
            told.send("PING");
            Reply next = told.read();
            while (!next.toString().toLowerCase().contains("pong")) {
                invalidate(next);
                next = told.read();
            }
        }

        private static boolean isPush(Reply reply) {
            return reply.toString().startsWith(">");
        }

        private void invalidate(Reply message) {
            invalidations++;
            Reply keys = message.items().get(message.items().size() - 1);
            if (keys instanceof Reply.Nil) {
                values.clear();
            } else {
                keys.items().forEach(key -> values.remove(key.text()));
            }
        }
    }

    @Test
    void noCacheIsStale() {
        long seed = Long.getLong("lockstep.seed", System.nanoTime());
        Random random = new Random(seed);
        try (ServerProcess server =
                        ServerProcess.start(
                                ServerKind.LOCKSTEP, "save \"\"", "tracking-table-max-keys 150");
                RespClient writer = server.connect();
                RespClient checker = server.connect()) {
            List<Cache> caches =
                    List.of(
                            new Cache(server, "all", false),
                            new Cache(server, "all", true),
                            new Cache(server, "noloop", false, "NOLOOP"),
                            new Cache(server, "optin", false, "OPTIN"),
                            new Cache(server, "bcast", false, "BCAST"),
                            new Cache(server, "bcast", true, "BCAST", "PREFIX", "k"),
                            new Cache(server, "bcast", false, "BCAST", "NOLOOP"));
            for (int round = 0; round < ROUNDS; round++) {
                for (int i = 0; i < COMMANDS_A_ROUND; i++) {
                    Cache cache = caches.get(random.nextInt(caches.size()));
                    String key = "k" + random.nextInt(KEYS);
                    switch (random.nextInt(4)) {
                        case 0 -> change(writer, random, key);
                        case 1 -> cache.write(key, "own " + i);
                        default -> cache.read(key);
                    }
                }
                check(seed, checker, caches);
            }
            for (Cache cache : caches) {
                assertTrue(cache.invalidations > ROUNDS / 4, cache.mode + cache.invalidations);
                cache.client.close();
                cache.told.close();
            }
        }
    }

    private static void change(RespClient writer, Random random, String key) {
        String other = "k" + random.nextInt(KEYS);
        switch (random.nextInt(12)) {
            case 0 -> writer.call("DEL", key, other);
            case 1 -> writer.call("INCR", key);
            case 2 -> writer.call("RENAME", key, other);
            case 3 -> writer.call("COPY", key, other, "REPLACE");
            case 4 -> writer.call("PEXPIRE", key, Integer.toString(1 + random.nextInt(20)));
            case 5 -> writer.call("MSET", key, "m", other, "m");
            case 6 -> {
                writer.call("MULTI");
                writer.call("SET", key, "in a transaction");
                writer.call("APPEND", other, "!");
                writer.call("EXEC");
            }
            case 7 -> writer.call("MOVE", key, "3");
            case 8 -> {
                if (random.nextInt(20) == 0) {
                    writer.call(random.nextBoolean() ? "FLUSHALL" : "FLUSHDB");
                }
            }
            default -> writer.call("SET", key, Integer.toString(random.nextInt()));
        }
    }

    /** Looking at every key removes what has expired; from then on the caches must have heard of everything. */
    private static void check(long seed, RespClient checker, List<Cache> caches) {
        List<List<byte[]>> reads = new ArrayList<>();
        for (int i = 0; i < KEYS; i++) {
            reads.add(RespClient.latin1("GET", "k" + i));
        }
        List<Reply> values = checker.pipeline(reads);
        for (Cache cache : caches) {
            cache.hear();
            for (Map.Entry<String, String> cached : cache.values.entrySet()) {
                int key = Integer.parseInt(cached.getKey().substring(1));
                String value = values.get(key).toString();
                String then = cached.getValue();
                if (value.equals("nil")) {
                    assertTrue(
                            then.equals("null") || then.equals("nil"),
                            cache.mode + " has " + cached + ", seed " + seed);
                } else {
                    assertEquals(value, then, cache.mode + " " + cached + ", seed " + seed);
                }
            }
        }
    }
}
