package dev.lockstep.keyspace;

import java.util.function.IntConsumer;

/**
 * Gives back, piece by piece, the memory of a database that was emptied or of a collection that was removed: a Dict with its
 * entries, and trees. On the keyspace's thread.
 */
final class Reclaim {
    /** A value of no more pieces is not worth counting as one that was given back later. As in Redis. */
    private static final int FEW_PIECES = 64;

    private final Keyspace keyspace;
    private final Slab slab;
    private final Cells cells;
    private final EntryMemory entries;
    private final Dict dict;
    private final CountedTree tree;
    private final CountedTree expiry;
    private final IntConsumer freer;
    private final DictWalk walk;
    private long values;
    private long remaining;
    private int segment;
    private int index;
    private boolean directoryFreed;

    /** The blocks of a list that are not in its tree. */
    private int head;

    private int tail;

    Reclaim(Keyspace keyspace, Slab slab, Database database) {
        this(
                keyspace,
                slab,
                database.dict(),
                database.fieldDeadlines().tree(),
                database.expiry(),
                null);
        values = database.size();
    }

    /** Of what the structure in {@code cell} consists of; the entry itself stays the caller's. */
    Reclaim(Keyspace keyspace, Slab slab, int cell) {
        this(
                keyspace,
                slab,
                dictOf(slab, cell),
                treeOf(slab, cell, Structure.TREE_ROOT, Structure.TREE_SIZE),
                treeOf(slab, cell, Structure.EXPIRY_ROOT, Structure.EXPIRY_SIZE),
                freerOf(slab, cell));
        boolean isPart = Entry.encoding(cells, cell) == ValueType.STREAM_GROUP;
        values = isPart || remaining <= FEW_PIECES ? 0 : 1;
        if (Entry.encoding(cells, cell) == ValueType.QUICKLIST) {
            int at = Structure.at(cells, cell);
            head = cells.getInt(cell, at + Structure.LIST_HEAD);
            tail = cells.getInt(cell, at + Structure.LIST_TAIL);
        }
    }

    private Reclaim(
            Keyspace keyspace,
            Slab slab,
            Dict dict,
            CountedTree tree,
            CountedTree expiry,
            IntConsumer freer) {
        this.keyspace = keyspace;
        this.slab = slab;
        cells = slab.cells;
        entries = new EntryMemory(slab);
        this.dict = dict;
        this.tree = tree;
        this.expiry = expiry;
        this.freer = freer;
        walk = new DictWalk(cells, dict.root(), dict.depth());
        remaining = dict.count() + (freer == null ? 0 : tree.size());
        segment = walk.next();
    }

    private static Dict dictOf(Slab slab, int cell) {
        Cells cells = slab.cells;
        int at = Structure.at(cells, cell);
        Dict dict = new Dict(slab);
        dict.open(
                cells.getInt(cell, at + Structure.DICT_ROOT),
                cells.getInt(cell, at + Structure.DICT_DEPTH),
                cells.getLong(cell, at + Structure.DICT_COUNT));
        return dict;
    }

    private static CountedTree treeOf(Slab slab, int cell, int rootAt, int sizeAt) {
        int encoding = Entry.encoding(slab.cells, cell);
        boolean weighted = rootAt == Structure.TREE_ROOT && ValueType.ownsBlobs(encoding);
        int at = Structure.at(slab.cells, cell);
        CountedTree tree = new CountedTree(null, weighted);
        tree.open(
                slab, slab.cells.getInt(cell, at + rootAt), slab.cells.getLong(cell, at + sizeAt));
        return tree;
    }

    /** Frees what the tree of a structure names, where that belongs to it alone: else null. */
    private static IntConsumer freerOf(Slab slab, int cell) {
        int encoding = Entry.encoding(slab.cells, cell);
        if (encoding == ValueType.STREAM_GROUP) {
            return slab::free;
        }
        if (!ValueType.ownsBlobs(encoding)) {
            return null;
        }
        Blobs blobs = new Blobs();
        blobs.open(slab);
        return blobs::free;
    }

    /** How many keys' values this is; a group is part of one, and small ones don't count. */
    long values() {
        return values;
    }

    long remaining() {
        return remaining;
    }

    /** Gives back up to about {@code most} pieces; returns how many, 0 at the end. */
    int some(int most) {
        int done = someEnds();
        while (segment != 0 && done < most) {
            byte[] array = cells.array(segment);
            int at = Cells.offset(segment);
            int slots = Segment.slots(array, at);
            for (; index < slots && done < most; index++) {
                long word = Segment.slot(array, at, index);
                if (word != 0) {
                    giveBack((int) word);
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
        if (done == 0 && tree != null) {
            done = tree.reclaim(most, freer);
        }
        return done > 0 ? done : expiry.reclaim(most, null);
    }

    private int someEnds() {
        int done = 0;
        if (head != 0) {
            freer.accept(head);
            head = 0;
            done++;
        }
        if (tail != 0) {
            freer.accept(tail);
            tail = 0;
            done++;
        }
        return done;
    }

    private void giveBack(int entry) {
        if (Entry.isStructure(cells, entry)) {
            keyspace.reclaimLater(new Reclaim(keyspace, slab, entry));
        }
        entries.free(entry);
    }
}
