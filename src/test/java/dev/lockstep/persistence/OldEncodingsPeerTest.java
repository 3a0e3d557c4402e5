package dev.lockstep.persistence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.keyspace.StringValue;
import dev.lockstep.testing.Reply;
import dev.lockstep.testing.RespClient;
import dev.lockstep.testing.ServerKind;
import dev.lockstep.testing.ServerProcess;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Ziplists and zipmaps as old servers wrote them: a stock redis-server and our walkers read the same in them. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OldEncodingsPeerTest {
    private final long seed = System.nanoTime();
    private final SplittableRandom random = new SplittableRandom(seed);
    private ServerProcess stock;
    private RespClient client;

    @BeforeAll
    void start() {
        stock = ServerProcess.start(ServerKind.STOCK, "sanitize-dump-payload yes");
        client = stock.connect();
    }

    @AfterAll
    void stop() {
        client.close();
        stock.close();
    }

    @Test
    void readsZiplistsAsStockDoes() {
        for (int round = 0; round < 500; round++) {
            final List<String> elements = new ArrayList<>(elements(1 + random.nextInt(40)));
            final byte[] ziplist = ziplist(elements);
            assertTrue(Ziplist.isValid(ziplist, 0, ziplist.length), "seed " + seed);
            assertEquals(elements.size(), Ziplist.count(ziplist, 0));
            assertEquals(elements, read(ziplist), "seed " + seed);
            for (final int type :
                    new int[] {RdbFormat.TYPE_LIST_ZIPLIST, RdbFormat.TYPE_LIST_QUICKLIST}) {
                restore(type, ziplist, true);
                assertEquals(elements, texts(client.ok("LRANGE", "k", "0", "-1")), "seed " + seed);
            }
            if (elements.size() % 2 == 0) {
                restore(RdbFormat.TYPE_HASH_ZIPLIST, ziplist, true);
                assertEquals(pairs(elements), hash(), "seed " + seed);
            }
        }
    }

    @Test
    void readsZipmapsAsStockDoes() {
        for (int round = 0; round < 500; round++) {
            final List<String> strings = new ArrayList<>(elements(2 + random.nextInt(300) * 2));
            final byte[] zipmap = zipmap(strings);
            assertTrue(Zipmap.isValid(zipmap, 0, zipmap.length), "seed " + seed);
            assertEquals(strings.size() / 2, Zipmap.count(zipmap, 0), "seed " + seed);
            assertEquals(pairs(strings), readZipmap(zipmap), "seed " + seed);
            restore(RdbFormat.TYPE_HASH_ZIPMAP, zipmap, true);
            assertEquals(pairs(strings), hash(), "seed " + seed);
        }
    }

    @Test
    void agreesOnWhatIsAZiplist() {
        int taken = 0;
        for (int round = 0; round < 3000; round++) {
            final byte[] bent = bent(ziplist(elements(1 + random.nextInt(6))));
            final boolean accepted = restore(RdbFormat.TYPE_LIST_ZIPLIST, bent, false);
            assertEquals(
                    accepted,
                    Ziplist.isValid(bent, 0, bent.length),
                    () -> "seed " + seed + ": " + Arrays.toString(bent));
            if (accepted) {
                assertEquals(texts(client.ok("LRANGE", "k", "0", "-1")), read(bent));
                taken++;
            }
        }
        assertTrue(taken > 1000, "taken " + taken);
    }

    @Test
    void agreesOnWhatIsAZipmap() {
        int taken = 0;
        for (int round = 0; round < 3000; round++) {
            final byte[] bent = bent(zipmap(elements(2 + 2 * random.nextInt(4))));
            final boolean valid = Zipmap.isValid(bent, 0, bent.length);
            final int count = valid ? Zipmap.count(bent, 0) : 0;
            final boolean makesHash = count > 0 && readZipmap(bent).size() == count;
            final boolean accepted = restore(RdbFormat.TYPE_HASH_ZIPMAP, bent, false);
            assertEquals(accepted, makesHash, () -> "seed " + seed + ": " + Arrays.toString(bent));
            if (accepted) {
                assertEquals(hash(), readZipmap(bent));
                taken++;
            }
        }
        assertTrue(taken > 1000, "taken " + taken);
    }

    private boolean restore(final int type, final byte[] packed, final boolean must) {
        final Reply reply =
                client.call(
                        List.of(
                                latin1("RESTORE"),
                                latin1("k"),
                                latin1("0"),
                                PackedPayload.of(type, packed, true),
                                latin1("REPLACE")));
        assertTrue(!must || !reply.isError(), () -> "seed " + seed + " " + reply);
        return !reply.isError();
    }

    private Map<String, String> hash() {
        return pairs(texts(client.ok("HGETALL", "k")));
    }

    /** Up to two changes, at the headers and lengths as often as anywhere. */
    private byte[] bent(final byte[] packed) {
        final byte[] bent = packed.clone();
        for (int changes = random.nextInt(3); changes > 0; changes--) {
            final int at =
                    random.nextInt(random.nextBoolean() ? Math.min(14, bent.length) : bent.length);
            if (random.nextInt(3) == 0) {
                bent[at] = (byte) (252 + random.nextInt(4));
            } else {
                bent[at] ^= 1 << random.nextInt(8);
            }
        }
        return bent;
    }

    /** That many different strings of all kinds. */
    private LinkedHashSet<String> elements(final int count) {
        final LinkedHashSet<String> elements = new LinkedHashSet<>();
        while (elements.size() < count) {
            elements.add(
                    random.nextBoolean()
                            ? Long.toString(random.nextLong() >> random.nextInt(64))
                            : noise());
        }
        return elements;
    }

    private String noise() {
        final int[] lengths = {0, 1, 63, 64, 252, 253, 254, 255, 16383, 16384, 70_000};
        final byte[] noise =
                new byte
                        [random.nextInt(10) == 0
                                ? lengths[random.nextInt(lengths.length)]
                                : random.nextInt(100)];
        random.nextBytes(noise);
        return new String(noise, StandardCharsets.ISO_8859_1);
    }

    private static byte[] latin1(final String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String text(final StringValue value) {
        return new String(
                value.array(), value.offset(), value.length(), StandardCharsets.ISO_8859_1);
    }

    private static List<String> texts(final Reply reply) {
        final List<String> texts = new ArrayList<>();
        for (final Reply element : ((Reply.Items) reply).elements()) {
            texts.add(new String(((Reply.Bulk) element).bytes(), StandardCharsets.ISO_8859_1));
        }
        return texts;
    }

    private static Map<String, String> pairs(final List<String> elements) {
        final Map<String, String> pairs = new TreeMap<>();
        for (int i = 0; i + 1 < elements.size(); i += 2) {
            pairs.put(elements.get(i), elements.get(i + 1));
        }
        return pairs;
    }

    private static List<String> read(final byte[] ziplist) {
        final StringValue value = new StringValue();
        final List<String> elements = new ArrayList<>();
        int p = Ziplist.first(ziplist, 0);
        for (; !Ziplist.isEnd(ziplist, p); p = Ziplist.next(ziplist, p)) {
            Ziplist.get(ziplist, p, value);
            elements.add(text(value));
        }
        assertEquals(ziplist.length - 1, p);
        return elements;
    }

    private static Map<String, String> readZipmap(final byte[] zipmap) {
        final StringValue field = new StringValue();
        final StringValue value = new StringValue();
        final Map<String, String> pairs = new TreeMap<>();
        int p = Zipmap.first(zipmap, 0);
        for (; !Zipmap.isEnd(zipmap, p); p = Zipmap.next(zipmap, p)) {
            Zipmap.get(zipmap, p, field, value);
            pairs.put(text(field), text(value));
        }
        assertTrue(p < zipmap.length, "a bent one may end early, as for stock servers");
        return pairs;
    }

    // ---- writing what no server writes any more ----

    private byte[] ziplist(final Iterable<String> elements) {
        final ByteArrayOutputStream entries = new ByteArrayOutputStream();
        int previous = 0;
        int last = 0;
        int count = 0;
        for (final String element : elements) {
            last = entries.size();
            if (previous >= 254 || random.nextInt(20) == 0) {
                entries.write(0xfe);
                entries.writeBytes(little(4, previous));
            } else {
                entries.write(previous);
            }
            entries.writeBytes(ziplistValue(element));
            previous = entries.size() - last;
            count++;
        }
        final ByteBuffer all =
                ByteBuffer.allocate(Ziplist.HEADER_BYTES + entries.size() + 1)
                        .order(ByteOrder.LITTLE_ENDIAN);
        all.putInt(all.capacity()).putInt(Ziplist.HEADER_BYTES + last);
        all.putShort((short) (random.nextInt(20) == 0 ? 65535 : count));
        return all.put(entries.toByteArray()).put((byte) 0xff).array();
    }

    private byte[] ziplistValue(final String element) {
        final boolean number = element.matches("0|-?[1-9][0-9]{0,17}");
        if (number && random.nextInt(10) > 0) {
            return ziplistInteger(Long.parseLong(element));
        }
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        final int length = element.length();
        if (length < 64) {
            out.write(length);
        } else if (length < 16384) {
            out.write(0x40 | length >> 8);
            out.write(length);
        } else {
            out.write(0x80);
            out.writeBytes(ByteBuffer.allocate(4).putInt(length).array());
        }
        out.writeBytes(latin1(element));
        return out.toByteArray();
    }

    private static byte[] ziplistInteger(final long value) {
        if (value >= 0 && value <= 12) {
            return new byte[] {(byte) (0xf1 + value)};
        }
        final int[] widths = {1, 2, 3, 4, 8};
        final int[] encodings = {0xfe, 0xc0, 0xf0, 0xd0, 0xe0};
        int i = 0;
        while (value << 64 - 8 * widths[i] >> 64 - 8 * widths[i] != value) {
            i++;
        }
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(encodings[i]);
        out.writeBytes(little(widths[i], value));
        return out.toByteArray();
    }

    private byte[] zipmap(final Iterable<String> strings) {
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        int count = 0;
        for (final String string : strings) {
            if (string.length() < 254) {
                out.write(string.length());
            } else {
                out.write(254);
                out.writeBytes(little(4, string.length()));
            }
            final int free = count % 2 == 1 ? random.nextInt(4) : 0;
            if (count++ % 2 == 1) {
                out.write(free);
            }
            out.writeBytes(latin1(string));
            out.writeBytes(new byte[free]);
        }
        final ByteBuffer all = ByteBuffer.allocate(out.size() + 2);
        all.put((byte) Math.min(count / 2, 254));
        return all.put(out.toByteArray()).put((byte) 255).array();
    }

    private static byte[] little(final int width, final long value) {
        return Arrays.copyOf(
                ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array(),
                width);
    }
}
