package dev.lockstep.persistence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lockstep.keyspace.Database;
import dev.lockstep.keyspace.ElementCursor;
import dev.lockstep.keyspace.HashValue;
import dev.lockstep.keyspace.Keyspace;
import dev.lockstep.keyspace.StringValue;
import dev.lockstep.keyspace.View;
import dev.lockstep.keyspace.ViewCursor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Every RDB type of hashes, whole and damaged. */
class RdbHashesTest {
    private static final int EARLIEST = 100;

    private final Keyspace keyspace = new Keyspace(1);
    private final DumpPayload payload = new DumpPayload(false);

    private static byte[] earliest(final int millis) {
        return Bytes.of(millis, 0, 0, 0, 0, 0, 0, 0);
    }

    /** The hash {a: 1, b: xy} as every type has it; where there are deadlines, of a: 105. */
    private static List<byte[]> all() {
        return List.of(
                Bytes.of(4, 2, 1, "a", 0xc0, 1, 1, "b", 2, "xy"),
                Bytes.of(9, Bytes.string(Bytes.of(2, 1, "a", 1, 0, "1", 1, "b", 2, 0, "xy", 255))),
                Bytes.of(
                        13,
                        Bytes.string(
                                Bytes.ziplist(
                                        18,
                                        4,
                                        Bytes.of(0, 1, "a", 3, 0xf2, 2, 1, "b", 3, 2, "xy")))),
                Bytes.of(16, Bytes.string(Bytes.listpack("a", 1, "b", "xy"))),
                Bytes.of(24, earliest(EARLIEST), 2, 6, 1, "a", 0xc0, 1, 0, 1, "b", 2, "xy"),
                Bytes.of(
                        25,
                        earliest(EARLIEST),
                        Bytes.string(Bytes.listpack("a", 1, 105, "b", "xy", 0))));
    }

    /** Reads a value and removes it again; answers its fields, in order, with values and deadlines. */
    private String read(final byte[] value) throws IOException {
        try {
            return CollectionPayloads.read(keyspace, payload, value, this::fields);
        } finally {
            assertEquals(0, keyspace.database(0).volatileFieldsCount());
        }
    }

    private String fields(final int cell) {
        final TreeMap<String, String> fields = new TreeMap<>();
        final ElementCursor cursor = new ElementCursor().open(keyspace.database(0), cell);
        while (cursor.next()) {
            final String deadline = cursor.deadline() < 0 ? "" : "@" + cursor.deadline();
            fields.put(text(cursor.element()), text(cursor.value()) + deadline);
        }
        return fields.toString();
    }

    private static String text(final StringValue value) {
        return new String(
                value.array(), value.offset(), value.length(), StandardCharsets.ISO_8859_1);
    }

    @Test
    void readsEveryType() throws Exception {
        for (final byte[] value : all()) {
            assertEquals(value[0] >= 24 ? "{a=1@105, b=xy}" : "{a=1, b=xy}", read(value));
        }
    }

    @Test
    void refusesHashesThatCannotBe() {
        for (final byte[] bad :
                List.of(
                        Bytes.of(4, 0),
                        Bytes.of(4, 2, 1, "a", 1, "1", 1, "a", 1, "2"),
                        Bytes.of(4, 2, 1, "a", 1, "1", 1, "b"),
                        Bytes.of(9, Bytes.string(Bytes.of(0, 255))),
                        Bytes.of(
                                9,
                                Bytes.string(
                                        Bytes.of(2, 1, "a", 1, 0, "1", 1, "a", 1, 0, "2", 255))),
                        Bytes.of(13, Bytes.string(Bytes.ziplist(10, 0, new byte[0]))),
                        Bytes.of(13, Bytes.string(Bytes.ziplist(10, 1, Bytes.of(0, 1, "a")))),
                        Bytes.of(16, Bytes.string(Bytes.listpack())),
                        Bytes.of(16, Bytes.string(Bytes.listpack("a"))),
                        Bytes.of(16, Bytes.string(Bytes.listpack("a", 1, "a", 2))),
                        Bytes.of(16, Bytes.string(Bytes.listpack(1, 1, 1, 2))),
                        Bytes.of(24, earliest(EARLIEST), 0),
                        Bytes.of(24, 0, 0, 0, 0, 0, 0, 0, 0x80, 1, 1, 1, "a", 1, "1"),
                        Bytes.of(
                                24,
                                earliest(EARLIEST),
                                1,
                                0x81,
                                Bytes.repeat(0x7f, 8),
                                1,
                                "a",
                                1,
                                "1"),
                        Bytes.of(24, earliest(EARLIEST), 2, 6, 1, "a", 1, "1", 0, 1, "a", 1, "2"),
                        Bytes.of(24, earliest(EARLIEST), 2, 0, 1, "a", 1, "1", 6, 1, "a", 1, "2"),
                        Bytes.of(25, earliest(EARLIEST), Bytes.string(Bytes.listpack())),
                        Bytes.of(25, earliest(EARLIEST), Bytes.string(Bytes.listpack("a", 1))),
                        Bytes.of(25, earliest(EARLIEST), Bytes.string(Bytes.listpack("a", 1, "x"))),
                        Bytes.of(
                                25,
                                earliest(EARLIEST),
                                Bytes.string(Bytes.listpack("a", 1, 105, "a", 1, 0))))) {
            assertThrows(RdbException.class, () -> read(bad), Arrays.toString(bad));
        }
    }

    /** Any byte may be anything: what is not refused is a hash. */
    @Test
    void damageIsRefusedOrHarmless() throws Exception {
        CollectionPayloads.damage(all(), this::read);
    }

    @Test
    void readsBackWhatItWrites() throws Exception {
        for (long seed = 0; seed < 300; seed++) {
            final SplittableRandom random = new SplittableRandom(seed);
            final HashValue hash = build(random);
            final String before = fields(hash.cell());
            payload.write(new ViewCursor().at(keyspace.database(0), hash.cell()));
            keyspace.database(0).delete(hash.cell());
            final byte[] written = Arrays.copyOf(payload.array(), payload.length());
            final int version = written[written.length - DumpPayload.FOOTER_LENGTH];
            assertEquals(before.contains("@") ? 12 : 10, version, "seed " + seed);
            final byte[] value = Arrays.copyOf(written, written.length - DumpPayload.FOOTER_LENGTH);
            assertEquals(before, read(value), "seed " + seed);
        }
    }

    private HashValue build(final SplittableRandom random) {
        final HashValue hash = new HashValue();
        final Database database = keyspace.database(0);
        database.find(Bytes.of("h"), 0, 1);
        hash.create(database, Bytes.of("h"), 0, 1);
        final int fields = 1 + random.nextInt(random.nextInt(10) == 0 ? 2000 : 40);
        final boolean deadlines = random.nextBoolean();
        for (int i = 0; i < fields; i++) {
            final byte[] name = Bytes.of(random.nextBoolean() ? "" + i : "field " + i);
            final byte[] value = Bytes.of("v".repeat(random.nextInt(70)));
            hash.set(name, 0, name.length, value, 0, value.length);
            if (deadlines && random.nextInt(3) == 0) {
                hash.setDeadline(name, 0, name.length, random.nextLong(1L << 45));
            }
        }
        return hash;
    }

    @Test
    void filesHaveTheVersionThatTheirHashesNeed() throws Exception {
        final HashValue hash = build(new SplittableRandom(1));
        assertEquals("REDIS0010", header());
        final byte[] name = Bytes.of("more");
        hash.set(name, 0, 4, name, 0, 4);
        hash.setDeadline(name, 0, 4, 12345);
        assertEquals("REDIS0012", header());
        hash.setDeadline(name, 0, 4, HashValue.NO_DEADLINE);
        assertEquals("REDIS0010", header());
    }

    private String header() throws IOException {
        final Bytes.Sink sink = new Bytes.Sink();
        final View view = keyspace.freeze();
        new SnapshotWriter(
                        view,
                        new SnapshotWriter.Options(
                                "7.2.4",
                                true,
                                true,
                                null,
                                0,
                                0,
                                SnapshotWriter.Access.NONE,
                                1,
                                0,
                                List.of(),
                                false))
                .write(sink);
        view.close();
        return new String(sink.bytes(), 0, 9, StandardCharsets.US_ASCII);
    }
}
