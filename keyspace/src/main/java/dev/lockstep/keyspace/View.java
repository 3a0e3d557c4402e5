package dev.lockstep.keyspace;

/**
 * The whole keyspace as it was at one moment. One thread other than the owner may read it; the owner closes it.
 *
 * <p>Handing it to the reading thread through a queue publishes it; from then on the two threads share nothing that is
 * written, but for the access bits, where either value is right.
 */
public final class View {
    private final Keyspace keyspace;
    private final Slab slab;
    private final int epoch;
    private final Cells cells;
    private final int[] roots;
    private final int[] depths;
    private final long[] sizes;
    private final long[] volatileCounts;
    private final boolean hasFieldDeadlines;
    private final long usedBytes;
    private final Stretches[] stretches;
    private volatile int passedStretches;
    private boolean closed;

    View(Keyspace keyspace, Slab slab, Database[] databases) {
        this.keyspace = keyspace;
        this.slab = slab;
        int count = databases.length;
        roots = new int[count];
        depths = new int[count];
        sizes = new long[count];
        volatileCounts = new long[count];
        long volatileFields = 0;
        for (int i = 0; i < count; i++) {
            Dict dict = databases[i].dict();
            roots[i] = dict.root();
            depths[i] = dict.depth();
            sizes[i] = dict.count();
            volatileCounts[i] = databases[i].volatileCount();
            volatileFields += databases[i].volatileFieldsCount();
        }
        hasFieldDeadlines = volatileFields > 0;
        usedBytes = slab.used();
        boolean alone = slab.liveViews() == 0;
        epoch = slab.freeze();
        cells = new Cells(slab.cells.chunks, slab.cells.large);
        stretches = alone ? new Stretches[count] : null;
        if (alone) {
            divide(databases);
        }
    }

    private void divide(Database[] databases) {
        long total = totalSize();
        long before = 0;
        for (int i = 0; i < databases.length; i++) {
            stretches[i] = Stretches.of(before, sizes[i], total);
            databases[i].stretches(stretches[i]);
            before += sizes[i];
        }
        slab.walked(this, epoch);
    }

    public int databases() {
        return roots.length;
    }

    /** How many keys a database held. */
    public long size(int database) {
        return sizes[database];
    }

    public long volatileCount(int database) {
        return volatileCounts[database];
    }

    /** Whether any hash had a field with a deadline. */
    public boolean hasFieldDeadlines() {
        return hasFieldDeadlines;
    }

    /** How many keys all databases held. */
    public long totalSize() {
        long sum = 0;
        for (long size : sizes) {
            sum += size;
        }
        return sum;
    }

    /** Slab bytes in use at the freeze. */
    public long usedBytes() {
        return usedBytes;
    }

    /** By how much the slab has grown since the freeze: what was copied and what is new. On the keyspace's thread. */
    public long grownBytes() {
        return Math.max(0, slab.used() - usedBytes);
    }

    /** Walks the entries of a database in hash order. */
    public ViewCursor cursor(int database) {
        return new ViewCursor(
                cells, new DictWalk(cells, roots[database], depths[database]), null, null);
    }

    /**
     * {@link #cursor} for a view that is read just once, its databases in ascending order and each to its end: what the reader
     * has gone by may be given back while it reads on. No other cursor of the view may be in use.
     */
    public ViewCursor consume(int database) {
        Stretches known = stretches == null ? Stretches.UNKNOWN : stretches[database];
        return new ViewCursor(
                cells,
                new DictWalk(cells, roots[database], depths[database]),
                stretches == null ? null : this,
                known);
    }

    /** The reader has gone by so many stretches. */
    void passed(int count) {
        assert count >= passedStretches : "a view is consumed in order";
        passedStretches = count;
    }

    int passedStretches() {
        return passedStretches;
    }

    /** Ends the view. On the keyspace's thread, once no other thread reads it. */
    public void close() {
        if (!closed) {
            closed = true;
            slab.thaw(epoch);
            keyspace.viewClosed(slab);
        }
    }
}
