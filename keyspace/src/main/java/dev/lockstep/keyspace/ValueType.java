package dev.lockstep.keyspace;

/**
 * The types of values and how a value may be stored; the numbers stand in every entry. The types' numbers are Redis' own,
 * which DEBUG DIGEST depends on.
 */
public final class ValueType {
    public static final int STRING = 0;
    public static final int LIST = 1;
    public static final int SET = 2;
    public static final int ZSET = 3;
    public static final int HASH = 4;
    public static final int STREAM = 6;

    /** String encodings: digits kept as a 64-bit integer, bytes as they were set, bytes that were changed in place. */
    public static final int INT = 0;

    public static final int EMBSTR = 1;
    public static final int RAW = 2;

    /** Packed encodings: the value is one {@link Intset} or {@link Listpack}. */
    public static final int INTSET = 3;

    public static final int LISTPACK = 4;

    /** From here on the value is a {@link Structure}. */
    public static final int HASHTABLE = 6;

    public static final int SKIPLIST = 7;
    public static final int QUICKLIST = 8;
    public static final int STREAM_BLOCKS = 9;

    /** A part of a stream, never the value of a key. */
    public static final int STREAM_GROUP = 10;

    /** The longest string that OBJECT ENCODING calls embstr. */
    public static final int EMBSTR_MAX = 44;

    private static final String[] TYPE_NAMES = {
        "string", "list", "set", "zset", "hash", "module", "stream"
    };
    private static final String[] ENCODING_NAMES = {
        "int",
        "embstr",
        "raw",
        "intset",
        "listpack",
        null,
        "hashtable",
        "skiplist",
        "quicklist",
        "stream"
    };

    private ValueType() {}

    /** What TYPE answers. */
    public static String typeName(int type) {
        return TYPE_NAMES[type];
    }

    /** How many types there are; they are numbered from 0. */
    public static int count() {
        return TYPE_NAMES.length;
    }

    /** What OBJECT ENCODING answers. */
    public static String encodingName(int encoding) {
        return ENCODING_NAMES[encoding];
    }

    /** Whether a value of this encoding is a {@link Structure}. */
    public static boolean isStructure(int encoding) {
        return encoding >= HASHTABLE;
    }

    /** Whether a value of this encoding is one packed cell: a listpack or an intset. */
    public static boolean isPacked(int encoding) {
        return encoding == LISTPACK || encoding == INTSET;
    }

    /** Whether the tree of a structure names {@link Blobs} that belong to it. */
    static boolean ownsBlobs(int encoding) {
        return encoding == QUICKLIST || encoding == STREAM_BLOCKS;
    }
}
