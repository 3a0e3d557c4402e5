package dev.lockstep.persistence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.keyspace.Database;
import dev.lockstep.keyspace.Keyspace;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RdbReaderTest {
    private static final byte[] NO_CHECKSUM = new byte[8];

    @Test
    void readsVersionsWithoutAChecksum() throws Exception {
        final byte[] rdb =
                Bytes.of("REDIS0001", 254, 3, 253, 0x10, 0, 0, 0, 0, 1, "k", 1, "v", 255);
        assertEquals(List.of("db 3", Recording.key("k", "v", 16_000, -1, -1)), Recording.of(rdb));
    }

    @Test
    void forgetsAttributesAfterTheirKey() throws Exception {
        assertEquals(
                List.of(Recording.key("a", "1", -1, 300, 7), Recording.key("b", "2")),
                body(249, 7, 248, 0x41, 0x2c, 0, 1, "a", 0xc0, 1, 0, 1, "b", 0xc0, 2));
    }

    @Test
    void readsEveryEncodingOfLengthsStringsAndKeys() throws Exception {
        assertEquals(List.of(Recording.key("k", "v")), body(0, 0x40, 1, "k", 0x40, 1, "v"));
        assertEquals(
                List.of(Recording.key("k", "v")),
                body(0, 0x80, 0, 0, 0, 1, "k", 0x81, 0, 0, 0, 0, 0, 0, 0, 1, "v"));
        assertEquals(List.of(Recording.key("-2", "-32768")), body(0, 0xc0, 0xfe, 0xc1, 0x00, 0x80));
        assertEquals(
                List.of(Recording.key("aaaaaaaaaa", "-2147483648")),
                body(0, 0xc3, 5, 10, 0, "a", 0xe0, 0, 0, 0xc2, 0, 0, 0, 0x80));
    }

    @Test
    void readsOverWhatHasNoMeaningHere() throws Exception {
        final Object[] id = {0x81, 0, 0x10, 0x83, 0x10, 0x51, 0x87, 0x20, 0x00};
        final byte[] module =
                Bytes.of(id[0], id[1], id[2], id[3], id[4], id[5], id[6], id[7], id[8]);
        assertEquals(
                List.of(
                        "skipped Skipped the AUX data of the module type 'ABCDEFGHI': there are no"
                                + " modules here",
                        "skipped Skipped key 'm': it is a value of the module type 'ABCDEFGHI', and"
                                + " there are no modules here",
                        Recording.key("k", "v")),
                body(
                        Bytes.of(247, module, 2, 1, 5, 1, "x", 0),
                        Bytes.of(244, 0, 1, 0),
                        Bytes.of(7, 1, "m", module, 1, 5, 3, 0, 0, 0, 0, 4, new byte[8], 0),
                        Bytes.of(0, 1, "k", 1, "v")));
    }

    @Test
    void namesKeyAndTypeItCannotLoad() {
        assertFails(
                "key 'k\\x00' has type module (RDB type 6), which this version can't load (offset 13)",
                Bytes.of("REDIS0010", 6, 2, "k", 0, 1, 1, "f", 1, "v", 255, NO_CHECKSUM));
        for (int type :
                List.of(RdbFormat.TYPE_HASH_METADATA_PRE_GA, RdbFormat.TYPE_MODULE_PRE_GA)) {
            assertFails(
                    "key 'k' has type "
                            + RdbFormat.typeName(type)
                            + " (RDB type "
                            + type
                            + "), which this version can't load (offset 12)",
                    Bytes.of("REDIS0012", type, 1, "k"));
        }
    }

    @Test
    void saysWhatIsWrong() {
        assertFails("short read: expected 5 bytes of the signature, found 0 (offset 0)");
        assertFails(
                "Wrong signature trying to load DB from file: expected 'REDIS', found bytes"
                        + " 4d5953514c (offset 0)",
                "MYSQL0010");
        assertFails("Can't handle RDB format version 99 (offset 5)", "REDIS0099");
        assertFails("Can't handle RDB format version 0 (offset 5)", "REDIS0000");
        assertFails(
                "expected four digits of RDB version, found bytes 30303061 (offset 5)",
                "REDIS000a");
        assertFails("short read: expected 1 byte of an opcode, found 0 (offset 9)", "REDIS0010");
        assertFails(
                "expected an opcode or a type (0 to 25, 244 to 255), found 100 (offset 9)",
                "REDIS0010",
                100);
        assertFails(
                "expected an opcode or a type (0 to 25, 244 to 255), found 8 (offset 9)",
                "REDIS0010",
                8);
        assertFails("Pre-release function format not supported. (offset 9)", "REDIS0010", 246);
        assertFails("a key has the invalid length byte 0x85 (offset 10)", "REDIS0010", 0, 0x85);
        assertFails(
                "a key has the unknown string encoding 0xc5, expected a length or 0xc0 to 0xc3"
                        + " (offset 10)",
                "REDIS0010",
                0,
                0xc5);
        assertFails(
                "a key claims 9 bytes, but only 1 are left (offset 10)", "REDIS0010", 0, 9, "k");
        assertFails(
                "a string value claims 1152921504606846976 bytes, the longest string has 2147483639"
                        + " (offset 12)",
                "REDIS0010",
                0,
                1,
                "k",
                0x81,
                0x10,
                new byte[7]);
        assertFails(
                "a string value is not valid LZF of 5 bytes (offset 13)",
                "REDIS0010",
                0,
                1,
                "k",
                0xc3,
                2,
                5,
                0,
                "a");
        assertFails(
                "a string value is LZF-compressed and claims 16383 bytes out of 2 (offset 13)",
                "REDIS0010",
                0,
                1,
                "k",
                0xc3,
                2,
                0x7f,
                0xff,
                0,
                "a");
        assertFails(
                "expected a module opcode (0 to 5), found 6 (offset 13)",
                "REDIS0010",
                7,
                1,
                "k",
                0,
                6);
        assertFails(
                "expected a database number, found 4294967295 (offset 10)",
                "REDIS0010",
                254,
                0x80,
                0xff,
                0xff,
                0xff,
                0xff);
    }

    @Test
    void verifiesTheChecksumUnlessToldNotTo() throws Exception {
        final byte[] rdb = small();
        rdb[rdb.length - 1] ^= 1;
        final RdbException e = assertThrows(RdbException.class, () -> Recording.of(rdb));
        assertTrue(
                e.getMessage().startsWith("RDB CRC error: expected the checksum "), e.getMessage());
        assertEquals(rdb.length - 8, e.offset());
        final Recording recording = new Recording();
        new RdbReader(new Bytes.Source(rdb, 7, false), false).load(recording);
        assertFalse(recording.events.isEmpty());
        Arrays.fill(rdb, rdb.length - 8, rdb.length, (byte) 0);
        assertEquals(recording.events, Recording.of(rdb));
    }

    @Test
    void failsOnEveryTruncation() throws Exception {
        final byte[] rdb = small();
        for (int length = 0; length < rdb.length; length++) {
            final byte[] cut = Arrays.copyOf(rdb, length);
            final boolean sized = length % 2 == 0;
            final int step = 1 + length % 50;
            assertThrows(
                    RdbException.class,
                    () -> Recording.of(new Bytes.Source(cut, step, sized)),
                    "cut to " + length);
        }
    }

    @Test
    void answersFlippedBytesWithNothingButAnRdbException() throws Exception {
        final byte[] rdb = small();
        final long seed = System.nanoTime();
        final Random random = new Random(seed);
        int loaded = 0;
        int refused = 0;
        for (int round = 0; round < 10_000; round++) {
            final byte[] damaged = rdb.clone();
            for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
                final int at = random.nextInt(damaged.length);
                damaged[at] =
                        random.nextBoolean()
                                ? (byte) random.nextInt()
                                : (byte) (damaged[at] ^ 1 << random.nextInt(8));
            }
            try {
                new RdbReader(new Bytes.Source(damaged, 4096, random.nextBoolean()), false)
                        .load(new Recording());
                loaded++;
            } catch (final RdbException e) {
                refused++;
            } catch (final Throwable e) {
                throw new AssertionError("seed " + seed + " round " + round, e);
            }
        }
        assertTrue(loaded > 0 && refused > 0, loaded + " loaded, " + refused + " refused");
    }

    @Test
    void doesNotAllocateOnTheWordOfALength() {
        final com.sun.management.ThreadMXBean threads =
                (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        final byte[][] lies = {
            Bytes.of("REDIS0010", 0, 1, "k", 0x80, 0x1d, 0xcd, 0x65, 0x00, new byte[10]),
            Bytes.of("REDIS0010", 0, 0x80, 0x1d, 0xcd, 0x65, 0x00, new byte[10]),
            Bytes.of("REDIS0010", 245, 0x80, 0x7f, 0xff, 0xff, 0xf0, new byte[40_000]),
            Bytes.of(
                    "REDIS0010",
                    0,
                    1,
                    "k",
                    0xc3,
                    0x80,
                    0x1d,
                    0xcd,
                    0x65,
                    0,
                    0x80,
                    0x3d,
                    0xcd,
                    0x65,
                    0,
                    new byte[10]),
            Bytes.of("REDIS0010", 0, 1, "k", 0xc3, 9, 0x80, 0x1d, 0xcd, 0x65, 0, new byte[10])
        };
        for (final byte[] lie : lies) {
            final long before = threads.getCurrentThreadAllocatedBytes();
            assertThrows(
                    RdbException.class,
                    () -> Recording.of(new Bytes.Source(lie, Integer.MAX_VALUE, false)));
            final long allocated = threads.getCurrentThreadAllocatedBytes() - before;
            assertTrue(allocated < 4 << 20, "allocated " + allocated);
        }
    }

    @Test
    void allocatesNothingPerKey() throws Exception {
        final Bytes.Sink sink = new Bytes.Sink();
        final RdbWriter writer = new RdbWriter(sink, true, true);
        writer.header(RdbFormat.DEFAULT_VERSION);
        final byte[] key = Bytes.of("key:000000000000");
        final byte[] text = LzfTest.text(new Random(2), 64);
        final int keys = 100_000;
        for (int i = 0; i < keys; i++) {
            writer.expireAtMillis(i);
            writer.string(key, 0, key.length, text, 0, text.length);
        }
        writer.end();
        final byte[] rdb = sink.bytes();
        final com.sun.management.ThreadMXBean threads =
                (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        final RdbReader reader = new RdbReader(new Bytes.Source(rdb, 1 << 20, true), true);
        final Counting counting = new Counting();
        final long before = threads.getCurrentThreadAllocatedBytes();
        reader.load(counting);
        final long reading = threads.getCurrentThreadAllocatedBytes() - before;
        assertEquals(keys, counting.keys);
        assertTrue(reading < keys, "reading allocated " + reading);

        final RdbWriter again = new RdbWriter((array, offset, length) -> {}, true, true);
        again.string(key, 0, key.length, text, 0, text.length);
        final long start = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < keys; i++) {
            again.expireAtMillis(i);
            again.string(key, 0, key.length, text, 0, text.length);
        }
        final long writing = threads.getCurrentThreadAllocatedBytes() - start;
        assertTrue(writing < keys, "writing allocated " + writing);
    }

    @Test
    void stopsBehindTheChecksumAndPassesOnWhatTheHandlerThrows() throws Exception {
        final byte[] rdb = small();
        final RdbReader reader =
                new RdbReader(new Bytes.Source(Bytes.of(rdb, "*1"), 1 << 20, true), true);
        reader.load(new Recording());
        assertEquals(rdb.length, reader.offset());
        assertEquals(10, reader.version());

        final IOException own = new IOException("enough");
        final IOException thrown =
                assertThrows(
                        IOException.class,
                        () ->
                                new RdbReader(new Bytes.Source(rdb, 100, true), true)
                                        .load(
                                                new Counting() {
                                                    @Override
                                                    public void selectDb(final int db)
                                                            throws IOException {
                                                        throw own;
                                                    }
                                                }));
        assertSame(own, thrown);
    }

    /** One of everything, with a value above the size of a slice. */
    private static byte[] small() throws IOException {
        final Random random = new Random(3);
        final Bytes.Sink sink = new Bytes.Sink();
        final RdbWriter writer = new RdbWriter(sink, true, true);
        writer.header(RdbFormat.DEFAULT_VERSION);
        RdbAux.write(writer, "7.2.4", 1_700_000_000, 1 << 20, 0, "f".repeat(40), 1L << 40, false);
        writer.functionLibrary(Bytes.of("#!lua name=x"), 0, 12);
        writer.selectDb(1);
        writer.resizeDb(7, 1);
        for (int i = 0; i < 7; i++) {
            final byte[] key = Bytes.of("key:" + i);
            final byte[] value =
                    i == 6 ? Bytes.repeat('z', 40_000) : LzfTest.text(random, 10 + 40 * i);
            if (i % 2 == 0) {
                writer.expireAtMillis(1L << 41);
                writer.freq(i);
            }
            writer.string(key, 0, key.length, value, 0, value.length);
            writer.stringInteger(key, 0, key.length, 1L << 10 * i);
        }
        writer.end();
        return sink.bytes();
    }

    private static List<String> body(final Object... parts) throws Exception {
        return Recording.of(Bytes.of("REDIS0010", Bytes.of(parts), 255, NO_CHECKSUM));
    }

    private static void assertFails(final String message, final Object... parts) {
        final RdbException e =
                assertThrows(RdbException.class, () -> Recording.of(Bytes.of(parts)));
        assertEquals(message, e.getMessage());
    }

    private static class Counting implements RdbHandler {
        private long keys;

        @Override
        public void aux(final String name, final String value) {}

        @Override
        public void selectDb(final int db) throws IOException {}

        @Override
        public void resizeDb(final long count, final long expires) {}

        @Override
        public void functionLibrary(final byte[] code) {}

        @Override
        public void string(
                final RdbEntry entry, final byte[] array, final int offset, final int length) {
            keys++;
        }

        @Override
        public void stringInteger(final RdbEntry entry, final long value) {
            keys++;
        }

        @Override
        public void largeString(final RdbEntry entry, final byte[] owned) {
            keys++;
        }

        @Override
        public Database building(final RdbEntry entry) {
            return new Keyspace(1).database(0);
        }

        @Override
        public void built(final RdbEntry entry, final int cell) {
            keys++;
        }

        @Override
        public void skipped(final String text) {}
    }
}
