package dev.lockstep.keyspace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReclaimTest {
    private static final int KEYS = 200_000;

    private final Keyspace keyspace = new Keyspace(3);

    private void fill(int database, int keys) {
        byte[] value = new byte[100];
        byte[] large = new byte[40_000];
        for (int i = 0; i < keys; i++) {
            byte[] key = ("key:" + i).getBytes();
            byte[] some = i % 500 == 0 ? large : value;
            keyspace.database(database)
                    .setString(key, 0, key.length, some, 0, some.length, i % 2 == 0 ? i : -1);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anEmptiedDatabaseComesBackInSmallSteps(boolean underAView) {
        fill(0, 1000);
        long usedByOther = keyspace.used();
        fill(1, KEYS);
        long full = keyspace.used();
        View view = underAView ? keyspace.freeze() : null;
        keyspace.clear(1);
        assertEquals(0, keyspace.database(1).size());
        assertEquals(0, keyspace.database(1).volatileCount());
        assertEquals(0, keyspace.database(1).firstVolatile());
        assertEquals(KEYS, keyspace.reclaimCount());
        assertTrue(keyspace.reclaimPending());
        long steps = 0;
        long pieces = 0;
        int done;
        while ((done = keyspace.reclaim()) > 0) {
            assertTrue(done <= 64 + 12, done + " pieces in one step");
            pieces += done;
            steps++;
            if (steps == 10) {
                fill(1, 200);
                fill(2, 200);
            }
        }
        assertTrue(pieces >= KEYS && steps >= KEYS / 76);
        assertEquals(0, keyspace.reclaimCount());
        if (underAView) {
            assertTrue(keyspace.reclaimPending());
            assertTrue(keyspace.used() - keyspace.slab().deferredBytes() < full / 2);
            assertEquals(KEYS, view.size(1));
            ViewCursor cursor = view.cursor(1);
            long met = 0;
            while (cursor.next()) {
                met += cursor.string().length() == 100 ? 1 : 500;
            }
            assertEquals(KEYS / 500 * 500 + KEYS - KEYS / 500, met);
            view.close();
            while ((done = keyspace.reclaim()) > 0) {
                assertTrue(done <= 64);
            }
        }
        assertFalse(keyspace.reclaimPending());
        assertEquals(200, keyspace.database(1).size());
        keyspace.clear(1);
        keyspace.clear(2);
        while (keyspace.reclaimPending()) {
            keyspace.reclaim();
        }
        assertEquals(usedByOther, keyspace.used());
        assertTrue(keyspace.slab().reserved() <= usedByOther + 3 * (4 << 20));
    }

    @Test
    void theOnlyFilledDatabaseGoesWithItsSlab() {
        fill(2, KEYS);
        keyspace.clear(2);
        assertEquals(0, keyspace.used());
        assertEquals(0, keyspace.slab().reserved());
        assertFalse(keyspace.reclaimPending());
        fill(2, 10);
        assertEquals(10, keyspace.totalSize());
    }

    @Test
    void aDatabaseMaySwapPlacesWhileItIsReclaimed() {
        fill(0, 5000);
        fill(1, 300);
        keyspace.clear(0);
        keyspace.swap(0, 1);
        assertEquals(300, keyspace.database(0).size());
        keyspace.clear(0);
        fill(1, 10);
        while (keyspace.reclaimPending()) {
            assertTrue(keyspace.reclaim() > 0);
        }
        assertEquals(10, keyspace.totalSize());
    }

    @Test
    void aDroppedSlabHoldsNoMemoryWhoeverRemembersIt() {
        fill(0, 1000);
        Slab cleared = keyspace.slab();
        keyspace.clear();
        assertEquals(0, cleared.cells.chunks.length + cleared.cells.large.length);
        fill(0, 1000);
        Slab viewed = keyspace.slab();
        View view = keyspace.freeze();
        keyspace.clear();
        ViewCursor cursor = view.cursor(0);
        int met = 0;
        while (cursor.next()) {
            met += cursor.string().length() > 0 ? 1 : 0;
        }
        assertEquals(1000, met);
        assertTrue(viewed.cells.chunks.length > 0);
        view.close();
        assertEquals(0, viewed.cells.chunks.length + viewed.cells.large.length);
    }
}
