package dev.lockstep.server.command;

import dev.lockstep.keyspace.Database;
import dev.lockstep.keyspace.Keyspace;
import dev.lockstep.keyspace.SetValue;
import dev.lockstep.protocol.Request;
import dev.lockstep.server.config.EventClass;

/**
 * A set that a command computes aside, over the same memory as the data, because its key may be one of the sources, and
 * because nothing may have changed if memory runs out. Then it is moved to its key or given back. Executor only.
 */
final class ComputedSet {
    private final SetValue set = new SetValue();
    private Database aside;
    private boolean begun;

    /** An empty set to be filled, in a database of its own, under the key of an argument. */
    SetValue begin(Call call, int key, int encoding) {
        Keyspace keyspace = call.server().keyspace();
        Request args = call.args();
        aside = keyspace.scratchDatabase();
        aside.find(args.array(), args.offset(key), args.length(key));
        set.create(aside, args.array(), args.offset(key), args.length(key), encoding);
        begun = true;
        return set;
    }

    /** Asks for the memory that {@link #move} takes, which then is not refused. */
    void admitMove(Call call) {
        call.db().admit(4 * aside.entryBytes(set.cell()));
    }

    /** Makes it the value of its key, with a deadline or none (-1), whatever the key held before. */
    void move(Call call, int key, long deadline) {
        Request args = call.args();
        int cell = aside.setDeadline(set.cell(), deadline);
        aside.rename(cell, call.db(), args.array(), args.offset(key), args.length(key));
        begun = false;
    }

    /** {@link #move} of the result of a command that stores one, or the removal of its key if it is empty; replies its size. */
    void store(Call call, int key, String event) {
        long size = set.size();
        if (size == 0) {
            discard();
            remove(call, key);
        } else {
            boolean isNew = call.write(key) == 0;
            move(call, key, -1);
            if (isNew) {
                call.created(key);
            }
            call.modified(key);
            call.event(EventClass.SET, event, key);
        }
        call.reply().integer(size);
    }

    /** Removes the key of an argument. */
    static void remove(Call call, int key) {
        Request args = call.args();
        int cell = call.db().find(args.array(), args.offset(key), args.length(key));
        if (cell != 0) {
            call.db().delete(cell);
            call.modified(key);
            call.event(EventClass.GENERIC, "del", key);
        }
    }

    /** Gives back what was computed and not moved. */
    void discard() {
        if (begun) {
            begun = false;
            aside.delete(set.cell());
        }
    }
}
