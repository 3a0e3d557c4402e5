package dev.lockstep.keyspace;

/** Walks the segments of a Dict in hash order, live or frozen. The Dict must not change meanwhile. */
final class DictWalk {
    private final Cells cells;
    private final int root;
    private final int depth;
    private long item;

    DictWalk(Cells cells, int root, int depth) {
        this.cells = cells;
        this.root = root;
        this.depth = depth;
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
