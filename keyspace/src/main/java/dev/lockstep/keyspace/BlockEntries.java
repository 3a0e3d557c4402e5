package dev.lockstep.keyspace;

/**
 * Steps through the entries of one {@link StreamBlock}, live ones and deleted ones, in either direction. Allocates nothing;
 * one thread.
 */
final class BlockEntries extends ArrayWindow {
    int lp;

    /** The master's fields, and where the first of them stands. */
    int masterFields;

    int masterFieldsAt;

    private long firstMs;
    private long firstSeq;

    /** Where the first entry begins. */
    private int firstAt;

    /** The entry read last: where it begins, and what it is. */
    int at;

    int flags;
    long ms;
    long seq;
    int fields;

    /** Where its first field stands, or its first value if the fields are the master's. */
    int elementsAt;

    BlockEntries open(Cells cells, int blob) {
        return open(Blobs.array(cells, blob), Blobs.offset(cells, blob) + StreamBlock.HEAD_BYTES);
    }

    BlockEntries open(byte[] newArray, int listpack) {
        lookInto(newArray);
        lp = listpack;
        firstMs = StreamBlock.firstMs(newArray, listpack);
        firstSeq = StreamBlock.firstSeq(newArray, listpack);
        int p = skip(Listpack.first(newArray, listpack), 2);
        masterFields = (int) ListpackEntry.integer(newArray, p);
        masterFieldsAt = Listpack.next(newArray, p);
        firstAt = 0;
        return this;
    }

    /** Where the first entry begins, or the end. */
    int first() {
        if (firstAt == 0) {
            firstAt = skip(masterFieldsAt, masterFields + 1);
        }
        return firstAt;
    }

    int end() {
        return Listpack.end(array, lp);
    }

    int skip(int from, int elements) {
        int p = from;
        for (int i = elements; i > 0; i--) {
            p = Listpack.next(array, p);
        }
        return p;
    }

    /** Reads the entry that begins at an offset; false if that is the end. */
    boolean read(int p) {
        if (Listpack.isEnd(array, p)) {
            return false;
        }
        at = p;
        flags = (int) ListpackEntry.integer(array, p);
        int q = Listpack.next(array, p);
        ms = firstMs + ListpackEntry.integer(array, q);
        q = Listpack.next(array, q);
        seq = firstSeq + ListpackEntry.integer(array, q);
        q = Listpack.next(array, q);
        if (hasMasterFields()) {
            fields = masterFields;
        } else {
            fields = (int) ListpackEntry.integer(array, q);
            q = Listpack.next(array, q);
        }
        elementsAt = q;
        return true;
    }

    /** Reads the entry before the one that begins at an offset, or before the end; false if there is none. */
    boolean readBefore(int p) {
        int q = Listpack.previous(array, lp, p);
        int elements = (int) ListpackEntry.integer(array, q);
        if (elements == 0) {
            return false;
        }
        for (int i = elements; i > 0; i--) {
            q = Listpack.previous(array, lp, q);
        }
        return read(q);
    }

    boolean hasMasterFields() {
        return (flags & StreamBlock.SAME_FIELDS) != 0;
    }

    boolean isDeleted() {
        return (flags & StreamBlock.DELETED) != 0;
    }

    /** How many fields and values stand in the entry. */
    int elements() {
        return hasMasterFields() ? fields : 2 * fields;
    }

    /** Where the entry behind the one read last begins, or the end. */
    int behind() {
        return skip(elementsAt, elements() + 1);
    }

    int compareTo(long otherMs, long otherSeq) {
        return StreamId.compare(ms, seq, otherMs, otherSeq);
    }

    /** Goes to the live entry with an ID; false if there is none. */
    boolean find(long soughtMs, long soughtSeq) {
        for (int p = first(); read(p); p = behind()) {
            if (!isDeleted()) {
                int order = compareTo(soughtMs, soughtSeq);
                if (order >= 0) {
                    return order == 0;
                }
            }
        }
        return false;
    }

    /** Marks the entry read last, which is in a block that may be changed, as deleted; the counts are the caller's. */
    void markDeleted() {
        flags |= StreamBlock.DELETED;
        Listpack.replace(array, lp, at, flags);
    }
}
