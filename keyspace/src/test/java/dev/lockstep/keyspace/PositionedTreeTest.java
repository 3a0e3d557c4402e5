package dev.lockstep.keyspace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A CountedTree by position, with weights, against an ArrayList; views of it keep what they saw. */
class PositionedTreeTest {
    private record Item(int tie, int weight) {}

    private record Frozen(int epoch, Cells cells, int root, List<Item> items) {}

    private final Slab slab = new Slab();
    private final CountedTree tree = new CountedTree(null, true);
    private final TreeWalk walk = new TreeWalk(true);
    private final List<Item> model = new ArrayList<>();
    private final List<Frozen> views = new ArrayList<>();

    @Test
    void isTheSameAsAList() {
        for (long seed = 0; seed < 60; seed++) {
            String message = "seed " + seed;
            run(new Random(seed), message);
        }
    }

    private void run(Random random, String message) {
        tree.open(slab, 0, 0);
        model.clear();
        int steps = 200 + random.nextInt(3000);
        int mode = random.nextInt(4);
        for (int step = 0; step < steps; step++) {
            change(random, mode, step * 2 < steps);
            if (random.nextInt(400) == 0) {
                int epoch = slab.freeze();
                Cells cells = new Cells(slab.cells.chunks, slab.cells.large);
                views.add(new Frozen(epoch, cells, tree.root(), new ArrayList<>(model)));
            }
            if (random.nextInt(300) == 0 && !views.isEmpty()) {
                close(views.remove(random.nextInt(views.size())), message);
            }
        }
        checkWalk(slab.cells, tree.root(), model, message);
        checkPositions(random, message);
        while (!views.isEmpty()) {
            close(views.remove(0), message);
        }
        while (slab.releaseSome(1000) > 0) {
            assertTrue(slab.deferredCount() >= 0);
        }
        while (!model.isEmpty()) {
            removeItem(random.nextInt(model.size()));
        }
        assertEquals(0, tree.root(), message);
        assertEquals(0, slab.used(), message);
    }

    private void change(Random random, int mode, boolean growing) {
        int choice = random.nextInt(10);
        if (model.isEmpty() || choice < (growing ? 7 : 3)) {
            int index =
                    switch (mode) {
                        case 0 -> 0;
                        case 1 -> model.size();
                        default -> random.nextInt(model.size() + 1);
                    };
            Item item = new Item(random.nextInt(), 1 + random.nextInt(9));
            tree.insertAt(positionOf(index), item.tie(), item.weight());
            model.add(index, item);
        } else if (choice < 9) {
            removeItem(mode == 0 ? model.size() - 1 : random.nextInt(model.size()));
        } else {
            int index = random.nextInt(model.size());
            Item item = new Item(random.nextInt(), 1 + random.nextInt(9));
            int within = random.nextInt(model.get(index).weight());
            tree.replaceAt(positionOf(index) + within, item.tie(), item.weight());
            model.set(index, item);
        }
    }

    private void removeItem(int index) {
        tree.removeAt(positionOf(index) + model.get(index).weight() - 1);
        model.remove(index);
    }

    private long positionOf(int index) {
        long sum = 0;
        for (int i = 0; i < index; i++) {
            sum += model.get(i).weight();
        }
        return sum;
    }

    private void close(Frozen view, String message) {
        checkWalk(view.cells(), view.root(), view.items(), message);
        slab.thaw(view.epoch());
    }

    private void checkWalk(Cells cells, int root, List<Item> items, String message) {
        walk.open(cells, root);
        boolean there = walk.seek(0);
        for (Item item : items) {
            assertTrue(there, message);
            assertEquals(item, new Item(walk.tie(), walk.weight()), message);
            there = walk.next();
        }
        assertFalse(there, message);
        there = walk.seekLast();
        for (int i = items.size() - 1; i >= 0; i--) {
            assertTrue(there, message);
            assertEquals(items.get(i).tie(), walk.tie(), message);
            there = walk.previous();
        }
        assertFalse(there, message);
    }

    private void checkPositions(Random random, String message) {
        assertEquals(positionOf(model.size()), tree.size(), message);
        walk.open(slab.cells, tree.root());
        for (int i = 0; i < 20 && !model.isEmpty(); i++) {
            int index = random.nextInt(model.size());
            int within = random.nextInt(model.get(index).weight());
            assertTrue(walk.seek(positionOf(index) + within), message);
            assertEquals(model.get(index).tie(), walk.tie(), message);
            assertEquals(within, walk.within(), message);
            assertEquals(model.get(index).tie(), tree.tieAt(positionOf(index) + within), message);
        }
        assertFalse(walk.seek(tree.size()), message);
    }
}
