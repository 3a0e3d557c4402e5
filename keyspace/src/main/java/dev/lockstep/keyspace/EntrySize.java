package dev.lockstep.keyspace;

/**
 * How much memory an entry takes, in bytes: itself, and all that its structure consists of, whatever its type. Exactly, or by
 * looking at a few elements and taking the others to be like them. Its place in the index of its database is not counted. On
 * the keyspace's thread.
 */
final class EntrySize {
    private static final int LEAVES_SAMPLED = 4;

    private final Slab slab;
    private final Cells cells;
    private final EntryMemory entries;
    private final Blobs blobs = new Blobs();

    /** Of the leaves of a tree and of a path to each: their number of items, and the sum of the weights of these. */
    private final long[] children = new long[CountedTree.MAX_LEVELS];

    private long leafWeight;
    private long leafBytes;
    private long blobBytes;
    private long blobWeight;

    EntrySize(Slab slab) {
        this.slab = slab;
        cells = slab.cells;
        entries = new EntryMemory(slab);
        blobs.open(slab);
    }

    /**
     * What an entry takes.
     *
     * @param samples how many elements to look at; 0 for all
     */
    long of(int cell, long samples) {
        long bytes = entries.bytes(cell);
        return Entry.isStructure(cells, cell) ? bytes + parts(cell, samples) : bytes;
    }

    private long parts(int cell, long samples) {
        int at = Structure.at(cells, cell);
        int encoding = Entry.encoding(cells, cell);
        boolean weighted = ValueType.ownsBlobs(encoding);
        long pending =
                encoding == ValueType.STREAM_GROUP
                        ? cells.getLong(cell, at + Structure.TREE_SIZE) * PendingEntry.BYTES
                        : 0;
        return (encoding == ValueType.QUICKLIST ? ends(cell, at) : pending)
                + dict(cell, at, samples)
                + tree(
                        cells.getInt(cell, at + Structure.TREE_ROOT),
                        cells.getLong(cell, at + Structure.TREE_SIZE),
                        weighted,
                        samples)
                + tree(
                        cells.getInt(cell, at + Structure.EXPIRY_ROOT),
                        cells.getLong(cell, at + Structure.EXPIRY_SIZE),
                        false,
                        samples);
    }

    /** The blocks of a list that are not in its tree. */
    private long ends(int cell, int at) {
        int head = cells.getInt(cell, at + Structure.LIST_HEAD);
        int tail = cells.getInt(cell, at + Structure.LIST_TAIL);
        return blobs.memoryUsage(head) + (tail == 0 ? 0 : blobs.memoryUsage(tail));
    }

    // ---- tables ----

    private long dict(int cell, int at, long samples) {
        int root = cells.getInt(cell, at + Structure.DICT_ROOT);
        int depth = cells.getInt(cell, at + Structure.DICT_DEPTH);
        long count = cells.getLong(cell, at + Structure.DICT_COUNT);
        long segmentBytes = 0;
        long segmentEntries = 0;
        long entryBytes = 0;
        long entries = 0;
        DictWalk walk = new DictWalk(cells, root, depth);
        int segment = walk.next();
        while (segment != 0 && (samples == 0 || entries < samples)) {
            byte[] array = cells.array(segment);
            int offset = Cells.offset(segment);
            segmentBytes += slab.capacity(segment);
            segmentEntries += Segment.count(array, offset);
            int slots = Segment.slots(array, offset);
            for (int i = 0; i < slots && (samples == 0 || entries < samples); i++) {
                long word = Segment.slot(array, offset, i);
                if (word != 0) {
                    entryBytes += of((int) word, samples);
                    entries++;
                }
            }
            segment = walk.next();
        }
        return directory(root, depth)
                + scaled(segmentBytes, segmentEntries, count)
                + scaled(entryBytes, entries, count);
    }

    private long directory(int root, int depth) {
        if (depth == 0) {
            return 0;
        }
        int pages = depth > Dict.PAGE_BITS ? 1 << depth - Dict.PAGE_BITS : 0;
        long pageBytes = pages > 0 ? slab.capacity(cells.getInt(root, 0)) : 0;
        return slab.capacity(root) + pages * pageBytes;
    }

    /** What {@code bytes} for {@code some} come to for {@code all}. */
    private static long scaled(long bytes, long some, long all) {
        return some == all || some == 0 ? bytes : (long) ((double) bytes * all / some);
    }

    // ---- trees ----

    private long tree(int root, long size, boolean weighted, long samples) {
        if (root == 0) {
            return 0;
        }
        if (samples == 0) {
            return nodes(root, weighted);
        }
        leafWeight = 0;
        leafBytes = 0;
        blobBytes = 0;
        blobWeight = 0;
        java.util.Arrays.fill(children, 0);
        int levels = TreeNode.level(cells, root);
        int leaves = levels == 0 ? 1 : LEAVES_SAMPLED;
        for (int i = 0; i < leaves; i++) {
            sampleLeaf(root, size * i / leaves, weighted, samples);
        }
        long bytes = scaled(leafBytes, leafWeight, size);
        double nodes = (double) bytes / TreeNode.BYTES;
        for (int level = 1; level <= levels; level++) {
            nodes = level == levels ? 1 : Math.max(1, nodes * leaves / children[level]);
            bytes += (long) (nodes * TreeNode.BYTES);
        }
        return bytes + scaled(blobBytes, blobWeight, size);
    }

    private void sampleLeaf(int root, long position, boolean weighted, long samples) {
        int node = root;
        long rest = position;
        for (int level = TreeNode.level(cells, node); level > 0; level--) {
            int count = TreeNode.count(cells, node);
            children[level] += count;
            int at = TreeNode.FIRST;
            int last = at + (count - 1) * TreeNode.INNER_STRIDE;
            int below;
            while (at < last && rest >= (below = cells.getInt(node, at + TreeNode.SIZE))) {
                rest -= below;
                at += TreeNode.INNER_STRIDE;
            }
            node = cells.getInt(node, at + TreeNode.CHILD);
        }
        leafBytes += slab.capacity(node);
        int count = TreeNode.count(cells, node);
        for (int i = 0; i < count; i++) {
            int at = TreeNode.FIRST + i * TreeNode.stride(0, weighted);
            int weight = weighted ? cells.getInt(node, at + TreeNode.WEIGHT) : 1;
            leafWeight += weight;
            if (weighted && i < samples) {
                blobBytes += blobs.memoryUsage(cells.getInt(node, at + TreeNode.TIE));
                blobWeight += weight;
            }
        }
    }

    private long nodes(int node, boolean weighted) {
        long bytes = slab.capacity(node);
        int level = TreeNode.level(cells, node);
        int stride = TreeNode.stride(level, weighted);
        for (int i = 0; i < TreeNode.count(cells, node); i++) {
            int at = TreeNode.FIRST + i * stride;
            if (level > 0) {
                bytes += nodes(cells.getInt(node, at + TreeNode.CHILD), weighted);
            } else if (weighted) {
                bytes += blobs.memoryUsage(cells.getInt(node, at + TreeNode.TIE));
            }
        }
        return bytes;
    }
}
