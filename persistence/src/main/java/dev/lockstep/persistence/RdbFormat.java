package dev.lockstep.persistence;

/**
 * The RDB format, versions 1 to 12: its constants and nothing else.
 *
 * <pre>
 *   file    = "REDIS" version:4 digits, { opcode }, EOF, crc64:8 little-endian (versions 5 and up; 0 = not computed)
 *   opcode  = 250 AUX             string name, string value
 *           | 254 SELECTDB        length db
 *           | 251 RESIZEDB        length keys, length keys with an expiry
 *           | 244 SLOT_INFO       length slot, length keys, length keys with an expiry
 *           | 245 FUNCTION2       string code of one library
 *           | 247 MODULE_AUX      length module id, module items (the first two say when the module wants it)
 *           | entry
 *   entry   = [ 252 EXPIRETIME_MS 8 bytes little-endian | 253 EXPIRETIME 4 bytes little-endian, seconds ]
 *             [ 248 IDLE length seconds | 249 FREQ 1 byte ]
 *             type:1 byte 0..., string key, value
 *
 *   length  = 00nnnnnn                      6 bits
 *           | 01nnnnnn nnnnnnnn             14 bits, high byte first
 *           | 10000000 4 bytes              32 bits, big-endian
 *           | 10000001 8 bytes              64 bits, big-endian
 *           | 11eeeeee                      no length: a string in the special encoding e
 *   string  = length, that many bytes
 *           | 11000000 1 byte               the decimal digits of a signed integer, little-endian
 *           | 11000001 2 bytes              "
 *           | 11000010 4 bytes              "
 *           | 11000011 length compressed, length plain, LZF block
 *   module items = { item }, 0              item = opcode as a length, value
 * </pre>
 *
 * <p>Sources: the public descriptions of the format (rdb.fnordig.de), the release notes of Redis 2.6 to 7.4, and files
 * written by stock servers.
 */
public final class RdbFormat {
    /** What every RDB starts with, before four decimal digits of version. */
    public static final String MAGIC = "REDIS";

    /** Bytes of magic and version together. */
    public static final int HEADER_LENGTH = 9;

    public static final int MIN_VERSION = 1;

    /** The newest version that is read: Redis 7.4's. */
    public static final int MAX_VERSION = 12;

    /** The version written unless the data need a newer one: every Redis from 7.0 loads it. */
    public static final int DEFAULT_VERSION = 10;

    /** The version written where fields of hashes have deadlines: that of Redis 7.4. */
    public static final int FIRST_VERSION_WITH_FIELD_DEADLINES = 12;

    /** From this version on a checksum follows EOF. */
    public static final int FIRST_VERSION_WITH_CHECKSUM = 5;

    public static final int CHECKSUM_LENGTH = 8;

    public static final int TYPE_STRING = 0;
    public static final int TYPE_LIST = 1;
    public static final int TYPE_SET = 2;

    /** Scores as text: {@link #SCORE_NAN} to {@link #SCORE_NEGATIVE_INFINITY}, or a byte of length and decimal text. */
    public static final int TYPE_ZSET = 3;

    public static final int TYPE_HASH = 4;

    /** Scores as 8 bytes of binary64. */
    public static final int TYPE_ZSET_2 = 5;

    /** Modules before their format was final; can't be delimited, hence neither loaded nor skipped. */
    public static final int TYPE_MODULE_PRE_GA = 6;

    public static final int TYPE_MODULE_2 = 7;
    public static final int TYPE_HASH_ZIPMAP = 9;
    public static final int TYPE_LIST_ZIPLIST = 10;
    public static final int TYPE_SET_INTSET = 11;
    public static final int TYPE_ZSET_ZIPLIST = 12;
    public static final int TYPE_HASH_ZIPLIST = 13;

    /** A list as a sequence of ziplists. */
    public static final int TYPE_LIST_QUICKLIST = 14;

    public static final int TYPE_STREAM_LISTPACKS = 15;
    public static final int TYPE_HASH_LISTPACK = 16;
    public static final int TYPE_ZSET_LISTPACK = 17;

    /** A list as a sequence of listpacks and single large elements. */
    public static final int TYPE_LIST_QUICKLIST_2 = 18;

    /** With the first ID, the largest deleted ID and the entries ever added (7.0). */
    public static final int TYPE_STREAM_LISTPACKS_2 = 19;

    public static final int TYPE_SET_LISTPACK = 20;

    /** With the active time of consumers (7.2). */
    public static final int TYPE_STREAM_LISTPACKS_3 = 21;

    public static final int TYPE_HASH_METADATA_PRE_GA = 22;
    public static final int TYPE_HASH_LISTPACK_EX_PRE_GA = 23;

    /** A hash whose fields may expire (7.4). */
    public static final int TYPE_HASH_METADATA = 24;

    /** The same as a listpack of field, value, expiry. */
    public static final int TYPE_HASH_LISTPACK_EX = 25;

    public static final int OPCODE_SLOT_INFO = 244;
    public static final int OPCODE_FUNCTION_2 = 245;

    /** Function libraries as the release candidates of 7.0 wrote them; no released server loads them. */
    public static final int OPCODE_FUNCTION_PRE_GA = 246;

    public static final int OPCODE_MODULE_AUX = 247;
    public static final int OPCODE_IDLE = 248;
    public static final int OPCODE_FREQ = 249;
    public static final int OPCODE_AUX = 250;
    public static final int OPCODE_RESIZE_DB = 251;
    public static final int OPCODE_EXPIRE_TIME_MS = 252;
    public static final int OPCODE_EXPIRE_TIME = 253;
    public static final int OPCODE_SELECT_DB = 254;
    public static final int OPCODE_EOF = 255;

    /** The two highest bits of a length's first byte. */
    public static final int LENGTH_KIND_MASK = 0xc0;

    public static final int LENGTH_6_BITS = 0x00;
    public static final int LENGTH_14_BITS = 0x40;
    public static final int LENGTH_32_BITS = 0x80;
    public static final int LENGTH_64_BITS = 0x81;
    public static final int STRING_ENCODED = 0xc0;

    public static final int STRING_INT8 = 0xc0;
    public static final int STRING_INT16 = 0xc1;
    public static final int STRING_INT32 = 0xc2;
    public static final int STRING_LZF = 0xc3;

    public static final int SCORE_NAN = 253;
    public static final int SCORE_INFINITY = 254;
    public static final int SCORE_NEGATIVE_INFINITY = 255;

    /** Longest decimal text that can be an integer encoding: {@code -2147483648}. */
    public static final int MAX_INTEGER_TEXT = 11;

    /** Strings up to this length are never compressed. */
    public static final int MAX_UNCOMPRESSED = 20;

    public static final int MODULE_EOF = 0;
    public static final int MODULE_SINT = 1;
    public static final int MODULE_UINT = 2;
    public static final int MODULE_FLOAT = 3;
    public static final int MODULE_DOUBLE = 4;
    public static final int MODULE_STRING = 5;

    private static final String MODULE_NAME_CHARS =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    private RdbFormat() {}

    /** The lowest version to write that has a type. */
    static int versionFor(final int type) {
        return type >= TYPE_HASH_METADATA ? FIRST_VERSION_WITH_FIELD_DEADLINES : DEFAULT_VERSION;
    }

    /** What TYPE would answer for values of an RDB type, or null if there is no such type. */
    public static String typeName(final int type) {
        switch (type) {
            case TYPE_STRING:
                return "string";
            case TYPE_LIST:
            case TYPE_LIST_ZIPLIST:
            case TYPE_LIST_QUICKLIST:
            case TYPE_LIST_QUICKLIST_2:
                return "list";
            case TYPE_SET:
            case TYPE_SET_INTSET:
            case TYPE_SET_LISTPACK:
                return "set";
            case TYPE_ZSET:
            case TYPE_ZSET_2:
            case TYPE_ZSET_ZIPLIST:
            case TYPE_ZSET_LISTPACK:
                return "zset";
            case TYPE_HASH:
            case TYPE_HASH_ZIPMAP:
            case TYPE_HASH_ZIPLIST:
            case TYPE_HASH_LISTPACK:
            case TYPE_HASH_METADATA_PRE_GA:
            case TYPE_HASH_LISTPACK_EX_PRE_GA:
            case TYPE_HASH_METADATA:
            case TYPE_HASH_LISTPACK_EX:
                return "hash";
            case TYPE_STREAM_LISTPACKS:
            case TYPE_STREAM_LISTPACKS_2:
            case TYPE_STREAM_LISTPACKS_3:
                return "stream";
            case TYPE_MODULE_PRE_GA:
            case TYPE_MODULE_2:
                return "module";
            default:
                return null;
        }
    }

    /** A module's name: nine characters of six bits each, from the top of its 64-bit ID; ten bits of version follow. */
    public static String moduleName(final long moduleId) {
        final StringBuilder name = new StringBuilder(9);
        for (int shift = 58; shift >= 10; shift -= 6) {
            name.append(MODULE_NAME_CHARS.charAt((int) (moduleId >>> shift) & 63));
        }
        return name.toString();
    }
}
