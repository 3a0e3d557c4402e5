package dev.lockstep.server.command;

import dev.lockstep.keyspace.Database;
import dev.lockstep.keyspace.MemberWalk;
import dev.lockstep.keyspace.MemoryLimitException;
import dev.lockstep.keyspace.SortedSetValue;
import dev.lockstep.server.config.EventClass;

/**
 * A sorted set that a command makes of others: built off the databases, then replied with or stored, so that no key is
 * changed if there is no memory for it. Between {@link #begin} and what ends it ({@link #store} or {@link #discard}), an
 * exception must not get past the caller without a {@link #discard}. Reused; executor only.
 */
final class SortedSetResult {
    private static final byte[] NAME = {};

    private final SortedSetValue zset = new SortedSetValue();
    private final MemberWalk walk = new MemberWalk();
    private Database scratch;

    /** Begins an empty one, of which it is known that so many members come, or 0. */
    void begin(Call call, long members) {
        scratch = call.server().keyspace().scratchDatabase();
        int there = scratch.find(NAME, 0, 0);
        assert there == 0 : "a result that nobody ended";
        zset.create(scratch, NAME, 0, 0);
        try {
            zset.expect(members);
        } catch (MemoryLimitException e) {
            discard();
            throw e;
        }
    }

    long size() {
        return zset.size();
    }

    /** Adds a member that is not there. */
    void add(byte[] member, int offset, int length, double score) {
        boolean there = zset.find(member, offset, length);
        assert !there;
        zset.add(member, offset, length, score);
    }

    /** The sorted set being built. */
    SortedSetValue value() {
        return zset;
    }

    /** Its members, to be walked. */
    MemberWalk walk() {
        return walk.open(scratch, zset.cell());
    }

    /** Gives it up. */
    void discard() {
        scratch.delete(zset.cell());
    }

    /** Puts it in the place of whatever a key holds, or removes that if it is empty; returns how many members it has. */
    long store(Call call, int destination, String event) {
        Database db = call.db();
        int old = call.write(destination);
        long members = zset.size();
        if (members == 0) {
            discard();
            if (old != 0) {
                db.delete(old);
                call.modified(destination);
                call.event(EventClass.GENERIC, "del", destination);
            }
            return 0;
        }
        byte[] array = call.args().array();
        int offset = call.args().offset(destination);
        int length = call.args().length(destination);
        try {
            scratch.rename(zset.cell(), db, array, offset, length);
        } catch (MemoryLimitException e) {
            discard();
            throw e;
        }
        call.modified(destination);
        if (old == 0) {
            call.created(destination);
        }
        call.event(EventClass.ZSET, event, destination);
        return members;
    }
}
