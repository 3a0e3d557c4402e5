package dev.lockstep.keyspace;

/** Walks the segments of a Dict in hash order, live or frozen. The Dict must not change meanwhile. Reused; one thread. */
final class DictWalk {
    private Cells cells;
    private int root;
    private int depth;
    private long item;

    DictWalk() {}

    DictWalk(Cells cells, int root, int depth) {
        open(cells, root, depth);
    }

    /** Begins with a Dict's first segment. */
    void open(Cells newCells, int newRoot, int newDepth) {
        cells = newCells;
        root = newRoot;
        depth = newDepth;
        item = 0;
    }

    /** All hashes below this one belong to the segments that {@link #next} has given: 0 to 2^32. */
    long goneBy() {
        return root == 0 ? 1L << 32 : item << 32 - depth;
    }

    /** The next segment, or 0 at the end. */
    int next() {
        if (root == 0 || item >= 1L << depth) {
            return 0;
        }
        int fingerprint = depth == 0 ? 0 : (int) (item << 32 - depth);
        int segment = Dict.segment(cells, root, depth, fingerprint);
        int localDepth = Segment.localDepth(cells.array(segment), Cells.offset(segment));
        item += 1L << depth - localDepth;
        return segment;
    }
}
