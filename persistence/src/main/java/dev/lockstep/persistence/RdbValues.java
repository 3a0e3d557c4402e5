package dev.lockstep.persistence;

import dev.lockstep.keyspace.Database;
import dev.lockstep.keyspace.StringValue;
import dev.lockstep.keyspace.ValueType;
import dev.lockstep.keyspace.ViewCursor;
import java.io.IOException;

/** Finds how a value stands in an RDB, by its type. One instance per thread. */
final class RdbValues {
    private final RdbStrings strings = new RdbStrings();
    private final RdbLists lists = new RdbLists();
    private final RdbSets sets = new RdbSets();
    private final RdbHashes hashes = new RdbHashes();
    private final RdbSortedSets sortedSets = new RdbSortedSets();
    private final RdbStreams streams = new RdbStreams();
    private final RdbModuleReader modules = new RdbModuleReader();

    /** Reads the value of {@code entry}, whose type and key have been read. */
    void read(final RdbEntry entry, final RdbInput in, final RdbHandler handler)
            throws IOException {
        switch (entry.type()) {
            case RdbFormat.TYPE_STRING:
                strings.read(entry, in, handler);
                break;
            case RdbFormat.TYPE_LIST:
            case RdbFormat.TYPE_LIST_ZIPLIST:
            case RdbFormat.TYPE_LIST_QUICKLIST:
            case RdbFormat.TYPE_LIST_QUICKLIST_2:
                lists.read(entry, in, handler);
                break;
            case RdbFormat.TYPE_SET:
            case RdbFormat.TYPE_SET_INTSET:
            case RdbFormat.TYPE_SET_LISTPACK:
                sets.read(entry, in, handler);
                break;
            case RdbFormat.TYPE_HASH:
            case RdbFormat.TYPE_HASH_ZIPMAP:
            case RdbFormat.TYPE_HASH_ZIPLIST:
            case RdbFormat.TYPE_HASH_LISTPACK:
            case RdbFormat.TYPE_HASH_METADATA:
            case RdbFormat.TYPE_HASH_LISTPACK_EX:
                hashes.read(entry, in, handler);
                break;
            case RdbFormat.TYPE_ZSET:
            case RdbFormat.TYPE_ZSET_2:
            case RdbFormat.TYPE_ZSET_ZIPLIST:
            case RdbFormat.TYPE_ZSET_LISTPACK:
                sortedSets.read(entry, in, handler);
                break;
            case RdbFormat.TYPE_STREAM_LISTPACKS:
            case RdbFormat.TYPE_STREAM_LISTPACKS_2:
            case RdbFormat.TYPE_STREAM_LISTPACKS_3:
                streams.read(entry, in, handler);
                break;
            case RdbFormat.TYPE_MODULE_2:
                modules.read(entry, in, handler);
                break;
            default:
                throw in.error(
                        "key '"
                                + entry.printableKey()
                                + "' has type "
                                + RdbFormat.typeName(entry.type())
                                + " (RDB type "
                                + entry.type()
                                + "), which this version can't load");
        }
    }

    /** The database to build a collection in, readied for its key. */
    static Database building(final RdbEntry entry, final RdbHandler handler) throws IOException {
        final Database database = handler.building(entry);
        final int there = database.find(entry.keyArray(), entry.keyOffset(), entry.keyLength());
        assert there == 0 : "a database that has the key";
        return database;
    }

    /** Writes an element of a value. */
    static void text(final StringValue element, final RdbOutput out) throws IOException {
        if (element.isInteger()) {
            out.integerString(element.number());
        } else {
            out.string(element.array(), element.offset(), element.length());
        }
    }

    RdbModuleReader modules() {
        return modules;
    }

    /** Reads and writes the values of a type, one of {@link ValueType}'s. */
    RdbValueFormat of(final ViewCursor entry) {
        switch (entry.type()) {
            case ValueType.STRING:
                return strings;
            case ValueType.LIST:
                return lists;
            case ValueType.SET:
                return sets;
            case ValueType.HASH:
                return hashes;
            case ValueType.ZSET:
                return sortedSets;
            case ValueType.STREAM:
                return streams;
            default:
                throw new IllegalStateException("a value of type " + entry.type());
        }
    }
}
