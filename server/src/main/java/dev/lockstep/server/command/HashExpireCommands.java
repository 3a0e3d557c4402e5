package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;

import dev.lockstep.keyspace.HashValue;
import dev.lockstep.protocol.Request;
import dev.lockstep.protocol.RequestEncoder;
import dev.lockstep.server.config.EventClass;

/**
 * Commands on the deadlines of hashes' fields, as Redis 7.4 has them. Replicas are told the deadline itself of the fields that
 * got one, and that a field is gone whose deadline is past already.
 */
final class HashExpireCommands {
    private static final byte[] HPEXPIREAT = Call.word("HPEXPIREAT");
    private static final byte[] FIELDS = Call.word("FIELDS");

    private static final byte[] NX = Call.word("nx");
    private static final byte[] XX = Call.word("xx");
    private static final byte[] GT = Call.word("gt");
    private static final byte[] LT = Call.word("lt");

    private static final CommandException NOT_POSITIVE =
            new CommandException("ERR Parameter `numFields` should be greater than 0");

    private static final int NO_FIELD = -2;
    private static final int NO_DEADLINE = -1;
    private static final int CONDITION_NOT_MET = 0;
    private static final int DONE = 1;
    private static final int DELETED = 2;

    /** What a condition may be: the word, or none. */
    private enum Condition {
        NONE,
        IF_NONE,
        IF_ANY,
        IF_LATER,
        IF_EARLIER;

        /** A field without a deadline counts as one that ends at the end of time. */
        boolean holds(long old, long deadline) {
            return switch (this) {
                case NONE -> true;
                case IF_NONE -> old < 0;
                case IF_ANY -> old >= 0;
                case IF_LATER -> old >= 0 && deadline > old;
                case IF_EARLIER -> old < 0 || deadline < old;
            };
        }
    }

    private final OpenHash open = new OpenHash();

    /** The arguments whose fields got a deadline, or lost one. */
    private final FoundCells changed = new FoundCells();

    private HashExpireCommands() {}

    static void register(CommandTable table) {
        HashExpireCommands commands = new HashExpireCommands();
        table.add(
                commands.setting("hexpire", 1000, true, "so many seconds to live"),
                commands.setting("hpexpire", 1, true, "so many milliseconds to live"),
                commands.setting("hexpireat", 1000, false, "an end, a Unix time in seconds"),
                commands.setting("hpexpireat", 1, false, "an end, a Unix time in milliseconds"),
                commands.asking("httl", 1000, true, "how many seconds fields have left")
                        .tips("nondeterministic_output"),
                commands.asking("hpttl", 1, true, "how many milliseconds fields have left")
                        .tips("nondeterministic_output"),
                commands.asking("hexpiretime", 1000, false, "when fields end, in Unix seconds"),
                commands.asking("hpexpiretime", 1, false, "when fields end, in Unix milliseconds"),
                command("hpersist", commands::persist)
                        .arity(-5)
                        .flags(Flag.WRITE, Flag.FAST)
                        .acl(Category.HASH)
                        .key("RW", "UPDATE")
                        .docs(
                                "hash",
                                "7.4.0",
                                "O(N) where N is the number of specified fields",
                                "Lets fields of a hash live without end.")
                        .syntax("key FIELDS fields{numfields:integer field ...}"));
    }

    private Command setting(String name, long unitMillis, boolean relative, String what) {
        return command(name, call -> expire(call, unitMillis, relative))
                .arity(-6)
                .flags(Flag.WRITE, Flag.DENYOOM, Flag.FAST)
                .acl(Category.HASH)
                .key("RW", "UPDATE")
                .docs(
                        "hash",
                        "7.4.0",
                        "O(N) where N is the number of specified fields",
                        "Gives fields of a hash " + what + ".")
                .syntax(
                        "key "
                                + time(unitMillis, relative)
                                + " [condition(NX | XX | GT | LT)]"
                                + " FIELDS fields{numfields:integer field ...}");
    }

    private Command asking(String name, long unitMillis, boolean relative, String what) {
        return command(name, call -> tell(call, unitMillis, relative))
                .arity(-5)
                .flags(Flag.READONLY, Flag.FAST)
                .acl(Category.HASH)
                .key("RO", "ACCESS")
                .docs(
                        "hash",
                        "7.4.0",
                        "O(N) where N is the number of specified fields",
                        "Tells " + what + ".")
                .syntax("key FIELDS fields{numfields:integer field ...}");
    }

    private static String time(long unitMillis, boolean relative) {
        String unit = unitMillis == 1 ? "milliseconds" : "seconds";
        return relative ? unit + ":integer" : "unix-time-" + unit + ":unix-time";
    }

    private void expire(Call call, long unitMillis, boolean relative) {
        HashValue hash = open.write(call);
        long deadline = FieldsArgument.deadline(call, 2, unitMillis, relative ? call.now() : 0);
        Condition condition = condition(call);
        int first = FieldsArgument.first(call, condition == Condition.NONE ? 3 : 4, NOT_POSITIVE);
        if (hash == null) {
            noFields(call, first);
            return;
        }
        boolean past = call.server().expiry().isPast(deadline);
        if (!past) {
            open.admitDeadlines(first, true);
        }
        int deleted = 0;
        changed.begin();
        call.reply().array(call.args().argc() - first);
        for (int i = first; i < call.args().argc(); i++) {
            int result = expire(call, hash, i, condition, deadline, past);
            if (result == DONE) {
                changed.visit(i);
            } else if (result == DELETED) {
                open.propagateRemoval(i);
                deleted++;
            }
            call.reply().integer(result);
        }
        if (changed.count() > 0 && call.propagates()) {
            propagate(call, HPEXPIREAT, deadline, condition != Condition.NONE, changed);
        }
        call.server().stats().expiredFields += deleted;
        if (deleted + changed.count() > 0) {
            call.modified(1);
            call.changed(deleted + changed.count() - 1);
            call.event(EventClass.HASH, deleted > 0 ? "hdel" : "hexpire", 1);
            open.deleteIfEmpty();
        }
    }

    private static Condition condition(Call call) {
        if (call.is(3, NX)) {
            return Condition.IF_NONE;
        }
        if (call.is(3, XX)) {
            return Condition.IF_ANY;
        }
        if (call.is(3, GT)) {
            return Condition.IF_LATER;
        }
        return call.is(3, LT) ? Condition.IF_EARLIER : Condition.NONE;
    }

    private static int expire(
            Call call, HashValue hash, int arg, Condition condition, long deadline, boolean past) {
        Request args = call.args();
        byte[] array = args.array();
        int offset = args.offset(arg);
        int length = args.length(arg);
        long old = hash.deadline(array, offset, length);
        if (old == HashValue.NO_FIELD) {
            return NO_FIELD;
        }
        if (!condition.holds(old, deadline)) {
            return CONDITION_NOT_MET;
        }
        if (past) {
            hash.remove(array, offset, length);
            return DELETED;
        }
        hash.setDeadline(array, offset, length, deadline);
        return DONE;
    }

    private static void noFields(Call call, int first) {
        int count = call.args().argc() - first;
        call.reply().array(count);
        for (int i = 0; i < count; i++) {
            call.reply().integer(NO_FIELD);
        }
    }

    /**
     * Passes on a command about some of the request's fields.
     *
     * @param deadline or a negative number for a command that has none
     * @param condition whether argument 3 is a condition to pass on as well
     */
    static void propagate(
            Call call, byte[] name, long deadline, boolean condition, FoundCells fields) {
        Request args = call.args();
        int argc = 4 + (deadline < 0 ? 0 : 1) + (condition ? 1 : 0) + fields.count();
        RequestEncoder encoder = call.propagate(argc).arg(name).arg(args, 1);
        if (deadline >= 0) {
            encoder.arg(deadline);
        }
        if (condition) {
            encoder.arg(args, 3);
        }
        encoder.arg(FIELDS).arg(fields.count());
        for (int i = 0; i < fields.count(); i++) {
            encoder.arg(args, fields.get(i));
        }
    }

    private void tell(Call call, long unitMillis, boolean relative) {
        HashValue hash = open.read(call);
        int first = FieldsArgument.first(call, 2, FieldsArgument.NOT_POSITIVE);
        if (hash == null) {
            noFields(call, first);
            return;
        }
        Request args = call.args();
        long since = relative ? call.now() : 0;
        call.reply().array(args.argc() - first);
        for (int i = first; i < args.argc(); i++) {
            long deadline = hash.deadline(args.array(), args.offset(i), args.length(i));
            call.reply()
                    .integer(
                            deadline < 0
                                    ? deadline
                                    : (deadline - since + unitMillis - 1) / unitMillis);
        }
    }

    private void persist(Call call) {
        HashValue hash = open.write(call);
        int first = FieldsArgument.first(call, 2, FieldsArgument.NOT_POSITIVE);
        if (hash == null) {
            noFields(call, first);
            return;
        }
        Request args = call.args();
        open.admitDeadlines(first, false);
        int persisted = 0;
        call.reply().array(args.argc() - first);
        for (int i = first; i < args.argc(); i++) {
            long old = hash.deadline(args.array(), args.offset(i), args.length(i));
            if (old >= 0) {
                hash.setDeadline(
                        args.array(), args.offset(i), args.length(i), HashValue.NO_DEADLINE);
                persisted++;
            }
            call.reply().integer(old >= 0 ? DONE : old);
        }
        if (persisted > 0) {
            call.modified(1);
            call.event(EventClass.HASH, "hpersist", 1);
        }
    }
}
