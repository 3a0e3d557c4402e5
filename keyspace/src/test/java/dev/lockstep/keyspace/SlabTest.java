package dev.lockstep.keyspace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SlabTest {
    private static final long CHUNK = 4 << 20;

    /** A cell with what was written into it: every eight bytes hold its number. */
    private record Owned(int cell, int bytes, long mark) {}

    private static Owned allocate(Slab slab, int bytes, long mark) {
        int cell = slab.allocate(bytes);
        assertTrue(slab.capacity(cell) >= bytes);
        assertTrue(slab.writable(cell));
        for (int at = 0; at + 8 <= bytes; at += 8) {
            slab.cells.putLong(cell, at, mark);
        }
        return new Owned(cell, bytes, mark);
    }

    private static void check(Cells cells, Owned owned) {
        for (int at = 0; at + 8 <= owned.bytes; at += 8) {
            assertEquals(owned.mark, cells.getLong(owned.cell, at));
        }
    }

    private static int randomSize(SplittableRandom random) {
        return 1 + random.nextInt(1 << 4 + random.nextInt(12));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 8192, 9000})
    void cellsDoNotOverlapAndEverythingComesBack(int firstChunk) {
        Slab slab = new Slab(firstChunk);
        SplittableRandom random = new SplittableRandom(firstChunk + 5);
        List<Owned> live = new ArrayList<>();
        long expected = 0;
        for (int round = 0; round < 60_000; round++) {
            boolean grow = round % 20_000 < 10_000;
            if (live.isEmpty() || random.nextInt(10) < (grow ? 7 : 3)) {
                Owned owned = allocate(slab, randomSize(random), random.nextLong());
                expected += slab.capacity(owned.cell);
                live.add(owned);
            } else {
                Owned owned = takeOut(live, random.nextInt(live.size()));
                check(slab.cells, owned);
                expected -= slab.capacity(owned.cell);
                slab.free(owned.cell);
            }
            assertEquals(expected, slab.used());
        }
        assertTrue(slab.reserved() >= slab.used());
        for (Owned owned : live) {
            check(slab.cells, owned);
            slab.free(owned.cell);
        }
        assertEquals(0, slab.used());
        assertTrue(slab.reserved() <= CHUNK, "still reserved: " + slab.reserved());
    }

    private static <T> T takeOut(List<T> list, int index) {
        T last = list.remove(list.size() - 1);
        return index == list.size() ? last : list.set(index, last);
    }

    @Test
    void memoryOfOneSizeServesAnother() {
        Slab slab = new Slab();
        long most = 0;
        for (int sizeClass = 0; sizeClass < SizeClasses.COUNT; sizeClass++) {
            List<Integer> cells = new ArrayList<>();
            for (long bytes = 0; bytes < 3 * CHUNK; bytes += SizeClasses.bytes(sizeClass)) {
                cells.add(slab.allocate(SizeClasses.bytes(sizeClass)));
            }
            most = Math.max(most, slab.reserved());
            for (int cell : cells) {
                slab.free(cell);
            }
            assertEquals(0, slab.used());
            assertTrue(slab.reserved() <= CHUNK);
        }
        assertTrue(most <= 5 * CHUNK, "most at once: " + most);
    }

    /** One cell of every class stays, each in whatever chunk it was given: few pages must not hold many chunks. */
    @Test
    void anEmptyPageIsKeptByNoClass() {
        Slab slab = new Slab();
        List<Integer> all = new ArrayList<>();
        for (int sizeClass = 0; sizeClass < SizeClasses.COUNT; sizeClass++) {
            for (int i = 0; i < 40; i++) {
                all.add(slab.allocate(SizeClasses.MAX_BYTES));
            }
            all.add(slab.allocate(SizeClasses.bytes(sizeClass)));
        }
        assertTrue(slab.reserved() > 20 * CHUNK);
        all.forEach(slab::free);
        assertTrue(slab.reserved() <= CHUNK, "still reserved: " + slab.reserved());
    }

    @Test
    void aFrozenCellStaysUntilItsViewsCloseAndIsNotWritable() {
        SplittableRandom random = new SplittableRandom(77);
        for (int seed = 0; seed < 60; seed++) {
            Slab slab = new Slab();
            List<Owned> live = new ArrayList<>();
            List<Frozen> frozen = new ArrayList<>();
            for (int step = 0; step < 1500; step++) {
                int dice = random.nextInt(100);
                if (dice < 55) {
                    live.add(allocate(slab, randomSize(random), random.nextLong()));
                } else if (dice < 95 && !live.isEmpty()) {
                    slab.free(takeOut(live, random.nextInt(live.size())).cell);
                } else if (dice < 97 && frozen.size() < 4) {
                    Cells cells = new Cells(slab.cells.chunks, slab.cells.large);
                    frozen.add(new Frozen(slab.freeze(), cells, List.copyOf(live)));
                    live.forEach(owned -> assertFalse(slab.writable(owned.cell)));
                } else if (!frozen.isEmpty()) {
                    Frozen view = takeOut(frozen, random.nextInt(frozen.size()));
                    view.cells.forEach(owned -> check(view.memory, owned));
                    slab.thaw(view.epoch);
                    slab.releaseSome(random.nextInt(200));
                }
            }
            for (Frozen view : frozen) {
                view.cells.forEach(owned -> check(view.memory, owned));
                slab.thaw(view.epoch);
            }
            live.forEach(owned -> check(slab.cells, owned));
            live.forEach(owned -> assertTrue(slab.writable(owned.cell)));
            live.forEach(owned -> slab.free(owned.cell));
            while (slab.releaseSome(64) > 0) {
                assertTrue(slab.deferredBytes() >= 0);
            }
            assertEquals(0, slab.deferredCount());
            assertEquals(0, slab.deferredBytes());
            assertEquals(0, slab.used());
            assertTrue(slab.reserved() <= CHUNK);
        }
    }

    /** Every freeze copies a few cells; the copies must fill what is free, not open pages that nothing else will fill. */
    @Test
    void manyFreezesWithFewWritesEachDoNotScatterTheData() {
        for (boolean overlapping : new boolean[] {false, true}) {
            Slab slab = new Slab();
            SplittableRandom random = new SplittableRandom(8);
            int[] cells = new int[20_000];
            for (int i = 0; i < cells.length; i++) {
                cells[i] = slab.allocate(96);
            }
            int last = slab.freeze();
            for (int round = 0; round < 20_000; round++) {
                if (overlapping) {
                    int next = slab.freeze();
                    slab.thaw(last);
                    last = next;
                } else if (round % 2 == 0) {
                    slab.thaw(last);
                } else {
                    last = slab.freeze();
                }
                for (int i = 0; i < 5; i++) {
                    int at = random.nextInt(cells.length);
                    if (!slab.writable(cells[at])) {
                        int copy = slab.allocate(96);
                        slab.free(cells[at]);
                        cells[at] = copy;
                    }
                }
                slab.releaseSome(1000);
            }
            assertTrue(slab.reserved() <= 2 * CHUNK, "scattered over " + slab.reserved());
        }
    }

    private record Frozen(int epoch, Cells memory, List<Owned> cells) {}

    @Test
    void largeArraysAreCountedAndComeBackAfterTheirViews() {
        Slab slab = new Slab();
        LargeArrays large = slab.large();
        int[] handles = new int[500];
        for (int i = 0; i < handles.length; i++) {
            handles[i] = large.allocate(40_000 + i);
            slab.cells.large[handles[i]][i] = 9;
        }
        assertTrue(slab.used() >= 500L * 40_000);
        Cells seen = new Cells(slab.cells.chunks, slab.cells.large);
        int epoch = slab.freeze();
        for (int i = 0; i < handles.length; i++) {
            assertFalse(large.writable(handles[i]));
            large.free(handles[i]);
            int another = large.allocate(10);
            assertTrue(large.writable(another));
        }
        for (int i = 0; i < handles.length; i++) {
            assertEquals(9, seen.large[handles[i]][i]);
        }
        assertEquals(0, slab.releaseSome(1000));
        assertEquals(500, slab.deferredCount());
        assertTrue(slab.deferredBytes() >= 500L * 40_000);
        slab.thaw(epoch);
        while (slab.releaseSome(64) > 0) {
            assertTrue(slab.deferredCount() < 500);
        }
        assertEquals(0, slab.deferredBytes());
        assertEquals(500L * (10 + 16), slab.used());
    }

    /** A value with an array is given up as a cell and a handle: a queue for each, or every pair would take two blocks. */
    @Test
    void deferringTakesFewBytesEach() {
        Slab slab = new Slab();
        int[] cells = new int[2000];
        int[] handles = new int[2000];
        for (int i = 0; i < cells.length; i++) {
            cells[i] = slab.allocate(32);
            handles[i] = slab.large().allocate(16);
        }
        long before = slab.used();
        slab.freeze();
        for (int i = 0; i < cells.length; i++) {
            slab.free(cells[i]);
            slab.large().free(handles[i]);
        }
        assertTrue(slab.used() - before <= 4000 * 4 + 4 * 4096, "took " + (slab.used() - before));
    }

    @Test
    void theLimitRefusesNewDataAndLeavesRoomForIndexes() {
        Slab slab = new Slab();
        slab.limit(2 * CHUNK);
        int cells = 0;
        try {
            while (cells < 100_000) {
                slab.admit(100, 0);
                slab.allocate(100);
                cells++;
            }
        } catch (MemoryLimitException full) {
            assertTrue(cells > CHUNK / 112, "only " + cells);
        }
        assertThrows(MemoryLimitException.class, () -> slab.admit(0, 1 << 20));
        assertThrows(MemoryLimitException.class, () -> slab.admit(200, 0));
        slab.admit(0, 0);
        for (int i = 0; i < 8; i++) {
            slab.allocate(SizeClasses.MAX_BYTES);
        }
        assertTrue(slab.reserved() <= 2 * CHUNK);
    }

    @Test
    void freeingTwiceIsCaught() {
        Slab slab = new Slab();
        int cell = slab.allocate(64);
        int other = slab.allocate(64);
        slab.free(cell);
        assertThrows(AssertionError.class, () -> slab.free(cell));
        slab.freeze();
        slab.free(other);
        assertThrows(AssertionError.class, () -> slab.free(other));
    }
}
