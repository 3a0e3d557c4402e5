package dev.lockstep.server.command;

import dev.lockstep.keyspace.Database;
import dev.lockstep.keyspace.ListValue;
import dev.lockstep.keyspace.MemoryLimitException;
import dev.lockstep.protocol.Request;
import dev.lockstep.server.config.EventClass;

/** Stores what SORT has found as a list, in the place of whatever its key held. Reused; executor only. */
final class SortStore {
    private final ListValue list = new ListValue();
    private Database aside;

    /** Stores the values, or removes the key if there are none; replies how many there are. */
    void store(Call call, int key, SortItem[] values) {
        Request args = call.args();
        int old =
                values.length > 0
                        ? call.write(key)
                        : call.db().find(args.array(), args.offset(key), args.length(key));
        if (values.length > 0) {
            aside = call.server().keyspace().scratchDatabase();
            build(args, key, values);
            move(call, key);
            if (old == 0) {
                call.created(key);
            }
            call.modified(key);
            call.changed(values.length - 1);
            call.event(EventClass.LIST, "sortstore", key);
        } else if (old != 0) {
            call.db().delete(old);
            call.modified(key);
            call.event(EventClass.GENERIC, "del", key);
        }
        call.reply().integer(values.length);
    }

    /** The list is made off the databases, because its key may hold what is sorted. */
    private void build(Request args, int key, SortItem[] values) {
        long bytes = 0;
        for (SortItem value : values) {
            bytes += ListValue.packedBytes(value.array, value.offset, value.length);
        }
        byte[] array = args.array();
        aside.find(array, args.offset(key), args.length(key));
        list.createBlocksToPush(aside, array, args.offset(key), args.length(key), bytes);
        try {
            for (SortItem value : values) {
                list.push(value.array, value.offset, value.length, false);
            }
            list.loaded();
        } catch (MemoryLimitException e) {
            aside.delete(list.cell());
            throw e;
        }
    }

    private void move(Call call, int key) {
        Request args = call.args();
        try {
            aside.rename(list.cell(), call.db(), args.array(), args.offset(key), args.length(key));
        } catch (MemoryLimitException e) {
            aside.delete(list.cell());
            throw e;
        }
    }
}
