package dev.lockstep.keyspace;

import java.util.function.IntConsumer;

/**
 * An ordered sequence of items: a B+tree in slab memory whose inner nodes count what is below them.
 *
 * <p>An item is a pair of a key (a signed long) and a tie (an int), in a weighted tree with a weight besides. It serves in
 * three ways. Ordered by key, then tie as an unsigned number: the expiry index, pairs of (deadline, fingerprint). Ordered by
 * key, then by what the tie names ({@link TieOrder}): a sorted set, pairs of (score, member's cell). By position alone, with
 * {@link #insertAt} and {@link #removeAt}: a list, whose items are blocks that weigh as much as they hold elements. Add to a
 * tree either by key or by position, not both; what goes may be named either way.
 *
 * <p>Finding, adding, removing and reaching a position are O(log n); a node older than the newest freeze is copied
 * before its first change, so a view that kept the root reads on undisturbed. Node layout: {@link TreeNode};
 * {@link TreeWalk} goes from item to item.
 *
 * <p>Nodes split in the middle, except that the last leaf splits at its end and the first one at its beginning, because
 * deadlines grow, lists are filled at their ends, and files hold sorted sets from the highest score down: then leaves stay
 * full. A root that is a leaf begins small and grows by doubling. A node that falls to a quarter is joined with a neighbour
 * where both fit in three quarters.
 *
 * <p>A tree that is part of a value is opened with the root and size that the value keeps, and these are stored again after
 * a change.
 */
final class CountedTree {
    /** Orders items of equal keys by what their ties name. */
    interface TieOrder {
        /** Less than, equal to or greater than 0 as the item with {@code tie} goes before, is, or goes after {@code other}. */
        int compare(int tie, int other);
    }

    static final int MAX_LEVELS = 12;

    private final TieOrder order;
    private final boolean weighted;
    private final int leafStride;
    private Slab slab;
    private Cells cells;
    private int root;
    private long size;

    /** The way of the last descent: node and child index by level, and the root's level. */
    private int levels;

    private final int[] pathNode = new int[MAX_LEVELS];
    private final int[] pathIndex = new int[MAX_LEVELS];

    /** An empty tree of unweighted pairs whose ties are unsigned numbers. */
    CountedTree(Slab slab) {
        this(null, false);
        open(slab, 0, 0);
    }

    /**
     * A tree to be opened.
     *
     * @param order of equal keys' ties; null for unsigned numbers
     */
    CountedTree(TieOrder order, boolean weighted) {
        this.order = order;
        this.weighted = weighted;
        leafStride = TreeNode.stride(0, weighted);
    }

    /** Makes this the tree with a given root and size. */
    void open(Slab newSlab, int newRoot, long newSize) {
        if (slab != newSlab) {
            slab = newSlab;
            cells = newSlab.cells;
        }
        root = newRoot;
        size = newSize;
    }

    /** How many items there are; in a weighted tree, the sum of their weights. */
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
        return firstLeaf(cells, root);
    }

    private static int firstLeaf(Cells cells, int root) {
        int node = root;
        while (TreeNode.level(cells, node) > 0) {
            node = cells.getInt(node, TreeNode.FIRST + TreeNode.CHILD);
        }
        return node;
    }

    /** The lowest key of the tree with this root, live or frozen. */
    static long firstKey(Cells cells, int root) {
        return cells.getLong(firstLeaf(cells, root), TreeNode.FIRST);
    }

    /** The tie of the last item; only while {@link #size} is not 0. */
    int lastTie() {
        int node = root;
        while (level(node) > 0) {
            node = child(node, count(node) - 1);
        }
        return cells.getInt(node, itemAt(count(node) - 1) + TreeNode.TIE);
    }

    /** The key of the item at a position counted from 0. */
    long keyAt(long position) {
        return cells.getLong(leafAt(position), itemAt(pathIndex[0]));
    }

    /** The tie of the item at a position. */
    int tieAt(long position) {
        return cells.getInt(leafAt(position), itemAt(pathIndex[0]) + TreeNode.TIE);
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
        pathIndex[0] = weighted ? indexInLeaf(node, position) : (int) position;
        return node;
    }

    private int indexInLeaf(int leaf, long position) {
        int index = 0;
        int weight;
        while (position >= (weight = weight(leaf, index))) {
            position -= weight;
            index++;
        }
        return index;
    }

    boolean contains(long key, int tie) {
        if (root == 0) {
            return false;
        }
        int node = leafOf(key, tie);
        int index = lowerBound(node, key, tie);
        return index < count(node) && compareAt(node, index, key, tie) == 0;
    }

    /** The tie of the item that is (key, tie) in the order, or 0. */
    int find(long key, int tie) {
        if (root == 0) {
            return 0;
        }
        int node = leafOf(key, tie);
        int index = lowerBound(node, key, tie);
        return index < count(node) && compareAt(node, index, key, tie) == 0
                ? cells.getInt(node, itemAt(index) + TreeNode.TIE)
                : 0;
    }

    private int leafOf(long key, int tie) {
        int node = root;
        while (level(node) > 0) {
            node = child(node, childIndex(node, key, tie));
        }
        return node;
    }

    // ---- positions of keys, where no two items are equal ----

    /** How much is before the place of a pair: its position if it is there. */
    long rank(long key, int tie) {
        if (root == 0) {
            return 0;
        }
        long before = 0;
        int node = root;
        while (level(node) > 0) {
            int index = childIndex(node, key, tie);
            before += sizeBefore(node, index);
            node = child(node, index);
        }
        return before + sizeBefore(node, lowerBound(node, key, tie));
    }

    /** How much has a key less than the given one. */
    long below(long key) {
        return boundary(key, false);
    }

    /** How much has a key not greater than the given one. */
    long through(long key) {
        return boundary(key, true);
    }

    private long boundary(long key, boolean through) {
        if (root == 0) {
            return 0;
        }
        long before = 0;
        int node = root;
        while (true) {
            int level = level(node);
            int stride = TreeNode.stride(level, weighted);
            int low = level > 0 ? 1 : 0;
            int high = count(node);
            while (low < high) {
                int middle = low + high >>> 1;
                long there = cells.getLong(node, TreeNode.FIRST + middle * stride);
                if (through ? there <= key : there < key) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            if (level == 0) {
                return before + sizeBefore(node, low);
            }
            before += sizeBefore(node, low - 1);
            node = child(node, low - 1);
        }
    }

    /**
     * How much goes before a tie, or, if {@code through}, before it or equal to it, whatever the keys: of a tree whose keys
     * are all equal, which is how Redis looks for members by their bytes.
     */
    long boundaryOfTies(int tie, boolean through) {
        if (root == 0) {
            return 0;
        }
        long before = 0;
        int node = root;
        while (true) {
            int level = level(node);
            int stride = TreeNode.stride(level, weighted);
            int low = level > 0 ? 1 : 0;
            int high = count(node);
            while (low < high) {
                int middle = low + high >>> 1;
                int there = cells.getInt(node, TreeNode.FIRST + middle * stride + TreeNode.TIE);
                int comparison = order.compare(there, tie);
                if (through ? comparison <= 0 : comparison < 0) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            if (level == 0) {
                return before + sizeBefore(node, low);
            }
            before += sizeBefore(node, low - 1);
            node = child(node, low - 1);
        }
    }

    /** The sum of the sizes of a node's first {@code index} children or items. */
    private long sizeBefore(int node, int index) {
        if (level(node) == 0) {
            return sizeOfItems(node, index);
        }
        long sum = 0;
        for (int i = 0; i < index; i++) {
            sum += cells.getInt(node, childAt(i) + TreeNode.SIZE);
        }
        return sum;
    }

    private long sizeOfItems(int leaf, int count) {
        if (!weighted) {
            return count;
        }
        long sum = 0;
        for (int i = 0; i < count; i++) {
            sum += weight(leaf, i);
        }
        return sum;
    }

    // ---- changes by key ----

    /** Adds a pair; adding one that is there makes a second of it. */
    void add(long key, int tie) {
        add(key, tie, 1);
    }

    /** Adds an item. */
    void add(long key, int tie, int weight) {
        if (root == 0) {
            root = newLeaf(TreeNode.MIN_BYTES);
        }
        int leaf = descend(key, tie, weight);
        insert(leaf, lowerBound(leaf, key, tie), key, tie, weight);
    }

    /** Gives the item that is (key, tie) another tie of the same place in the order, and another weight. */
    void replace(long key, int tie, int newTie, int newWeight) {
        int found = leafOf(key, tie);
        int change = newWeight - weight(found, lowerBound(found, key, tie));
        int leaf = descend(key, tie, change);
        setItem(leaf, lowerBound(leaf, key, tie), newTie, newWeight);
        size += change;
    }

    private void setItem(int leaf, int index, int tie, int weight) {
        int at = itemAt(index);
        cells.putInt(leaf, at + TreeNode.TIE, tie);
        if (weighted) {
            cells.putInt(leaf, at + TreeNode.WEIGHT, weight);
        }
        if (index == 0) {
            firstChanged(leaf, 0);
        }
    }

    /** Puts an item into the leaf that the way was made for, whose counts above include it already. */
    private void insert(int leaf, int index, long key, int tie, int weight) {
        size += weight;
        leaf = withRoom(leaf);
        if (count(leaf) < TreeNode.max(0, weighted)) {
            insertItem(leaf, index, key, tie, weight);
            if (index == 0) {
                firstChanged(leaf, 0);
            }
            return;
        }
        int all = count(leaf);
        boolean atEnd = index == all && isLastPath();
        boolean atStart = index == 0 && isFirstPath();
        int right = splitNode(leaf, atEnd ? all : atStart ? 0 : all / 2);
        int leftCount = count(leaf);
        if (index > leftCount || atEnd) {
            insertItem(right, index - leftCount, key, tie, weight);
        } else {
            insertItem(leaf, index, key, tie, weight);
            if (index == 0) {
                firstChanged(leaf, 0);
            }
        }
        attach(leaf, right);
    }

    /** Doubles a root leaf that is full and not of full size yet. */
    private int withRoom(int leaf) {
        int bytes = slab.capacity(leaf);
        if (bytes == TreeNode.BYTES || TreeNode.FIRST + (count(leaf) + 1) * leafStride <= bytes) {
            return leaf;
        }
        assert leaf == root : "a small leaf that is not the root";
        int larger = newLeaf(bytes * 2);
        copyNode(leaf, larger, bytes);
        slab.free(leaf);
        root = larger;
        return larger;
    }

    /** Takes a pair away; false if it is not there. */
    boolean remove(long key, int tie) {
        if (!contains(key, tie)) {
            return false;
        }
        take(key, tie);
        return true;
    }

    /** Takes a pair away that is there. */
    void take(long key, int tie) {
        int weight = 1;
        if (weighted) {
            int found = leafOf(key, tie);
            weight = weight(found, lowerBound(found, key, tie));
        }
        int leaf = descend(key, tie, -weight);
        int index = lowerBound(leaf, key, tie);
        assert compareAt(leaf, index, key, tie) == 0 : "a pair that is not there";
        removeItem(leaf, index, weight);
    }

    /**
     * Gives a pair that is there another key, and a tie that goes to the same place among equal keys. Where that doesn't move
     * it past a neighbour in its leaf, it is changed in place.
     */
    void move(long key, int tie, long newKey, int newTie) {
        int found = leafOf(key, tie);
        int index = lowerBound(found, key, tie);
        if (index > 0
                && index < count(found) - 1
                && compareAt(found, index - 1, newKey, newTie) < 0
                && compareAt(found, index + 1, newKey, newTie) > 0) {
            int leaf = descend(key, tie, 0);
            cells.putLong(leaf, itemAt(index), newKey);
            cells.putInt(leaf, itemAt(index) + TreeNode.TIE, newTie);
        } else {
            take(key, tie);
            add(newKey, newTie);
        }
    }

    private void removeItem(int leaf, int index, int weight) {
        removeAt(leaf, index);
        if (index == 0 && count(leaf) > 0) {
            firstChanged(leaf, 0);
        }
        size -= weight;
        mend(leaf);
    }

    // ---- changes by position ----

    /** Puts an item where {@code position} is between two items or at either end. */
    void insertAt(long position, int tie, int weight) {
        if (root == 0) {
            root = newLeaf(TreeNode.MIN_BYTES);
        }
        int leaf = descendTo(position, weight, false);
        int index = 0;
        while (rest > 0) {
            rest -= weight(leaf, index++);
        }
        assert rest == 0 : "not between two items";
        insert(leaf, index, 0, tie, weight);
    }

    /** Puts an item behind all others; where there is an order, it is the greatest. */
    void append(long key, int tie, int weight) {
        if (root == 0) {
            root = newLeaf(TreeNode.MIN_BYTES);
        }
        int leaf = descendTo(size, weight, false);
        insert(leaf, count(leaf), key, tie, weight);
    }

    /** Takes away the item that {@code position} is in; returns its tie. */
    int removeAt(long position) {
        int weight = weighted ? weight(leafAt(position), pathIndex[0]) : 1;
        int leaf = descendTo(position, -weight, true);
        int index = weighted ? indexInLeaf(leaf, rest) : (int) rest;
        int tie = cells.getInt(leaf, itemAt(index) + TreeNode.TIE);
        removeItem(leaf, index, weight);
        return tie;
    }

    /** Gives the item that {@code position} is in another tie and weight. */
    void replaceAt(long position, int newTie, int newWeight) {
        int change = newWeight - weight(leafAt(position), pathIndex[0]);
        int leaf = descendTo(position, change, true);
        setItem(leaf, indexInLeaf(leaf, rest), newTie, newWeight);
        size += change;
    }

    /** Gives the last item another tie and a weight that is greater by {@code growth}. */
    void replaceLast(int newTie, int growth) {
        int node = writableNode(root);
        root = node;
        int level = level(node);
        levels = level;
        for (; level > 0; level--) {
            node = stepDown(node, level, count(node) - 1, growth);
        }
        int last = count(node) - 1;
        setItem(node, last, newTie, weight(node, last) + growth);
        size += growth;
    }

    /** What is left of the position in the leaf of the last {@link #descendTo}. */
    private long rest;

    /**
     * Goes to the leaf that a position is in, making the way writable and adding {@code change} to the counts on it.
     *
     * @param inside whether an item at the position is wanted; else the end of a leaf will do
     */
    private int descendTo(long position, int change, boolean inside) {
        int node = writableNode(root);
        root = node;
        int level = level(node);
        levels = level;
        rest = position;
        for (; level > 0; level--) {
            int index = 0;
            int below;
            while (rest > (below = cells.getInt(node, childAt(index) + TreeNode.SIZE))
                    || inside && rest == below) {
                rest -= below;
                index++;
            }
            node = stepDown(node, level, index, change);
        }
        return node;
    }

    /**
     * Gives up to about {@code most} nodes of a tree back; returns how many pieces. The tree serves for nothing else from
     * then on.
     *
     * @param freer frees what a tie names, or null if that is not the tree's
     */
    int reclaim(int most, IntConsumer freer) {
        int freed = 0;
        while (root != 0 && freed < most) {
            int depth = 0;
            int node = root;
            while (level(node) > 0) {
                pathNode[depth++] = node;
                node = child(node, count(node) - 1);
            }
            for (int i = 0; freer != null && i < count(node); i++) {
                freer.accept(cells.getInt(node, itemAt(i) + TreeNode.TIE));
                freed++;
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
            node = stepDown(node, level, childIndex(node, key, tie), change);
        }
        return node;
    }

    private int stepDown(int node, int level, int index, int change) {
        int at = childAt(index);
        int child = cells.getInt(node, at + TreeNode.CHILD);
        int writable = writableNode(child);
        if (writable != child) {
            cells.putInt(node, at + TreeNode.CHILD, writable);
        }
        cells.putInt(node, at + TreeNode.SIZE, cells.getInt(node, at + TreeNode.SIZE) + change);
        pathNode[level] = node;
        pathIndex[level] = index;
        return writable;
    }

    private boolean isFirstPath() {
        for (int level = levels; level > 0; level--) {
            if (pathIndex[level] != 0) {
                return false;
            }
        }
        return true;
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
        int at = TreeNode.FIRST + index * TreeNode.stride(level(node), weighted);
        long there = cells.getLong(node, at);
        if (there != key) {
            return there < key ? -1 : 1;
        }
        int tieThere = cells.getInt(node, at + TreeNode.TIE);
        return order == null
                ? Integer.compareUnsigned(tieThere, tie)
                : order.compare(tieThere, tie);
    }

    // ---- splitting ----

    /** Moves the elements from {@code from} on to a new node of the same level. */
    private int splitNode(int node, int from) {
        int level = level(node);
        int right = newNode(level);
        int moved = count(node) - from;
        int stride = TreeNode.stride(level, weighted);
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

    private void insertItem(int leaf, int index, long key, int tie, int weight) {
        int at = shiftUp(leaf, index, leafStride);
        cells.putLong(leaf, at, key);
        cells.putInt(leaf, at + TreeNode.TIE, tie);
        if (weighted) {
            cells.putInt(leaf, at + TreeNode.WEIGHT, weight);
        }
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
        return sizeBefore(node, count(node));
    }

    // ---- joining ----

    private void removeAt(int node, int index) {
        int stride = TreeNode.stride(level(node), weighted);
        byte[] array = cells.array(node);
        int to = Cells.offset(node) + TreeNode.FIRST + index * stride;
        int count = count(node) - 1;
        System.arraycopy(array, to + stride, array, to, (count - index) * stride);
        setCount(node, count);
    }

    /** After a removal: joins sparse nodes with a neighbour, from the leaf upwards, and lowers the root. */
    private void mend(int node) {
        for (int level = 0; level < levels; level++) {
            int max = TreeNode.max(level, weighted);
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
        int stride = TreeNode.stride(level(left), weighted);
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

    private int newLeaf(int bytes) {
        int leaf = slab.allocate(bytes);
        cells.putLong(leaf, 0, 0);
        return leaf;
    }

    private int itemAt(int index) {
        return TreeNode.FIRST + index * leafStride;
    }

    private int weight(int leaf, int index) {
        return weighted ? cells.getInt(leaf, itemAt(index) + TreeNode.WEIGHT) : 1;
    }

    private int writableNode(int node) {
        if (slab.writable(node)) {
            return node;
        }
        int bytes = slab.capacity(node);
        int copy = slab.allocate(bytes);
        copyNode(node, copy, bytes);
        slab.free(node);
        return copy;
    }

    private void copyNode(int from, int to, int bytes) {
        System.arraycopy(
                cells.array(from), Cells.offset(from), cells.array(to), Cells.offset(to), bytes);
    }

    private static int childAt(int index) {
        return TreeNode.FIRST + index * TreeNode.INNER_STRIDE;
    }

    private int child(int node, int index) {
        return cells.getInt(node, childAt(index) + TreeNode.CHILD);
    }

    private int level(int node) {
        return TreeNode.level(cells, node);
    }

    private int count(int node) {
        return TreeNode.count(cells, node);
    }

    private void setCount(int node, int count) {
        cells.putInt(node, 0, cells.getInt(node, 0) & 0xffff0000 | count);
    }
}
