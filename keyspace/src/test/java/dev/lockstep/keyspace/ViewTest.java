package dev.lockstep.keyspace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ViewTest {
    private static final int KEYS = 30_000;

    private final Keyspace keyspace = new Keyspace(4);
    private final Database database = keyspace.database(1);
    private final byte[] key = new byte[8];

    private void set(long number, int length, long deadline) {
        Cells.LONG.set(key, 0, number);
        byte[] value = new byte[length];
        Arrays.fill(value, (byte) number);
        database.setString(key, 0, key.length, value, 0, length, deadline);
    }

    private static int lengthOf(long number) {
        return number % 100 == 0 ? 40_000 : 200 + (int) (number % 50);
    }

    /** Walks the view and checks every entry by its own number; returns a sum over all numbers. */
    private static long readAll(View view) {
        ViewCursor cursor = view.cursor(1);
        long sum = 0;
        while (cursor.next()) {
            long number = (long) Cells.LONG.get(cursor.keyArray(), cursor.keyOffset());
            StringValue value = cursor.string();
            assertEquals(lengthOf(number), value.length());
            for (int i = 0; i < value.length(); i += 37) {
                assertEquals((byte) number, value.array()[value.offset() + i]);
            }
            assertEquals(number % 3 == 0 ? number : -1, cursor.deadline());
            sum += number;
        }
        return sum;
    }

    /** Chunks and arrays are added and dropped, all tables grow, everything is overwritten and deleted meanwhile. */
    @Test
    void aViewIsReadAgainAndAgainWhileTheSlabGrowsAndShrinks() throws Exception {
        for (long number = 0; number < KEYS; number++) {
            set(number, lengthOf(number), number % 3 == 0 ? number : -1);
        }
        View view = keyspace.freeze();
        long expected = (long) KEYS * (KEYS - 1) / 2;
        AtomicBoolean done = new AtomicBoolean();
        AtomicInteger passes = new AtomicInteger();
        CompletableFuture<Void> reading =
                CompletableFuture.runAsync(
                        () -> {
                            do {
                                assertEquals(expected, readAll(view));
                                passes.incrementAndGet();
                            } while (!done.get());
                        });
        int chunksThen = keyspace.slab().cells.chunks.length;
        int arraysThen = keyspace.slab().cells.large.length;
        for (long number = KEYS; number < 5 * KEYS; number++) {
            set(number, 500, number);
        }
        for (long number = 0; number < 1500; number++) {
            set(-number, 33_000, -1);
        }
        for (long number = 0; number < KEYS; number++) {
            set(number, 30, -1);
        }
        assertTrue(keyspace.slab().cells.chunks.length > chunksThen);
        assertTrue(keyspace.slab().cells.large.length > arraysThen);
        while (database.size() > 0) {
            database.delete(database.randomEntry());
            keyspace.reclaim();
        }
        done.set(true);
        reading.get(60, TimeUnit.SECONDS);
        assertTrue(passes.get() > 0);
        assertEquals(KEYS, view.totalSize());
        assertEquals(KEYS, view.size(1));
        assertEquals(KEYS / 3, view.volatileCount(1));
        assertEquals(4, view.databases());
        assertTrue(view.usedBytes() > KEYS * 250L);
        view.close();
        view.close();
        while (keyspace.reclaimPending()) {
            assertTrue(keyspace.reclaim() > 0);
        }
        assertEquals(0, keyspace.used());
    }

    @Test
    void aViewOutlivesTheSlabThatWasDropped() {
        for (long number = 0; number < 2000; number++) {
            set(number, lengthOf(number), number % 3 == 0 ? number : -1);
        }
        View view = keyspace.freeze();
        keyspace.clear();
        for (long number = 0; number < 2000; number++) {
            set(number, 10, -1);
        }
        assertEquals(1999L * 2000 / 2, readAll(view));
        view.close();
        assertFalse(keyspace.reclaimPending());
        assertEquals(2000, keyspace.totalSize());
    }

    @Test
    void anEmptyKeyspaceHasAnEmptyView() {
        View view = keyspace.freeze();
        assertEquals(0, view.totalSize());
        for (int i = 0; i < view.databases(); i++) {
            assertFalse(view.cursor(i).next());
        }
        set(1, 1, -1);
        assertFalse(view.cursor(1).next());
        view.close();
    }

    @Test
    void accessMayBeNotedUnderAView() {
        keyspace.clock().now(1_000_000);
        set(3, lengthOf(3), 3);
        View view = keyspace.freeze();
        keyspace.clock().now(9_000_000);
        Cells.LONG.set(key, 0, 3L);
        int cell = database.find(key, 0, key.length);
        database.touch(cell);
        assertEquals(0, keyspace.clock().idleSeconds(database.access(cell)));
        assertEquals(3, readAll(view));
        view.close();
    }

    /** Sets every key, to the same each time. */
    private void overwriteAll() {
        for (long number = 0; number < KEYS; number++) {
            set(number, lengthOf(number), number % 3 == 0 ? number : -1);
        }
    }

    private void reclaimAll() {
        while (keyspace.reclaim() > 0) {
            assertTrue(keyspace.reclaimPending() || keyspace.slab().deferredCount() == 0);
        }
    }

    /** Sets every key to a value that lies in its cell. */
    private void overwriteCells() {
        for (long number = 0; number < KEYS; number++) {
            set(number, 200 + (int) (number % 50), number % 3 == 0 ? number : -1);
        }
    }

    /** What a reader has gone by is not kept for it, whether it was overwritten before or after; arrays of their own are. */
    @Test
    void whatAConsumerHasGoneByIsGivenBackWhileItReadsOn() {
        overwriteCells();
        long full = keyspace.used();
        View view = keyspace.freeze();
        ViewCursor cursor = view.consume(1);
        overwriteCells();
        assertTrue(keyspace.slab().deferredBytes() > full * 9 / 10);
        reclaimAll();
        assertTrue(keyspace.slab().deferredBytes() > full * 9 / 10, "nothing was read yet");

        for (int i = 0; i < KEYS / 2; i++) {
            assertTrue(cursor.next());
        }
        reclaimAll();
        long half = keyspace.slab().deferredBytes();
        assertTrue(half < full * 6 / 10 && half > full * 4 / 10, half + " of " + full);

        View other = keyspace.freeze();
        overwriteCells();
        reclaimAll();
        long both = keyspace.slab().deferredBytes();
        assertTrue(both > half + full * 9 / 10, "another view sees all of it");
        other.close();
        reclaimAll();
        assertTrue(keyspace.slab().deferredBytes() < both - full * 4 / 10, "gone by already");

        while (cursor.next()) {
            assertTrue(cursor.valueLength() > 0);
        }
        reclaimAll();
        long left = keyspace.slab().deferredBytes();
        assertTrue(left < full / 10, left + " of " + full);
        overwriteCells();
        assertTrue(keyspace.used() < full * 11 / 10, "what nobody will read is not kept");
        view.close();
        reclaimAll();
        assertEquals(0, keyspace.slab().deferredCount());
        assertEquals(full, keyspace.used());
    }

    /** A value that takes an array with it to another key is kept for the reader that has yet to meet the old one. */
    @Test
    void aLargeValueThatWasRenamedIsKeptUntilItsOldKeyIsGoneBy() {
        overwriteAll();
        View view = keyspace.freeze();
        ViewCursor cursor = view.consume(1);
        long goneBy = -1;
        boolean[] met = new boolean[KEYS];
        for (int i = 0; i < KEYS / 2; i++) {
            assertTrue(cursor.next());
            long number = (long) Cells.LONG.get(cursor.keyArray(), cursor.keyOffset());
            met[(int) number] = true;
            goneBy = goneBy < 0 ? number : goneBy;
        }
        byte[] target = new byte[8];
        Cells.LONG.set(target, 0, goneBy);
        long kept = 0;
        for (long number = 0; number < KEYS; number += 100) {
            if (!met[(int) number]) {
                Cells.LONG.set(key, 0, number);
                int cell = database.find(key, 0, key.length);
                database.rename(cell, database, target, 0, target.length);
                database.delete(database.find(target, 0, target.length));
                kept++;
            }
        }
        assertTrue(kept > 100);
        reclaimAll();
        while (cursor.next()) {
            long number = (long) Cells.LONG.get(cursor.keyArray(), cursor.keyOffset());
            StringValue value = cursor.string();
            assertEquals(lengthOf(number), value.length());
            assertEquals((byte) number, value.array()[value.offset()]);
        }
        view.close();
    }
}
