package dev.lockstep.keyspace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.IntFunction;

/** What a keyspace must hold, in plain JDK maps: a map per database from the number of a key to its value. */
final class KeyspaceModel {
    /** A string with its deadline (-1 for none) and its encoding; never changed, only replaced. */
    record Value(byte[] bytes, long deadline, int encoding) {
        Value withDeadline(long other) {
            return new Value(bytes, other, encoding);
        }
    }

    /** The keys that the operations draw from, by number, and the way back. */
    static final class Keys {
        final byte[][] bytes;
        private final Map<ByteBuffer, Integer> numbers = new HashMap<>();

        /** One key in a hundred is about as long as keys with memory of their own. */
        Keys(int count, SplittableRandom random) {
            bytes = new byte[count][];
            for (int number = 0; number < count; number++) {
                byte[] text = ("k:" + number).getBytes(StandardCharsets.US_ASCII);
                int length = text.length + random.nextInt(30);
                if (random.nextInt(100) == 0) {
                    length = Entry.MAX_INLINE_KEY - 2 + random.nextInt(5);
                } else if (random.nextInt(200) == 0) {
                    length = random.nextInt(text.length, 40_000);
                }
                bytes[number] = Arrays.copyOf(text, length);
                Arrays.fill(bytes[number], text.length, length, (byte) '.');
                numbers.put(ByteBuffer.wrap(bytes[number]), number);
            }
        }

        int number(byte[] array, int offset, int length) {
            Integer number = numbers.get(ByteBuffer.wrap(array, offset, length));
            assertTrue(number != null, "a key that never was");
            return number;
        }
    }

    final Keys keys;
    final List<Map<Integer, Value>> databases = new ArrayList<>();

    KeyspaceModel(Keys keys, int databaseCount) {
        this.keys = keys;
        for (int i = 0; i < databaseCount; i++) {
            databases.add(new HashMap<>());
        }
    }

    private KeyspaceModel(KeyspaceModel other) {
        keys = other.keys;
        other.databases.forEach(database -> databases.add(new HashMap<>(database)));
    }

    KeyspaceModel copy() {
        return new KeyspaceModel(this);
    }

    static long volatileCount(Map<Integer, Value> database) {
        return database.values().stream().filter(value -> value.deadline >= 0).count();
    }

    /** Walks all of a view and compares it with this. Any thread. */
    void assertSameAs(View view) {
        assertSameAs(view, view::cursor);
    }

    /** {@link #assertSameAs(View)}, letting go of what has been compared. */
    void assertConsumes(View view) {
        assertSameAs(view, view::consume);
    }

    private void assertSameAs(View view, IntFunction<ViewCursor> cursors) {
        for (int i = 0; i < databases.size(); i++) {
            Map<Integer, Value> expected = databases.get(i);
            assertEquals(expected.size(), view.size(i), "size of database " + i);
            assertEquals(volatileCount(expected), view.volatileCount(i));
            ViewCursor cursor = cursors.apply(i);
            int met = 0;
            while (cursor.next()) {
                int number = keys.number(cursor.keyArray(), cursor.keyOffset(), cursor.keyLength());
                Value value = expected.get(number);
                assertTrue(value != null, "key " + number + " was not there");
                assertEquals(value.deadline, cursor.deadline());
                assertEquals(value.encoding, cursor.encoding());
                assertEquals(ValueType.STRING, cursor.type());
                assertSame(value, cursor.string(), number);
                met++;
            }
            assertEquals(expected.size(), met, "entries met in database " + i);
        }
    }

    /** Looks every key up in the live keyspace, scans it, and compares. */
    void assertSameAs(Keyspace keyspace) {
        StringValue string = new StringValue();
        long total = 0;
        for (int i = 0; i < databases.size(); i++) {
            Map<Integer, Value> expected = databases.get(i);
            Database database = keyspace.database(i);
            assertEquals(expected.size(), database.size(), "size of database " + i);
            assertEquals(volatileCount(expected), database.volatileCount());
            total += expected.size();
            for (int number = 0; number < keys.bytes.length; number++) {
                byte[] key = keys.bytes[number];
                int cell = database.find(key, 0, key.length);
                Value value = expected.get(number);
                assertEquals(value != null, cell != 0, "key " + number);
                if (cell != 0) {
                    assertEquals(value.deadline, database.deadline(cell));
                    assertEquals(value.encoding, database.encoding(cell));
                    assertEquals(key.length, database.keyLength(cell));
                    assertEquals(value.bytes.length, database.stringLength(cell));
                    database.read(cell, string);
                    assertSame(value, string, number);
                }
            }
            List<Integer> met = new ArrayList<>();
            long cursor = 0;
            do {
                cursor =
                        database.scan(
                                cursor,
                                100,
                                cell ->
                                        met.add(
                                                keys.number(
                                                        database.keyArray(cell),
                                                        database.keyOffset(cell),
                                                        database.keyLength(cell))));
            } while (cursor != 0);
            assertEquals(expected.size(), met.size());
            assertTrue(expected.keySet().containsAll(met));
        }
        assertEquals(total, keyspace.totalSize());
    }

    private static void assertSame(Value expected, StringValue actual, int number) {
        int end = actual.offset() + actual.length();
        assertTrue(
                Arrays.equals(
                        expected.bytes,
                        0,
                        expected.bytes.length,
                        actual.array(),
                        actual.offset(),
                        end),
                () ->
                        "key "
                                + number
                                + ": expected "
                                + expected.bytes.length
                                + " bytes, read "
                                + actual.length());
        assertEquals(expected.encoding == ValueType.INT, actual.isInteger());
    }
}
