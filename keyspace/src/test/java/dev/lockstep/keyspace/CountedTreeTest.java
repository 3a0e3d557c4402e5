package dev.lockstep.keyspace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class CountedTreeTest {
    private static final int PAIRS = 100_000;

    private final Slab slab = new Slab();
    private final CountedTree tree = new CountedTree(slab);

    /** A pair as one sortable number: key in the upper half, tie (unsigned) in the lower. */
    private static long pair(int key, int tie) {
        return (long) key << 32 | tie & 0xffffffffL;
    }

    private static int key(long pair) {
        return (int) (pair >> 32);
    }

    private static int tie(long pair) {
        return (int) pair;
    }

    /** Pairs in order with how often each is there; positions are looked up by walking both side by side. */
    private final TreeMap<Long, Integer> model = new TreeMap<>();

    private long modelSize;

    private void add(long pair) {
        tree.add(key(pair), tie(pair));
        model.merge(pair, 1, Integer::sum);
        modelSize++;
    }

    private void remove(long pair) {
        Integer there = model.get(pair);
        assertEquals(there != null, tree.remove(key(pair), tie(pair)));
        if (there != null) {
            modelSize--;
            if (there == 1) {
                model.remove(pair);
            } else {
                model.put(pair, there - 1);
            }
        }
    }

    private void checkAll() {
        assertEquals(modelSize, tree.size());
        List<Long> walked = new ArrayList<>();
        long nodes = check(slab.cells, tree.root(), walked);
        List<Long> expected = new ArrayList<>();
        model.forEach(
                (pair, count) -> {
                    for (int i = 0; i < count; i++) {
                        expected.add(pair);
                    }
                });
        assertEquals(expected, walked);
        long bytes = nodes == 1 ? slab.capacity(tree.root()) : nodes * TreeNode.BYTES;
        assertEquals(bytes, slab.used());
        if (modelSize > 0) {
            assertEquals(key(expected.get(0)), tree.firstKey());
            assertEquals(tie(expected.get(0)), tree.firstTie());
            for (int position = 0; position < expected.size(); position += 1 + position / 7) {
                assertEquals(key(expected.get(position)), tree.keyAt(position));
                assertEquals(tie(expected.get(position)), tree.tieAt(position));
            }
        } else {
            assertEquals(0, tree.root());
        }
    }

    /** Checks a node and all below it: levels, counts, exact bounds; adds its pairs in order; returns how many nodes. */
    private static long check(Cells cells, int node, List<Long> walked) {
        if (node == 0) {
            return 0;
        }
        int count = cells.getInt(node, 0) & 0xffff;
        int level = cells.getInt(node, 0) >>> 16;
        assertTrue(count > 0 && count <= TreeNode.max(level, false), "count " + count);
        if (level == 0) {
            for (int i = 0; i < count; i++) {
                walked.add(pairAt(cells, node, i * TreeNode.LEAF_STRIDE));
            }
            return 1;
        }
        long nodes = 1;
        for (int i = 0; i < count; i++) {
            int at = i * TreeNode.INNER_STRIDE;
            int child = cells.getInt(node, TreeNode.FIRST + at + TreeNode.CHILD);
            assertEquals(level - 1, cells.getInt(child, 0) >>> 16);
            int before = walked.size();
            nodes += check(cells, child, walked);
            assertEquals(
                    walked.size() - before,
                    cells.getInt(node, TreeNode.FIRST + at + TreeNode.SIZE));
            assertEquals(walked.get(before), pairAt(cells, node, at));
        }
        return nodes;
    }

    private static long pairAt(Cells cells, int node, int at) {
        int key = (int) cells.getLong(node, TreeNode.FIRST + at);
        return pair(key, cells.getInt(node, TreeNode.FIRST + at + TreeNode.TIE));
    }

    @Test
    void ascendingPairsFillTheirLeaves() {
        for (int i = 0; i < PAIRS; i++) {
            add(pair(i / 3, i));
        }
        checkAll();
        assertTrue(slab.used() < PAIRS * 12.0 * 1.1, "took " + slab.used());
        for (int i = 0; i < PAIRS; i++) {
            assertEquals(pair(i / 3, i), (long) model.firstKey());
            assertEquals(i / 3, tree.firstKey());
            remove(pair(i / 3, i));
        }
        checkAll();
        assertEquals(0, slab.used());
    }

    /** Runs of neighbours go, so that whole leaves empty at the beginning, in the middle and at the end of their parents. */
    @Test
    void emptiedLeavesLeaveExactBounds() {
        SplittableRandom random = new SplittableRandom(4);
        for (int i = 0; i < PAIRS / 4; i++) {
            add(pair(i, i));
        }
        while (modelSize > 0) {
            int first = random.nextInt(PAIRS / 4);
            int count = random.nextInt(400);
            for (int i = first; i < first + count; i++) {
                remove(pair(i, i));
            }
            if (random.nextInt(8) == 0 || modelSize < 1000) {
                checkAll();
            }
            if (random.nextInt(300) == 0) {
                model.keySet().stream().limit(200).toList().forEach(this::remove);
            }
        }
        checkAll();
    }

    @Test
    void descendingPairs() {
        for (int i = PAIRS; i > 0; i--) {
            add(pair(-i, i));
        }
        checkAll();
        for (int i = 1; i <= PAIRS; i++) {
            remove(pair(-i, i));
            remove(pair(-i, i));
        }
        checkAll();
    }

    @Test
    void randomPairsComeAndGo() {
        SplittableRandom random = new SplittableRandom(3);
        List<Long> there = new ArrayList<>();
        for (int round = 0; round < 4; round++) {
            for (int i = 0; i < PAIRS / 3; i++) {
                long pair = pair(random.nextInt(-1000, 50_000), random.nextInt());
                add(pair);
                there.add(pair);
            }
            checkAll();
            assertTrue(slab.used() < modelSize * 12 / 0.55, "too empty");
            for (int i = 0; i < PAIRS * (round + 1) / 10; i++) {
                int at = random.nextInt(there.size());
                long last = there.remove(there.size() - 1);
                remove(at == there.size() ? last : there.set(at, last));
                long absent = pair(random.nextInt(50_000), random.nextInt());
                assertEquals(model.containsKey(absent), tree.contains(key(absent), tie(absent)));
            }
            checkAll();
        }
        there.forEach(this::remove);
        checkAll();
        assertEquals(0, slab.used());
    }

    /** Few distinct pairs, each many times: runs of equal ones reach over leaf boundaries, where bounds must be exact. */
    @Test
    void equalPairsAreAllFound() {
        for (int seed = 0; seed < 30; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            int distinct = 1 + random.nextInt(40);
            for (int step = 0; step < 6000; step++) {
                long pair = pair(random.nextInt(distinct), random.nextInt(2));
                if (random.nextInt(100) < (step < 3000 ? 70 : 30)) {
                    add(pair);
                } else {
                    remove(pair);
                }
            }
            checkAll();
            while (modelSize > 0) {
                remove(random.nextBoolean() ? model.firstKey() : model.lastKey());
            }
            checkAll();
        }
    }

    @Test
    void aFrozenRootStaysAsItWas() {
        for (int seed = 0; seed < 40; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            List<Integer> epochs = new ArrayList<>();
            List<Integer> roots = new ArrayList<>();
            List<Cells> memories = new ArrayList<>();
            List<List<Long>> copies = new ArrayList<>();
            for (int step = 0; step < 4000; step++) {
                long pair = pair(random.nextInt(3000), random.nextInt(3));
                if (random.nextInt(100) < (step < 2000 ? 80 : 20)) {
                    add(pair);
                } else {
                    remove(pair);
                }
                if (random.nextInt(400) == 0) {
                    List<Long> copy = new ArrayList<>();
                    check(slab.cells, tree.root(), copy);
                    copies.add(copy);
                    roots.add(tree.root());
                    memories.add(new Cells(slab.cells.chunks, slab.cells.large));
                    epochs.add(slab.freeze());
                } else if (!epochs.isEmpty() && random.nextInt(400) == 0) {
                    int one = random.nextInt(epochs.size());
                    List<Long> walked = new ArrayList<>();
                    check(memories.remove(one), roots.remove(one), walked);
                    assertEquals(copies.remove(one), walked, "seed " + seed);
                    slab.thaw(epochs.remove(one));
                }
            }
            epochs.forEach(slab::thaw);
            while (slab.releaseSome(1000) > 0) {
                assertEquals(0, slab.liveViews());
            }
            checkAll();
            while (modelSize > 0) {
                remove(model.firstKey());
            }
            assertEquals(0, slab.used());
        }
    }

    @Test
    void reclaimGivesEveryNodeBackInSteps() {
        for (boolean frozen : new boolean[] {false, true}) {
            for (int i = 0; i < PAIRS; i++) {
                tree.add(i * 7919L % PAIRS, i);
            }
            int epoch = frozen ? slab.freeze() : 0;
            long steps = 0;
            int freed;
            while ((freed = tree.reclaim(10, null)) > 0) {
                assertTrue(freed < 10 + 12);
                steps++;
            }
            assertTrue(steps > 100);
            assertFalse(tree.contains(1, 1));
            if (frozen) {
                slab.thaw(epoch);
                while (slab.releaseSome(100) > 0) {
                    steps++;
                }
            }
            assertEquals(0, slab.used());
            assertEquals(0, tree.size());
        }
    }
}
