package dev.lockstep.persistence;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.keyspace.Database;
import dev.lockstep.keyspace.Keyspace;
import dev.lockstep.keyspace.ViewCursor;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DumpPayloadTest {
    /** From redis-server 7.0.15: DUMP of hello, of 12345, and of fifty letters a. */
    private static final byte[] STOCK_HELLO =
            Bytes.of(0, 5, "hello", 10, 0, "cr", 0xdf, "ve4 ", 10);

    private static final byte[] STOCK_12345 =
            Bytes.of(0, 0xc1, "90", 10, 0, 0x9d, 0x94, 0xea, 0x27, 0x93, 0xfc, 0x08, 0xb9);
    private static final byte[] STOCK_50_A =
            Bytes.of(
                    0, 0xc3, 9, 50, 1, "aa", 0xe0, 0x25, 0, 1, "aa", 10, 0, 0x09, 0xac, 0x48, 0xb9,
                    0xab, 0x15, 0xfb, 0xc9);

    private final DumpPayload payload = new DumpPayload(true);

    @Test
    void equalsWhatAStockServerReplies() {
        assertArrayEquals(STOCK_HELLO, write("hello"));
        assertArrayEquals(STOCK_12345, write("12345"));
    }

    @Test
    void readsWhatAStockServerReplies() throws Exception {
        assertEquals(List.of(Recording.key("k", "hello")), read(STOCK_HELLO));
        assertEquals(List.of(Recording.key("k", "12345")), read(STOCK_12345));
        assertEquals(List.of(Recording.key("k", "a".repeat(50))), read(STOCK_50_A));
    }

    @Test
    void readsBackWhatItWrites() throws Exception {
        final long seed = System.nanoTime();
        final Random random = new Random(seed);
        for (int round = 0; round < 300; round++) {
            final int length = random.nextInt(round % 50 == 0 ? 3_000_000 : 5000);
            final byte[] value = LzfTest.text(random, length);
            final byte[] written = write(value);
            final String expected = new String(value, StandardCharsets.ISO_8859_1);
            assertEquals(List.of(Recording.key("k", expected)), read(written), "seed " + seed);
        }
    }

    @Test
    void refusesWrongChecksumsAndNewerVersions() {
        for (int at = 0; at < STOCK_HELLO.length; at++) {
            final byte[] damaged = STOCK_HELLO.clone();
            damaged[at] ^= 0x10;
            assertFalse(DumpPayload.verify(damaged, 0, damaged.length), "byte " + at);
        }
        assertFalse(DumpPayload.verify(STOCK_HELLO, 0, STOCK_HELLO.length - 1));
        assertFalse(DumpPayload.verify(STOCK_HELLO, 0, 5));
        final byte[] unsigned = STOCK_HELLO.clone();
        Arrays.fill(unsigned, unsigned.length - 8, unsigned.length, (byte) 0);
        assertFalse(DumpPayload.verify(unsigned, 0, unsigned.length));
        assertTrue(DumpPayload.verify(footed(12, 0, 1, "x"), 0, 13));
        assertFalse(DumpPayload.verify(footed(13, 0, 1, "x"), 0, 13));
    }

    @Test
    void refusesMalformedValues() {
        for (final byte[] bad :
                List.of(
                        footed(10, 0, 5, "abc"),
                        footed(10, 99),
                        footed(10),
                        footed(10, 0),
                        footed(10, 0, 0x80, 0x7f, 0xff, 0xff, 0xf0, "x"),
                        footed(10, 0, 0xc3, 3, 9, "xyz"),
                        footed(10, 255))) {
            assertTrue(DumpPayload.verify(bad, 0, bad.length));
            assertThrows(RdbException.class, () -> read(bad), Arrays.toString(bad));
        }
    }

    private byte[] write(final String value) {
        return write(Bytes.of(value));
    }

    private byte[] write(final byte[] value) {
        final Database database = new Keyspace(1).database(0);
        final int cell = database.setString(value, 0, 0, value, 0, value.length, -1);
        payload.write(new ViewCursor().at(database, cell));
        return Arrays.copyOf(payload.array(), payload.length());
    }

    private List<String> read(final byte[] bytes) throws Exception {
        final byte[] shifted = Bytes.of("__", bytes, "_");
        assertTrue(DumpPayload.verify(shifted, 2, bytes.length));
        final Recording recording = new Recording();
        payload.read(shifted, 2, bytes.length, Bytes.of("-k-"), 1, 1, recording);
        return recording.events;
    }

    private static byte[] footed(final int version, final Object... value) {
        final byte[] body = Bytes.of(Bytes.of(value), version, 0);
        long crc = Crc64.update(0, body, 0, body.length);
        final byte[] footer = new byte[8];
        for (int i = 0; i < 8; i++) {
            footer[i] = (byte) crc;
            crc >>>= 8;
        }
        return Bytes.of(body, footer);
    }
}
