package dev.lockstep.keyspace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class DictTest {
    private static final int ENTRY_BYTES = 32;

    private Slab slab = new Slab();
    private Dict dict = new Dict(slab);
    private final Map<Long, Integer> model = new HashMap<>();
    private final byte[] key = new byte[8];

    /** How the tests make up fingerprints: as a good hash does, and as no hash should. */
    private enum Shape {
        SPREAD {
            @Override
            int of(long id) {
                return (int) (id * 0x9e3779b97f4a7c15L >>> 32);
            }
        },
        ASCENDING {
            @Override
            int of(long id) {
                return (int) id;
            }
        },
        DESCENDING {
            @Override
            int of(long id) {
                return (int) -id;
            }
        },
        PAIRS_ARE_EQUAL {
            @Override
            int of(long id) {
                return SPREAD.of(id / 2);
            }
        },
        FIFTY_ARE_EQUAL {
            @Override
            int of(long id) {
                return SPREAD.of(id / 50);
            }
        },
        IN_FEW_PREFIXES {
            @Override
            int of(long id) {
                return (int) (id % 5) << 29 | SPREAD.of(id) >>> 12;
            }
        },
        BELOW_THE_MIDDLE {
            @Override
            int of(long id) {
                return 0x7fffffff - (int) id;
            }
        },
        IN_THE_LAST_SIXTEENTH {
            @Override
            int of(long id) {
                return 0xf0000000 | SPREAD.of(id) >>> 4;
            }
        },
        AT_THE_VERY_END {
            @Override
            int of(long id) {
                return 0xffffffff - (int) (id / 20) * 64;
            }
        },
        AT_THE_VERY_START {
            @Override
            int of(long id) {
                return (int) (id / 40) * 128;
            }
        };

        abstract int of(long id);
    }

    private int entry(long id) {
        int cell = slab.allocate(ENTRY_BYTES);
        slab.cells.putInt(cell, Entry.KIND, 0);
        slab.cells.putInt(cell, Entry.KEY_WORD, Entry.keyWord(Long.BYTES, Entry.KEY_HEAD, false));
        slab.cells.putInt(cell, Entry.VALUE_LENGTH, 0);
        slab.cells.putLong(cell, Entry.KEY_HEAD, id);
        return cell;
    }

    private int find(Shape shape, long id) {
        Cells.LONG.set(key, 0, id);
        return dict.find(shape.of(id), key, 0, Long.BYTES);
    }

    private void insert(Shape shape, long id) {
        assertEquals(0, find(shape, id));
        int cell = entry(id);
        dict.insert(shape.of(id), cell);
        model.put(id, cell);
    }

    private void remove(Shape shape, long id) {
        int cell = model.remove(id);
        if ((id & 1) == 0) {
            assertEquals(cell, find(shape, id));
        } else {
            dict.locate(shape.of(id), cell);
        }
        assertTrue(dict.isFound(cell));
        dict.removeFound();
        slab.free(cell);
        assertEquals(0, find(shape, id));
    }

    private void replace(Shape shape, long id) {
        int cell = model.get(id);
        assertEquals(cell, find(shape, id));
        int copy = entry(id);
        dict.replaceFound(copy);
        assertTrue(dict.isFound(copy));
        slab.free(cell);
        model.put(id, copy);
    }

    /** The index as it was at a moment, and what it held then. */
    private final class Frozen {
        private final Map<Long, Integer> copy = new HashMap<>(model);
        private final DictWalk walk;
        private final Cells cells = new Cells(slab.cells.chunks, slab.cells.large);
        private final int epoch = slab.freeze();

        Frozen() {
            walk = new DictWalk(cells, dict.root(), dict.depth());
        }

        void assertUnchanged() {
            for (int segment = walk.next(); segment != 0; segment = walk.next()) {
                byte[] array = cells.array(segment);
                int at = Cells.offset(segment);
                for (int i = 0; i < Segment.slots(array, at); i++) {
                    int cell = (int) Segment.slot(array, at, i);
                    if (cell != 0) {
                        assertEquals(cell, copy.remove(cells.getLong(cell, Entry.KEY_HEAD)));
                    }
                }
            }
            assertTrue(copy.isEmpty());
        }
    }

    /** Every entry is found; the walk meets each once, in hash order; segments are in order; counts are right. */
    private void checkAll(Shape shape) {
        assertEquals(model.size(), dict.count());
        model.forEach((id, cell) -> assertEquals(cell, find(shape, id)));
        DictWalk walk = new DictWalk(slab.cells, dict.root(), dict.depth());
        long met = 0;
        long segments = 0;
        long lastFingerprint = -1;
        for (int segment = walk.next(); segment != 0; segment = walk.next()) {
            segments += SizeClasses.roundUp(slab.capacity(segment));
            byte[] array = slab.cells.array(segment);
            int at = Cells.offset(segment);
            int localDepth = Segment.localDepth(array, at);
            int slots = Segment.slots(array, at);
            assertTrue(localDepth <= dict.depth());
            assertTrue(Segment.bytes(slots) <= slab.capacity(segment));
            int count = 0;
            int firstFree = 0;
            for (int i = 0; i < slots; i++) {
                long word = Segment.slot(array, at, i);
                if (word == 0) {
                    firstFree = i + 1;
                    continue;
                }
                int fingerprint = Segment.fingerprint(word);
                long id = slab.cells.getLong((int) word, Entry.KEY_HEAD);
                assertEquals((int) word, model.get(id));
                assertEquals(shape.of(id), fingerprint);
                assertEquals(segment, dict.segment(fingerprint));
                int home = Segment.home(fingerprint, localDepth, slots);
                assertTrue(firstFree <= home && home <= i, "an empty slot before its home");
                assertTrue((fingerprint & 0xffffffffL) >= lastFingerprint, "not in hash order");
                lastFingerprint = fingerprint & 0xffffffffL;
                count++;
            }
            assertEquals(count, Segment.count(array, at));
            met += count;
        }
        assertEquals(model.size(), met);
        long directory = directoryBytes();
        assertEquals(segments + directory + (long) model.size() * ENTRY_BYTES, slab.used());
    }

    private long directoryBytes() {
        int depth = dict.depth();
        if (depth == 0) {
            return 0;
        }
        if (depth <= Dict.PAGE_BITS) {
            return SizeClasses.roundUp(4 << depth);
        }
        long pages = 1L << depth - Dict.PAGE_BITS;
        return SizeClasses.roundUp((int) pages * 4) + pages * 4096;
    }

    private double indexBytesPerKey() {
        return (double) (slab.used() - (long) model.size() * ENTRY_BYTES) / model.size();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 8192})
    void growsToManyAndShrinksToNothingTwice(int firstChunk) {
        slab = new Slab(firstChunk);
        dict = new Dict(slab);
        int most = firstChunk == 0 ? 200_000 : 20_000;
        double worst = 0;
        double sum = 0;
        int samples = 0;
        for (int time = 0; time < 2; time++) {
            for (long id = 0; id < most; id++) {
                insert(Shape.SPREAD, id);
                if (id >= 1000 && id % 97 == 0) {
                    double perKey = indexBytesPerKey();
                    worst = Math.max(worst, perKey);
                    sum += perKey;
                    samples++;
                }
                if (id % 5 == 0) {
                    replace(Shape.SPREAD, id / 2);
                }
            }
            checkAll(Shape.SPREAD);
            for (long id = 0; id < most; id++) {
                remove(Shape.SPREAD, (id * 7919 + 13) % most);
                if (id % (most / 4) == 0) {
                    checkAll(Shape.SPREAD);
                }
            }
            checkAll(Shape.SPREAD);
            assertEquals(0, slab.used());
        }
        assertTrue(worst <= 8 / 0.65, "at worst " + worst + " bytes of index per key");
        assertTrue(sum / samples <= 8 / 0.72, "on average " + sum / samples + " bytes per key");
        assertTrue(sum / samples >= 8 / 0.90, "too full: " + sum / samples + " bytes per key");
    }

    @ParameterizedTest
    @EnumSource(Shape.class)
    void anyFingerprintsComeAndGo(Shape shape) {
        for (int seed = 0; seed < 5; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            int ids = shape == Shape.AT_THE_VERY_START ? 2000 : 1 << 4 + random.nextInt(9);
            List<Long> there = new ArrayList<>();
            Frozen view = null;
            for (int step = 0; step < 6 * ids; step++) {
                long id = random.nextInt(ids);
                boolean growing = step % (3 * ids) < 2 * ids;
                if (!model.containsKey(id)) {
                    if (random.nextInt(10) < (growing ? 9 : 1)) {
                        insert(shape, id);
                    }
                } else if (random.nextInt(10) < (growing ? 2 : 9)) {
                    remove(shape, id);
                } else {
                    replace(shape, id);
                }
                if (random.nextInt(ids) == 0) {
                    dict.expect(random.nextInt(4000));
                }
                if (step % ids == 0) {
                    if (view != null) {
                        view.assertUnchanged();
                        slab.thaw(view.epoch);
                        view = null;
                        while (slab.releaseSome(100) > 0) {
                            assertTrue(slab.used() > 0);
                        }
                        checkAll(shape);
                    } else if (random.nextInt(3) > 0) {
                        checkAll(shape);
                        view = new Frozen();
                    }
                }
            }
            if (view != null) {
                view.assertUnchanged();
                slab.thaw(view.epoch);
                while (slab.releaseSome(100) > 0) {
                    assertEquals(0, slab.liveViews());
                }
            }
            there.addAll(model.keySet());
            there.forEach(id -> remove(shape, id));
            checkAll(shape);
            assertEquals(0, slab.used());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {819, 5000, 400_000, 1_100_000})
    void entriesThatWereExpectedFindTheirRoom(int entries) {
        for (long id = 0; id < 700; id++) {
            insert(Shape.SPREAD, id);
        }
        dict.expect(entries);
        checkAll(Shape.SPREAD);
        int depth = dict.depth();
        long before = slab.used();
        for (long id = 700; id < entries; id++) {
            insert(Shape.SPREAD, id);
        }
        assertEquals(depth, dict.depth());
        long grown = slab.used() - before - (entries - 700L) * ENTRY_BYTES;
        assertTrue(grown <= before / 50, "the index grew by " + grown + " of " + before);
        assertTrue(indexBytesPerKey() <= 8 / 0.72, indexBytesPerKey() + " bytes per key");
        checkAll(Shape.SPREAD);
        dict.expect(entries);
        assertEquals(depth, dict.depth());
    }

    @Test
    void noRoomIsMadeBeyondTheLimit() {
        insert(Shape.SPREAD, 1);
        long before = slab.used();
        slab.limit(64 << 20);
        dict.expect(100_000_000);
        assertEquals(before, slab.used());
        dict.expect(1_000_000);
        assertTrue(slab.used() > 8_000_000);
        insert(Shape.SPREAD, 2);
        checkAll(Shape.SPREAD);
    }

    @Test
    void moreThanAMillionEntriesGetADirectoryOfTwoLevels() {
        int entries = 1_300_000;
        int[] cells = new int[entries];
        for (int id = 0; id < entries; id++) {
            cells[id] = entry(id);
            dict.insert(Shape.SPREAD.of(id), cells[id]);
        }
        assertTrue(dict.depth() > Dict.PAGE_BITS, "depth " + dict.depth());
        int depth = dict.depth();
        for (int id = 0; id < entries; id++) {
            assertEquals(cells[id], find(Shape.SPREAD, id));
        }
        int root = dict.root();
        Cells frozen = new Cells(slab.cells.chunks, slab.cells.large);
        int epoch = slab.freeze();
        for (int id = 0; id < entries; id += 3) {
            dict.locate(Shape.SPREAD.of(id), cells[id]);
            dict.removeFound();
            slab.free(cells[id]);
        }
        assertNotEquals(root, dict.root());
        DictWalk walk = new DictWalk(frozen, root, depth);
        long met = 0;
        for (int segment = walk.next(); segment != 0; segment = walk.next()) {
            met += Segment.count(frozen.array(segment), Cells.offset(segment));
        }
        assertEquals(entries, met);
        slab.thaw(epoch);
        while (slab.releaseSome(10_000) > 0) {
            assertTrue(slab.used() > 0);
        }
        for (int id = 0; id < entries; id++) {
            assertEquals(id % 3 == 0 ? 0 : cells[id], find(Shape.SPREAD, id));
            if (id % 3 != 0) {
                dict.locate(Shape.SPREAD.of(id), cells[id]);
                dict.removeFound();
                slab.free(cells[id]);
            }
        }
        assertEquals(0, dict.count());
        assertEquals(0, slab.used());
        assertTrue(slab.reserved() <= 4 << 20);
    }

    /** Removing by position of the hash leaves empty segments beside full ones; in the end none may be left over. */
    @Test
    void emptySegmentsJoinEvenWhenTheirOtherHalfWasDeeper() {
        for (int id = 0; id < 60_000; id++) {
            insert(Shape.SPREAD, id);
        }
        List<Long> ids = new ArrayList<>(model.keySet());
        ids.sort((a, b) -> Integer.compareUnsigned(Shape.SPREAD.of(a), Shape.SPREAD.of(b)));
        long last = ids.remove(ids.size() - 1);
        ids.forEach(id -> remove(Shape.SPREAD, id));
        DictWalk walk = new DictWalk(slab.cells, dict.root(), dict.depth());
        int segments = 0;
        while (walk.next() != 0) {
            segments++;
        }
        assertTrue(segments <= 2 * dict.depth(), segments + " segments for one entry");
        remove(Shape.SPREAD, last);
        assertEquals(0, slab.used());
    }

    @Test
    void aScanMeetsWhatIsThereThroughout() {
        for (int seed = 0; seed < 60; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            Shape shape = Shape.values()[seed % Shape.values().length];
            int ids = 1 << 3 + random.nextInt(shape == Shape.SPREAD ? 13 : 7);
            for (long id = 0; id < ids; id++) {
                insert(shape, id);
            }
            Map<Long, Integer> visits = new HashMap<>();
            long next = ids;
            long cursor = 0;
            boolean quiet = seed % 3 == 0;
            int count = 1 + random.nextInt(30);
            do {
                cursor =
                        new ScanWalk(slab.cells, dict.root(), dict.depth())
                                .scan(
                                        cursor,
                                        count,
                                        cell ->
                                                visits.merge(
                                                        slab.cells.getLong(cell, Entry.KEY_HEAD),
                                                        1,
                                                        Integer::sum));
                for (int i = 0; i < 40 && !quiet; i++) {
                    long id = random.nextInt(ids);
                    if (id % 4 == 0 && model.containsKey(id)) {
                        remove(shape, id);
                    } else if (id % 4 == 0 || shape == Shape.SPREAD && i % 2 == 0) {
                        insert(shape, id % 4 == 0 ? id : next++);
                    } else {
                        replace(shape, id);
                    }
                }
            } while (cursor != 0);
            for (long id = 0; id < ids; id++) {
                int times = visits.getOrDefault(id, 0);
                if (quiet || id % 4 != 0) {
                    assertEquals(1, times, "seed " + seed + " id " + id + " of " + ids);
                }
            }
            List<Long> rest = new ArrayList<>(model.keySet());
            rest.forEach(id -> remove(shape, id));
            assertEquals(0, slab.used());
        }
    }

    /** A table keeps its deep directory when it is emptied: that must not make the last entries hard to draw. */
    @Test
    void anEntryIsDrawnWithFewTriesHoweverFewAreLeft() {
        int ids = 200_000;
        for (long id = 0; id < ids; id++) {
            insert(Shape.SPREAD, id);
        }
        int depth = dict.depth();
        SplittableRandom source = new SplittableRandom(1);
        long[] tries = {0};
        RandomGenerator counting =
                () -> {
                    tries[0]++;
                    return source.nextLong();
                };
        while (!model.isEmpty()) {
            long before = tries[0];
            assertEquals(depth, dict.depth());
            remove(Shape.SPREAD, slab.cells.getLong(dict.random(counting), Entry.KEY_HEAD));
            long left = model.size();
            assertTrue(
                    tries[0] - before < 2_000, left + " left: " + (tries[0] - before) + " tries");
        }
        assertEquals(0, dict.random(counting));
        assertTrue(tries[0] < 10L * ids, tries[0] + " tries");
        assertEquals(0, slab.used());
    }

    @Test
    void everyEntryOfAnEmptiedTableIsDrawnAsOften() {
        int ids = 50_000;
        int left = 64;
        for (long id = 0; id < ids; id++) {
            insert(Shape.SPREAD, id);
        }
        for (long id = left; id < ids; id++) {
            remove(Shape.SPREAD, id);
        }
        SplittableRandom random = new SplittableRandom(1);
        int[] drawn = new int[left];
        int draws = left * 1_000;
        for (int i = 0; i < draws; i++) {
            drawn[(int) slab.cells.getLong(dict.random(random), Entry.KEY_HEAD)]++;
        }
        for (int id = 0; id < left; id++) {
            assertTrue(
                    drawn[id] > 800 && drawn[id] < 1_200,
                    id + " was drawn " + drawn[id] + " times");
        }
        for (long id = 0; id < left; id++) {
            remove(Shape.SPREAD, id);
        }
    }

    @Test
    void aScanEndsWithAnyCursor() {
        for (long id = 0; id < 5000; id++) {
            insert(Shape.SPREAD, id);
        }
        ScanWalk scan = new ScanWalk(slab.cells, dict.root(), dict.depth());
        for (long cursor : new long[] {-1, Long.MIN_VALUE, 1L << 32, Long.MAX_VALUE}) {
            assertEquals(0, scan.scan(cursor, 10, cell -> assertEquals(0, cell)));
        }
        List<Integer> visited = new ArrayList<>();
        assertNotEquals(0, scan.scan(0, 0, visited::add));
        assertEquals(1, visited.size());
        assertEquals(0, scan.scan(0xffffffffL, 10, visited::add));
    }
}
