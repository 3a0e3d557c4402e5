package dev.lockstep.keyspace;

/** Gives back the memory of a database that was emptied, piece by piece. On the keyspace's thread. */
final class Reclaim {
    private final Slab slab;
    private final Cells cells;
    private final EntryMemory entries;
    private final Dict dict;
    private final CountedTree expiry;
    private final DictWalk walk;
    private long remaining;
    private int segment;
    private int index;
    private boolean directoryFreed;

    Reclaim(Slab slab, Database database) {
        this.slab = slab;
        cells = slab.cells;
        entries = new EntryMemory(slab);
        dict = database.dict();
        expiry = database.expiry();
        walk = new DictWalk(cells, dict.root(), dict.depth());
        remaining = dict.count();
        segment = walk.next();
    }

    long remaining() {
        return remaining;
    }

    /** Gives back up to about {@code most} pieces; returns how many, 0 at the end. */
    int some(int most) {
        int done = 0;
        while (segment != 0 && done < most) {
            byte[] array = cells.array(segment);
            int at = Cells.offset(segment);
            int slots = Segment.slots(array, at);
            for (; index < slots && done < most; index++) {
                long word = Segment.slot(array, at, index);
                if (word != 0) {
                    entries.free((int) word);
                    remaining--;
                    done++;
                }
            }
            if (index == slots) {
                int emptied = segment;
                segment = walk.next();
                index = 0;
                slab.free(emptied);
                done++;
            }
        }
        if (segment == 0 && !directoryFreed) {
            dict.freeDirectory(dict.root(), dict.depth());
            directoryFreed = true;
            done++;
        }
        return done > 0 ? done : expiry.reclaim(most, null);
    }
}
