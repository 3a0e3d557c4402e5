package dev.lockstep.server.command;

import dev.lockstep.keyspace.Database;
import dev.lockstep.keyspace.HashValue;
import dev.lockstep.keyspace.StringValue;
import dev.lockstep.keyspace.ValueType;
import dev.lockstep.protocol.Request;
import dev.lockstep.server.FieldExpiry;
import dev.lockstep.server.config.EventClass;

/**
 * The hash that a command works on, argument 1, with the fields hidden that have expired. One that a command meets by name is
 * removed, where this server may: a command that meets some says so with {@link #announceExpired} before it tells of anything
 * else, and ends with {@link #deleteIfEmpty}. Reused; executor only.
 */
final class OpenHash {
    private static final int KEY = 1;
    private static final byte[] HDEL = Call.word("HDEL");

    private final HashValue hash = new HashValue();
    private Call call;
    private long hiddenBefore;
    private int expired;

    /** Whether the one field of the hash was that which the command found expired, and gives another value. */
    private boolean wasAllExpired;

    /** The hash to be read, or null if there is none. */
    HashValue read(Call newCall) {
        return open(newCall, newCall.read(KEY, ValueType.HASH));
    }

    /** The hash to be changed, or null if there is none. */
    HashValue write(Call newCall) {
        return open(newCall, newCall.write(KEY, ValueType.HASH));
    }

    /** The hash to be changed, an empty one if there is none; asks for the memory that fields and values will take. */
    HashValue writeOrCreate(Call newCall, int firstField, int fields) {
        Request args = newCall.args();
        Database db = newCall.db();
        int cell = newCall.write(KEY, ValueType.HASH);
        if (cell != 0 && fields == 1) {
            return open(newCall, cell);
        }
        long bytes = 0;
        for (int i = 0; i < fields; i++) {
            int field = firstField + 2 * i;
            bytes += Database.bytesFor(args.length(field), args.length(field + 1));
        }
        if (cell != 0) {
            open(newCall, cell);
        } else {
            begin(newCall);
            db.admit(Database.bytesFor(args.length(KEY), 0) + bytes);
            hash.create(db, args.array(), args.offset(KEY), args.length(KEY));
        }
        if (fields > 1) {
            hash.admit(fields, bytes);
        }
        if (cell == 0) {
            newCall.created(KEY);
        }
        return hash;
    }

    private HashValue open(Call newCall, int cell) {
        begin(newCall);
        if (cell == 0) {
            return null;
        }
        hash.open(newCall.db(), cell);
        if (hash.hasDeadlines()) {
            hiddenBefore = newCall.server().expiry().hiddenBefore(newCall.client());
            hash.hideBefore(hiddenBefore);
        }
        return hash;
    }

    private void begin(Call newCall) {
        call = newCall;
        hiddenBefore = Long.MIN_VALUE;
        expired = 0;
        wasAllExpired = false;
    }

    /**
     * Asks for the memory that it takes to give the fields from an argument on deadlines, or to take away those that they have:
     * more than one must not stop halfway.
     */
    void admitDeadlines(int firstField, boolean given) {
        Request args = call.args();
        if (args.argc() - firstField > 1) {
            long bytes = 0;
            for (int i = firstField; i < args.argc(); i++) {
                byte[] array = args.array();
                int offset = args.offset(i);
                int length = args.length(i);
                if (given || hash.deadline(array, offset, length) >= 0) {
                    bytes += hash.bytesForDeadline(array, offset, length);
                }
            }
            call.db().admit(bytes);
        }
    }

    /** Whether a field with this deadline is hidden. */
    boolean hides(long deadline) {
        return deadline >= 0 && deadline < hiddenBefore;
    }

    /** Reads the field that an argument names; one that has expired is removed. False if it is not there. */
    boolean get(int arg, StringValue into) {
        Request args = call.args();
        boolean there = hash.get(args.array(), args.offset(arg), args.length(arg), into);
        if (hash.metHidden() && noteExpired(arg)) {
            hash.hideBefore(Long.MIN_VALUE);
            hash.remove(args.array(), args.offset(arg), args.length(arg));
            hash.hideBefore(hiddenBefore);
        }
        return there;
    }

    /** {@link #get} for a command that will give the field a value, so that one that has expired need not be removed. */
    boolean getToReplace(int arg, StringValue into) {
        Request args = call.args();
        boolean there = hash.get(args.array(), args.offset(arg), args.length(arg), into);
        if (hash.metHidden() && noteExpired(arg)) {
            wasAllExpired = hash.size() == 1;
        }
        return there;
    }

    private boolean noteExpired(int arg) {
        Request args = call.args();
        FieldExpiry expiry = call.server().expiry().fields();
        if (!expiry.removes()) {
            return false;
        }
        expiry.expired(
                call.client().database, hash, args.array(), args.offset(arg), args.length(arg));
        expired++;
        return true;
    }

    /** Removes fields that have expired, the first first, up to so many; for commands that meet them by chance. */
    void removeSomeExpired(int most) {
        FieldExpiry expiry = call.server().expiry().fields();
        if (hash.hasDeadlines() && expiry.removes()) {
            expired += expiry.remove(call.client().database, hash, hiddenBefore, most);
        }
    }

    /** Tells that fields have expired, if any have. */
    void announceExpired() {
        if (expired > 0) {
            Request args = call.args();
            call.server()
                    .signals()
                    .modified(
                            null,
                            call.client().database,
                            args.array(),
                            args.offset(KEY),
                            args.length(KEY));
            call.event(EventClass.HASH, "hexpired", KEY);
        }
        if (wasAllExpired) {
            call.event(EventClass.GENERIC, "del", KEY);
            call.created(KEY);
        }
    }

    /** Removes the key if the hash is empty now. */
    void deleteIfEmpty() {
        if (hash.deleteIfEmpty()) {
            call.event(EventClass.GENERIC, "del", KEY);
        }
    }

    /** What a command that only reads ends with. */
    void endRead() {
        if (expired > 0) {
            announceExpired();
            deleteIfEmpty();
        }
    }

    /** Begins to pass on that a field is gone. */
    void propagateRemoval(int arg) {
        if (call.propagates()) {
            call.propagate(3).arg(HDEL).arg(call.args(), KEY).arg(call.args(), arg);
        }
    }
}
