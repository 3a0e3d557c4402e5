package dev.lockstep.keyspace;

/**
 * The layout of what a stream keeps of its own behind its {@link Structure}.
 *
 * <pre>
 *   40        48         56           64            72         80         84
 *   +---------+----------+------------+-------------+----------+----------+
 *   | last ID | last ID  | greatest   | greatest    | entries  | blocks:4 |
 *   | ms: 8   | seq: 8   | deleted    | deleted     | added: 8 |          |
 *   |         |          | ID ms: 8   | ID seq: 8   |          |          |
 *   +---------+----------+------------+-------------+----------+----------+
 *   last ID           of the entry added last, or what XSETID said
 *   greatest deleted  of those that XDEL removed; 0-0 if it never did
 *   entries added     since the stream was made, removed ones too
 * </pre>
 */
final class StreamHeader {
    static final int LAST_MS = Structure.BYTES;
    static final int LAST_SEQ = LAST_MS + 8;
    static final int DELETED_MS = LAST_SEQ + 8;
    static final int DELETED_SEQ = DELETED_MS + 8;
    static final int ENTRIES_ADDED = DELETED_SEQ + 8;
    static final int BLOCKS = ENTRIES_ADDED + 8;
    static final int BYTES = BLOCKS + 4;

    private StreamHeader() {}
}
