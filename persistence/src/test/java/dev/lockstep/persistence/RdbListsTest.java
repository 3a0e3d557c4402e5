package dev.lockstep.persistence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.keyspace.Database;
import dev.lockstep.keyspace.ElementCursor;
import dev.lockstep.keyspace.EncodingLimits;
import dev.lockstep.keyspace.Keyspace;
import dev.lockstep.keyspace.ListValue;
import dev.lockstep.keyspace.StringValue;
import dev.lockstep.keyspace.ValueType;
import dev.lockstep.keyspace.ViewCursor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Every RDB type of lists, whole and damaged. */
class RdbListsTest {
    private static final byte[] KEY = Bytes.of("k");

    private final Keyspace keyspace = new Keyspace(1);
    private final Database database = keyspace.database(0);
    private final DumpPayload payload = new DumpPayload(false);
    private int encoding;

    private static String text(final StringValue value) {
        return new String(
                value.array(), value.offset(), value.length(), StandardCharsets.ISO_8859_1);
    }

    /** The list of a, 5, bc as every type has it, in one node or several. */
    private static List<byte[]> all() {
        final byte[] whole = Bytes.ziplist(15, 3, Bytes.of(0, 1, "a", 3, 0xf6, 2, 2, "bc"));
        final byte[] one = Bytes.ziplist(10, 1, Bytes.of(0, 1, "a"));
        final byte[] two = Bytes.ziplist(12, 2, Bytes.of(0, 0xf6, 2, 2, "bc"));
        final byte[] none = Bytes.ziplist(10, 0, new byte[0]);
        return List.of(
                Bytes.of(1, 3, 1, "a", 0xc0, 5, 2, "bc"),
                Bytes.of(10, Bytes.string(whole)),
                Bytes.of(14, 1, Bytes.string(whole)),
                Bytes.of(14, 3, Bytes.string(one), Bytes.string(none), Bytes.string(two)),
                Bytes.of(18, 1, 2, Bytes.string(Bytes.listpack("a", 5, "bc"))),
                Bytes.of(
                        18,
                        2,
                        2,
                        Bytes.string(Bytes.listpack("a")),
                        2,
                        Bytes.string(Bytes.listpack(5, "bc"))),
                Bytes.of(
                        Bytes.of(18, 4, 2, Bytes.string(Bytes.listpack()), 1, 1, "a"),
                        Bytes.of(2, Bytes.string(Bytes.listpack(5)), 1, 2, "bc")));
    }

    /** Reads a value and removes it again; answers its elements. */
    private String read(final byte[] value) throws IOException {
        return CollectionPayloads.read(keyspace, payload, value, this::elements);
    }

    private String elements(final int cell) {
        encoding = database.encoding(cell);
        final StringBuilder elements = new StringBuilder();
        final ElementCursor cursor = new ElementCursor().open(database, cell);
        while (cursor.next()) {
            elements.append(text(cursor.element())).append(' ');
        }
        assertTrue(elements.length() > 0);
        return elements.toString();
    }

    private void blockSize(final int setting) {
        keyspace.encodingLimits(
                new EncodingLimits(512, 64, setting, 512, 128, 64, 128, 64, 4096, 100));
    }

    @Test
    void readsEveryType() throws Exception {
        for (final int setting : new int[] {-2, 2, 1}) {
            blockSize(setting);
            for (final byte[] value : all()) {
                assertEquals("a 5 bc ", read(value), "type " + value[0]);
            }
        }
    }

    @Test
    void packsListsOfOneNodeWithinTheLimit() throws Exception {
        for (final byte[] value : all()) {
            final boolean oneNode = value[0] == 1 || value[0] != 10 && value[1] == 1;
            read(value);
            assertEquals(oneNode ? ValueType.LISTPACK : ValueType.QUICKLIST, encoding);
        }
        blockSize(2);
        for (final byte[] value : all()) {
            read(value);
            assertEquals(ValueType.QUICKLIST, encoding);
        }
    }

    @Test
    void refusesListsThatCannotBe() {
        for (final byte[] bad :
                List.of(
                        Bytes.of(1, 0),
                        Bytes.of(1, 2, 1, "a"),
                        Bytes.of(1, 0x81, Bytes.repeat(0xff, 8), 1, "a"),
                        Bytes.of(1, 0x81, Bytes.repeat(0x7f, 8), 1, "a"),
                        Bytes.of(10, Bytes.string(Bytes.ziplist(10, 0, new byte[0]))),
                        Bytes.of(10, Bytes.string(Bytes.ziplist(10, 2, Bytes.of(0, 1, "a")))),
                        Bytes.of(10, 0),
                        Bytes.of(14, 0),
                        Bytes.of(14, 1, Bytes.string(Bytes.ziplist(10, 0, new byte[0]))),
                        Bytes.of(14, 1, 0),
                        Bytes.of(18, 0),
                        Bytes.of(18, 1, 0, Bytes.string(Bytes.listpack("a"))),
                        Bytes.of(18, 1, 3, Bytes.string(Bytes.listpack("a"))),
                        Bytes.of(18, 1, 2, Bytes.string(Bytes.listpack())),
                        Bytes.of(18, 1, 2, 0),
                        Bytes.of(18, 1, 1, 0),
                        Bytes.of(18, 2, 2, Bytes.string(Bytes.listpack("a")), 1, 0),
                        Bytes.of(18, 3, 2, Bytes.string(Bytes.listpack("a"))),
                        Bytes.of(18, 1, 2, Bytes.string(Bytes.of(9, 0, 0, 0, 2, 0, 1, 1, 255))))) {
            assertThrows(RdbException.class, () -> read(bad), Arrays.toString(bad));
        }
    }

    /** Any byte may be anything: what is not refused is a list. */
    @Test
    void damageIsRefusedOrHarmless() throws Exception {
        CollectionPayloads.damage(all(), this::read);
    }

    /** A listpack of more elements than its header can count is read, and can be changed. */
    @Test
    void readsNodesOfAnySize() throws Exception {
        final int count = 100_000;
        final byte[] entries = new byte[2 * count];
        for (int i = 0; i < entries.length; i += 2) {
            entries[i] = (byte) (i / 2 % 100);
            entries[i + 1] = 1;
        }
        final int bytes = entries.length + 7;
        final byte[] listpack =
                Bytes.of(
                        Bytes.of(bytes & 255, bytes >> 8 & 255, bytes >> 16, 0, 255, 255),
                        entries,
                        255);
        final byte[] length = Bytes.of(0x80, 0, bytes >> 16, bytes >> 8 & 255, bytes & 255);
        final byte[] value = Bytes.footed(Bytes.of(18, 2, 2, length, listpack, 1, 3, "end"));
        final Building built = new Building(database);
        payload.read(value, 0, value.length, KEY, 0, 1, built);
        final ListValue list = new ListValue().open(database, built.cell());
        final StringValue element = new StringValue();
        assertEquals(count + 1, list.size());
        for (int i = 0; i < count; i += 997) {
            assertTrue(list.get(i, element));
            assertEquals(Integer.toString(i % 100), text(element));
        }
        list.get(false, element);
        assertEquals("end", text(element));
        list.keep(50_000, 50_000);
        assertEquals(50_000, list.size());
        list.get(false, element);
        assertEquals("99", text(element));
    }

    @Test
    void readsBackWhatItWrites() throws Exception {
        for (long seed = 0; seed < 300; seed++) {
            final SplittableRandom random = new SplittableRandom(seed);
            blockSize(new int[] {-2, -1, -5, 1, 3, 100}[random.nextInt(6)]);
            final ListValue list = build(random);
            final String before = elements(list.cell());
            final int stored = list.encoding();
            payload.write(new ViewCursor().at(database, list.cell()));
            database.delete(list.cell());
            final byte[] written = Arrays.copyOf(payload.array(), payload.length());
            assertEquals(10, written[written.length - DumpPayload.FOOTER_LENGTH], "seed " + seed);
            final byte[] value = Arrays.copyOf(written, written.length - DumpPayload.FOOTER_LENGTH);
            assertEquals(before, read(value), "seed " + seed);
            assertEquals(stored, encoding, "seed " + seed);
        }
    }

    private ListValue build(final SplittableRandom random) {
        final ListValue list = new ListValue();
        final int elements = 1 + random.nextInt(random.nextInt(10) == 0 ? 3000 : 40);
        final int longest = random.nextInt(10) == 0 ? 100_000 : random.nextInt(10) == 0 ? 5000 : 50;
        for (int i = 0; i < elements; i++) {
            final byte[] element =
                    random.nextInt(3) == 0
                            ? Bytes.of(Long.toString(random.nextLong() >> random.nextInt(64)))
                            : Bytes.repeat('x', random.nextInt(i % 10 == 0 ? longest : 20));
            final int length = element.length;
            final int packed = ListValue.packedBytes(element, 0, length);
            final int cell = database.find(KEY, 0, 1);
            if (cell == 0) {
                list.createToPush(database, KEY, 0, 1, length, packed, 1);
            } else {
                list.openToPush(database, cell, length, packed, 1);
            }
            list.push(element, 0, length, random.nextBoolean());
        }
        return list;
    }
}
