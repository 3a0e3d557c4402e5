package dev.lockstep.keyspace;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * All databases over one slab: what a server holds, what a snapshot freezes, what a full sync replaces as a whole.
 *
 * <p>Owned by one thread. A keyspace that another thread filled (while loading) changes owner when it is handed over
 * through a queue.
 */
public final class Keyspace {
    public static final int LIST_PACKED_THRESHOLD = 1 << 30;

    private static final int ENTRIES_PER_RECLAIM_STEP = 64;

    private final int firstChunk;
    private final Database[] databases;
    private final Database scratchDatabase = new Database(this);
    private final AccessClock clock = new AccessClock();
    private final StringValue scratch = new StringValue();
    private final ArrayDeque<Reclaim> reclaims = new ArrayDeque<>();

    /** Emptied, but not free while a view of them is open. */
    private final List<Slab> dropped = new ArrayList<>();

    private long droppedBytes;

    /** What has taken this keyspace's place, and answers for what it has dropped; null while it is the one that counts. */
    private Keyspace heir;

    private Slab slab;
    private long limitBytes = Long.MAX_VALUE;
    private long reclaimedValues;
    private EncodingLimits limits = EncodingLimits.DEFAULT;
    private int listPackedThreshold = LIST_PACKED_THRESHOLD;

    public Keyspace(int databaseCount) {
        this(databaseCount, 0);
    }

    /** A keyspace with chunks numbered from {@code firstChunk} on; see {@link Slab}. */
    Keyspace(int databaseCount, int firstChunk) {
        this.firstChunk = firstChunk;
        databases = new Database[databaseCount];
        for (int i = 0; i < databaseCount; i++) {
            databases[i] = new Database(this);
        }
        clear();
    }

    public int databases() {
        return databases.length;
    }

    public Database database(int index) {
        return databases[index];
    }

    public AccessClock clock() {
        return clock;
    }

    public Slab slab() {
        return slab;
    }

    /** Bytes in use. Exact: what maxmemory is decided on. */
    public long used() {
        return slab.used();
    }

    /** The most memory that new data may take from the JVM; see {@link Slab#limit}. Dropped slabs under view count. */
    public void limit(long bytes) {
        limitBytes = bytes;
        droppedBytes = 0;
        for (Slab old : dropped) {
            droppedBytes += old.reserved();
        }
        slab.limit(bytes == Long.MAX_VALUE ? bytes : Math.max(bytes - droppedBytes, 0));
    }

    /** What the JVM has set aside for the data and for dropped slabs under view. */
    public long reserved() {
        return slab.reserved() + droppedBytes;
    }

    /** The part of {@link #reserved} that is no data any more, but seen by views. */
    public long droppedBytes() {
        return droppedBytes;
    }

    /** Another keyspace takes the place of this one, which is emptied at once; views of it stay readable. */
    public void replacedBy(Keyspace other) {
        clear();
        heir = other;
        other.dropped.addAll(dropped);
        other.limit(other.limitBytes);
        dropped.clear();
    }

    /**
     * A database without a number, where a value is built before it is moved to its key. Empty between commands; no view
     * sees it.
     */
    public Database scratchDatabase() {
        return scratchDatabase;
    }

    /** Up to which sizes collections are kept packed. */
    public EncodingLimits encodingLimits() {
        return limits;
    }

    public void encodingLimits(EncodingLimits newLimits) {
        limits = newLimits;
    }

    /** How long an element of a list is that shares its block with no other; Redis' own number unless a test wants less. */
    public void listPackedThreshold(int bytes) {
        listPackedThreshold = bytes;
    }

    int listPackedThreshold() {
        return listPackedThreshold;
    }

    StringValue scratch() {
        return scratch;
    }

    /** How many keys all databases hold. */
    public long totalSize() {
        long sum = 0;
        for (Database database : databases) {
            sum += database.size();
        }
        return sum;
    }

    /** Freezes everything as it is now; takes microseconds whatever the size. Close the view when it has been read. */
    public View freeze() {
        return new View(this, slab, databases);
    }

    /** Drops everything at once: a fresh slab. Views of the old one stay readable. */
    public void clear() {
        if (slab != null && slab.liveViews() > 0) {
            dropped.add(slab);
        } else if (slab != null) {
            slab.drop();
        }
        slab = new Slab(firstChunk);
        limit(limitBytes);
        reclaims.clear();
        scratchDatabase.attach(slab);
        for (Database database : databases) {
            database.attach(slab);
        }
    }

    /** Empties one database at once; its memory comes back in slices of {@link #reclaim}. */
    public void clear(int index) {
        Database database = databases[index];
        if (database.size() == totalSize()) {
            clear();
            return;
        }
        reclaims.add(new Reclaim(this, slab, database));
        database.detach();
    }

    /** A view of this keyspace has closed: the memory of a dropped slab is free with its last one. */
    void viewClosed(Slab viewed) {
        if (heir != null) {
            heir.viewClosed(viewed);
        } else if (viewed.liveViews() == 0 && dropped.remove(viewed)) {
            viewed.drop();
            limit(limitBytes);
        }
    }

    /** Exchanges the contents of two numbers; a {@link Database} keeps its contents and changes its number. */
    public void swap(int one, int other) {
        Database moved = databases[one];
        databases[one] = databases[other];
        databases[other] = moved;
    }

    /** Whether memory waits to be given back. */
    public boolean reclaimPending() {
        return !reclaims.isEmpty() || slab.deferredCount() > 0;
    }

    /** Has something given back in slices. */
    void reclaimLater(Reclaim reclaim) {
        reclaims.add(reclaim);
    }

    /** How many entries of emptied databases and elements of removed collections have not been given back yet. */
    public long reclaimCount() {
        long sum = 0;
        for (Reclaim reclaim : reclaims) {
            sum += reclaim.remaining();
        }
        return sum;
    }

    /** How many values have been given back in slices since the start or the last {@link #resetReclaimed}. */
    public long reclaimedValues() {
        return reclaimedValues;
    }

    public void resetReclaimed() {
        reclaimedValues = 0;
    }

    /** Gives back some memory: a few microseconds of work; returns how many pieces, 0 when nothing could be. */
    public int reclaim() {
        Reclaim next = reclaims.peek();
        if (next != null) {
            int done = next.some(ENTRIES_PER_RECLAIM_STEP);
            if (done == 0) {
                reclaims.remove(next);
                reclaimedValues += next.values();
            }
            return Math.max(done, 1);
        }
        return slab.releaseSome(ENTRIES_PER_RECLAIM_STEP);
    }
}
