package dev.lockstep.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertIterableEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.moilioncircle.redis.replicator.Configuration;
import com.moilioncircle.redis.replicator.RedisReplicator;
import com.moilioncircle.redis.replicator.Replicator;
import com.moilioncircle.redis.replicator.cmd.CommandName;
import com.moilioncircle.redis.replicator.cmd.impl.DefaultCommand;
import com.moilioncircle.redis.replicator.cmd.parser.DefaultCommandParser;
import com.moilioncircle.redis.replicator.event.Event;
import com.moilioncircle.redis.replicator.event.PostRdbSyncEvent;
import com.moilioncircle.redis.replicator.rdb.datatype.KeyStringValueHash;
import com.moilioncircle.redis.replicator.rdb.datatype.KeyStringValueList;
import com.moilioncircle.redis.replicator.rdb.datatype.KeyStringValueSet;
import com.moilioncircle.redis.replicator.rdb.datatype.KeyStringValueStream;
import com.moilioncircle.redis.replicator.rdb.datatype.KeyStringValueString;
import com.moilioncircle.redis.replicator.rdb.datatype.KeyStringValueZSet;
import com.moilioncircle.redis.replicator.rdb.datatype.KeyValuePair;
import com.moilioncircle.redis.replicator.rdb.datatype.Stream;
import dev.lockstep.testing.Await;
import dev.lockstep.testing.EveryType;
import dev.lockstep.testing.Reply;
import dev.lockstep.testing.RespClient;
import dev.lockstep.testing.ServerKind;
import dev.lockstep.testing.ServerProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** An independent implementation of the replica's side reads every type in every encoding, and every write to them. */
class ReplicatorTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int WRITES = 5_000;
    private static final String LAST = "the last write";

    /** What a type's commands may be in the stream: all are taken as they come. */
    private static final List<String> COMMANDS =
            List.of(
                    "SET",
                    "DEL",
                    "UNLINK",
                    "RENAME",
                    "MULTI",
                    "EXEC",
                    "RPUSH",
                    "LPUSH",
                    "LPOP",
                    "RPOP",
                    "LINSERT",
                    "LREM",
                    "LMOVE",
                    "HSET",
                    "HDEL",
                    "HINCRBY",
                    "SADD",
                    "SREM",
                    "SUNIONSTORE",
                    "ZADD",
                    "ZREM",
                    "ZPOPMIN",
                    "XADD",
                    "XTRIM");

    private final Map<String, List<String>> values = new ConcurrentHashMap<>();
    private final ConcurrentLinkedQueue<DefaultCommand> writes = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean synced = new AtomicBoolean();
    private final AtomicBoolean lastSeen = new AtomicBoolean();
    private final AtomicReference<Exception> failure = new AtomicReference<>();

    @Test
    void aReplicatorReadsEveryTypeAndEveryWrite() throws Exception {
        long seed = Long.getLong("lockstep.seed", System.nanoTime());
        try (ServerProcess server =
                        ServerProcess.start(ServerKind.LOCKSTEP, "repl-diskless-sync-delay 0");
                ServerProcess stock = ServerProcess.start(ServerKind.STOCK);
                RespClient client = server.connect()) {
            EveryType.fill(server, seed);
            removeInfiniteScores(client);
            Replicator replicator =
                    new RedisReplicator("127.0.0.1", server.port(), Configuration.defaultSetting());
            COMMANDS.forEach(
                    name ->
                            replicator.addCommandParser(
                                    CommandName.name(name), new DefaultCommandParser()));
            replicator.addEventListener((source, event) -> take(event));
            replicator.addExceptionListener(
                    (source, error, event) -> failure.set(new Exception(error)));
            Thread thread = new Thread(() -> open(replicator));
            thread.start();
            try {
                Await.until("the RDB is read", LIMIT, synced::get, () -> "" + failure.get());
                compareValues(client);
                EveryType data = new EveryType(seed);
                client.pipeline(
                        IntStream.range(0, WRITES)
                                .mapToObj(i -> RespClient.latin1(data.write()))
                                .toList());
                client.ok("SET", LAST, "");
                Await.until("the writes are read", LIMIT, lastSeen::get, () -> "" + failure.get());
                compareWrites(client, stock);
            } finally {
                replicator.close();
                thread.join(10_000);
            }
            assertFalse(thread.isAlive());
        } catch (AssertionError e) {
            throw new AssertionError("seed " + seed, e);
        }
    }

    /** The library can't parse them in a listpack. */
    private static void removeInfiniteScores(RespClient client) {
        for (String db : List.of("9", "0")) {
            client.ok("SELECT", db);
            for (String key : texts(client.ok("KEYS", "zset:*"))) {
                client.ok("ZREMRANGEBYSCORE", key, "-inf", "-inf");
                client.ok("ZREMRANGEBYSCORE", key, "inf", "inf");
            }
        }
    }

    private void open(Replicator replicator) {
        try {
            replicator.open();
        } catch (IOException e) {
            failure.set(e);
        }
    }

    private void take(Event event) {
        if (event instanceof KeyValuePair<?, ?> pair) {
            String key = latin1((byte[]) pair.getKey());
            values.put(pair.getDb().getDbNumber() + "/" + key, texts(pair));
        } else if (event instanceof PostRdbSyncEvent) {
            synced.set(true);
        } else if (event instanceof DefaultCommand command) {
            writes.add(command);
            lastSeen.set(command.getArgs().length > 0 && latin1(command.getArgs()[0]).equals(LAST));
        }
    }

    // ---- values as lists of texts: what the replicator has read, and what the server says ----

    private static List<String> texts(KeyValuePair<?, ?> pair) {
        if (pair instanceof KeyStringValueString string) {
            return List.of(latin1(string.getValue()));
        }
        if (pair instanceof KeyStringValueList list) {
            return list.getValue().stream().map(ReplicatorTest::latin1).toList();
        }
        if (pair instanceof KeyStringValueSet set) {
            return set.getValue().stream().map(ReplicatorTest::latin1).sorted().toList();
        }
        if (pair instanceof KeyStringValueHash hash) {
            return fields(hash.getValue());
        }
        if (pair instanceof KeyStringValueZSet zset) {
            return zset.getValue().stream()
                    .map(m -> latin1(m.getElement()) + "=" + m.getScore())
                    .sorted()
                    .toList();
        }
        return texts(((KeyStringValueStream) pair).getValue());
    }

    private static List<String> fields(Map<byte[], byte[]> fields) {
        return fields.entrySet().stream()
                .map(e -> latin1(e.getKey()) + "=" + latin1(e.getValue()))
                .sorted()
                .toList();
    }

    private static List<String> texts(Stream stream) {
        List<String> parts = new ArrayList<>();
        stream.getEntries().values().stream()
                .filter(entry -> !entry.isDeleted())
                .forEach(entry -> parts.add(entry.getId() + " " + fields(entry.getFields())));
        parts.add("last " + stream.getLastId());
        for (Stream.Group group : stream.getGroups()) {
            String name = latin1(group.getName());
            parts.add("group " + name + " last " + group.getLastId());
            group.getPendingEntries()
                    .values()
                    .forEach(
                            nack ->
                                    parts.add(
                                            "group "
                                                    + name
                                                    + ": "
                                                    + nack.getId()
                                                    + " "
                                                    + latin1(nack.getConsumer().getName())
                                                    + " "
                                                    + nack.getDeliveryCount()));
        }
        parts.sort(null);
        return parts;
    }

    private static List<String> texts(RespClient client, String key) {
        switch (client.ok("TYPE", key).text()) {
            case "string":
                return List.of(client.ok("GET", key).text());
            case "list":
                return texts(client.ok("LRANGE", key, "0", "-1"));
            case "set":
                return texts(client.ok("SMEMBERS", key)).stream().sorted().toList();
            case "hash":
                return pairs(texts(client.ok("HGETALL", key)), false);
            case "zset":
                return pairs(texts(client.ok("ZRANGE", key, "0", "-1", "WITHSCORES")), true);
            default:
                return streamTexts(client, key);
        }
    }

    private static List<String> streamTexts(RespClient client, String key) {
        List<String> parts = new ArrayList<>();
        for (Reply entry : client.ok("XRANGE", key, "-", "+").items()) {
            String id = entry.items().get(0).text();
            parts.add(id + " " + pairs(texts(entry.items().get(1)), false));
        }
        Map<String, Reply> info = client.ok("XINFO", "STREAM", key).fields();
        parts.add("last " + info.get("last-generated-id").text());
        for (Reply group : client.ok("XINFO", "GROUPS", key).items()) {
            String name = group.fields().get("name").text();
            parts.add("group " + name + " last " + group.fields().get("last-delivered-id").text());
            for (Reply pending : client.ok("XPENDING", key, name, "-", "+", "100000").items()) {
                List<Reply> fields = pending.items();
                parts.add(
                        "group "
                                + name
                                + ": "
                                + fields.get(0).text()
                                + " "
                                + fields.get(1).text()
                                + " "
                                + fields.get(3).integer());
            }
        }
        parts.sort(null);
        return parts;
    }

    private static List<String> texts(Reply reply) {
        return reply.items().stream().map(Reply::text).toList();
    }

    private static List<String> pairs(List<String> texts, boolean scores) {
        return IntStream.range(0, texts.size() / 2)
                .mapToObj(
                        i -> {
                            String second = texts.get(2 * i + 1);
                            String shown = scores ? "" + score(second) : second;
                            return texts.get(2 * i) + "=" + shown;
                        })
                .sorted()
                .toList();
    }

    private static double score(String text) {
        return Double.parseDouble(text.replace("inf", "Infinity"));
    }

    private void compareValues(RespClient client) {
        int compared = 0;
        for (int db : new int[] {0, 9}) {
            client.ok("SELECT", "" + db);
            for (String key : texts(client.ok("KEYS", "*"))) {
                assertIterableEquals(texts(client, key), values.get(db + "/" + key), key);
                compared++;
            }
        }
        assertEquals(compared, values.size());
        assertTrue(compared > 200, "only " + compared + " keys");
        client.ok("SELECT", "0");
    }

    /** The writes that were read, executed by a stock server, make what the writes have made on this one. */
    private void compareWrites(RespClient client, ServerProcess stock) {
        assertTrue(writes.size() > WRITES / 3, "only " + writes.size() + " writes");
        try (RespClient other = stock.connect()) {
            for (DefaultCommand write : writes) {
                List<byte[]> words = new ArrayList<>(List.of(write.getCommand()));
                words.addAll(List.of(write.getArgs()));
                Reply reply = other.call(words);
                assertFalse(reply.isError(), () -> latin1(words.get(0)) + ": " + reply);
            }
            for (String type : List.of("l", "h", "s", "z", "x")) {
                for (int n = 0; n < EveryType.KEYS_PER_TYPE; n++) {
                    assertEquals(
                            client.ok("DEBUG", "DIGEST-VALUE", type + n),
                            other.ok("DEBUG", "DIGEST-VALUE", type + n),
                            type + n);
                }
            }
        }
    }

    private static String latin1(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }
}
