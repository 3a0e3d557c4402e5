package dev.lockstep.persistence;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.keyspace.Database;
import dev.lockstep.keyspace.Keyspace;
import dev.lockstep.keyspace.StringValue;
import dev.lockstep.keyspace.View;
import dev.lockstep.keyspace.ViewCursor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntSupplier;
import org.junit.jupiter.api.Test;

/** A keyspace written by {@link SnapshotWriter} and read back by {@link KeyspaceLoader}. */
class SnapshotTest {
    private static final long NOW = 1_700_000_000_000L;

    private final Keyspace keyspace = new Keyspace(16);

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String text(byte[] array, int offset, int length) {
        return new String(array, offset, length, StandardCharsets.ISO_8859_1);
    }

    private static int set(Database into, String key, String value, long deadline) {
        byte[] k = bytes(key);
        byte[] v = bytes(value);
        return into.setString(k, 0, k.length, v, 0, v.length, deadline);
    }

    private static SnapshotWriter.Options writing(
            SnapshotWriter.Access access, ReplicationPosition position, int delayMicros) {
        return new SnapshotWriter.Options(
                "7.2.4", true, true, position, 1000, NOW, access, 1, delayMicros, List.of(), false);
    }

    private static byte[] write(Keyspace from, SnapshotWriter.Options options) throws IOException {
        Bytes.Sink sink = new Bytes.Sink();
        View view = from.freeze();
        SnapshotWriter writer = new SnapshotWriter(view, options);
        writer.write(sink);
        assertEquals(from.totalSize(), writer.keysDone());
        assertEquals(from.totalSize(), writer.keysTotal());
        assertEquals(sink.bytes().length, writer.bytesWritten());
        view.close();
        return sink.bytes();
    }

    private static byte[] write(Keyspace from) throws IOException {
        return write(from, writing(SnapshotWriter.Access.NONE, null, 0));
    }

    private static KeyspaceLoader.Options reading(
            boolean dropExpired, boolean replace, IntSupplier delay, List<String> log) {
        return new KeyspaceLoader.Options(dropExpired, NOW, replace, 1000, delay, log::add);
    }

    private static KeyspaceLoader load(byte[] rdb, Keyspace into) throws IOException {
        return load(rdb, into, reading(true, false, () -> 0, new ArrayList<>()));
    }

    private static KeyspaceLoader load(byte[] rdb, Keyspace into, KeyspaceLoader.Options options)
            throws IOException {
        KeyspaceLoader loader = new KeyspaceLoader(into, options);
        loader.load(new Bytes.Source(rdb, rdb.length, true), true);
        return loader;
    }

    /** Database, key, encoding, value and deadline of everything. */
    private static Map<String, String> contents(Keyspace of) {
        Map<String, String> contents = new TreeMap<>();
        View view = of.freeze();
        for (int db = 0; db < view.databases(); db++) {
            ViewCursor cursor = view.cursor(db);
            while (cursor.next()) {
                StringValue value = cursor.string();
                contents.put(
                        db + " " + text(cursor.keyArray(), cursor.keyOffset(), cursor.keyLength()),
                        cursor.encoding()
                                + " "
                                + cursor.deadline()
                                + " "
                                + text(value.array(), value.offset(), value.length()));
            }
        }
        view.close();
        return contents;
    }

    @Test
    void everyStringEncodingAndDeadlineComesBack() throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int db = 0; db < 16; db += 3) {
            Database into = keyspace.database(db);
            for (long number : new long[] {0, -1, 127, -128, 128, 32767, -32769, 1L << 31}) {
                set(into, "n" + number, Long.toString(number), -1);
                set(into, "ttl" + number, Long.toString(number), NOW + 1 + db);
            }
            set(into, "max", Long.toString(Long.MAX_VALUE), -1);
            set(into, "min", Long.toString(Long.MIN_VALUE), -1);
            for (int length : new int[] {0, 1, 20, 21, 44, 45, 1000, 32768, 32769, 200_000}) {
                byte[] noise = new byte[length];
                random.nextBytes(noise);
                set(into, "noise" + length, text(noise, 0, length), -1);
                set(into, "same" + length, "x".repeat(length), NOW + length);
                set(into, "k".repeat(length), "long key", -1);
            }
            set(into, "12345", "a key that is a number", -1);
            set(into, "leading", "007", -1);
        }
        byte[] rdb = write(keyspace);
        Keyspace loaded = new Keyspace(16);
        KeyspaceLoader loader = load(rdb, loaded);
        assertEquals(contents(keyspace), contents(loaded), "seed " + seed);
        assertEquals(keyspace.totalSize(), loader.keysLoaded() + loader.keysExpired());
        assertEquals(rdb.length, loader.bytesRead());
        assertEquals(1000, loader.writersUsedMemory());
        assertNull(loader.position());
    }

    @Test
    void anEmptyKeyspaceIsAnRdbToo() throws IOException {
        Keyspace loaded = new Keyspace(16);
        load(write(keyspace), loaded);
        assertEquals(0, loaded.totalSize());
    }

    @Test
    void aMasterDropsWhatHasExpiredAndAReplicaKeepsIt() throws IOException {
        set(keyspace.database(0), "past", "v", NOW - 1);
        set(keyspace.database(0), "longPast", "v", 0);
        set(keyspace.database(0), "now", "v", NOW);
        set(keyspace.database(0), "future", "v", NOW + 1);
        byte[] rdb = write(keyspace);

        Keyspace master = new Keyspace(16);
        KeyspaceLoader loader = load(rdb, master);
        assertEquals(2, loader.keysExpired());
        assertEquals(2, loader.keysLoaded());
        assertEquals(List.of("0 future", "0 now"), List.copyOf(contents(master).keySet()));

        Keyspace replica = new Keyspace(16);
        loader = load(rdb, replica, reading(false, false, () -> 0, new ArrayList<>()));
        assertEquals(0, loader.keysExpired());
        assertEquals(contents(keyspace), contents(replica));
    }

    @Test
    void theReplicationPositionComesBack() throws IOException {
        String id = "0123456789abcdef0123456789abcdef01234567";
        ReplicationPosition position = new ReplicationPosition(id, 1L << 40, 7);
        byte[] rdb = write(keyspace, writing(SnapshotWriter.Access.NONE, position, 0));
        assertEquals(position, load(rdb, new Keyspace(16)).position());
        ReplicationPosition nothingSelected = new ReplicationPosition(id, 5, -1);
        rdb = write(keyspace, writing(SnapshotWriter.Access.NONE, nothingSelected, 0));
        assertEquals(new ReplicationPosition(id, 5, 0), load(rdb, new Keyspace(16)).position());
    }

    @Test
    void idleTimesAndCountersComeBackUnderTheirPolicy() throws IOException {
        keyspace.clock().now(NOW - 300_000);
        set(keyspace.database(0), "k", "v", -1);
        keyspace.clock().now(NOW);
        byte[] rdb = write(keyspace, writing(SnapshotWriter.Access.IDLE, null, 0));
        Keyspace loaded = new Keyspace(16);
        loaded.clock().now(NOW);
        load(rdb, loaded);
        Database database = loaded.database(0);
        int cell = database.find(bytes("k"), 0, 1);
        assertEquals(300, loaded.clock().idleSeconds(database.access(cell)));

        keyspace.clock().policy(true, 10, 1);
        cell = keyspace.database(0).find(bytes("k"), 0, 1);
        keyspace.database(0).access(cell, keyspace.clock().frequency(200));
        rdb = write(keyspace, writing(SnapshotWriter.Access.FREQUENCY, null, 0));
        loaded = new Keyspace(16);
        loaded.clock().now(NOW);
        loaded.clock().policy(true, 10, 1);
        load(rdb, loaded);
        database = loaded.database(0);
        cell = database.find(bytes("k"), 0, 1);
        assertEquals(200, loaded.clock().decayed(database.access(cell)));
    }

    @Test
    void aKeyThatIsThereTwiceIsAnErrorUnlessKeysMayBeReplaced() throws IOException {
        set(keyspace.database(0), "k", "from the file", -1);
        byte[] rdb = write(keyspace);
        Keyspace into = new Keyspace(16);
        set(into.database(0), "k", "there before", -1);
        IOException refused = assertThrows(IOException.class, () -> load(rdb, into));
        assertEquals("the key 'k' is there twice", refused.getMessage());
        load(rdb, into, reading(true, true, () -> 0, new ArrayList<>()));
        assertEquals(contents(keyspace), contents(into));
    }

    @Test
    void aDatabaseThatIsNotConfiguredIsAnError() throws IOException {
        set(keyspace.database(9), "k", "v", -1);
        byte[] rdb = write(keyspace);
        IOException refused = assertThrows(IOException.class, () -> load(rdb, new Keyspace(4)));
        assertEquals(
                "the data need database 9, but this server is configured with 'databases 4'",
                refused.getMessage());
    }

    @Test
    void memoryThatDoesNotSufficeIsAnError() throws IOException {
        for (int i = 0; i < 100_000; i++) {
            set(keyspace.database(0), "key:" + i, "x".repeat(100), -1);
        }
        byte[] rdb = write(keyspace);
        Keyspace small = new Keyspace(16);
        small.limit(8 << 20);
        IOException refused = assertThrows(IOException.class, () -> load(rdb, small));
        assertTrue(refused.getMessage().contains("-Xmx"), refused.getMessage());
    }

    @Test
    void theLogTellsOfTheFile() throws IOException {
        List<String> log = new ArrayList<>();
        load(write(keyspace), new Keyspace(16), reading(true, false, () -> 0, log));
        assertEquals(
                List.of(
                        "Loading RDB produced by version 7.2.4",
                        "RDB age 0 seconds",
                        "RDB memory usage when created 0.00 Mb"),
                log);
    }

    @Test
    void theSnapshotIsTheStateAtTheFreezeWhateverIsWrittenMeanwhile() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        Database database = keyspace.database(0);
        for (int i = 0; i < 30_000; i++) {
            set(database, "key:" + i, "old " + i, i % 7 == 0 ? NOW + i : -1);
        }
        Map<String, String> expected = contents(keyspace);
        View view = keyspace.freeze();
        Bytes.Sink sink = new Bytes.Sink();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread saver =
                new Thread(
                        () -> {
                            try {
                                new SnapshotWriter(
                                                view,
                                                writing(SnapshotWriter.Access.NONE, null, -50))
                                        .write(sink);
                            } catch (IOException | RuntimeException | Error e) {
                                failure.set(e);
                            }
                        });
        saver.start();
        int writes = 0;
        while (saver.isAlive()) {
            String key = "key:" + random.nextInt(40_000);
            if (random.nextInt(4) == 0) {
                int cell = database.find(bytes(key), 0, key.length());
                if (cell != 0) {
                    database.delete(cell);
                }
            } else {
                set(database, key, "new " + writes, random.nextBoolean() ? NOW + writes : -1);
            }
            writes++;
        }
        saver.join();
        view.close();
        assertNull(failure.get());
        assertTrue(writes > 0);
        Keyspace loaded = new Keyspace(16);
        load(sink.bytes(), loaded);
        assertEquals(expected, contents(loaded), "seed " + seed);
    }

    @Test
    void aCancelledSaveEndsAtOnceThoughItWaits() throws Exception {
        set(keyspace.database(0), "a", "v", -1);
        set(keyspace.database(0), "b", "v", -1);
        View view = keyspace.freeze();
        int hour = (int) TimeUnit.MINUTES.toMicros(30);
        SnapshotWriter writer =
                new SnapshotWriter(view, writing(SnapshotWriter.Access.NONE, null, hour));
        CountDownLatch ended = new CountDownLatch(1);
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread saver =
                new Thread(
                        () -> {
                            try {
                                writer.write(new Bytes.Sink());
                            } catch (IOException e) {
                                failure.set(e);
                            }
                            ended.countDown();
                        });
        saver.start();
        long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (writer.keysDone() == 0 && System.nanoTime() < deadline) {
            Thread.onSpinWait();
        }
        assertEquals(1, writer.keysDone());
        writer.cancel();
        assertTrue(ended.await(30, TimeUnit.SECONDS));
        assertEquals(CancelledException.class, failure.get().getClass());
        view.close();
    }

    @Test
    void aCancelledLoadEnds() throws IOException {
        for (int i = 0; i < 10_000; i++) {
            set(keyspace.database(0), "key:" + i, "x".repeat(100), -1);
        }
        byte[] rdb = write(keyspace);
        AtomicReference<KeyspaceLoader> loader = new AtomicReference<>();
        IntSupplier cancelling =
                () -> {
                    loader.get().cancel();
                    return 1;
                };
        loader.set(
                new KeyspaceLoader(
                        new Keyspace(16), reading(true, false, cancelling, new ArrayList<>())));
        assertThrows(
                CancelledException.class,
                () -> loader.get().load(new Bytes.Source(rdb, 100, false), true));
    }

    @Test
    void aDamagedSnapshotIsAnErrorThatNamesTheOffset() throws IOException {
        for (int i = 0; i < 100; i++) {
            set(keyspace.database(0), "key:" + i, "value " + i, -1);
        }
        byte[] rdb = write(keyspace);
        byte[] wrongSum = rdb.clone();
        wrongSum[rdb.length - 1] ^= 1;
        RdbException damaged =
                assertThrows(RdbException.class, () -> load(wrongSum, new Keyspace(16)));
        assertEquals(rdb.length - 8, damaged.offset());
        byte[] cut = Arrays.copyOf(rdb, rdb.length / 2);
        damaged = assertThrows(RdbException.class, () -> load(cut, new Keyspace(16)));
        assertTrue(
                damaged.offset() <= cut.length && damaged.offset() > cut.length - 30,
                damaged.getMessage());
        assertArrayEquals(rdb, write(keyspace));
    }
}
