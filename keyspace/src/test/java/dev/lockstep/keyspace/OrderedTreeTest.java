package dev.lockstep.keyspace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** A CountedTree whose ties are ordered by what they name: ranks and bounds, against a TreeSet. */
class OrderedTreeTest {
    private static final int TIES = 500;

    private record Pair(long key, int place) {}

    @Test
    void ranksAndBoundsAreThoseOfASet() {
        for (long seed = 0; seed < 40; seed++) {
            Random random = new Random(seed);
            int[] places = new int[TIES];
            for (int i = 0; i < TIES; i++) {
                places[i] = i * 7919 % TIES;
            }
            Slab slab = new Slab();
            CountedTree tree =
                    new CountedTree(
                            (tie, other) -> Integer.compare(places[tie], places[other]), false);
            tree.open(slab, 0, 0);
            TreeSet<Pair> model =
                    new TreeSet<>(
                            (a, b) ->
                                    a.key() != b.key()
                                            ? Long.compare(a.key(), b.key())
                                            : Integer.compare(a.place(), b.place()));
            int keys = 1 + random.nextInt(30);
            for (int step = 0; step < 4000; step++) {
                long key = random.nextInt(keys) - keys / 2;
                int tie = random.nextInt(TIES);
                Pair pair = new Pair(key, places[tie]);
                if (random.nextInt(step < 2000 ? 3 : 2) > 0) {
                    if (model.add(pair)) {
                        tree.add(key, tie);
                    }
                } else {
                    assertEquals(model.remove(pair), tree.remove(key, tie), "seed " + seed);
                }
            }
            check(tree, model, places, "seed " + seed);
        }
    }

    private static void check(CountedTree tree, TreeSet<Pair> model, int[] places, String message) {
        assertEquals(model.size(), tree.size(), message);
        List<Pair> sorted = new ArrayList<>(model);
        for (int i = 0; i < sorted.size(); i++) {
            int tie = tree.tieAt(i);
            assertEquals(sorted.get(i).place(), places[tie], message);
            assertTrue(tree.contains(tree.keyAt(i), tie), message);
            assertEquals(i, tree.rank(tree.keyAt(i), tie), message);
        }
        for (long key = -20; key < 20; key++) {
            long wanted = key;
            assertEquals(
                    sorted.stream().filter(pair -> pair.key() < wanted).count(),
                    tree.below(key),
                    message);
            assertEquals(
                    sorted.stream().filter(pair -> pair.key() <= wanted).count(),
                    tree.through(key),
                    message);
        }
    }
}
