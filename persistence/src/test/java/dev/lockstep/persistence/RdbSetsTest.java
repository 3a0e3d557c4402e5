package dev.lockstep.persistence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.keyspace.Database;
import dev.lockstep.keyspace.ElementCursor;
import dev.lockstep.keyspace.EncodingLimits;
import dev.lockstep.keyspace.Keyspace;
import dev.lockstep.keyspace.SetValue;
import dev.lockstep.keyspace.StringValue;
import dev.lockstep.keyspace.ValueType;
import dev.lockstep.keyspace.ViewCursor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Every RDB type of sets, whole and damaged. */
class RdbSetsTest {
    private final Keyspace keyspace = new Keyspace(1);
    private final DumpPayload payload = new DumpPayload(false);
    private int encoding;

    private static byte[] intset(final int width, final int... values) {
        byte[] all = new byte[0];
        for (final int value : values) {
            final byte[] one = new byte[width];
            for (int i = 0; i < width; i++) {
                one[i] = (byte) (value >> Math.min(31, 8 * i));
            }
            all = Bytes.of(all, one);
        }
        return Bytes.string(Bytes.of(width, 0, 0, 0, values.length, 0, 0, 0, all));
    }

    /** The sets {1, a, xy} and {-1, 1, 300} as every type has them. */
    private static List<byte[]> all() {
        return List.of(
                Bytes.of(2, 3, 1, "a", 0xc0, 1, 2, "xy"),
                Bytes.of(20, Bytes.string(Bytes.listpack("a", 1, "xy"))),
                Bytes.of(2, 3, 0xc0, 0xff, 1, "1", 0xc1, 0x2c, 1),
                Bytes.of(11, intset(2, -1, 1, 300)),
                Bytes.of(11, intset(4, -1, 1, 300)),
                Bytes.of(11, intset(8, -1, 1, 300)));
    }

    /** Reads a value and removes it again; answers its members in order. */
    private String read(final byte[] value) throws IOException {
        return CollectionPayloads.read(keyspace, payload, value, this::members);
    }

    private String members(final int cell) {
        final TreeSet<String> members = new TreeSet<>();
        final ElementCursor cursor = new ElementCursor().open(keyspace.database(0), cell);
        while (cursor.next()) {
            final StringValue member = cursor.element();
            assertTrue(
                    members.add(
                            new String(
                                    member.array(),
                                    member.offset(),
                                    member.length(),
                                    StandardCharsets.ISO_8859_1)));
        }
        final SetValue set = new SetValue().open(keyspace.database(0), cell);
        assertEquals(set.size(), members.size());
        encoding = set.encoding();
        return members.toString();
    }

    private void limits(final long intset, final long listpack) {
        keyspace.encodingLimits(
                new EncodingLimits(512, 64, -2, intset, listpack, 64, 128, 64, 4096, 100));
    }

    @Test
    void readsEveryType() throws Exception {
        for (int i = 0; i < all().size(); i++) {
            assertEquals(i < 2 ? "[1, a, xy]" : "[-1, 1, 300]", read(all().get(i)));
            assertEquals(i < 2 ? ValueType.LISTPACK : ValueType.INTSET, encoding);
        }
    }

    @Test
    void packsUpToTheLimits() throws Exception {
        limits(2, 2);
        for (final byte[] value : all()) {
            read(value);
            assertEquals(ValueType.HASHTABLE, encoding);
        }
        limits(2, 3);
        read(all().get(0));
        assertEquals(ValueType.HASHTABLE, encoding, "more than an intset may have");
        read(all().get(1));
        assertEquals(ValueType.LISTPACK, encoding);
        limits(3, 2);
        read(all().get(0));
        assertEquals(ValueType.HASHTABLE, encoding);
        read(all().get(2));
        assertEquals(ValueType.INTSET, encoding);
    }

    @Test
    void refusesSetsThatCannotBe() {
        for (final byte[] bad :
                List.of(
                        Bytes.of(2, 0),
                        Bytes.of(2, 2, 1, "a", 1, "a"),
                        Bytes.of(2, 2, 1, "1", 0xc0, 1),
                        Bytes.of(2, 3, 1, "a", 1, "b"),
                        Bytes.of(2, 0x81, Bytes.repeat(0x7f, 8), 1, "a"),
                        Bytes.of(11, intset(2)),
                        Bytes.of(11, intset(2, 1, 1)),
                        Bytes.of(11, intset(2, 2, 1)),
                        Bytes.of(11, intset(3, 1)),
                        Bytes.of(11, intset(0, 1)),
                        Bytes.of(11, 8, 2, 0, 0, 0, 1, 0, 0, 0),
                        Bytes.of(11, 10, 2, 0, 0, 0, 2, 0, 0, 0, 1, 0),
                        Bytes.of(11, 0),
                        Bytes.of(20, Bytes.string(Bytes.listpack())),
                        Bytes.of(20, Bytes.string(Bytes.listpack("a", "a"))),
                        Bytes.of(20, Bytes.string(Bytes.listpack(1, "x", "1"))),
                        Bytes.of(20, 0))) {
            assertThrows(RdbException.class, () -> read(bad), Arrays.toString(bad));
        }
    }

    /** Any byte may be anything: what is not refused is a set. */
    @Test
    void damageIsRefusedOrHarmless() throws Exception {
        for (int round = 0; round < 2; round++) {
            CollectionPayloads.damage(all(), this::read);
            limits(1, 1);
        }
    }

    @Test
    void readsBackWhatItWrites() throws Exception {
        for (long seed = 0; seed < 300; seed++) {
            final SplittableRandom random = new SplittableRandom(seed);
            final SetValue set = build(random);
            final String before = members(set.cell());
            final int packed = encoding;
            payload.write(new ViewCursor().at(keyspace.database(0), set.cell()));
            keyspace.database(0).delete(set.cell());
            final byte[] written = Arrays.copyOf(payload.array(), payload.length());
            assertEquals(10, written[written.length - DumpPayload.FOOTER_LENGTH]);
            assertEquals(packed == ValueType.INTSET ? 11 : 2, written[0]);
            final byte[] value = Arrays.copyOf(written, written.length - DumpPayload.FOOTER_LENGTH);
            assertEquals(before, read(value), "seed " + seed);
        }
    }

    private SetValue build(final SplittableRandom random) {
        final SetValue set = new SetValue();
        final Database database = keyspace.database(0);
        final byte[] key = Bytes.of("s");
        database.find(key, 0, 1);
        set.create(
                database, key, 0, 1, random.nextBoolean() ? ValueType.INTSET : ValueType.LISTPACK);
        final int members = 1 + random.nextInt(random.nextInt(10) == 0 ? 2000 : 40);
        final boolean numbers = random.nextBoolean();
        for (int i = 0; i < members; i++) {
            final byte[] member =
                    Bytes.of(
                            numbers || random.nextBoolean()
                                    ? "" + (random.nextLong() >> random.nextInt(64))
                                    : "m".repeat(random.nextInt(70)));
            set.add(member, 0, member.length);
        }
        return set;
    }
}
