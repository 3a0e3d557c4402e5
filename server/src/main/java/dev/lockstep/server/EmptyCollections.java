package dev.lockstep.server;

import dev.lockstep.keyspace.CollectionValue;
import dev.lockstep.keyspace.Database;
import dev.lockstep.keyspace.HashValue;
import dev.lockstep.keyspace.ListValue;
import dev.lockstep.keyspace.SetValue;
import dev.lockstep.keyspace.SortedSetValue;
import dev.lockstep.keyspace.ValueType;
import dev.lockstep.protocol.Request;
import dev.lockstep.server.command.Call;
import dev.lockstep.server.command.CommandKeys;
import dev.lockstep.server.command.Flag;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a write leaves that made a key and then found no memory for its first element: a list, set, hash or sorted set without
 * elements, which there never is between commands. So no handler has to see to that itself. Executor only.
 */
final class EmptyCollections {
    private static final Logger LOG = LoggerFactory.getLogger(EmptyCollections.class);

    private EmptyCollections() {}

    /** Removes those among the keys of a command that has failed. */
    static void removeFrom(Call call) {
        if (!call.command().has(Flag.WRITE)) {
            return;
        }
        try {
            removeKeysOf(call);
        } catch (RuntimeException | OutOfMemoryError e) {
            LOG.warn(
                    "A key of {} may be left without elements: {}",
                    call.command().fullName(),
                    "" + e);
        }
    }

    private static void removeKeysOf(Call call) {
        Request args = call.args();
        List<CommandKeys.Key> keys = CommandKeys.of(call.command(), args, 0);
        if (keys == null) {
            return;
        }
        for (CommandKeys.Key key : keys) {
            int arg = key.argument();
            remove(call.db(), call.db().find(args.array(), args.offset(arg), args.length(arg)));
        }
    }

    static void remove(Database db, int cell) {
        if (cell == 0) {
            return;
        }
        CollectionValue value =
                switch (db.type(cell)) {
                    case ValueType.LIST -> new ListValue().open(db, cell);
                    case ValueType.SET -> new SetValue().open(db, cell);
                    case ValueType.HASH -> new HashValue().open(db, cell);
                    case ValueType.ZSET -> new SortedSetValue().open(db, cell);
                    default -> null;
                };
        if (value != null) {
            value.deleteIfEmpty();
        }
    }
}
