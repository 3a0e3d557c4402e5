package dev.lockstep.keyspace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.keyspace.KeyspaceModel.Value;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class MemoryLimitTest {
    private static final long CHUNK = 4 << 20;

    private final Keyspace keyspace = new Keyspace(2);
    private final Database database = keyspace.database(0);

    private static byte[] key(int number) {
        return ("key:" + number).getBytes();
    }

    private int set(int number, int length) {
        byte[] key = key(number);
        byte[] value = new byte[length];
        Arrays.fill(value, (byte) 'v');
        return database.setString(key, 0, key.length, value, 0, length, number % 3 == 0 ? 99 : -1);
    }

    private int find(int number) {
        byte[] key = key(number);
        return database.find(key, 0, key.length);
    }

    private int fill(int length) {
        int keys = 0;
        try {
            while (true) {
                set(keys, length);
                keys++;
            }
        } catch (MemoryLimitException full) {
            return keys;
        }
    }

    private void removeAll() {
        while (database.size() > 0) {
            database.delete(database.randomEntry());
        }
        assertEquals(0, keyspace.used());
    }

    @Test
    void aFullKeyspaceStaysWithinItsLimitAndWorksAgainAfterDeletes() {
        for (int length : new int[] {30, 800, 20_000, 100_000}) {
            long limit = 16 * CHUNK;
            keyspace.limit(limit);
            int keys = fill(length);
            assertEquals(keys, database.size());
            assertTrue(keyspace.used() > limit * 3 / 4, "used " + keyspace.used());
            assertTrue(keyspace.slab().reserved() <= limit);
            assertEquals(0, find(keys));
            for (int number = 0; number < keys; number += 10) {
                database.delete(find(number));
            }
            int again = 0;
            for (int number = 0; number < keys; number += 10) {
                set(number, length);
                again++;
            }
            assertTrue(again > 0);
            assertEquals(keys, database.size());
            removeAll();
        }
    }

    @Test
    void aRefusedChangeLeavesTheEntryAsItWas() {
        keyspace.limit(3 * CHUNK);
        int keys = fill(1000);
        StringValue string = new StringValue();
        keyspace.limit(0);
        long used = keyspace.used();
        byte[] longKey = new byte[50_000];
        for (int number = 0; number < keys; number += keys / 50) {
            int one = number;
            int cell = find(number);
            assertThrows(MemoryLimitException.class, () -> set(one, 100_000));
            assertThrows(MemoryLimitException.class, () -> database.resizeString(cell, 40_000));
            assertThrows(
                    MemoryLimitException.class,
                    () -> database.setOwned(longKey, 0, longKey.length, new byte[60_000], -1));
            assertThrows(
                    MemoryLimitException.class,
                    () -> database.rename(cell, keyspace.database(1), longKey, 0, 50_000));
            assertEquals(cell, find(number));
            database.read(cell, string);
            assertEquals(1000, string.length());
            assertEquals('v', string.array()[string.offset() + 999]);
            assertEquals(number % 3 == 0 ? 99 : -1, database.deadline(cell));
            assertEquals(used, keyspace.used());
        }
        assertEquals(0, keyspace.database(1).size());
        keyspace.limit(Long.MAX_VALUE);
        removeAll();
    }

    /** MSET: many entries of all sizes, each of which could need a page of its own, are refused at the start or never. */
    @Test
    void whatIsAdmittedTogetherIsNotRefusedHalfway() {
        long limit = 12 * CHUNK;
        keyspace.limit(limit);
        SplittableRandom random = new SplittableRandom(1);
        int refused = 0;
        int next = 0;
        for (int round = 0; round < 3000; round++) {
            int[] lengths = new int[1 + random.nextInt(100)];
            long bytes = 0;
            for (int i = 0; i < lengths.length; i++) {
                lengths[i] = random.nextInt(1 << 4 + random.nextInt(12));
                bytes += Database.bytesFor(key(next + i).length, lengths[i]);
            }
            try {
                database.admit(bytes);
            } catch (MemoryLimitException full) {
                refused++;
                for (int i = 0; i < 50; i++) {
                    database.delete(database.randomEntry());
                }
                continue;
            }
            for (int length : lengths) {
                set(next++, length);
            }
            assertTrue(keyspace.slab().reserved() <= limit + 4 * CHUNK);
        }
        assertTrue(refused > 100 && refused < 2900, "refused " + refused);
        removeAll();
    }

    /** Random writes at the limit, some under a view: each is done as a whole or not at all. */
    @Test
    void nothingIsHalfDone() {
        long refused = 0;
        for (int seed = 0; seed < 40; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            Keyspace small = new Keyspace(1);
            small.limit((1 + random.nextInt(3)) * CHUNK);
            KeyspaceModel model = new KeyspaceModel(new KeyspaceModel.Keys(3000, random), 1);
            Database data = small.database(0);
            View view = null;
            for (int step = 0; step < 6000; step++) {
                int number = random.nextInt(3000);
                byte[] key = model.keys.bytes[number];
                int cell = data.find(key, 0, key.length);
                Value old = model.databases.get(0).get(number);
                try {
                    if (old == null || random.nextInt(3) == 0) {
                        byte[] value = new byte[random.nextInt(1 << 4 + random.nextInt(13))];
                        long deadline = random.nextInt(3) - 1;
                        data.setString(key, 0, key.length, value, 0, value.length, deadline);
                        int encoding = value.length > 44 ? ValueType.RAW : ValueType.EMBSTR;
                        model.databases.get(0).put(number, new Value(value, deadline, encoding));
                    } else if (random.nextInt(3) == 0) {
                        int length = random.nextInt(1 << 4 + random.nextInt(13));
                        data.resizeString(cell, length);
                        byte[] value = Arrays.copyOf(old.bytes(), length);
                        model.databases
                                .get(0)
                                .put(number, new Value(value, old.deadline(), ValueType.RAW));
                    } else if (random.nextInt(3) == 0) {
                        data.delete(cell);
                        model.databases.get(0).remove(number);
                    } else if (random.nextBoolean()) {
                        data.setDeadline(cell, 1234);
                        model.databases.get(0).put(number, old.withDeadline(1234));
                    } else {
                        int other = random.nextInt(3000);
                        byte[] to = model.keys.bytes[other];
                        data.rename(cell, data, to, 0, to.length);
                        model.databases.get(0).remove(number);
                        model.databases.get(0).put(other, old);
                    }
                } catch (MemoryLimitException full) {
                    refused++;
                    assertEquals(cell, data.find(key, 0, key.length));
                }
                if (random.nextInt(1000) == 0) {
                    if (view != null) {
                        view.close();
                    }
                    view = view == null ? small.freeze() : null;
                }
                small.reclaim();
            }
            model.assertSameAs(small);
            if (view != null) {
                view.close();
            }
            while (data.size() > 0) {
                data.delete(data.randomEntry());
            }
            while (small.reclaimPending()) {
                assertTrue(small.reclaim() > 0);
            }
            assertEquals(0, small.used(), "seed " + seed);
        }
        assertTrue(refused > 1000, "only " + refused + " were refused");
    }

    /** What a view holds of a dropped slab is memory still: the fresh slab may not take as much again. */
    /** As full as it gets: no cell of any size is to be had. */
    private void fillAll() {
        keyspace.limit(keyspace.slab().reserved());
        int number = 1_000_000;
        for (int length = SizeClasses.MAX_BYTES - 100; length > 0; length = length * 7 / 8) {
            try {
                while (true) {
                    set(number++, length);
                }
            } catch (MemoryLimitException full) {
                // on with shorter ones
            }
        }
    }

    @Test
    void removingFromManyBlocksThatAViewSeesIsNotRefused() {
        byte[] key = key(0);
        byte[] sought = {'x'};
        byte[] other = new byte[120];
        Arrays.fill(other, (byte) 'v');
        for (int elements = 500; elements < 40_000; elements = elements * 3 / 2) {
            ListValue list = new ListValue();
            database.find(key, 0, key.length);
            list.createBlocks(database, key, 0, key.length);
            int met = 0;
            for (int i = 0; i < elements; i++) {
                byte[] element = i % 61 == 0 ? sought : other;
                if (i % 64 == 0) {
                    list.addBlockOfOne(element, 0, element.length);
                } else {
                    list.addToLastBlock(element, 0, element.length);
                }
                met += element == sought ? 1 : 0;
            }
            View view = keyspace.freeze();
            fillAll();
            list.open(database, find(0));
            long size = list.size();
            SoughtElement wanted = new SoughtElement().set(sought, 0, 1);
            assertEquals(met, list.remove(wanted, Long.MAX_VALUE, false));
            assertEquals(size - met, list.size());
            ElementCursor left = new ElementCursor().open(database, list.cell());
            int walked = 0;
            while (left.next()) {
                assertEquals(other.length, left.element().length());
                walked++;
            }
            assertEquals(size - met, walked);
            keyspace.slab().endGrant();
            view.close();
            keyspace.limit(Long.MAX_VALUE);
            while (keyspace.reclaimPending()) {
                keyspace.reclaim();
            }
            removeAllAndReclaim();
        }
    }

    private void removeAllAndReclaim() {
        while (database.size() > 0) {
            database.delete(database.randomEntry());
        }
        while (keyspace.reclaimPending()) {
            keyspace.reclaim();
        }
        assertEquals(0, keyspace.used());
    }

    @Test
    void aFieldThatMakesAHashATableIsRefusedAsAWhole() {
        byte[] key = key(0);
        assertEquals(0, find(0));
        HashValue hash = new HashValue().create(database, key, 0, key.length);
        long most = keyspace.encodingLimits().hashMaxListpackEntries();
        for (int i = 0; i < most; i++) {
            byte[] field = {(byte) ('a' + i % 26), (byte) ('a' + i / 26)};
            hash.set(field, 0, 2, field, 0, 1);
        }
        hash.remove(new byte[] {'a', 'a'}, 0, 2);
        hash.set(new byte[] {'A'}, 0, 1, new byte[1], 0, 1);
        assertEquals(most, hash.size());
        fillAll();
        hash.open(database, find(0));
        byte[] field = {'B'};
        assertThrows(MemoryLimitException.class, () -> hash.set(field, 0, 1, field, 0, 0));
        assertEquals(most, hash.size());
        assertEquals(ValueType.LISTPACK, hash.encoding());
    }

    @Test
    void aDroppedSlabCountsUntilItsViewsClose() {
        keyspace.limit(8 * CHUNK);
        int keys = fill(1000);
        View one = keyspace.freeze();
        View other = keyspace.freeze();
        keyspace.clear();
        assertEquals(0, fill(1000));
        one.close();
        assertEquals(0, fill(1000));
        other.close();
        assertEquals(keys, fill(1000));
    }

    @Test
    void whatAReplacedKeyspaceHasDroppedCountsForItsHeir() {
        keyspace.limit(8 * CHUNK);
        fill(1000);
        View view = keyspace.freeze();
        View second = keyspace.freeze();
        Keyspace heir = new Keyspace(1);
        heir.limit(8 * CHUNK);
        keyspace.replacedBy(heir);
        assertTrue(heir.droppedBytes() >= 7 * CHUNK, heir.droppedBytes() + " bytes dropped");
        assertEquals(heir.slab().reserved() + heir.droppedBytes(), heir.reserved());
        Keyspace last = new Keyspace(1);
        last.limit(8 * CHUNK);
        heir.replacedBy(last);
        byte[] key = {'k'};
        assertThrows(
                MemoryLimitException.class,
                () ->
                        last.database(0)
                                .setString(key, 0, 1, new byte[(int) CHUNK], 0, (int) CHUNK, -1));
        view.close();
        assertTrue(last.droppedBytes() > 0);
        second.close();
        assertEquals(0, last.droppedBytes());
        last.database(0).setString(key, 0, 1, new byte[(int) CHUNK], 0, (int) CHUNK, -1);
    }
}
