package dev.lockstep.keyspace;

/**
 * What a stream, live or frozen, consists of, as an RDB has it: its blocks, its own numbers, its groups. The stream must not
 * change meanwhile. Reused; one thread.
 */
public final class StreamParts {
    private final TreeWalk walk = new TreeWalk(true);
    private final GroupCursor groups = new GroupCursor();
    private final StreamCursor entries = new StreamCursor();
    private Cells cells;
    private int cell;
    private int at;
    private boolean more;
    private byte[] blockArray;
    private int blockOffset;

    StreamParts open(Cells newCells, int stream) {
        cells = newCells;
        cell = stream;
        at = Structure.at(newCells, stream);
        walk.open(newCells, newCells.getInt(stream, at + Structure.TREE_ROOT));
        more = walk.seek(0);
        return this;
    }

    /** How many blocks there are. */
    public int blocks() {
        return cells.getInt(cell, at + StreamHeader.BLOCKS);
    }

    /** Goes on to the next block; false behind the last. */
    public boolean nextBlock() {
        if (!more) {
            return false;
        }
        blockArray = Blobs.array(cells, walk.tie());
        blockOffset = Blobs.offset(cells, walk.tie());
        more = walk.next();
        return true;
    }

    /** The array with the block, which has its first ID at {@link #firstIdOffset}: 16 bytes, big-endian. */
    public byte[] blockArray() {
        return blockArray;
    }

    public int firstIdOffset() {
        return blockOffset;
    }

    /** Where the listpack of the block begins. */
    public int listpackOffset() {
        return blockOffset + StreamBlock.HEAD_BYTES;
    }

    public long length() {
        return cells.getLong(cell, at + Structure.TREE_SIZE);
    }

    public StreamId lastId(StreamId into) {
        return id(into, StreamHeader.LAST_MS, StreamHeader.LAST_SEQ);
    }

    public StreamId greatestDeletedId(StreamId into) {
        return id(into, StreamHeader.DELETED_MS, StreamHeader.DELETED_SEQ);
    }

    private StreamId id(StreamId into, int ms, int seq) {
        return into.set(cells.getLong(cell, at + ms), cells.getLong(cell, at + seq));
    }

    public long entriesAdded() {
        return cells.getLong(cell, at + StreamHeader.ENTRIES_ADDED);
    }

    /** The ID of the first entry, or 0-0. */
    public StreamId firstId(StreamId into) {
        return entries().next() ? into.set(entries.ms(), entries.seq()) : into.setMin();
    }

    /** All entries; the same object every time. */
    public StreamCursor entries() {
        return entries.open(cells, cell);
    }

    /** The groups; the same object every time. */
    public GroupCursor groups() {
        return groups.open(cells, cell);
    }
}
