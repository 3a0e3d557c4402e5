package dev.lockstep.keyspace;

/**
 * Goes through the items of a {@link CountedTree}, live or frozen, forwards or backwards from any position. The tree must not
 * change meanwhile. Reused; one thread.
 */
final class TreeWalk {
    private final boolean weighted;
    private final int[] nodes = new int[CountedTree.MAX_LEVELS];
    private final int[] indexes = new int[CountedTree.MAX_LEVELS];
    private Cells cells;
    private int root;
    private int levels;
    private int itemAt;
    private int within;

    TreeWalk(boolean weighted) {
        this.weighted = weighted;
    }

    /** Walks the tree with this root; {@link #seek} comes next. */
    void open(Cells newCells, int newRoot) {
        if (cells != newCells) {
            cells = newCells;
        }
        root = newRoot;
    }

    /** Goes to the item that a position, at least 0, is in; false if the tree ends before it. */
    boolean seek(long position) {
        if (root == 0) {
            return false;
        }
        long rest = position;
        int node = root;
        levels = TreeNode.level(cells, node);
        for (int level = levels; level > 0; level--) {
            int count = TreeNode.count(cells, node);
            int index = 0;
            int below;
            while (index < count && rest >= (below = size(node, index))) {
                rest -= below;
                index++;
            }
            if (index == count) {
                return false;
            }
            nodes[level] = node;
            indexes[level] = index;
            node = child(node, index);
        }
        return seekInLeaf(node, rest);
    }

    private boolean seekInLeaf(int leaf, long position) {
        int count = TreeNode.count(cells, leaf);
        long rest = position;
        int index = 0;
        if (weighted) {
            int weight;
            while (index < count && rest >= (weight = weight(leaf, index))) {
                rest -= weight;
                index++;
            }
        } else {
            index = (int) Math.min(rest, count);
            rest = 0;
        }
        if (index == count) {
            return false;
        }
        within = (int) rest;
        return at(leaf, index);
    }

    /** Goes to the last item; false if there is none. */
    boolean seekLast() {
        if (root == 0) {
            return false;
        }
        levels = TreeNode.level(cells, root);
        return descend(root, levels, true);
    }

    /** Goes on to the next item; false at the end, where the walk stays. */
    boolean next() {
        if (indexes[0] + 1 < TreeNode.count(cells, nodes[0])) {
            within = 0;
            return at(nodes[0], indexes[0] + 1);
        }
        for (int level = 1; level <= levels; level++) {
            if (indexes[level] + 1 < TreeNode.count(cells, nodes[level])) {
                return descend(child(nodes[level], ++indexes[level]), level - 1, false);
            }
        }
        return false;
    }

    /** Goes back to the item before; false at the beginning, where the walk stays. */
    boolean previous() {
        if (indexes[0] > 0) {
            within = 0;
            return at(nodes[0], indexes[0] - 1);
        }
        for (int level = 1; level <= levels; level++) {
            if (indexes[level] > 0) {
                return descend(child(nodes[level], --indexes[level]), level - 1, true);
            }
        }
        return false;
    }

    private boolean descend(int from, int fromLevel, boolean toLast) {
        int node = from;
        for (int level = fromLevel; level > 0; level--) {
            nodes[level] = node;
            indexes[level] = toLast ? TreeNode.count(cells, node) - 1 : 0;
            node = child(node, indexes[level]);
        }
        within = 0;
        return at(node, toLast ? TreeNode.count(cells, node) - 1 : 0);
    }

    private boolean at(int leaf, int index) {
        nodes[0] = leaf;
        indexes[0] = index;
        itemAt = TreeNode.FIRST + index * TreeNode.stride(0, weighted);
        return true;
    }

    /** The key of the item gone to. */
    long key() {
        return cells.getLong(nodes[0], itemAt);
    }

    /** Its tie. */
    int tie() {
        return cells.getInt(nodes[0], itemAt + TreeNode.TIE);
    }

    /** Its weight: 1 in a tree without weights. */
    int weight() {
        return weighted ? cells.getInt(nodes[0], itemAt + TreeNode.WEIGHT) : 1;
    }

    /** How far into the item the position is that was sought; 0 after a step. */
    int within() {
        return within;
    }

    private int weight(int leaf, int index) {
        return cells.getInt(
                leaf, TreeNode.FIRST + index * TreeNode.WEIGHTED_LEAF_STRIDE + TreeNode.WEIGHT);
    }

    private int size(int node, int index) {
        return cells.getInt(node, TreeNode.FIRST + index * TreeNode.INNER_STRIDE + TreeNode.SIZE);
    }

    private int child(int node, int index) {
        return cells.getInt(node, TreeNode.FIRST + index * TreeNode.INNER_STRIDE + TreeNode.CHILD);
    }
}
