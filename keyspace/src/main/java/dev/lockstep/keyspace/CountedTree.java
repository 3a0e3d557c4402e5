package dev.lockstep.keyspace;

/**
 * An ordered set of (key, tie) pairs: a B+tree in slab memory whose inner nodes count the elements below them.
 *
 * <p>Pairs are ordered by key (a signed long), then tie (an unsigned int). The expiry index keeps (deadline, fingerprint).
 * Finding, adding, removing and reaching the n-th element are O(log n); a node older than the newest freeze is copied
 * before its first change, so a view that kept the root reads on undisturbed. Node layout: {@link TreeNode}.
 *
 * <p>Nodes split in the middle, except that the last leaf splits at its end, because deadlines tend to grow: then leaves
 * stay full. A node that falls to a quarter is joined with a neighbour where both fit in three quarters of a node.
 */
final class CountedTree {
    private static final int MAX_LEVELS = 12;

    private final Slab slab;
    private final Cells cells;
    private int root;
    private long size;

    /** The way of the last descent: node and child index by level, and the root's level. */
    private int levels;

    private final int[] pathNode = new int[MAX_LEVELS];
    private final int[] pathIndex = new int[MAX_LEVELS];

    CountedTree(Slab slab) {
        this.slab = slab;
        this.cells = slab.cells;
    }

    long size() {
        return size;
    }

    int root() {
        return root;
    }

    /** The lowest key; only while {@link #size} is not 0. */
    long firstKey() {
        return cells.getLong(firstLeaf(), TreeNode.FIRST);
    }

    /** The tie of the lowest pair. */
    int firstTie() {
        return cells.getInt(firstLeaf(), TreeNode.FIRST + TreeNode.TIE);
    }

    private int firstLeaf() {
        int node = root;
        while (level(node) > 0) {
            node = cells.getInt(node, TreeNode.FIRST + TreeNode.CHILD);
        }
        return node;
    }

    /** The key of the pair at a position counted from 0. */
    long keyAt(long position) {
        int leaf = leafAt(position);
        return cells.getLong(leaf, TreeNode.FIRST + pathIndex[0] * TreeNode.LEAF_STRIDE);
    }

    /** The tie of the pair at a position. */
    int tieAt(long position) {
        int leaf = leafAt(position);
        return cells.getInt(
                leaf, TreeNode.FIRST + pathIndex[0] * TreeNode.LEAF_STRIDE + TreeNode.TIE);
    }

    private int leafAt(long position) {
        int node = root;
        while (level(node) > 0) {
            int at = TreeNode.FIRST;
            int below;
            while (position >= (below = cells.getInt(node, at + TreeNode.SIZE))) {
                position -= below;
                at += TreeNode.INNER_STRIDE;
            }
            node = cells.getInt(node, at + TreeNode.CHILD);
        }
        pathIndex[0] = (int) position;
        return node;
    }

    boolean contains(long key, int tie) {
        if (root == 0) {
            return false;
        }
        int node = root;
        while (level(node) > 0) {
            node = child(node, childIndex(node, key, tie));
        }
        int index = lowerBound(node, key, tie);
        return index < count(node) && compareAt(node, index, key, tie) == 0;
    }

    /** Adds a pair; adding one that is there makes a second of it. */
    void add(long key, int tie) {
        if (root == 0) {
            root = newNode(0);
        }
        int leaf = descend(key, tie, 1);
        int index = lowerBound(leaf, key, tie);
        size++;
        if (count(leaf) < TreeNode.LEAF_MAX) {
            insertLeaf(leaf, index, key, tie);
            if (index == 0) {
                firstChanged(leaf, 0);
            }
            return;
        }
        boolean atEnd = index == TreeNode.LEAF_MAX && isLastPath();
        int right = splitNode(leaf, atEnd ? TreeNode.LEAF_MAX : TreeNode.LEAF_MAX / 2);
        int leftCount = count(leaf);
        if (index > leftCount || atEnd) {
            insertLeaf(right, index - leftCount, key, tie);
        } else {
            insertLeaf(leaf, index, key, tie);
            if (index == 0) {
                firstChanged(leaf, 0);
            }
        }
        attach(leaf, right);
    }

    /** Takes a pair away; false if it is not there. */
    boolean remove(long key, int tie) {
        if (!contains(key, tie)) {
            return false;
        }
        int leaf = descend(key, tie, -1);
        int index = lowerBound(leaf, key, tie);
        removeAt(leaf, index);
        if (index == 0 && count(leaf) > 0) {
            firstChanged(leaf, 0);
        }
        size--;
        mend(leaf);
        return true;
    }

    /** Gives up to {@code most} nodes of a tree back; returns how many. The tree serves for nothing else from then on. */
    int reclaim(int most) {
        int freed = 0;
        while (root != 0 && freed < most) {
            int depth = 0;
            int node = root;
            while (level(node) > 0) {
                pathNode[depth++] = node;
                node = child(node, count(node) - 1);
            }
            slab.free(node);
            freed++;
            while (depth > 0 && count(pathNode[depth - 1]) == 1) {
                slab.free(pathNode[--depth]);
                freed++;
            }
            if (depth == 0) {
                root = 0;
                size = 0;
            } else {
                int parent = pathNode[depth - 1];
                if (!slab.writable(parent)) {
                    parent = writablePath(depth - 1);
                }
                setCount(parent, count(parent) - 1);
            }
        }
        return freed;
    }

    /** Makes the nodes of the path down to {@code depth} writable; returns the last of them. */
    private int writablePath(int depth) {
        for (int d = 0; d <= depth; d++) {
            int node = writableNode(pathNode[d]);
            if (node != pathNode[d]) {
                if (d == 0) {
                    root = node;
                } else {
                    int last = count(pathNode[d - 1]) - 1;
                    cells.putInt(pathNode[d - 1], childAt(last) + TreeNode.CHILD, node);
                }
                pathNode[d] = node;
            }
        }
        return pathNode[depth];
    }

    // ---- the way down ----

    /** Goes to the leaf where a pair belongs, making the way writable and adding {@code change} to the counts on it. */
    private int descend(long key, int tie, int change) {
        int node = writableNode(root);
        root = node;
        int level = level(node);
        levels = level;
        for (; level > 0; level--) {
            int index = childIndex(node, key, tie);
            int at = childAt(index);
            int child = cells.getInt(node, at + TreeNode.CHILD);
            int writable = writableNode(child);
            if (writable != child) {
                cells.putInt(node, at + TreeNode.CHILD, writable);
            }
            cells.putInt(node, at + TreeNode.SIZE, cells.getInt(node, at + TreeNode.SIZE) + change);
            pathNode[level] = node;
            pathIndex[level] = index;
            node = writable;
        }
        return node;
    }

    private boolean isLastPath() {
        for (int level = levels; level > 0; level--) {
            if (pathIndex[level] != count(pathNode[level]) - 1) {
                return false;
            }
        }
        return true;
    }

    /** The last child whose first pair is not above the one sought; the first child if all are. */
    private int childIndex(int node, long key, int tie) {
        int low = 1;
        int high = count(node);
        while (low < high) {
            int middle = low + high >>> 1;
            if (compareAt(node, middle, key, tie) <= 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low - 1;
    }

    /** The first element of a leaf that is not below the pair. */
    private int lowerBound(int leaf, long key, int tie) {
        int low = 0;
        int high = count(leaf);
        while (low < high) {
            int middle = low + high >>> 1;
            if (compareAt(leaf, middle, key, tie) < 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private int compareAt(int node, int index, long key, int tie) {
        int at = TreeNode.FIRST + index * TreeNode.stride(level(node));
        long there = cells.getLong(node, at);
        if (there != key) {
            return there < key ? -1 : 1;
        }
        return Integer.compareUnsigned(cells.getInt(node, at + TreeNode.TIE), tie);
    }

    // ---- splitting ----

    /** Moves the elements from {@code from} on to a new node of the same level. */
    private int splitNode(int node, int from) {
        int level = level(node);
        int right = newNode(level);
        int moved = count(node) - from;
        int stride = TreeNode.stride(level);
        System.arraycopy(
                cells.array(node),
                Cells.offset(node) + TreeNode.FIRST + from * stride,
                cells.array(right),
                Cells.offset(right) + TreeNode.FIRST,
                moved * stride);
        setCount(node, from);
        setCount(right, moved);
        return right;
    }

    /** Hangs a node's new right neighbour into its parent, splitting upwards as long as parents are full. */
    private void attach(int left, int right) {
        int level = 0;
        while (true) {
            int parentLevel = level + 1;
            if (parentLevel > levels) {
                int newRoot = newNode(parentLevel);
                setChild(newRoot, 0, left);
                setChild(newRoot, 1, right);
                setCount(newRoot, 2);
                root = newRoot;
                return;
            }
            int parent = pathNode[parentLevel];
            int index = pathIndex[parentLevel];
            long leftSize = elements(left);
            cells.putInt(parent, childAt(index) + TreeNode.SIZE, (int) leftSize);
            if (count(parent) < TreeNode.INNER_MAX) {
                insertChild(parent, index + 1, right);
                return;
            }
            boolean atEnd = index == TreeNode.INNER_MAX - 1;
            int parentRight =
                    splitNode(parent, atEnd ? TreeNode.INNER_MAX - 1 : TreeNode.INNER_MAX / 2);
            int leftCount = count(parent);
            if (index + 1 > leftCount) {
                insertChild(parentRight, index + 1 - leftCount, right);
            } else {
                insertChild(parent, index + 1, right);
            }
            left = parent;
            right = parentRight;
            level = parentLevel;
        }
    }

    private void insertLeaf(int leaf, int index, long key, int tie) {
        int at = shiftUp(leaf, index, TreeNode.LEAF_STRIDE);
        cells.putLong(leaf, at, key);
        cells.putInt(leaf, at + TreeNode.TIE, tie);
    }

    /**
     * Tells the nodes above, on the way of the last descent, which pair a node begins with now. These bounds are exact, not
     * merely low enough: of equal pairs on both sides of a boundary the right one may go first, and the search for the
     * left one must not be sent to the right by what was there once.
     */
    private void firstChanged(int node, int level) {
        long key = cells.getLong(node, TreeNode.FIRST);
        int tie = cells.getInt(node, TreeNode.FIRST + TreeNode.TIE);
        while (level < levels) {
            level++;
            int at = childAt(pathIndex[level]);
            cells.putLong(pathNode[level], at, key);
            cells.putInt(pathNode[level], at + TreeNode.TIE, tie);
            if (pathIndex[level] > 0) {
                return;
            }
        }
    }

    private void insertChild(int node, int index, int child) {
        shiftUp(node, index, TreeNode.INNER_STRIDE);
        setChild(node, index, child);
    }

    private int shiftUp(int node, int index, int stride) {
        byte[] array = cells.array(node);
        int at = TreeNode.FIRST + index * stride;
        int from = Cells.offset(node) + at;
        int count = count(node);
        System.arraycopy(array, from, array, from + stride, (count - index) * stride);
        setCount(node, count + 1);
        return at;
    }

    private void setChild(int node, int index, int child) {
        int at = childAt(index);
        cells.putLong(node, at, cells.getLong(child, TreeNode.FIRST));
        cells.putInt(node, at + TreeNode.TIE, cells.getInt(child, TreeNode.FIRST + TreeNode.TIE));
        cells.putInt(node, at + TreeNode.CHILD, child);
        cells.putInt(node, at + TreeNode.SIZE, (int) elements(child));
    }

    private long elements(int node) {
        int count = count(node);
        if (level(node) == 0) {
            return count;
        }
        long sum = 0;
        for (int i = 0; i < count; i++) {
            sum += cells.getInt(node, childAt(i) + TreeNode.SIZE);
        }
        return sum;
    }

    // ---- joining ----

    private void removeAt(int node, int index) {
        int stride = TreeNode.stride(level(node));
        byte[] array = cells.array(node);
        int to = Cells.offset(node) + TreeNode.FIRST + index * stride;
        int count = count(node) - 1;
        System.arraycopy(array, to + stride, array, to, (count - index) * stride);
        setCount(node, count);
    }

    /** After a removal: joins sparse nodes with a neighbour, from the leaf upwards, and lowers the root. */
    private void mend(int node) {
        for (int level = 0; level < levels; level++) {
            int max = TreeNode.max(level);
            if (count(node) > max / 4) {
                return;
            }
            int parent = pathNode[level + 1];
            int index = pathIndex[level + 1];
            if (count(node) == 0) {
                removeAt(parent, index);
                slab.free(node);
                if (index == 0 && count(parent) > 0) {
                    firstChanged(parent, level + 1);
                }
            } else {
                int left = index > 0 ? index - 1 : index;
                if (left + 1 >= count(parent) || !join(parent, left, max)) {
                    return;
                }
            }
            node = parent;
        }
        while (level(root) > 0 && count(root) == 1) {
            int old = root;
            root = child(old, 0);
            slab.free(old);
        }
        if (size == 0) {
            slab.free(root);
            root = 0;
        }
    }

    private boolean join(int parent, int leftIndex, int max) {
        int left = child(parent, leftIndex);
        int right = child(parent, leftIndex + 1);
        int leftCount = count(left);
        int rightCount = count(right);
        if (leftCount + rightCount > max * 3 / 4) {
            return false;
        }
        int writable = writableNode(left);
        if (writable != left) {
            cells.putInt(parent, childAt(leftIndex) + TreeNode.CHILD, writable);
            left = writable;
        }
        int stride = TreeNode.stride(level(left));
        System.arraycopy(
                cells.array(right),
                Cells.offset(right) + TreeNode.FIRST,
                cells.array(left),
                Cells.offset(left) + TreeNode.FIRST + leftCount * stride,
                rightCount * stride);
        setCount(left, leftCount + rightCount);
        cells.putInt(parent, childAt(leftIndex) + TreeNode.SIZE, (int) elements(left));
        removeAt(parent, leftIndex + 1);
        slab.free(right);
        return true;
    }

    // ---- nodes ----

    private int newNode(int level) {
        int node = slab.allocate(TreeNode.BYTES);
        cells.putLong(node, 0, (long) level << 16);
        return node;
    }

    private int writableNode(int node) {
        if (slab.writable(node)) {
            return node;
        }
        int copy = slab.allocate(TreeNode.BYTES);
        System.arraycopy(
                cells.array(node),
                Cells.offset(node),
                cells.array(copy),
                Cells.offset(copy),
                TreeNode.BYTES);
        slab.free(node);
        return copy;
    }

    private static int childAt(int index) {
        return TreeNode.FIRST + index * TreeNode.INNER_STRIDE;
    }

    private int child(int node, int index) {
        return cells.getInt(node, childAt(index) + TreeNode.CHILD);
    }

    private int level(int node) {
        return cells.getInt(node, 0) >>> 16;
    }

    private int count(int node) {
        return cells.getInt(node, 0) & 0xffff;
    }

    private void setCount(int node, int count) {
        cells.putInt(node, 0, cells.getInt(node, 0) & 0xffff0000 | count);
    }
}
