package dev.lockstep.persistence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.keyspace.Database;
import dev.lockstep.keyspace.ElementCursor;
import dev.lockstep.keyspace.EncodingLimits;
import dev.lockstep.keyspace.Keyspace;
import dev.lockstep.keyspace.SortedSetValue;
import dev.lockstep.keyspace.StringValue;
import dev.lockstep.keyspace.ViewCursor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Every RDB type of sorted sets, whole and damaged. */
class RdbSortedSetsTest {
    private final Keyspace keyspace = new Keyspace(1);
    private final DumpPayload payload = new DumpPayload(false);

    private static String text(final StringValue value) {
        return new String(
                value.array(), value.offset(), value.length(), StandardCharsets.ISO_8859_1);
    }

    private static byte[] binary(final double score) {
        return ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putDouble(score).array();
    }

    /** The sorted set {a: -inf, b: 0.5, c: 2} as every type has it. */
    private static List<byte[]> all() {
        return List.of(
                Bytes.of(3, 3, 1, "c", 1, "2", 1, "b", 3, "0.5", 1, "a", 255),
                Bytes.of(5, 3, 1, "c", binary(2), 1, "b", binary(0.5), 1, "a", binary(-1 / 0.0)),
                Bytes.of(
                        12,
                        Bytes.string(
                                Bytes.ziplist(
                                        30,
                                        6,
                                        Bytes.of(
                                                Bytes.of(0, 1, "a", 3, 4, "-inf", 6, 1, "b"),
                                                Bytes.of(3, 3, "0.5", 5, 1, "c", 3, 0xf3))))),
                Bytes.of(17, Bytes.string(Bytes.listpack("a", "-inf", "b", "0.5", "c", 2))));
    }

    /** Reads a value and removes it again; answers its members in order, with their scores. */
    private String read(final byte[] value) throws IOException {
        return CollectionPayloads.read(keyspace, payload, value, this::members);
    }

    private String members(final int cell) {
        final StringBuilder members = new StringBuilder();
        final ElementCursor cursor = new ElementCursor().open(keyspace.database(0), cell);
        double before = Double.NEGATIVE_INFINITY;
        while (cursor.next()) {
            assertTrue(cursor.score() >= before);
            before = cursor.score();
            members.append(text(cursor.element())).append('=').append(before).append(' ');
        }
        return members.toString();
    }

    @Test
    void readsEveryType() throws Exception {
        for (final long entries : new long[] {128, 2}) {
            keyspace.encodingLimits(
                    new EncodingLimits(512, 64, -2, 512, 128, 64, entries, 64, 4096, 100));
            for (final byte[] value : all()) {
                assertEquals("a=-Infinity b=0.5 c=2.0 ", read(value), "type " + value[0]);
            }
        }
    }

    @Test
    void refusesSortedSetsThatCannotBe() {
        for (final byte[] bad :
                List.of(
                        Bytes.of(3, 0),
                        Bytes.of(3, 1, 1, "a", 253),
                        Bytes.of(3, 1, 1, "a", 0),
                        Bytes.of(3, 1, 1, "a", 1, "x"),
                        Bytes.of(3, 2, 1, "a", 1, "1", 1, "a", 1, "2"),
                        Bytes.of(5, 0),
                        Bytes.of(5, 1, 1, "a", binary(Double.NaN)),
                        Bytes.of(5, 2, 1, "a", binary(1), 1, "a", binary(2)),
                        Bytes.of(5, 0x81, Bytes.repeat(0x7f, 8), 1, "a", binary(1)),
                        Bytes.of(12, Bytes.string(Bytes.ziplist(10, 0, new byte[0]))),
                        Bytes.of(12, Bytes.string(Bytes.ziplist(10, 1, Bytes.of(0, 1, "a")))),
                        Bytes.of(
                                12,
                                Bytes.string(Bytes.ziplist(13, 2, Bytes.of(0, 1, "a", 3, 1, "x")))),
                        Bytes.of(17, Bytes.string(Bytes.listpack())),
                        Bytes.of(17, Bytes.string(Bytes.listpack("a"))),
                        Bytes.of(17, Bytes.string(Bytes.listpack("a", "x"))),
                        Bytes.of(17, Bytes.string(Bytes.listpack("a", "nan"))),
                        Bytes.of(17, Bytes.string(Bytes.listpack("a", 1, "a", 2))),
                        Bytes.of(17, Bytes.string(Bytes.listpack(1, 1, 1, 2))),
                        Bytes.of(17, Bytes.string(Bytes.listpack("a", 2, "b", 1))),
                        Bytes.of(17, Bytes.string(Bytes.listpack("b", 1, "a", 1))))) {
            assertThrows(RdbException.class, () -> read(bad), Arrays.toString(bad));
        }
    }

    /** Any byte may be anything: what is not refused is a sorted set. */
    @Test
    void damageIsRefusedOrHarmless() throws Exception {
        CollectionPayloads.damage(all(), this::read);
    }

    @Test
    void readsBackWhatItWrites() throws Exception {
        for (long seed = 0; seed < 300; seed++) {
            final SplittableRandom random = new SplittableRandom(seed);
            final SortedSetValue zset = build(random);
            final String before = members(zset.cell());
            payload.write(new ViewCursor().at(keyspace.database(0), zset.cell()));
            keyspace.database(0).delete(zset.cell());
            final byte[] written = Arrays.copyOf(payload.array(), payload.length());
            assertEquals(10, written[written.length - DumpPayload.FOOTER_LENGTH], "seed " + seed);
            final byte[] value = Arrays.copyOf(written, written.length - DumpPayload.FOOTER_LENGTH);
            assertEquals(before, read(value), "seed " + seed);
        }
    }

    private SortedSetValue build(final SplittableRandom random) {
        final SortedSetValue zset = new SortedSetValue();
        final Database database = keyspace.database(0);
        database.find(Bytes.of("z"), 0, 1);
        zset.create(database, Bytes.of("z"), 0, 1);
        final int members = 1 + random.nextInt(random.nextInt(10) == 0 ? 2000 : 40);
        for (int i = 0; i < members; i++) {
            final byte[] name = Bytes.of(random.nextBoolean() ? "" + i : "member " + i);
            assertEquals(false, zset.find(name, 0, name.length));
            final double score =
                    random.nextBoolean() ? random.nextInt(10) : random.nextDouble() * 1e9;
            zset.add(name, 0, name.length, score);
        }
        return zset;
    }
}
