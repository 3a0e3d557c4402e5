package dev.lockstep.server;

import dev.lockstep.keyspace.AccessClock;
import dev.lockstep.keyspace.Database;
import dev.lockstep.keyspace.ListBlockWalk;
import dev.lockstep.keyspace.Listpack;
import dev.lockstep.keyspace.StringValue;
import dev.lockstep.keyspace.ValueType;
import dev.lockstep.keyspace.ViewCursor;
import dev.lockstep.server.config.MemorySettings;
import java.util.Locale;

/** What OBJECT and DEBUG OBJECT tell of values in terms of Redis' own objects. Executor only. */
public final class ObjectFacts {
    /** Redis keeps one object for each of these integers, and counts no references to them. */
    private static final int SHARED_INTEGERS = 10_000;

    private ObjectFacts() {}

    /** 1, or for a small integer the number that means "shared by all", where the policy lets Redis share them. */
    public static int referenceCount(LockstepServer server, Database db, int cell) {
        if (db.type(cell) != ValueType.STRING || db.encoding(cell) != ValueType.INT) {
            return 1;
        }
        StringValue value = new StringValue();
        db.read(cell, value);
        boolean small = value.number() >= 0 && value.number() < SHARED_INTEGERS;
        return small && sharesIntegers(server.config().memory) ? Integer.MAX_VALUE : 1;
    }

    private static boolean sharesIntegers(MemorySettings settings) {
        return settings.maxMemory.bytes() == 0
                || switch (settings.policy.get()) {
                    case ALLKEYS_LRU, VOLATILE_LRU, ALLKEYS_LFU, VOLATILE_LFU -> false;
                    default -> true;
                };
    }

    /**
     * The line of DEBUG OBJECT.
     *
     * @param fast without what takes time to find out
     */
    public static String debugLine(LockstepServer server, Database db, int cell, boolean fast) {
        AccessClock clock = server.keyspace().clock();
        boolean compress = server.config().snapshots.rdbCompression.get();
        return "Value at:0x"
                + Integer.toHexString(cell)
                + " refcount:"
                + referenceCount(server, db, cell)
                + " encoding:"
                + ValueType.encodingName(db.encoding(cell))
                + (fast ? "" : " serializedlength:" + new Serialized().length(db, cell, compress))
                + " lru:"
                + db.access(cell)
                + " lru_seconds_idle:"
                + clock.idleSeconds(db.access(cell))
                + (db.encoding(cell) == ValueType.QUICKLIST ? blocks(server, db, cell) : "");
    }

    private static String blocks(LockstepServer server, Database db, int cell) {
        ListBlockWalk blocks = new ViewCursor().at(db, cell).blocks();
        long count = 0;
        long elements = 0;
        long bytes = 0;
        while (blocks.next()) {
            count++;
            elements += Listpack.count(blocks.array(), blocks.offset());
            bytes += Listpack.bytes(blocks.array(), blocks.offset());
        }
        return String.format(
                Locale.ROOT,
                " ql_nodes:%d ql_avg_node:%.2f ql_listpack_max:%d ql_compressed:0 ql_uncompressed_size:%d",
                count,
                (double) elements / count,
                server.config().encodings.listMaxListpackSize.get(),
                bytes);
    }
}
