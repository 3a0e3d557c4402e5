package dev.lockstep.keyspace;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BulkInsertTest {
    private final Keyspace keyspace = new Keyspace(2);
    private final StringValue string = new StringValue();

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static int add(BulkInsert bulk, String key, String value, long deadline) {
        byte[] name = bytes(key);
        byte[] bytes = bytes(value);
        return bulk.string(name, 0, name.length, bytes, 0, bytes.length, deadline);
    }

    private String get(int database, String key) {
        Database from = keyspace.database(database);
        byte[] name = bytes(key);
        int cell = from.find(name, 0, name.length);
        if (cell == 0) {
            return null;
        }
        from.read(cell, string);
        return new String(
                string.array(), string.offset(), string.length(), StandardCharsets.ISO_8859_1);
    }

    private long deadline(String key) {
        byte[] name = bytes(key);
        return keyspace.database(0).deadline(keyspace.database(0).find(name, 0, name.length));
    }

    @Test
    void severalBatchesOfEveryKindOfValueComeBack() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        Map<String, String> expected = new HashMap<>();
        Map<String, Long> deadlines = new HashMap<>();
        BulkInsert bulk = new BulkInsert(keyspace, false);
        for (int i = 0; i < 300_000; i++) {
            String key = "key:" + i;
            long deadline = random.nextInt(4) == 0 ? 1 + random.nextInt(1_000_000) : -1;
            String value;
            if (i % 1000 == 0) {
                byte[] owned = new byte[SizeClasses.MAX_BYTES + random.nextInt(1000)];
                Arrays.fill(owned, (byte) ('a' + i % 26));
                value = new String(owned, StandardCharsets.ISO_8859_1);
                bulk.owned(bytes(key), 0, key.length(), owned, deadline);
            } else if (i % 3 == 0) {
                long number = random.nextLong();
                value = Long.toString(number);
                bulk.integer(bytes(key), 0, key.length(), number, deadline);
            } else {
                value = i % 3 == 1 ? "v" + random.nextLong() : Integer.toString(i);
                add(bulk, key, value, deadline);
            }
            expected.put(key, value);
            deadlines.put(key, deadline);
        }
        bulk.flush();
        assertNull(bulk.refusedKey());
        assertEquals(expected.size(), keyspace.database(0).size());
        expected.forEach((key, value) -> assertEquals(value, get(0, key), "seed " + seed));
        deadlines.forEach((key, value) -> assertEquals(value, deadline(key), "seed " + seed));
        assertEquals(
                deadlines.values().stream().filter(deadline -> deadline >= 0).count(),
                keyspace.database(0).volatileCount());
        assertEquals(
                deadlines.values().stream().filter(deadline -> deadline >= 0).min(Long::compare),
                java.util.Optional.of(
                        keyspace.database(0).deadline(keyspace.database(0).firstVolatile())));
    }

    @Test
    void aKeyThatIsThereStaysOrIsReplaced() {
        BulkInsert first = new BulkInsert(keyspace, false);
        add(first, "k", "one", 500);
        first.flush();
        long used = keyspace.used();

        BulkInsert keeping = new BulkInsert(keyspace, false);
        add(keeping, "k", "two", -1);
        keeping.flush();
        assertEquals("one", get(0, "k"));
        assertArrayEquals(bytes("k"), keeping.refusedKey());
        assertEquals(used, keyspace.used());

        BulkInsert replacing = new BulkInsert(keyspace, true);
        add(replacing, "k", "two", -1);
        add(replacing, "k", "six", 700);
        replacing.flush();
        assertEquals("six", get(0, "k"));
        assertEquals(700, deadline("k"));
        assertEquals(1, keyspace.database(0).size());
        assertEquals(1, keyspace.database(0).volatileCount());
        assertNull(replacing.refusedKey());
        assertEquals(used, keyspace.used());
    }

    @Test
    void databasesAreKeptApart() {
        BulkInsert bulk = new BulkInsert(keyspace, false);
        add(bulk, "k", "in 0", -1);
        bulk.select(1);
        add(bulk, "k", "in 1", -1);
        bulk.flush();
        assertEquals("in 0", get(0, "k"));
        assertEquals("in 1", get(1, "k"));
    }

    @Test
    void aFalseNumberOfKeysCostsLittle() {
        for (long announced : new long[] {Long.MAX_VALUE, 1L << 40, 300_000, 10, 0}) {
            Keyspace into = new Keyspace(1);
            BulkInsert bulk = new BulkInsert(into, false);
            bulk.expect(announced);
            for (int i = 0; i < 20_000; i++) {
                add(bulk, "key:" + i, "v", -1);
            }
            bulk.flush();
            assertEquals(20_000, into.database(0).size());
            assertTrue(into.used() < 20_000 * (48 + 16 * 12), announced + ": " + into.used());
        }
    }

    @Test
    void roomIsMadeForEntriesThatAreMadeBesideToo() {
        BulkInsert bulk = new BulkInsert(keyspace, false);
        bulk.expect(20_000);
        Database database = keyspace.database(0);
        for (int i = 0; i < 20_000; i++) {
            byte[] key = bytes("key:" + i);
            if (i % 2 == 0) {
                database.setString(key, 0, key.length, key, 0, key.length, -1);
                bulk.addedBeside();
            } else {
                add(bulk, "key:" + i, "key:" + i, -1);
            }
        }
        bulk.flush();
        assertEquals(20_000, database.size());
        for (int i = 0; i < 20_000; i++) {
            assertEquals("key:" + i, get(0, "key:" + i));
        }
    }

    @Test
    void aViewDoesNotSeeWhatIsAdded() {
        BulkInsert bulk = new BulkInsert(keyspace, true);
        for (int i = 0; i < 5_000; i++) {
            add(bulk, "key:" + i, "old", -1);
        }
        bulk.flush();
        View view = keyspace.freeze();
        for (int i = 0; i < 10_000; i++) {
            add(bulk, "key:" + i, "new", -1);
        }
        bulk.flush();
        ViewCursor cursor = view.cursor(0);
        int seen = 0;
        while (cursor.next()) {
            StringValue value = cursor.string();
            assertEquals(
                    "old",
                    new String(
                            value.array(),
                            value.offset(),
                            value.length(),
                            StandardCharsets.ISO_8859_1));
            seen++;
        }
        assertEquals(5_000, seen);
        view.close();
        assertEquals(10_000, keyspace.database(0).size());
        assertEquals("new", get(0, "key:17"));
    }

    @Test
    void theAccessBitsOfAnEntryCanBeSet() {
        BulkInsert bulk = new BulkInsert(keyspace, false);
        int cell = add(bulk, "k", "v", -1);
        int fresh = keyspace.database(0).access(cell);
        bulk.access(cell, 12345);
        bulk.flush();
        byte[] key = bytes("k");
        assertNotEquals(fresh, 12345);
        assertEquals(
                12345, keyspace.database(0).access(keyspace.database(0).find(key, 0, key.length)));
    }
}
