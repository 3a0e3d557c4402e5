package dev.lockstep.keyspace;

/**
 * The layout of a structure: what the entry of a collection holds that is too big to be packed. It names the Dict and the
 * trees that the collection consists of.
 *
 * <pre>
 *   0         4          8          16        20           24        32            40
 *   +---------+----------+----------+---------+------------+---------+-------------+-- - - -
 *   | dict    | dict     | dict     | tree    | expiry     | tree    | expiry      | the
 *   | root: 4 | depth: 4 | count: 8 | root: 4 | tree root:4| size: 8 | tree size: 8| type's own
 *   +---------+----------+----------+---------+------------+---------+-------------+-- - - -
 *   hash        dict: fields, each an {@link Entry} with its value; expiry tree: (deadline, fingerprint) of fields that have one
 *   set         dict: members, entries without a value
 *   sorted set  dict: members, entries whose value is the score; tree: (score, member's cell)
 *   list        tree: the blocks between the first and the last, weighted with how many elements they hold; {@link ListBlocks}
 *   stream      tree: blocks by their first ID, weighted with how many entries they hold; dict: consumer groups, each an
 *               entry with a structure of its own; see {@link StreamHeader}
 *   group       dict: consumers; tree: what is pending, by ID; expiry tree: the same by consumer; see {@link GroupHeader}
 * </pre>
 */
final class Structure {
    static final int DICT_ROOT = 0;
    static final int DICT_DEPTH = 4;
    static final int DICT_COUNT = 8;
    static final int TREE_ROOT = 16;
    static final int EXPIRY_ROOT = 20;
    static final int TREE_SIZE = 24;
    static final int EXPIRY_SIZE = 32;
    static final int BYTES = 40;

    /** A list's own: its first block, and its last or 0. */
    static final int LIST_HEAD = 40;

    static final int LIST_TAIL = 44;
    static final int LIST_BYTES = 48;

    private Structure() {}

    /** Where in its cell the value of an entry begins. */
    static int at(Cells cells, int cell) {
        int word = cells.getInt(cell, Entry.KEY_WORD);
        return Entry.keyOffset(word) + Entry.keyBytes(word);
    }
}
