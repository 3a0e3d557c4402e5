package dev.lockstep.persistence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RdbRoundTripTest {
    @Test
    void readsBackEverythingItWrites() throws Exception {
        for (long seed = 1; seed <= 60; seed++) {
            final Random random = new Random(seed);
            final boolean checksum = random.nextInt(4) > 0;
            final Bytes.Sink sink = new Bytes.Sink();
            final RdbWriter writer = new RdbWriter(sink, random.nextBoolean(), checksum);
            final List<String> expected = write(random, writer);
            final byte[] rdb = sink.bytes();
            assertEquals(rdb.length, writer.bytesWritten(), "seed " + seed);
            final int step = random.nextBoolean() ? 1 + random.nextInt(100) : Integer.MAX_VALUE;
            final RdbReader reader =
                    new RdbReader(
                            new Bytes.Source(rdb, step, random.nextBoolean()),
                            random.nextBoolean());
            final Recording recording = new Recording();
            reader.load(recording);
            assertEquals(expected, recording.events, "seed " + seed);
            assertEquals(rdb.length, reader.offset(), "seed " + seed);
            final boolean zero =
                    Arrays.equals(new byte[8], Arrays.copyOfRange(rdb, rdb.length - 8, rdb.length));
            assertEquals(!checksum, zero, "seed " + seed);
        }
    }

    @Test
    void picksTheSmallestEncodingOfIntegers() throws Exception {
        assertEncoded("0", 0xc0, 0);
        assertEncoded("-1", 0xc0, 0xff);
        assertEncoded("127", 0xc0, 0x7f);
        assertEncoded("-128", 0xc0, 0x80);
        assertEncoded("128", 0xc1, 0x80, 0x00);
        assertEncoded("-32768", 0xc1, 0x00, 0x80);
        assertEncoded("32768", 0xc2, 0x00, 0x80, 0x00, 0x00);
        assertEncoded("2147483647", 0xc2, 0xff, 0xff, 0xff, 0x7f);
        assertEncoded("-2147483648", 0xc2, 0x00, 0x00, 0x00, 0x80);
        for (final String text :
                new String[] {
                    "2147483648",
                    "-2147483649",
                    "-0",
                    "+1",
                    "01",
                    "-01",
                    "-",
                    "",
                    " 1",
                    "1 ",
                    "1a",
                    "99999999999"
                }) {
            assertEncoded(text, text.length(), text);
        }
    }

    @Test
    void writesIntegersLikeTheirText() throws Exception {
        final long seed = System.nanoTime();
        final Random random = new Random(seed);
        for (int round = 0; round < 2000; round++) {
            final long value =
                    round == 0
                            ? Long.MIN_VALUE
                            : round == 1 ? Long.MAX_VALUE : random.nextLong() >> random.nextInt(64);
            final Bytes.Sink sink = new Bytes.Sink();
            final RdbWriter writer = new RdbWriter(sink, true, true);
            writer.integerField(value);
            writer.flush();
            assertEquals(
                    encoded(Long.toString(value)),
                    Arrays.toString(sink.bytes()),
                    "seed " + seed + " value " + value);
        }
    }

    @Test
    void compressesOnlyAbove20BytesAndOnlyWhenItPays() throws Exception {
        final Bytes.Sink sink = new Bytes.Sink();
        final RdbWriter writer = new RdbWriter(sink, true, true);
        writer.stringField(Bytes.repeat('a', 20), 0, 20);
        writer.stringField(Bytes.repeat('a', 21), 0, 21);
        writer.flush();
        final byte[] bytes = sink.bytes();
        assertEquals(20, bytes[0]);
        assertEquals((byte) 0xc3, bytes[21]);
        assertTrue(bytes.length < 21 + 14);
    }

    @Test
    void writesLengthsInTheirShortestForm() throws Exception {
        final Bytes.Sink sink = new Bytes.Sink();
        final RdbWriter writer = new RdbWriter(sink, true, true);
        for (final long length : new long[] {63, 64, 16383, 16384, 0xffffffffL, 1L << 32}) {
            writer.length(length);
        }
        writer.flush();
        final byte[] expected =
                Bytes.of(
                        63, 0x40, 64, 0x7f, 0xff, 0x80, 0, 0, 0x40, 0, 0x80, 0xff, 0xff, 0xff, 0xff,
                        0x81, 0, 0, 0, 1, 0, 0, 0, 0);
        assertEquals(Arrays.toString(expected), Arrays.toString(sink.bytes()));
    }

    private static List<String> write(final Random random, final RdbWriter writer)
            throws Exception {
        final List<String> expected = new ArrayList<>();
        writer.header(5 + random.nextInt(8));
        writer.aux("redis-ver", "7.2.4");
        writer.aux("ctime", 1_700_000_000_000L);
        expected.add("aux redis-ver=7.2.4");
        expected.add("aux ctime=1700000000000");
        final byte[] library = LzfTest.text(random, random.nextInt(70_000));
        writer.functionLibrary(library, 0, library.length);
        expected.add("function " + latin1(library));
        for (int db = 0; db < 3; db++) {
            writer.selectDb(db * 100);
            writer.resizeDb(db, 1L << 20 * db);
            expected.add("db " + db * 100);
            expected.add("resize " + db + " " + (1L << 20 * db));
            for (int i = random.nextInt(300); i > 0; i--) {
                expected.add(writeKey(random, writer));
            }
        }
        writer.end();
        return expected;
    }

    private static String writeKey(final Random random, final RdbWriter writer) throws Exception {
        final byte[] key = string(random, 300);
        final long expire = random.nextBoolean() ? -1 : random.nextLong() >>> random.nextInt(60);
        final long idle = random.nextInt(3) > 0 ? -1 : random.nextInt();
        final int freq = random.nextInt(3) > 0 ? -1 : random.nextInt(256);
        if (expire != -1) {
            writer.expireAtMillis(expire);
        }
        if (idle >= 0) {
            writer.idleSeconds(idle);
        }
        if (freq >= 0) {
            writer.freq(freq);
        }
        if (random.nextInt(5) == 0) {
            final long value = random.nextLong() >> random.nextInt(64);
            writer.stringInteger(key, 0, key.length, value);
            return Recording.key(
                    latin1(key), Long.toString(value), expire, Math.max(idle, -1), freq);
        }
        final byte[] value = string(random, random.nextInt(60) == 0 ? 300_000 : 2000);
        writer.string(key, 0, key.length, value, 0, value.length);
        return Recording.key(latin1(key), latin1(value), expire, Math.max(idle, -1), freq);
    }

    private static byte[] string(final Random random, final int maxLength) {
        if (random.nextInt(4) == 0) {
            return Integer.toString(random.nextInt() >> random.nextInt(32))
                    .getBytes(StandardCharsets.US_ASCII);
        }
        return LzfTest.text(random, random.nextInt(maxLength));
    }

    private static String latin1(final byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private static String encoded(final String text) throws Exception {
        final Bytes.Sink sink = new Bytes.Sink();
        final RdbWriter writer = new RdbWriter(sink, true, true);
        writer.stringField(Bytes.of(text), 0, text.length());
        writer.flush();
        return Arrays.toString(sink.bytes());
    }

    private static void assertEncoded(final String text, final Object... bytes) throws Exception {
        assertEquals(Arrays.toString(Bytes.of(bytes)), encoded(text), text);
    }
}
