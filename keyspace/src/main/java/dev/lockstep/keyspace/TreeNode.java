package dev.lockstep.keyspace;

/**
 * The layout of a CountedTree's nodes.
 *
 * <pre>
 *   leaf    0: count (2)  2: level = 0 (2)  4: unused (4)   8: elements of 12 bytes: key (8), tie (4)
 *   inner   0: count (2)  2: level     (2)  4: unused (4)   8: children of 20 bytes: key (8), tie (4), node (4), size (4)
 * </pre>
 *
 * A child's key and tie are those of its first element; {@code size} counts the elements below it.
 */
final class TreeNode {
    static final int BYTES = 1024;
    static final int COUNT = 0;
    static final int LEVEL = 2;
    static final int FIRST = 8;
    static final int KEY = 0;
    static final int TIE = 8;
    static final int CHILD = 12;
    static final int SIZE = 16;
    static final int LEAF_STRIDE = 12;
    static final int INNER_STRIDE = 20;
    static final int LEAF_MAX = (BYTES - FIRST) / LEAF_STRIDE;
    static final int INNER_MAX = (BYTES - FIRST) / INNER_STRIDE;

    private TreeNode() {}

    static int stride(int level) {
        return level == 0 ? LEAF_STRIDE : INNER_STRIDE;
    }

    static int max(int level) {
        return level == 0 ? LEAF_MAX : INNER_MAX;
    }
}
