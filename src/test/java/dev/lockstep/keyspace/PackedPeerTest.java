package dev.lockstep.keyspace;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.persistence.PackedPayload;
import dev.lockstep.testing.Reply;
import dev.lockstep.testing.RespClient;
import dev.lockstep.testing.ServerKind;
import dev.lockstep.testing.ServerProcess;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Listpacks and intsets, byte for byte against those of a stock redis-server, in both directions. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PackedPeerTest {
    private static final long[] LIMITS = {
        0,
        127,
        128,
        255,
        4095,
        4096,
        -1,
        -128,
        -4096,
        -4097,
        Short.MAX_VALUE,
        Short.MAX_VALUE + 1L,
        Short.MIN_VALUE,
        Short.MIN_VALUE - 1L,
        8388607,
        8388608,
        -8388608,
        -8388609,
        Integer.MAX_VALUE,
        Integer.MAX_VALUE + 1L,
        Integer.MIN_VALUE,
        Integer.MIN_VALUE - 1L,
        Long.MAX_VALUE,
        Long.MIN_VALUE
    };

    /** Where the length or the backlen takes another byte, and next to it. */
    private static final int[] LENGTHS = {
        1, 2, 19, 20, 21, 62, 63, 64, 65, 125, 126, 127, 4094, 4095, 4096, 4097, 16376, 16377,
        16378, 16379, 65535, 65536, 2097144, 2097145, 2097146, 2097147
    };

    private final long seed = System.nanoTime();
    private final SplittableRandom random = new SplittableRandom(seed);
    private ServerProcess stock;
    private RespClient client;
    private int pivots;

    @BeforeAll
    void start() {
        stock =
                ServerProcess.start(
                        ServerKind.STOCK,
                        "sanitize-dump-payload yes",
                        "hash-max-listpack-entries 200000",
                        "hash-max-listpack-value 4000000",
                        "zset-max-listpack-entries 200000",
                        "zset-max-listpack-value 4000000",
                        "set-max-intset-entries 200000",
                        "list-max-listpack-size -5");
        client = stock.connect();
    }

    @AfterAll
    void stop() {
        client.close();
        stock.close();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private byte[] dump(int type, String key) {
        byte[] payload = ((Reply.Bulk) client.ok("DUMP", key)).bytes();
        return PackedPayload.packed(type, payload);
    }

    private Reply restore(int type, byte[] packed) {
        return client.call(
                List.of(
                        bytes("RESTORE"),
                        bytes("restored"),
                        bytes("0"),
                        PackedPayload.of(type, packed, false),
                        bytes("REPLACE")));
    }

    private void restoresToTheSame(int type, byte[] packed) {
        assertEquals(new Reply.Simple("OK"), restore(type, packed), "seed " + seed);
        assertArrayEquals(packed, dump(type, "restored"), "seed " + seed);
    }

    private static byte[] listpack(List<String> elements) {
        byte[] a = new byte[16];
        Listpack.init(a, 0);
        for (String element : elements) {
            byte[] s = bytes(element);
            int needed = Listpack.bytes(a, 0) + Listpack.sizeOf(s, 0, s.length);
            if (needed > a.length) {
                a = Arrays.copyOf(a, 2 * needed);
            }
            Listpack.insert(a, 0, Listpack.end(a, 0), s, 0, s.length);
        }
        return Arrays.copyOf(a, Listpack.bytes(a, 0));
    }

    private static List<String> elements(byte[] a) {
        StringValue value = new StringValue();
        List<String> elements = new ArrayList<>();
        for (int p = Listpack.first(a, 0); !Listpack.isEnd(a, p); p = Listpack.next(a, p)) {
            Listpack.get(a, p, value);
            elements.add(
                    new String(
                            value.array(),
                            value.offset(),
                            value.length(),
                            StandardCharsets.ISO_8859_1));
        }
        return elements;
    }

    private static List<String> texts(Reply reply) {
        List<String> texts = new ArrayList<>();
        for (Reply element : ((Reply.Items) reply).elements()) {
            texts.add(new String(((Reply.Bulk) element).bytes(), StandardCharsets.ISO_8859_1));
        }
        return texts;
    }

    private String noise(int length) {
        byte[] noise = new byte[length];
        random.nextBytes(noise);
        return new String(noise, StandardCharsets.ISO_8859_1);
    }

    /** Texts at every limit of the encodings, no two alike. */
    private List<String> manyKinds() {
        LinkedHashSet<String> texts = new LinkedHashSet<>();
        texts.add("");
        for (long limit : LIMITS) {
            texts.add(Long.toString(limit));
            texts.add("0" + limit);
            texts.add(limit + " ");
        }
        texts.addAll(List.of("-", "-0", "+1", "9223372036854775808", "-9223372036854775809"));
        texts.addAll(List.of("18446744073709551615", "99999999999999999999", "1.5", "1e3"));
        for (int length : LENGTHS) {
            texts.add("7".repeat(length));
            texts.add("-" + "7".repeat(length - 1));
            texts.add(noise(length));
        }
        for (int i = 0; i < 500; i++) {
            texts.add(Long.toString(random.nextLong() >> random.nextInt(64)));
            texts.add(noise(random.nextInt(200)));
        }
        return new ArrayList<>(texts);
    }

    @Test
    void hashesHaveOurBytes() {
        List<String> texts = manyKinds();
        List<String> pairs = new ArrayList<>();
        for (int i = 0; i < texts.size(); i++) {
            pairs.add(texts.get(i));
            pairs.add(texts.get(texts.size() - 1 - i));
        }
        client.ok("DEL", "h");
        for (int i = 0; i < pairs.size(); i += 2) {
            client.ok("HSET", "h", pairs.get(i), pairs.get(i + 1));
        }
        byte[] theirs = dump(PackedPayload.HASH_LISTPACK, "h");
        assertTrue(Listpack.isValid(theirs, 0, theirs.length));
        assertEquals(texts(client.ok("HGETALL", "h")), elements(theirs), "seed " + seed);
        assertEquals(pairs, elements(theirs), "seed " + seed);
        assertArrayEquals(theirs, listpack(pairs), "seed " + seed);
        restoresToTheSame(PackedPayload.HASH_LISTPACK, theirs);
    }

    @Test
    void moreElementsThanTheHeaderCounts() {
        for (int pairs : new int[] {32_766, 32_767, 32_768, 40_000}) {
            List<String> elements = new ArrayList<>();
            for (int i = 0; i < pairs; i++) {
                elements.add("f" + i);
                elements.add(Integer.toString(i));
            }
            byte[] ours = listpack(elements);
            assertEquals(2 * pairs, Listpack.count(ours, 0));
            restoresToTheSame(PackedPayload.HASH_LISTPACK, ours);
            client.ok("HSET", "restored", "one", "more");
            client.ok("HDEL", "restored", "f0");
            elements.addAll(List.of("one", "more"));
            byte[] theirs = dump(PackedPayload.HASH_LISTPACK, "restored");
            assertEquals(elements.subList(2, elements.size()), elements(theirs));
            assertTrue(Listpack.isValid(theirs, 0, theirs.length));
            byte[] edited = Arrays.copyOf(ours, ours.length + 100);
            Listpack.insert(edited, 0, Listpack.end(edited, 0), bytes("one"), 0, 3);
            Listpack.insert(edited, 0, Listpack.end(edited, 0), bytes("more"), 0, 4);
            Listpack.delete(edited, 0, Listpack.first(edited, 0), 2);
            assertArrayEquals(theirs, Arrays.copyOf(edited, Listpack.bytes(edited, 0)));
        }
    }

    @Test
    void sortedSetsCanBeRead() {
        client.ok("DEL", "z");
        List<String> members = manyKinds();
        for (int i = 0; i < members.size(); i++) {
            client.ok("ZADD", "z", Long.toString(i % 40 - 20), members.get(i));
        }
        byte[] theirs = dump(PackedPayload.ZSET_LISTPACK, "z");
        assertTrue(Listpack.isValid(theirs, 0, theirs.length));
        List<String> elements = elements(theirs);
        assertEquals(texts(client.ok("ZRANGE", "z", "0", "-1", "WITHSCORES")), elements);
        assertArrayEquals(theirs, listpack(elements), "seed " + seed);
        restoresToTheSame(PackedPayload.ZSET_LISTPACK, theirs);
    }

    /** The same edits to a list of one node there and a listpack here. */
    @Test
    void editsLeaveTheSameBytes() {
        List<String> texts = new ArrayList<>();
        for (String text : manyKinds()) {
            if (text.length() < 500) {
                texts.add(text);
            }
        }
        byte[] a = new byte[64 * 1024];
        for (int round = 0; round < 40; round++) {
            client.ok("DEL", "l");
            client.ok("RPUSH", "l", "first");
            Listpack.init(a, 0);
            Listpack.insert(a, 0, Listpack.end(a, 0), bytes("first"), 0, 5);
            int steps = random.nextInt(120);
            for (int step = 0; step < steps; step++) {
                edit(a, texts.get(random.nextInt(texts.size())));
            }
            byte[] theirs = dump(PackedPayload.LIST_QUICKLIST_2, "l");
            assertArrayEquals(theirs, Arrays.copyOf(a, Listpack.bytes(a, 0)), "seed " + seed);
            restoresToTheSame(PackedPayload.LIST_QUICKLIST_2, theirs);
        }
    }

    private void edit(byte[] a, String text) {
        byte[] s = bytes(text);
        int count = Listpack.count(a, 0);
        int index = random.nextInt(count);
        int p = Listpack.seek(a, 0, index);
        switch (random.nextInt(6)) {
            case 0:
                client.ok("LPUSH", "l", text);
                Listpack.insert(a, 0, Listpack.first(a, 0), s, 0, s.length);
                break;
            case 1:
                client.ok("LSET", "l", Integer.toString(index), text);
                Listpack.replace(a, 0, p, s, 0, s.length);
                break;
            case 2:
                String pivot = "pivot " + pivots++;
                client.ok("LSET", "l", Integer.toString(index), pivot);
                client.ok("LINSERT", "l", "BEFORE", pivot, text);
                Listpack.replace(a, 0, p, bytes(pivot), 0, pivot.length());
                Listpack.insert(a, 0, p, s, 0, s.length);
                break;
            case 3:
                if (count > 1) {
                    int from = 1 + random.nextInt(count - 1);
                    client.ok("LTRIM", "l", "0", Integer.toString(from - 1));
                    Listpack.delete(a, 0, Listpack.seek(a, 0, from), count - from);
                    client.ok("RPUSH", "l", "a", "b", "c");
                    for (String letter : List.of("a", "b", "c")) {
                        Listpack.insert(a, 0, Listpack.end(a, 0), bytes(letter), 0, 1);
                    }
                }
                break;
            default:
                client.ok("RPUSH", "l", text);
                Listpack.insert(a, 0, Listpack.end(a, 0), s, 0, s.length);
        }
    }

    /**
     * What stock refuses is not valid. What it takes is, but for the rare entry whose backlen has a high bit too many:
     * stock reads on into the data, and where these happen to be 0 is content.
     */
    @Test
    void agreesOnWhatIsAListpack() {
        int taken = 0;
        int strict = 0;
        for (int round = 0; round < 3000; round++) {
            List<String> elements = new ArrayList<>();
            for (int i = 1 + random.nextInt(5); i > 0; i--) {
                elements.add(
                        random.nextBoolean()
                                ? noise(random.nextInt(80))
                                : Long.toString(random.nextLong() >> random.nextInt(64)));
            }
            byte[] bent = bent(listpack(elements));
            boolean accepted = !restore(PackedPayload.LIST_QUICKLIST_2, bent).isError();
            boolean valid = Listpack.isValid(bent, 0, bent.length);
            assertTrue(accepted || !valid, () -> "seed " + seed + ": " + Arrays.toString(bent));
            if (accepted) {
                assertEquals(texts(client.ok("LRANGE", "restored", "0", "-1")), elements(bent));
                taken++;
                strict += valid ? 0 : 1;
            }
        }
        assertTrue(taken > 1000, "taken " + taken);
        assertTrue(strict < 20, "seed " + seed + " refused here alone " + strict);
    }

    private byte[] bent(byte[] packed) {
        byte[] bent = packed.clone();
        for (int changes = random.nextInt(3); changes > 0; changes--) {
            bent[random.nextInt(bent.length)] ^= 1 << random.nextInt(8);
        }
        return bent;
    }

    private static byte[] intset(Iterable<Long> values) {
        byte[] a = new byte[8];
        Intset.init(a, 0);
        for (long value : values) {
            a = Arrays.copyOf(a, Math.max(a.length, Intset.bytesAfterAdd(a, 0, value)));
            Intset.add(a, 0, value);
        }
        return Arrays.copyOf(a, Intset.bytes(a, 0));
    }

    @Test
    void intsetsHaveOurBytes() {
        for (int round = 0; round < 300; round++) {
            int narrowest = random.nextInt(64);
            List<Long> values = new ArrayList<>();
            client.ok("DEL", "s");
            for (int i = 1 + random.nextInt(30); i > 0; i--) {
                values.add(
                        random.nextInt(4) == 0
                                ? LIMITS[random.nextInt(LIMITS.length)]
                                : random.nextLong() >> narrowest);
                client.ok("SADD", "s", Long.toString(values.get(values.size() - 1)));
            }
            byte[] ours = intset(values);
            if (round % 2 == 0 && Intset.count(ours, 0) > 1) {
                client.ok("SREM", "s", Long.toString(values.get(0)));
                Intset.remove(ours, 0, values.get(0));
                ours = Arrays.copyOf(ours, Intset.bytes(ours, 0));
            }
            byte[] theirs = dump(PackedPayload.SET_INTSET, "s");
            assertArrayEquals(theirs, ours, "seed " + seed);
            assertTrue(Intset.isValid(theirs, 0, theirs.length));
            restoresToTheSame(PackedPayload.SET_INTSET, ours);
        }
    }

    @Test
    void agreesOnWhatIsAnIntset() {
        int taken = 0;
        for (int round = 0; round < 2000; round++) {
            TreeSet<Long> values = new TreeSet<>();
            int narrowest = random.nextInt(64);
            for (int i = 1 + random.nextInt(6); i > 0; i--) {
                values.add(random.nextLong() >> narrowest);
            }
            byte[] bent = bent(intset(values));
            boolean accepted = !restore(PackedPayload.SET_INTSET, bent).isError();
            assertEquals(
                    accepted,
                    Intset.isValid(bent, 0, bent.length),
                    () -> "seed " + seed + ": " + Arrays.toString(bent));
            taken += accepted ? 1 : 0;
        }
        assertTrue(taken > 100, "taken " + taken);
    }
}
