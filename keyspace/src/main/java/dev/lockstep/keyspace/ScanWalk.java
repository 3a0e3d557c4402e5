package dev.lockstep.keyspace;

/**
 * SCAN over a Dict, live or frozen: the cursor is the fingerprint to go on from.
 *
 * <p>Entries stand in hash order and never change their hash, so an entry that is there throughout a scan is met whatever
 * splits and joins happen between two calls. Entries of equal fingerprint are always visited together.
 */
final class ScanWalk {
    private final Cells cells;
    private final int root;
    private final int depth;

    ScanWalk(Cells cells, int root, int depth) {
        this.cells = cells;
        this.root = root;
        this.depth = depth;
    }

    long scan(long cursor, long count, CellVisitor visitor) {
        if (cursor < 0) {
            return 0; // beyond the last hash, as an unsigned number
        }
        long from = cursor;
        long most = Math.max(count, 1);
        long visited = 0;
        long last = -1;
        while (root != 0 && from <= 0xffffffffL) {
            int segment = Dict.segment(cells, root, depth, (int) from);
            byte[] array = cells.array(segment);
            int at = Cells.offset(segment);
            int slots = Segment.slots(array, at);
            int localDepth = Segment.localDepth(array, at);
            for (int i = Segment.home((int) from, localDepth, slots); i < slots; i++) {
                long word = Segment.slot(array, at, i);
                long fingerprint = word >>> 32;
                if (word == 0 || fingerprint < from) {
                    continue;
                }
                if (visited >= most && fingerprint != last) {
                    return fingerprint;
                }
                visitor.visit((int) word);
                visited++;
                last = fingerprint;
            }
            long width = 1L << 32 - localDepth;
            from = (from & -width) + width;
        }
        return 0;
    }
}
