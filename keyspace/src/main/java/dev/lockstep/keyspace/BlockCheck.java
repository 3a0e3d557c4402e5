package dev.lockstep.keyspace;

/**
 * Judges whether the valid listpacks of blocks from outside are {@link StreamBlock}s, one after the other, so that everything
 * else may read them without a thought: each element where it belongs, the counts true, and the IDs of live entries in
 * their order. One thread.
 *
 * <p>The IDs of deleted entries need no order: XSETID can make a stream give out IDs again that were deleted.
 */
final class BlockCheck {
    private byte[] a;
    private int p;
    private boolean valid;
    private long lastMs;
    private long lastSeq;
    private long live;

    /**
     * Whether a listpack is a block that may go behind those accepted before; the first ID precedes it.
     *
     * @param first whether there are none before
     */
    boolean accepts(byte[] array, int lp, boolean first) {
        a = array;
        valid = true;
        long firstMs = StreamBlock.firstMs(array, lp);
        long firstSeq = StreamBlock.firstSeq(array, lp);
        if (!first && StreamId.compare(firstMs, firstSeq, lastMs, lastSeq) <= 0) {
            return false;
        }
        p = Listpack.first(array, lp);
        live = integer();
        long dead = integer();
        long fields = integer();
        skip(fields);
        if (integer() != 0 || live < 0 || dead < 0) {
            return false;
        }
        long liveMet = 0;
        long deadMet = 0;
        while (valid && !Listpack.isEnd(array, p)) {
            long flags = integer();
            if (isLiveEntry(flags, fields, firstMs, firstSeq, first && liveMet == 0)) {
                liveMet++;
            } else {
                deadMet++;
            }
        }
        return valid && liveMet == live && deadMet == dead;
    }

    /** How many live entries the block accepted last has. */
    int live() {
        return (int) live;
    }

    private boolean isLiveEntry(
            long flags, long masterFields, long firstMs, long firstSeq, boolean first) {
        long ms = firstMs + integer();
        long seq = firstSeq + integer();
        boolean same = (flags & StreamBlock.SAME_FIELDS) != 0;
        long fields = same ? masterFields : integer();
        skip(same ? fields : 2 * Math.min(fields, Integer.MAX_VALUE));
        long elements = StreamBlock.FRAME_ELEMENTS + (same ? fields : 2 * fields + 1);
        valid &= integer() == elements && (flags & ~3L) == 0;
        if ((flags & StreamBlock.DELETED) != 0) {
            return false;
        }
        valid &=
                StreamId.compare(ms, seq, firstMs, firstSeq) >= 0
                        && (first || StreamId.compare(ms, seq, lastMs, lastSeq) > 0);
        lastMs = ms;
        lastSeq = seq;
        return true;
    }

    private long integer() {
        if (Listpack.isEnd(a, p) || ListpackEntry.isString(a[p])) {
            valid = false;
            return 0;
        }
        long number = ListpackEntry.integer(a, p);
        p = Listpack.next(a, p);
        return number;
    }

    private void skip(long elements) {
        valid &= elements >= 0;
        for (long i = elements; i > 0 && valid; i--) {
            valid = !Listpack.isEnd(a, p);
            if (valid) {
                p = Listpack.next(a, p);
            }
        }
    }
}
