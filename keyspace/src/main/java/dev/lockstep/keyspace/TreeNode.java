package dev.lockstep.keyspace;

/**
 * The layout of a CountedTree's nodes.
 *
 * <pre>
 *   leaf    0: count (2)  2: level = 0 (2)  4: unused (4)   8: items of 12 bytes: key (8), tie (4); weighted ones of 16: weight (4)
 *   inner   0: count (2)  2: level     (2)  4: unused (4)   8: children of 20 bytes: key (8), tie (4), node (4), size (4)
 * </pre>
 *
 * A child's key and tie are those of its first item; {@code size} is the number of items below it, or the sum of their
 * weights. A node takes {@link #BYTES}, but for a root that is a leaf, which may be smaller.
 */
final class TreeNode {
    static final int BYTES = 1024;
    static final int MIN_BYTES = 64;
    static final int FIRST = 8;
    static final int KEY = 0;
    static final int TIE = 8;
    static final int WEIGHT = 12;
    static final int CHILD = 12;
    static final int SIZE = 16;
    static final int LEAF_STRIDE = 12;
    static final int WEIGHTED_LEAF_STRIDE = 16;
    static final int INNER_STRIDE = 20;
    static final int LEAF_MAX = (BYTES - FIRST) / LEAF_STRIDE;
    static final int WEIGHTED_LEAF_MAX = (BYTES - FIRST) / WEIGHTED_LEAF_STRIDE;
    static final int INNER_MAX = (BYTES - FIRST) / INNER_STRIDE;

    private TreeNode() {}

    static int stride(int level, boolean weighted) {
        return level > 0 ? INNER_STRIDE : weighted ? WEIGHTED_LEAF_STRIDE : LEAF_STRIDE;
    }

    static int max(int level, boolean weighted) {
        return level > 0 ? INNER_MAX : weighted ? WEIGHTED_LEAF_MAX : LEAF_MAX;
    }

    static int level(Cells cells, int node) {
        return cells.getInt(node, 0) >>> 16;
    }

    static int count(Cells cells, int node) {
        return cells.getInt(node, 0) & 0xffff;
    }
}
