package dev.lockstep.keyspace;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DatabaseTest {
    private final Keyspace keyspace = new Keyspace(2);
    private final Database database = keyspace.database(0);
    private final StringValue string = new StringValue();

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static byte[] filled(int length, int with) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) with);
        return bytes;
    }

    private int set(byte[] key, byte[] value, long deadline) {
        return database.setString(key, 0, key.length, value, 0, value.length, deadline);
    }

    private int find(byte[] key) {
        return database.find(key, 0, key.length);
    }

    private byte[] get(Database from, byte[] key) {
        int cell = from.find(key, 0, key.length);
        if (cell == 0) {
            return null;
        }
        from.read(cell, string);
        int end = string.offset() + string.length();
        return Arrays.copyOfRange(string.array(), string.offset(), end);
    }

    /** Lengths around everything that decides how key and value are kept, with and without a deadline. */
    @Test
    void everyLengthOfKeyAndValueComesBack() {
        int[] keyLengths = {0, 1, 15, 16, 17, 8191, 8192, 8193, 8194, 32_768, 100_000};
        int[] valueLengths = {
            0, 1, 4, 43, 44, 45, 1000, 1024, 24_000, 24_564, 24_565, 32_731, 32_732, 32_740, 32_741,
            32_748, 32_749, 32_752, 32_753, 32_756, 32_757, 32_767, 32_768, 32_769, 50_000
        };
        for (int keyLength : keyLengths) {
            byte[] key = filled(keyLength, 'k');
            for (int valueLength : valueLengths) {
                byte[] value = filled(valueLength, 'v');
                for (long deadline : new long[] {-1, 5000}) {
                    int cell = set(key, value, deadline);
                    assertEquals(deadline, database.deadline(cell));
                    assertArrayEquals(value, get(database, key));
                    long other = deadline < 0 ? 7000 : -1;
                    cell = database.setDeadline(cell, other);
                    assertEquals(other, database.deadline(cell));
                    assertEquals(other < 0 ? 0 : 1, database.volatileCount());
                    assertArrayEquals(value, get(database, key));
                    assertEquals(keyLength, database.keyLength(cell));
                    assertTrue(
                            database.memoryUsage(cell, 0) >= keyLength + valueLength
                                    && database.memoryUsage(cell, 0)
                                            <= (keyLength + valueLength + 40) * 1.13);
                    byte[] newKey = filled(keyLengths[valueLength % keyLengths.length], 'n');
                    cell = database.rename(cell, database, newKey, 0, newKey.length);
                    assertArrayEquals(value, get(database, newKey));
                    assertEquals(Arrays.equals(key, newKey) ? cell : 0, find(key));
                    assertEquals(other, database.deadline(cell));
                    int copy = database.copy(cell, keyspace.database(1), key, 0, keyLength);
                    assertArrayEquals(value, get(keyspace.database(1), key));
                    database.delete(cell);
                    assertArrayEquals(value, get(keyspace.database(1), key));
                    keyspace.database(1).delete(copy);
                    assertEquals(0, keyspace.used(), keyLength + " and " + valueLength);
                }
            }
        }
    }

    @Test
    void aKeyRenamedToItselfStays() {
        byte[] key = bytes("key");
        int cell = set(key, bytes("value"), 900);
        assertEquals(cell, database.rename(cell, database, key, 0, key.length));
        assertArrayEquals(bytes("value"), get(database, key));
        assertEquals(1, database.size());
        assertEquals(900, database.deadline(cell));
    }

    /** The key comes from the entry that is overwritten; the copy with a deadline would write over it if that went first. */
    @Test
    void renameTakesItsKeyFromTheEntryThatItReplaces() {
        byte[] target = bytes("a-key-of-some-length");
        set(bytes("source"), filled(20, 's'), 12345);
        int existing = set(target, filled(28, 't'), -1);
        int cell = find(bytes("source"));
        database.rename(
                cell,
                database,
                database.keyArray(existing),
                database.keyOffset(existing),
                database.keyLength(existing));
        assertArrayEquals(filled(20, 's'), get(database, target));
        assertEquals(1, database.size());
        assertEquals(1, database.volatileCount());
    }

    @Test
    void renameMovesToAnotherDatabaseByItsOwnKey() {
        for (int length : new int[] {5, 9000}) {
            byte[] key = filled(length, 'x');
            Database other = keyspace.database(1);
            other.setString(key, 0, length, bytes("old"), 0, 3, 77);
            keyspace.clock().now(50_000);
            int cell = set(key, filled(40_000, 'v'), 88);
            int access = database.access(cell);
            keyspace.clock().now(500_000);
            int moved =
                    database.rename(
                            cell, other, database.keyArray(cell), database.keyOffset(cell), length);
            assertEquals(0, find(key));
            assertEquals(0, database.volatileCount());
            assertEquals(1, other.volatileCount());
            assertArrayEquals(filled(40_000, 'v'), get(other, key));
            assertEquals(access, other.access(moved));
            other.delete(moved);
            assertEquals(0, keyspace.used());
        }
    }

    /** The value is larger than a cell with the new key, so it moves to an array; what it was stays what it was. */
    @Test
    void renameKeepsEncodingAndAccessOfAValueThatMovesOut() {
        byte[] key = bytes("k");
        keyspace.clock().now(50_000);
        int cell = set(key, filled(30_000, 'v'), -1);
        int access = database.access(cell);
        keyspace.clock().now(500_000);
        byte[] longKey = filled(8000, 'l');
        cell = database.rename(cell, database, longKey, 0, longKey.length);
        assertEquals(access, database.access(cell));
        assertEquals(ValueType.RAW, database.encoding(cell));
        assertArrayEquals(filled(30_000, 'v'), get(database, longKey));
    }

    @Test
    void aValueMayBeAPartOfTheOneItReplaces() {
        byte[] key = bytes("key");
        for (int length : new int[] {60, 3000, 60_000}) {
            byte[] value = new byte[length];
            for (int i = 0; i < length; i++) {
                value[i] = (byte) (i * 31 + (i >> 8));
            }
            for (int start = 0; start < length; start += 1 + length / 13) {
                for (int end : new int[] {start, start + 1, (start + length) / 2, length}) {
                    int cell = set(key, value, -1);
                    database.read(cell, string);
                    database.setString(
                            database.keyArray(cell),
                            database.keyOffset(cell),
                            database.keyLength(cell),
                            string.array(),
                            string.offset() + start,
                            end - start,
                            -1);
                    assertArrayEquals(Arrays.copyOfRange(value, start, end), get(database, key));
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0",
                "-1",
                "7",
                "9223372036854775807",
                "-9223372036854775808",
                "-9223372036854775807",
                "1234567890123456789"
            })
    void canonicalIntegersAreStoredAsSuch(String digits) {
        byte[] key = bytes("n");
        int cell = set(key, bytes(digits), -1);
        assertEquals(ValueType.INT, database.encoding(cell));
        assertEquals("int", ValueType.encodingName(database.encoding(cell)));
        database.read(cell, string);
        assertTrue(string.isInteger());
        assertEquals(Long.parseLong(digits), string.number());
        assertEquals(digits.length(), database.stringLength(cell));
        assertArrayEquals(bytes(digits), get(database, key));
        cell = database.resizeString(cell, digits.length() + 2);
        assertEquals(ValueType.RAW, database.encoding(cell));
        assertArrayEquals(bytes(digits + "\0\0"), get(database, key));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "-",
                "-0",
                "00",
                "01",
                "+1",
                " 1",
                "1 ",
                "1a",
                "9223372036854775808",
                "-9223372036854775809",
                "18446744073709551615",
                "99999999999999999999",
                "111111111111111111111"
            })
    void whatIsNotCanonicalStaysText(String text) {
        int cell = set(bytes("n"), bytes(text), -1);
        assertEquals(ValueType.EMBSTR, database.encoding(cell));
        assertArrayEquals(bytes(text), get(database, bytes("n")));
        database.read(cell, string);
        assertFalse(string.isInteger());
    }

    @Test
    void growingAStringByAppendingMovesItSeldom() {
        byte[] key = bytes("log");
        int cell = set(key, bytes("x"), -1);
        int moves = 0;
        for (int length = 2; length < 200_000; length++) {
            int now = database.resizeString(cell, length);
            database.read(now, string);
            string.array()[string.offset() + length - 1] = (byte) length;
            moves += now != cell ? 1 : 0;
            cell = now;
        }
        assertTrue(moves < 80, "moved " + moves + " times");
        byte[] value = get(database, key);
        for (int i = 1; i < value.length; i++) {
            assertEquals((byte) (i + 1), value[i]);
        }
    }

    @Test
    void aShortenedStringDoesNotShowItsOldBytesWhenItGrowsAgain() {
        for (int length : new int[] {50, 40_000}) {
            byte[] key = bytes("k");
            int cell = set(key, filled(length, 'z'), -1);
            cell = database.resizeString(cell, length - 30);
            cell = database.resizeString(cell, length - 10);
            byte[] expected = Arrays.copyOf(filled(length - 30, 'z'), length - 10);
            assertArrayEquals(expected, get(database, key));
            assertEquals(cell, find(key));
        }
    }

    /** Many keys with one deadline: among them are some of equal fingerprint, which the expiry index can't tell apart. */
    @Test
    void keysOfOneDeadlineAllExpire() {
        int keys = 300_000;
        byte[] key = new byte[8];
        for (int i = 0; i < keys; i++) {
            Cells.LONG.set(key, 0, (long) i);
            set(key, bytes("v"), 1000 + i / 100_000);
        }
        assertEquals(keys, database.volatileCount());
        assertEquals(0, database.nextExpired(999));
        assertTrue(database.averageTtl(900) >= 100 && database.averageTtl(900) <= 102);
        assertEquals(0, database.averageTtl(5000));
        for (int i = 0; i < keys; i += 3) {
            Cells.LONG.set(key, 0, (long) i);
            database.delete(find(key));
        }
        long expired = 0;
        int cell;
        while ((cell = database.nextExpired(2000)) != 0) {
            assertTrue(database.deadline(cell) <= 2000);
            database.delete(cell);
            expired++;
        }
        assertEquals(keys - keys / 3, expired);
        assertEquals(0, database.size());
        assertEquals(0, keyspace.used());
    }

    @Test
    void randomEntriesAreSpreadOverAllKeys() {
        byte[] key = new byte[8];
        for (int i = 0; i < 5000; i++) {
            Cells.LONG.set(key, 0, (long) i);
            set(key, bytes("v"), i % 10 == 0 ? 70_000 : -1);
        }
        boolean[] seen = new boolean[5000];
        int distinct = 0;
        for (int i = 0; i < 50_000; i++) {
            int cell = database.randomEntry();
            int number =
                    (int) (long) Cells.LONG.get(database.keyArray(cell), database.keyOffset(cell));
            distinct += seen[number] ? 0 : 1;
            seen[number] = true;
            assertEquals(70_000, database.deadline(database.randomVolatile()));
        }
        assertTrue(distinct > 4500, "only " + distinct + " of 5000 keys");
    }

    @Test
    void accessBitsFollowTheClock() {
        AccessClock clock = keyspace.clock();
        clock.now(1_000_000_000L);
        int cell = set(bytes("k"), bytes("v"), -1);
        clock.now(1_000_042_000L);
        assertEquals(42, clock.idleSeconds(database.access(cell)));
        database.touch(cell);
        assertEquals(0, clock.idleSeconds(database.access(cell)));
        database.access(cell, clock.idle(300));
        assertEquals(300, clock.idleSeconds(database.access(cell)));
        assertEquals(ValueType.EMBSTR, database.encoding(cell));

        clock.policy(true, 10, 1);
        assertTrue(clock.isLfu());
        cell = set(bytes("new"), bytes("w"), -1);
        assertEquals(AccessClock.LFU_INITIAL, clock.decayed(database.access(cell)));
        for (int i = 0; i < 3000; i++) {
            database.touch(cell);
        }
        int counter = clock.decayed(database.access(cell));
        assertTrue(counter > 10 && counter < 60, "counter " + counter);
        clock.now(1_000_042_000L + 4 * 60_000);
        assertEquals(counter - 4, clock.decayed(database.access(cell)));
        cell = set(bytes("new"), filled(500, 'w'), 77);
        assertEquals(counter - 4, clock.decayed(database.access(cell)));
        assertNotEquals(0, find(bytes("k")));
    }
}
