package dev.lockstep.persistence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.keyspace.Database;
import dev.lockstep.keyspace.Keyspace;
import dev.lockstep.keyspace.ViewCursor;
import dev.lockstep.testing.Program;
import dev.lockstep.testing.Reply;
import dev.lockstep.testing.RespClient;
import dev.lockstep.testing.ServerKind;
import dev.lockstep.testing.ServerProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** RDB files and DUMP payloads between our codec and a stock redis-server, in both directions. */
class RdbPeerTest {
    private static final long EXPIRE_AT_MILLIS = 4_102_444_800_123L;

    @TempDir private Path directory;
    private ServerProcess stock;

    @AfterEach
    void stop() {
        if (stock != null) {
            stock.close();
        }
    }

    @Test
    void readsWhatStockWrites() throws Exception {
        readsWhatStockWrites("rdbchecksum yes");
    }

    @Test
    void readsWhatStockWritesWithoutChecksum() throws Exception {
        readsWhatStockWrites("rdbchecksum no");
    }

    private void readsWhatStockWrites(final String conf) throws Exception {
        final long seed = System.nanoTime();
        final Map<String, String> expected = strings(seed);
        stock = ServerProcess.start(ServerKind.STOCK, conf);
        try (RespClient client = stock.connect()) {
            client.ok("SELECT", "3");
            for (final Map.Entry<String, String> e : expected.entrySet()) {
                client.ok("SET", e.getKey(), e.getValue());
            }
            client.ok("PEXPIREAT", "int:5", Long.toString(EXPIRE_AT_MILLIS));
            for (final String compression : new String[] {"yes", "no"}) {
                client.ok("CONFIG", "SET", "rdbcompression", compression);
                client.ok("SAVE");
                final Loaded loaded = load(stock.directory().resolve("dump.rdb"));
                assertEquals(expected, loaded.strings.get(3), "seed " + seed);
                assertEquals(Map.of("int:5", EXPIRE_AT_MILLIS), loaded.expiries);
                assertEquals(List.of(3), new ArrayList<>(loaded.strings.keySet()));
                assertEquals("64", loaded.aux.get(RdbAux.REDIS_BITS));
                assertEquals("0", loaded.aux.get(RdbAux.AOF_BASE));
                assertEquals(expected.size(), loaded.announcedKeys);
                assertEquals(1, loaded.announcedExpires);
            }
        }
    }

    @Test
    void readsAccessTimesAndCountersFromStock() throws Exception {
        stock = ServerProcess.start(ServerKind.STOCK, "maxmemory 100mb");
        try (RespClient client = stock.connect()) {
            client.ok("CONFIG", "SET", "maxmemory-policy", "allkeys-lru");
            client.ok("SET", "k", "v");
            final byte[] payload = ((Reply.Bulk) client.ok("DUMP", "k")).bytes();
            client.call(
                    List.of(
                            ascii("RESTORE"),
                            ascii("idle"),
                            ascii("0"),
                            payload,
                            ascii("IDLETIME"),
                            ascii("1000")));
            client.ok("SAVE");
            final Loaded lru = load(stock.directory().resolve("dump.rdb"));
            assertTrue(lru.idle.get("idle") >= 1000, "idle " + lru.idle);
            assertEquals(Map.of("k", -1, "idle", -1), lru.freq);

            client.ok("CONFIG", "SET", "maxmemory-policy", "allkeys-lfu");
            client.call(
                    List.of(
                            ascii("RESTORE"),
                            ascii("freq"),
                            ascii("0"),
                            payload,
                            ascii("FREQ"),
                            ascii("99")));
            client.ok("SAVE");
            final Loaded lfu = load(stock.directory().resolve("dump.rdb"));
            assertEquals(99, lfu.freq.get("freq"));
            assertEquals(-1L, lfu.idle.get("freq"));
        }
    }

    @Test
    void buildsKeysOfOtherTypes() throws Exception {
        stock = ServerProcess.start(ServerKind.STOCK);
        stock.call("HSET", "a hash", "field", "value");
        stock.call("SAVE");
        assertEquals(List.of("a hash"), load(stock.directory().resolve("dump.rdb")).collections);
    }

    @Test
    void stockLoadsAndChecksWhatWeWrite() throws Exception {
        final long seed = System.nanoTime();
        final Map<String, String> expected = strings(seed);
        for (final boolean compression : new boolean[] {true, false}) {
            for (final boolean checksum : new boolean[] {true, false}) {
                final ServerProcess.Builder builder = ServerProcess.builder(ServerKind.STOCK);
                final Path file = builder.directory().resolve("dump.rdb");
                write(file, expected, compression, checksum);
                final Program check =
                        Program.run(
                                Duration.ofSeconds(60),
                                ServerKind.program("redis-check-rdb"),
                                file.toString());
                check.expectExit(0);
                assertTrue(check.output().contains("RDB looks OK"), check.output());
                assertTrue(check.output().contains(expected.size() + " keys read"), check.output());
                stock = builder.conf("maxmemory 1gb", "maxmemory-policy allkeys-lru").start();
                try (RespClient client = stock.connect()) {
                    client.ok("SELECT", "3");
                    assertEquals(
                            new Reply.Int(expected.size()), client.ok("DBSIZE"), "seed " + seed);
                    for (final Map.Entry<String, String> e : expected.entrySet()) {
                        final Reply.Bulk value = (Reply.Bulk) client.ok("GET", e.getKey());
                        assertEquals(
                                e.getValue(),
                                new String(value.bytes(), StandardCharsets.ISO_8859_1),
                                "seed " + seed + " key " + e.getKey());
                    }
                    assertEquals(
                            new Reply.Int(EXPIRE_AT_MILLIS), client.ok("PEXPIRETIME", "int:5"));
                }
                stock.close();
                stock = null;
            }
        }
    }

    private static ViewCursor value(final byte[] string) {
        final Database database = new Keyspace(1).database(0);
        final int cell = database.setString(string, 0, 0, string, 0, string.length, -1);
        return new ViewCursor().at(database, cell);
    }

    @Test
    void exchangesDumpPayloads() throws Exception {
        final long seed = System.nanoTime();
        stock = ServerProcess.start(ServerKind.STOCK);
        final DumpPayload payload = new DumpPayload(true);
        try (RespClient client = stock.connect()) {
            for (final Map.Entry<String, String> e : strings(seed).entrySet()) {
                final byte[] value = e.getValue().getBytes(StandardCharsets.ISO_8859_1);
                payload.write(value(value));
                final byte[] ours = Arrays.copyOf(payload.array(), payload.length());
                assertEquals(
                        new Reply.Simple("OK"),
                        client.call(
                                List.of(
                                        ascii("RESTORE"),
                                        ascii("k"),
                                        ascii("0"),
                                        ours,
                                        ascii("REPLACE"))));
                final Reply.Bulk got = (Reply.Bulk) client.ok("GET", "k");
                assertEquals(e.getValue(), new String(got.bytes(), StandardCharsets.ISO_8859_1));
                final byte[] theirs = ((Reply.Bulk) client.ok("DUMP", "k")).bytes();
                assertTrue(DumpPayload.verify(theirs, 0, theirs.length), "seed " + seed);
                final Loaded loaded = new Loaded();
                payload.read(theirs, 0, theirs.length, ascii("k"), 0, 1, loaded);
                assertEquals(Map.of("k", e.getValue()), loaded.strings.get(0), "seed " + seed);
            }
        }
    }

    private void write(
            final Path file,
            final Map<String, String> strings,
            final boolean compression,
            final boolean checksum)
            throws IOException {
        try (RdbFile out = RdbFile.create(file, true)) {
            final RdbWriter writer = new RdbWriter(out, compression, checksum);
            writer.header(RdbFormat.DEFAULT_VERSION);
            RdbAux.write(
                    writer, "7.2.4", 1_700_000_000L, 1 << 20, 0, "f".repeat(40), 1L << 33, false);
            writer.selectDb(3);
            writer.resizeDb(strings.size(), 1);
            int n = 0;
            for (final Map.Entry<String, String> e : strings.entrySet()) {
                final byte[] key = e.getKey().getBytes(StandardCharsets.ISO_8859_1);
                final byte[] value = e.getValue().getBytes(StandardCharsets.ISO_8859_1);
                if (e.getKey().equals("int:5")) {
                    writer.expireAtMillis(EXPIRE_AT_MILLIS);
                }
                if (n % 3 == 0) {
                    writer.idleSeconds(n);
                } else if (n % 3 == 1) {
                    writer.freq(n % 256);
                }
                writer.string(key, 0, key.length, value, 0, value.length);
                n++;
            }
            writer.end();
            out.commit();
        }
    }

    /** One of each encoding, each boundary, and some random ones. */
    private static Map<String, String> strings(final long seed) {
        final Random random = new Random(seed);
        final Map<String, String> strings = new TreeMap<>();
        final long[] integers = {
            0,
            -1,
            127,
            128,
            -128,
            -129,
            32767,
            32768,
            -32768,
            -32769,
            Integer.MAX_VALUE,
            Integer.MIN_VALUE,
            Integer.MAX_VALUE + 1L,
            Integer.MIN_VALUE - 1L,
            Long.MAX_VALUE,
            Long.MIN_VALUE
        };
        for (int i = 0; i < integers.length; i++) {
            strings.put("int:" + i, Long.toString(integers[i]));
            strings.put(Long.toString(integers[i]), "integer as key");
        }
        strings.put("", "empty key");
        strings.put("empty value", "");
        strings.put("not canonical", "007");
        strings.put("minus zero", "-0");
        for (final int length :
                new int[] {19, 20, 21, 63, 64, 16383, 16384, 32768, 32769, 70_000}) {
            strings.put("run:" + length, "x".repeat(length));
            strings.put("noise:" + length, text(random, length, 256));
            strings.put("letters:" + length, text(random, length, 3));
        }
        strings.put("large", text(random, 5_000_000, 256));
        strings.put("large and compressible", text(random, 3_000_000, 4));
        strings.put("k".repeat(40_000), "long key");
        for (int i = 0; i < 500; i++) {
            final int letters = 1 << random.nextInt(9);
            strings.put(
                    "random:" + i + text(random, random.nextInt(50), letters),
                    text(random, random.nextInt(500), letters));
        }
        return strings;
    }

    private static String text(final Random random, final int length, final int letters) {
        final byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) random.nextInt(letters);
        }
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private static byte[] ascii(final String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static Loaded load(final Path file) throws IOException {
        final Loaded loaded = new Loaded();
        try (RdbFile.Source source = RdbFile.open(file)) {
            final RdbReader reader = new RdbReader(source, true);
            reader.load(loaded);
            assertEquals(source.size(), reader.offset());
        }
        return loaded;
    }

    /** Everything in maps. */
    private static final class Loaded implements RdbHandler {
        private final Map<String, String> aux = new TreeMap<>();
        private final List<String> collections = new ArrayList<>();
        private final Map<Integer, Map<String, String>> strings = new TreeMap<>();
        private final Map<String, Long> expiries = new TreeMap<>();
        private final Map<String, Long> idle = new TreeMap<>();
        private final Map<String, Integer> freq = new TreeMap<>();
        private int db;
        private long announcedKeys;
        private long announcedExpires;

        @Override
        public void aux(final String name, final String value) {
            aux.put(name, value);
        }

        @Override
        public void selectDb(final int number) {
            db = number;
        }

        @Override
        public void resizeDb(final long keys, final long expires) {
            announcedKeys = keys;
            announcedExpires = expires;
        }

        @Override
        public void functionLibrary(final byte[] code) {
            throw new AssertionError("a function library");
        }

        @Override
        public void string(
                final RdbEntry entry, final byte[] array, final int offset, final int length) {
            add(entry, new String(array, offset, length, StandardCharsets.ISO_8859_1));
        }

        @Override
        public void stringInteger(final RdbEntry entry, final long value) {
            add(entry, Long.toString(value));
        }

        @Override
        public void largeString(final RdbEntry entry, final byte[] owned) {
            add(entry, new String(owned, StandardCharsets.ISO_8859_1));
        }

        @Override
        public Database building(final RdbEntry entry) {
            return new Keyspace(1).database(0);
        }

        @Override
        public void built(final RdbEntry entry, final int cell) {
            collections.add(entry.printableKey());
        }

        @Override
        public void skipped(final String text) {
            throw new AssertionError(text);
        }

        private void add(final RdbEntry entry, final String value) {
            final String key = new String(entry.copyKey(), StandardCharsets.ISO_8859_1);
            strings.computeIfAbsent(db, n -> new TreeMap<>()).put(key, value);
            idle.put(key, entry.idleSeconds());
            freq.put(key, entry.freq());
            if (entry.expireAtMillis() != RdbEntry.NO_EXPIRY) {
                expiries.put(key, entry.expireAtMillis());
            }
        }
    }
}
