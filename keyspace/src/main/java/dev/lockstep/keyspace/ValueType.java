package dev.lockstep.keyspace;

/** The types of values and how a value may be stored; the numbers stand in every entry. */
public final class ValueType {
    public static final int STRING = 0;

    /** String encodings: digits kept as a 64-bit integer, bytes as they were set, bytes that were changed in place. */
    public static final int INT = 0;

    public static final int EMBSTR = 1;
    public static final int RAW = 2;

    /** The longest string that OBJECT ENCODING calls embstr. */
    public static final int EMBSTR_MAX = 44;

    private static final String[] TYPE_NAMES = {"string"};
    private static final String[] STRING_ENCODINGS = {"int", "embstr", "raw"};

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
        return STRING_ENCODINGS[encoding];
    }
}
