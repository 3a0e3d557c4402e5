package dev.lockstep.keyspace;

import java.util.Arrays;
import java.util.BitSet;

/**
 * The memory that the data lives in: cells of fixed size classes in pages of 128 KiB, 32 pages to a chunk.
 *
 * <p>A page holds cells of one class. Its free cells are threaded through themselves (the first four bytes of a free
 * cell are the address of the next) behind a mark up to which cells were ever handed out. A page whose last cell is
 * freed goes back to the pool and may serve another class; a chunk whose pages are all free goes back to the JVM.
 *
 * <p><b>Freeze.</b> {@link #freeze} increments the epoch. A cell is {@link #writable} if it was handed out at or after the
 * newest live freeze; a writer copies any other cell. A page remembers the epoch in which it was opened: if that is not
 * before the newest freeze, neither are its cells. The free cells of an older page serve as well, or every freeze would
 * leave pages behind that are never filled. Which of its cells were handed out since is noted in a bitmap, one bit a unit,
 * that is valid for the epoch in which it was begun and later ones without a newer view. The bitmaps of a chunk's pages
 * lie at its end:
 *
 * <pre>
 *   0             131,072                         4,063,232        4,161,520          4,194,288
 *   +-------------+-------------+--- ... ---------+----------------+------------------+
 *   | page 0      | page 1      |                 | page 31 (less) | 32 maps of 1 KiB |
 *   +-------------+-------------+--- ... ---------+----------------+------------------+
 * </pre>
 *
 * <p>Freeing a cell that a live view may see is deferred, tagged with the epoch, until the views that could see it have
 * closed. A view that is read once and in order ({@link View#consume}) gives back sooner what its reader has gone by: what
 * is freed is also tagged with where that reader meets it ({@link Stretches}). That holds while no other view is live.
 *
 * <p>Owned by one thread. What a view reads is never written while the view lives, so no locks are needed.
 */
public final class Slab {
    private static final int PAGE_UNIT_BITS = 13;
    private static final int PAGE_UNITS = 1 << PAGE_UNIT_BITS;
    private static final int PAGES_PER_CHUNK = 1 << (Cells.CHUNK_UNIT_BITS - PAGE_UNIT_BITS);
    private static final int MAX_CHUNKS = 1 << (32 - Cells.CHUNK_UNIT_BITS);
    private static final int NO_PAGE = -1;
    private static final int SPARE_FREE_CHUNKS = 1;
    private static final int CHUNK_COST = 4 << 20;
    private static final int MAP_BYTES = PAGE_UNITS / 8;
    private static final int MAPS_AT = ChunkSupply.CHUNK_BYTES - PAGES_PER_CHUNK * MAP_BYTES;
    private static final int LAST_PAGE_UNITS =
            MAPS_AT / Cells.UNIT_BYTES - (PAGES_PER_CHUNK - 1) * PAGE_UNITS;

    /** Free pages and chunk numbers that new data may not take: indexes and copies need some in the middle of a change. */
    private static final int PAGES_HELD_BACK = 16;

    private static final int CHUNKS_HELD_BACK = 64;

    private static final byte FULL = 0;
    private static final byte PARTIAL = 1;
    private static final byte FREE = 2;

    final Cells cells = new Cells(new byte[16][], new byte[64][]);
    private final LargeArrays largeArrays = new LargeArrays(this);
    private final DeferredFrees[] deferredCells = new DeferredFrees[Stretches.COUNT + 1];
    private final DeferredFrees deferredLarge = new DeferredFrees(this, this::releaseDeferredLarge);

    private final int firstChunk;
    private int chunkCount;
    private int chunksInUse;
    private int emptyChunkSlots;
    private int freeChunkCount;
    private int freePageCount;
    private int[] freePagesOfChunk = new int[16];

    private byte[] pageClass = new byte[0];
    private byte[] pageList = new byte[0];
    private int[] pageEpoch = new int[0];
    private int[] pageMapEpoch = new int[0];
    private short[] pageLive = new short[0];
    private short[] pageMark = new short[0];
    private int[] pageFreeCell = new int[0];
    private int[] pageNext = new int[0];
    private int[] pagePrevious = new int[0];

    private final int[] partialPages = new int[SizeClasses.COUNT];
    private final int[] freePages = {NO_PAGE};

    private int epoch = 1;
    private int[] liveEpochs = new int[4];
    private int liveCount;
    private int writableSince;

    /** The view that was frozen last when no other was live, and the epoch that it began; else null. */
    private View walked;

    private int walkedEpoch;

    private long cellBytes;
    private long deferredCount;
    private long deferredBytes;
    private long limitBytes = Long.MAX_VALUE;
    private long grantedBytes;

    private final BitSet allocatedUnits = assertionsOn() ? new BitSet() : null;
    private final BitSet deferredUnits = assertionsOn() ? new BitSet() : null;

    public Slab() {
        this(0);
    }

    /** A slab whose chunks are numbered from {@code firstChunk} on, so that high addresses come without much memory. */
    Slab(int firstChunk) {
        this.firstChunk = firstChunk;
        chunkCount = firstChunk;
        if (firstChunk > 0) {
            growTables(firstChunk);
        }
        Arrays.fill(partialPages, NO_PAGE);
        for (int i = 0; i <= Stretches.COUNT; i++) {
            deferredCells[i] = new DeferredFrees(this, this::releaseDeferred);
        }
    }

    /**
     * The most memory, in bytes, that chunks and large arrays together may take from the JVM for new data. What indexes and
     * copies under a freeze need may go beyond it, so that nothing stops halfway and deleting always works.
     */
    public void limit(long bytes) {
        limitBytes = bytes;
    }

    /** Bytes in use by cells and large arrays. Exact. */
    public long used() {
        return cellBytes + largeArrays.bytes();
    }

    /** Bytes taken from the JVM: chunks and large arrays. */
    public long reserved() {
        return (long) chunksInUse * CHUNK_COST + largeArrays.bytes();
    }

    /** How many cells and arrays still wait for views to close. */
    public long deferredCount() {
        return deferredCount;
    }

    /** How much of {@link #used} waits for views to close: evicting keys can't bring it back sooner. */
    public long deferredBytes() {
        return deferredBytes;
    }

    /** How many views are open on this slab. */
    public int liveViews() {
        return liveCount;
    }

    LargeArrays large() {
        return largeArrays;
    }

    /**
     * Lets go of all memory. Nothing here is in use any more, but objects that are pointed at values, and pointed elsewhere only
     * when they are next used, may remember this slab.
     */
    void drop() {
        cells.chunks = new byte[0][];
        cells.large = new byte[0][];
    }

    int epoch() {
        return epoch;
    }

    // ---- cells ----

    /** A cell of at least {@code bytes} (1 to {@link SizeClasses#MAX_BYTES}); its contents are undefined. */
    int allocate(int bytes) {
        int sizeClass = SizeClasses.of(bytes);
        int page = partialPages[sizeClass];
        if (page == NO_PAGE) {
            page = openPage(sizeClass);
        }
        int units = SizeClasses.units(sizeClass);
        int cell = pageFreeCell[page];
        if (cell != 0) {
            pageFreeCell[page] = cells.getInt(cell, 0);
        } else {
            int mark = pageMark[page];
            cell = (page << PAGE_UNIT_BITS) + mark * units;
            pageMark[page] = (short) (mark + 1);
        }
        pageLive[page]++;
        if (pageFreeCell[page] == 0 && !hasRoom(page, units)) {
            unlink(partialPages, sizeClass, page);
            pageList[page] = FULL;
        }
        if (pageEpoch[page] < writableSince) {
            noteHandedOut(page, cell);
        }
        cellBytes += (long) units << Cells.UNIT_SHIFT;
        assert shadowAllocate(cell);
        return cell;
    }

    /** Gives a cell back: at once, or when the last view that may see it has closed. */
    void free(int cell) {
        free(cell, Stretches.NONE);
    }

    /** {@link #free(int)} for what a view's reader meets in this stretch and never again. */
    void free(int cell, int stretch) {
        assert shadowHas(cell) : "free of a free cell " + cell;
        if (writable(cell) || stretch < passedStretches()) {
            release(cell);
        } else {
            assert shadowDefer(cell);
            deferredBytes += capacity(cell);
            deferredCount++;
            deferredCells[stretch].add(cell, epoch);
        }
    }

    /** What a cell holds, in bytes. */
    int capacity(int cell) {
        return SizeClasses.bytes(pageClass[cell >>> PAGE_UNIT_BITS]);
    }

    /** Whether no live view can see this cell, so that it may be changed in place. */
    boolean writable(int cell) {
        int page = cell >>> PAGE_UNIT_BITS;
        return pageEpoch[page] >= writableSince
                || pageMapEpoch[page] >= writableSince && isHandedOut(page, cell);
    }

    private boolean isHandedOut(int page, int cell) {
        int unit = cell & PAGE_UNITS - 1;
        return (cells.array(cell)[mapAt(page) + (unit >> 3)] >> (unit & 7) & 1) != 0;
    }

    private void noteHandedOut(int page, int cell) {
        byte[] chunk = cells.array(cell);
        int map = mapAt(page);
        if (pageMapEpoch[page] < writableSince) {
            Arrays.fill(chunk, map, map + MAP_BYTES, (byte) 0);
            pageMapEpoch[page] = epoch;
        }
        int unit = cell & PAGE_UNITS - 1;
        chunk[map + (unit >> 3)] |= (byte) (1 << (unit & 7));
    }

    private static int mapAt(int page) {
        return MAPS_AT + (page & PAGES_PER_CHUNK - 1) * MAP_BYTES;
    }

    void release(int cell) {
        int page = cell >>> PAGE_UNIT_BITS;
        int sizeClass = pageClass[page];
        assert shadowFree(cell);
        cellBytes -= SizeClasses.bytes(sizeClass);
        cells.putInt(cell, 0, pageFreeCell[page]);
        pageFreeCell[page] = cell;
        if (--pageLive[page] == 0) {
            closePage(page, sizeClass);
        } else if (pageList[page] == FULL) {
            link(partialPages, sizeClass, page);
            pageList[page] = PARTIAL;
        }
    }

    // ---- freeze ----

    /** Begins a new epoch; what exists now stays as it is until {@link #thaw} with the number returned. */
    int freeze() {
        epoch++;
        if (liveCount == liveEpochs.length) {
            liveEpochs = Arrays.copyOf(liveEpochs, liveCount * 2);
        }
        liveEpochs[liveCount++] = epoch;
        writableSince = epoch;
        return epoch;
    }

    /** Notes that cells freed from now on are tagged with where this view's reader meets them. */
    void walked(View view, int viewEpoch) {
        walked = view;
        walkedEpoch = viewEpoch;
    }

    /** How many stretches of the walk no live view is read in any more. */
    private int passedStretches() {
        return liveCount == 1 && liveEpochs[0] == walkedEpoch ? walked.passedStretches() : 0;
    }

    /** Ends the freeze that began {@code viewEpoch}; what it held back is given back by {@link #releaseSome}. */
    void thaw(int viewEpoch) {
        int at = 0;
        while (liveEpochs[at] != viewEpoch) {
            at++;
        }
        System.arraycopy(liveEpochs, at + 1, liveEpochs, at, liveCount - at - 1);
        liveCount--;
        writableSince = liveCount == 0 ? 0 : liveEpochs[liveCount - 1];
        if (viewEpoch == walkedEpoch) {
            walked(null, 0);
        }
    }

    /** Gives back up to {@code most} cells that no live view can see any more; returns how many. */
    public int releaseSome(int most) {
        if (deferredCount == 0) {
            return 0;
        }
        int oldestLive = liveCount == 0 ? Integer.MAX_VALUE : liveEpochs[0];
        int passed = passedStretches();
        int released = 0;
        for (int i = 0; i <= Stretches.COUNT && released < most; i++) {
            int before = i < passed ? Integer.MAX_VALUE : oldestLive;
            released += deferredCells[i].release(most - released, before);
        }
        return released + deferredLarge.release(most - released, oldestLive);
    }

    private void releaseDeferred(int cell) {
        deferredBytes -= capacity(cell);
        deferredCount--;
        release(cell);
    }

    private void releaseDeferredLarge(int handle) {
        deferredBytes -= largeArrays.bytes(handle);
        deferredCount--;
        largeArrays.release(handle);
    }

    boolean largeWritable(int openedEpoch) {
        return openedEpoch >= writableSince;
    }

    void deferLarge(int handle) {
        deferredBytes += largeArrays.bytes(handle);
        deferredCount++;
        deferredLarge.add(handle, epoch);
    }

    /**
     * Refuses new data that would pass the limit. Asked before anything of a change is done; nothing is refused later, unless the
     * heap has no room for a large array though the limit would allow it.
     *
     * @param cellBytes a cell to come, or 0 for none
     * @param largeBytes arrays to come
     */
    void admit(int cellBytes, long largeBytes) {
        if (limitBytes == Long.MAX_VALUE && chunksInUse < MAX_CHUNKS - CHUNKS_HELD_BACK) {
            return;
        }
        if (cellBytes + largeBytes <= grantedBytes) {
            grantedBytes -= cellBytes + largeBytes;
            return;
        }
        long bytes = largeBytes;
        if (cellBytes > 0
                && freePageCount < PAGES_HELD_BACK
                && partialPages[SizeClasses.of(cellBytes)] == NO_PAGE) {
            bytes += CHUNK_COST;
        }
        if (bytes > 0
                && (reserved() + bytes > limitBytes
                        || chunksInUse >= MAX_CHUNKS - CHUNKS_HELD_BACK)) {
            throw MemoryLimitException.INSTANCE;
        }
    }

    /**
     * Refuses a change of several entries as a whole, or grants it: {@link #admit} refuses none of the next {@code bytes}.
     * What is not used of it lapses with the next call, or with {@link #endGrant}.
     */
    void admitTogether(long bytes) {
        grantedBytes = 0;
        if (bytes == 0) {
            return;
        }
        long inFreePages = (long) (freePageCount - PAGES_HELD_BACK) * CHUNK_COST / PAGES_PER_CHUNK;
        boolean fits = bytes <= inFreePages / 2 || reserved() + bytes + CHUNK_COST <= limitBytes;
        if (!fits || chunksInUse >= MAX_CHUNKS - CHUNKS_HELD_BACK) {
            throw MemoryLimitException.INSTANCE;
        }
        grantedBytes = bytes;
    }

    /** Whether cells of so many bytes in all pass the limit. */
    boolean isWithinLimit(long bytes) {
        return reserved() + bytes + CHUNK_COST <= limitBytes
                && chunksInUse + bytes / CHUNK_COST < MAX_CHUNKS - CHUNKS_HELD_BACK;
    }

    /** {@link #admitTogether} for a step of a change that may have been granted as a whole: that grant holds on. */
    void admitMore(long bytes) {
        long before = grantedBytes;
        try {
            admitTogether(before + bytes);
        } catch (MemoryLimitException e) {
            grantedBytes = before;
            throw e;
        }
    }

    /** Adds to a grant what was given back of it. */
    void grantMore(long bytes) {
        grantedBytes += bytes;
    }

    /** Lets the next {@code bytes} pass, whatever the limit: what a removal has to copy. */
    void admitRemoval(long bytes) {
        grantedBytes = Math.max(grantedBytes, bytes);
    }

    /**
     * What was granted and not used lapses: the change is done. Without this the leftovers of {@link #admitMore} would pile
     * up until nothing is granted any more.
     */
    public void endGrant() {
        grantedBytes = 0;
    }

    // ---- pages and chunks ----

    private boolean hasRoom(int page, int units) {
        return (pageMark[page] + 1) * units <= unitsOf(page);
    }

    private static int unitsOf(int page) {
        return (page & PAGES_PER_CHUNK - 1) == PAGES_PER_CHUNK - 1 ? LAST_PAGE_UNITS : PAGE_UNITS;
    }

    private int openPage(int sizeClass) {
        int page = freePages[0];
        if (page == NO_PAGE) {
            addChunk();
            page = freePages[0];
        }
        unlink(freePages, 0, page);
        freePageCount--;
        int chunk = page >>> (Cells.CHUNK_UNIT_BITS - PAGE_UNIT_BITS);
        if (freePagesOfChunk[chunk]-- == PAGES_PER_CHUNK) {
            freeChunkCount--;
        }
        pageClass[page] = (byte) sizeClass;
        pageEpoch[page] = epoch;
        pageMapEpoch[page] = 0;
        pageLive[page] = 0;
        pageMark[page] = (short) (page == 0 ? 1 : 0);
        pageFreeCell[page] = 0;
        pageList[page] = PARTIAL;
        link(partialPages, sizeClass, page);
        return page;
    }

    private void closePage(int page, int sizeClass) {
        if (pageList[page] == PARTIAL) {
            unlink(partialPages, sizeClass, page);
        }
        pageList[page] = FREE;
        link(freePages, 0, page);
        freePageCount++;
        int chunk = page >>> (Cells.CHUNK_UNIT_BITS - PAGE_UNIT_BITS);
        if (++freePagesOfChunk[chunk] == PAGES_PER_CHUNK && ++freeChunkCount > SPARE_FREE_CHUNKS) {
            dropChunk(chunk);
        }
    }

    private void addChunk() {
        int chunk = chunkCount;
        if (emptyChunkSlots > 0) {
            chunk = firstChunk;
            while (cells.chunks[chunk] != null) {
                chunk++;
            }
        }
        if (chunk == MAX_CHUNKS) {
            throw MemoryLimitException.INSTANCE;
        }
        byte[] memory = ChunkSupply.take();
        if (chunk == chunkCount) {
            growTables(++chunkCount);
        } else {
            emptyChunkSlots--;
        }
        cells.chunks[chunk] = memory;
        chunksInUse++;
        freePagesOfChunk[chunk] = PAGES_PER_CHUNK;
        freePageCount += PAGES_PER_CHUNK;
        freeChunkCount++;
        int first = chunk * PAGES_PER_CHUNK;
        for (int page = first; page < first + PAGES_PER_CHUNK; page++) {
            pageList[page] = FREE;
            link(freePages, 0, page);
        }
    }

    private void dropChunk(int chunk) {
        int first = chunk * PAGES_PER_CHUNK;
        for (int page = first; page < first + PAGES_PER_CHUNK; page++) {
            unlink(freePages, 0, page);
            pageList[page] = FULL;
        }
        freePagesOfChunk[chunk] = 0;
        freeChunkCount--;
        cells.chunks[chunk] = null;
        chunksInUse--;
        freePageCount -= PAGES_PER_CHUNK;
        emptyChunkSlots++;
    }

    private void growTables(int chunksNeeded) {
        if (chunksNeeded > cells.chunks.length) {
            int length = Integer.highestOneBit(chunksNeeded) * 2;
            cells.chunks = Arrays.copyOf(cells.chunks, length);
            freePagesOfChunk = Arrays.copyOf(freePagesOfChunk, length);
        }
        int pages = cells.chunks.length * PAGES_PER_CHUNK;
        if (pages > pageClass.length) {
            pageClass = Arrays.copyOf(pageClass, pages);
            pageList = Arrays.copyOf(pageList, pages);
            pageEpoch = Arrays.copyOf(pageEpoch, pages);
            pageMapEpoch = Arrays.copyOf(pageMapEpoch, pages);
            pageLive = Arrays.copyOf(pageLive, pages);
            pageMark = Arrays.copyOf(pageMark, pages);
            pageFreeCell = Arrays.copyOf(pageFreeCell, pages);
            pageNext = Arrays.copyOf(pageNext, pages);
            pagePrevious = Arrays.copyOf(pagePrevious, pages);
        }
    }

    // ---- circular lists of pages ----

    private void link(int[] heads, int list, int page) {
        int head = heads[list];
        if (head == NO_PAGE) {
            pageNext[page] = page;
            pagePrevious[page] = page;
            heads[list] = page;
        } else {
            int tail = pagePrevious[head];
            pageNext[tail] = page;
            pagePrevious[page] = tail;
            pageNext[page] = head;
            pagePrevious[head] = page;
        }
    }

    private void unlink(int[] heads, int list, int page) {
        int next = pageNext[page];
        if (next == page) {
            assert heads[list] == page;
            heads[list] = NO_PAGE;
            return;
        }
        int previous = pagePrevious[page];
        pageNext[previous] = next;
        pagePrevious[next] = previous;
        if (heads[list] == page) {
            heads[list] = next;
        }
    }

    // ---- checks that only run with assertions on ----

    private static boolean assertionsOn() {
        boolean on = false;
        assert on = true;
        return on;
    }

    private static int shadowBit(int cell) {
        return cell & Integer.MAX_VALUE; // one bit for two cells that are 32 GiB apart
    }

    private boolean shadowHas(int cell) {
        int bit = shadowBit(cell);
        return allocatedUnits.get(bit) && !deferredUnits.get(bit);
    }

    private boolean shadowAllocate(int cell) {
        int bit = shadowBit(cell);
        assert cell != 0;
        assert !allocatedUnits.get(bit) : "cell handed out twice: " + cell;
        allocatedUnits.set(bit);
        return true;
    }

    private boolean shadowDefer(int cell) {
        deferredUnits.set(shadowBit(cell));
        return true;
    }

    private boolean shadowFree(int cell) {
        int bit = shadowBit(cell);
        assert allocatedUnits.get(bit) : "free of a free cell " + cell;
        allocatedUnits.clear(bit);
        deferredUnits.clear(bit);
        return true;
    }
}
