package dev.lockstep.keyspace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EntrySizeTest {
    private static final byte[] KEY = {'k'};

    /** What the index takes of one key. */
    private static final int INDEX_BYTES = 64;

    private final Keyspace keyspace = new Keyspace(1);
    private final Database database = keyspace.database(0);

    private void assertKnown(int cell, long used, double tolerance) {
        assertEquals(used, database.memoryUsage(cell, 0), "exact");
        for (int samples : new int[] {5, 100}) {
            double ratio = (double) database.memoryUsage(cell, samples) / used;
            assertTrue(Math.abs(ratio - 1) < tolerance, samples + " samples: " + ratio);
        }
    }

    @Test
    void stringsAreExact() {
        for (int length : new int[] {1, 100, 20_000, 100_000}) {
            int cell =
                    database.setString(
                            new byte[length], 0, length, new byte[length], 0, length, -1);
            assertKnown(cell, keyspace.used() - INDEX_BYTES, 0.001);
            database.delete(cell);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 600, 30_000, 300_000})
    void hashes(int fields) {
        database.find(KEY, 0, 1);
        HashValue hash = new HashValue().create(database, KEY, 0, 1);
        for (int i = 0; i < fields; i++) {
            byte[] field = ("field:" + i).getBytes();
            hash.set(field, 0, field.length, field, 0, field.length);
        }
        assertKnown(hash.cell(), keyspace.used() - INDEX_BYTES, 0.2);
        for (int i = 0; i < fields; i += 2) {
            byte[] field = ("field:" + i).getBytes();
            hash.setDeadline(field, 0, field.length, 10 + i);
        }
        int firstOfIndex = TreeNode.MIN_BYTES;
        assertKnown(hash.cell(), keyspace.used() - INDEX_BYTES - firstOfIndex, 0.2);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 50, 5000, 200_000})
    void blocks(int count) {
        SplittableRandom random = new SplittableRandom(count);
        database.find(KEY, 0, 1);
        int cell =
                database.create(
                        KEY, 0, 1, ValueType.STREAM, ValueType.STREAM_BLOCKS, Structure.BYTES);
        CountedTree tree = new CountedTree(null, true);
        tree.open(database.slab(), 0, 0);
        Blobs blobs = new Blobs();
        blobs.open(database.slab());
        for (int i = 0; i < count; i++) {
            int weight = 1 + random.nextInt(100);
            long at = random.nextBoolean() ? tree.size() : 0;
            tree.insertAt(at, blobs.allocate(weight * (i % 1000 == 0 ? 500 : 20)), weight);
        }
        Cells cells = database.slab().cells;
        int at = Structure.at(cells, cell);
        cells.putInt(cell, at + Structure.TREE_ROOT, tree.root());
        cells.putLong(cell, at + Structure.TREE_SIZE, tree.size());
        assertKnown(cell, keyspace.used() - INDEX_BYTES, 0.25);
    }
}
