package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;

import dev.lockstep.keyspace.HashValue;
import dev.lockstep.keyspace.StringValue;
import dev.lockstep.protocol.ErrorReplies;
import dev.lockstep.protocol.Request;
import dev.lockstep.protocol.RequestEncoder;
import dev.lockstep.server.config.EventClass;

/**
 * HGETEX, HGETDEL and HSETEX, as Redis 8.0 has them: fields got or set together with their deadlines. Replicas are told what
 * came of it, in the commands that older ones know too where there are such.
 */
final class HashExtendedCommands {
    private static final byte[] EX = Call.word("ex");
    private static final byte[] PX = Call.word("px");
    private static final byte[] EXAT = Call.word("exat");
    private static final byte[] PXAT = Call.word("pxat");
    private static final byte[] PERSIST = Call.word("persist");
    private static final byte[] KEEPTTL = Call.word("keepttl");
    private static final byte[] FNX = Call.word("fnx");
    private static final byte[] FXX = Call.word("fxx");
    private static final byte[] FIELDS = Call.word("fields");

    private static final byte[] HPEXPIREAT = Call.word("HPEXPIREAT");
    private static final byte[] HPERSIST = Call.word("HPERSIST");
    private static final byte[] HDEL = Call.word("HDEL");
    private static final byte[] PXAT_OPTION = Call.word("PXAT");

    private static final CommandException HSETEX_ARITY =
            new CommandException(ErrorReplies.wrongArity("hsetex"));
    private static final CommandException BAD_NUMBER =
            new CommandException("ERR invalid number of fields");
    private static final CommandException ONE_CONDITION =
            new CommandException("ERR Only one of FXX or FNX arguments can be specified");
    private static final CommandException ONE_DEADLINE =
            new CommandException(
                    "ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified");

    private final OpenHash open = new OpenHash();
    private final StringValue value = new StringValue();

    /** The arguments whose fields were changed. */
    private final FoundCells changed = new FoundCells();

    /** What the options of HSETEX say: a deadline as {@link HashValue} takes it, the arguments of it and of a condition. */
    private long deadline;

    private int deadlineArg;
    private int condition;
    private int firstField;

    private HashExtendedCommands() {}

    static void register(CommandTable table) {
        HashExtendedCommands commands = new HashExtendedCommands();
        table.add(
                command("hgetex", commands::hgetex)
                        .arity(-5)
                        .flags(Flag.WRITE, Flag.FAST)
                        .acl(Category.HASH)
                        .key("RW", "ACCESS", "UPDATE")
                        .docs(
                                "hash",
                                "8.0.0",
                                "O(N) where N is the number of specified fields",
                                "Returns fields of a hash and sets when they end.")
                        .syntax(
                                "key [expiration(EX seconds:integer | PX milliseconds:integer"
                                        + " | EXAT unix-time-seconds:unix-time"
                                        + " | PXAT unix-time-milliseconds:unix-time | PERSIST)]"
                                        + " FIELDS fields{numfields:integer field ...}"),
                command("hgetdel", commands::hgetdel)
                        .arity(-5)
                        .flags(Flag.WRITE, Flag.FAST)
                        .acl(Category.HASH)
                        .key("RW", "ACCESS", "DELETE")
                        .docs(
                                "hash",
                                "8.0.0",
                                "O(N) where N is the number of specified fields",
                                "Returns fields of a hash and removes them.")
                        .syntax("key FIELDS fields{numfields:integer field ...}"),
                command("hsetex", commands::hsetex)
                        .arity(-6)
                        .flags(Flag.WRITE, Flag.DENYOOM, Flag.FAST)
                        .acl(Category.HASH)
                        .key("RW", "UPDATE")
                        .docs(
                                "hash",
                                "8.0.0",
                                "O(N) where N is the number of fields being set.",
                                "Sets fields of a hash and when they end.")
                        .syntax(
                                "key [condition(FNX | FXX)] [expiration(EX seconds:integer"
                                        + " | PX milliseconds:integer | EXAT unix-time-seconds:unix-time"
                                        + " | PXAT unix-time-milliseconds:unix-time | KEEPTTL)]"
                                        + " FIELDS fields{numfields:integer data{field value} ...}"));
    }

    // ---- HGETEX ----

    private void hgetex(Call call) {
        long newDeadline = HashValue.KEEP_DEADLINE;
        int fieldsAt = 2;
        if (call.is(2, PERSIST)) {
            newDeadline = HashValue.NO_DEADLINE;
            fieldsAt = 3;
        } else if (isTime(call, 2)) {
            newDeadline = time(call, 2);
            fieldsAt = 4;
        }
        int first = FieldsArgument.first(call, fieldsAt, FieldsArgument.NOT_POSITIVE);
        HashValue hash = open.write(call);
        boolean past = newDeadline >= 0 && call.server().expiry().isPast(newDeadline);
        if (hash != null && newDeadline != HashValue.KEEP_DEADLINE && !past) {
            open.admitDeadlines(first, newDeadline >= 0);
        }
        Request args = call.args();
        changed.begin();
        call.reply().array(args.argc() - first);
        for (int i = first; i < args.argc(); i++) {
            if (hash == null || !open.get(i, value)) {
                call.reply().nullBulk();
                continue;
            }
            call.bulk(value);
            if (past) {
                hash.remove(args.array(), args.offset(i), args.length(i));
                open.propagateRemoval(i);
                changed.visit(i);
            } else if (newDeadline != HashValue.KEEP_DEADLINE
                    && setDeadline(hash, args, i, newDeadline)) {
                changed.visit(i);
            }
        }
        open.announceExpired();
        if (changed.count() > 0) {
            got(call, newDeadline, past);
        }
        if (hash != null) {
            open.deleteIfEmpty();
        }
    }

    private void got(Call call, long newDeadline, boolean past) {
        if (!past && call.propagates()) {
            byte[] command = newDeadline < 0 ? HPERSIST : HPEXPIREAT;
            HashExpireCommands.propagate(call, command, newDeadline, false, changed);
        }
        if (past) {
            call.server().stats().expiredFields += changed.count();
        }
        call.modified(1);
        call.changed(changed.count() - 1);
        call.event(EventClass.HASH, past ? "hdel" : newDeadline < 0 ? "hpersist" : "hexpire", 1);
    }

    /** False if there is nothing to do: the field had no deadline, and is to have none. */
    private static boolean setDeadline(HashValue hash, Request args, int arg, long newDeadline) {
        byte[] array = args.array();
        int offset = args.offset(arg);
        int length = args.length(arg);
        if (newDeadline < 0 && hash.deadline(array, offset, length) < 0) {
            return false;
        }
        hash.setDeadline(array, offset, length, newDeadline);
        return true;
    }

    private static boolean isTime(Call call, int arg) {
        return call.is(arg, EX) || call.is(arg, PX) || call.is(arg, EXAT) || call.is(arg, PXAT);
    }

    /** The deadline that EX, PX, EXAT or PXAT with the argument behind it gives. */
    private static long time(Call call, int arg) {
        boolean seconds = call.is(arg, EX) || call.is(arg, EXAT);
        boolean relative = call.is(arg, EX) || call.is(arg, PX);
        return FieldsArgument.deadline(
                call, arg + 1, seconds ? 1000 : 1, relative ? call.now() : 0);
    }

    // ---- HGETDEL ----

    private void hgetdel(Call call) {
        int first = FieldsArgument.first(call, 2, FieldsArgument.NOT_POSITIVE);
        HashValue hash = open.write(call);
        Request args = call.args();
        changed.begin();
        call.reply().array(args.argc() - first);
        for (int i = first; i < args.argc(); i++) {
            if (hash == null || !open.get(i, value)) {
                call.reply().nullBulk();
                continue;
            }
            call.bulk(value);
            hash.remove(args.array(), args.offset(i), args.length(i));
            changed.visit(i);
        }
        open.announceExpired();
        if (changed.count() > 0) {
            removed(call, first);
        }
        if (hash != null) {
            open.deleteIfEmpty();
        }
    }

    private void removed(Call call, int first) {
        if (call.propagates()) {
            int fields = call.args().argc() - first;
            RequestEncoder encoder = call.propagate(2 + fields);
            encoder.arg(HDEL).arg(call.args(), 1);
            for (int i = 0; i < fields; i++) {
                encoder.arg(call.args(), first + i);
            }
        }
        call.modified(1);
        call.changed(changed.count() - 1);
        call.event(EventClass.HASH, "hdel", 1);
    }

    // ---- HSETEX ----

    private void hsetex(Call call) {
        readOptions(call);
        Request args = call.args();
        int fields = (args.argc() - firstField) / 2;
        if (condition != 0) {
            boolean holds = conditionHolds(call);
            open.endRead();
            if (!holds) {
                call.reply().integer(0);
                return;
            }
        }
        if (deadline >= 0 && call.server().expiry().isPast(deadline)) {
            setAndEnd(call, fields);
        } else {
            set(call, fields);
        }
        call.reply().integer(1);
    }

    private void readOptions(Call call) {
        Request args = call.args();
        deadline = HashValue.NO_DEADLINE;
        deadlineArg = 0;
        condition = 0;
        for (int i = 2; i < args.argc(); i++) {
            if (call.is(i, FNX) || call.is(i, FXX)) {
                if (condition != 0) {
                    throw ONE_CONDITION;
                }
                condition = i;
            } else if (call.is(i, KEEPTTL) || isTime(call, i) && i + 1 < args.argc()) {
                if (deadlineArg != 0) {
                    throw ONE_DEADLINE;
                }
                deadlineArg = i;
                deadline = call.is(i, KEEPTTL) ? HashValue.KEEP_DEADLINE : time(call, i++);
            } else if (call.is(i, FIELDS)) {
                readFields(call, i);
                return;
            } else {
                throw new CommandException("ERR unknown argument: " + args.text(i));
            }
        }
        throw HSETEX_ARITY;
    }

    private void readFields(Call call, int arg) {
        Request args = call.args();
        firstField = arg + 2;
        if (arg >= args.argc() - 3) {
            throw HSETEX_ARITY;
        }
        if (!args.isLong(arg + 1)
                || args.longAt(arg + 1) < 1
                || args.longAt(arg + 1) > Integer.MAX_VALUE) {
            throw BAD_NUMBER;
        }
        if (args.longAt(arg + 1) * 2 != args.argc() - firstField) {
            throw HSETEX_ARITY;
        }
    }

    private boolean conditionHolds(Call call) {
        HashValue hash = open.write(call);
        boolean wanted = call.is(condition, FXX);
        boolean holds = true;
        for (int i = firstField; i < call.args().argc() && holds; i += 2) {
            holds = (hash != null && open.get(i, value)) == wanted;
        }
        return holds;
    }

    private void set(Call call, int fields) {
        Request args = call.args();
        HashValue hash = open.writeOrCreate(call, firstField, fields);
        hash.expect(fields);
        for (int i = firstField; i < args.argc(); i += 2) {
            set(hash, args, i);
        }
        if (deadline >= 0 && call.propagates()) {
            propagate(call);
        }
        call.modified(1);
        call.changed(fields - 1);
        call.event(EventClass.HASH, "hset", 1);
        if (deadline >= 0) {
            call.event(EventClass.HASH, "hexpire", 1);
        }
    }

    private void set(HashValue hash, Request args, int field) {
        byte[] array = args.array();
        hash.set(
                array,
                args.offset(field),
                args.length(field),
                array,
                args.offset(field + 1),
                args.length(field + 1),
                deadline);
    }

    /** The request with the deadline in place of what it was given as. */
    private void propagate(Call call) {
        Request args = call.args();
        RequestEncoder encoder = call.propagate(args.argc());
        for (int i = 0; i < args.argc(); i++) {
            if (i == deadlineArg) {
                encoder.arg(PXAT_OPTION).arg(deadline);
                i++;
            } else {
                encoder.arg(args, i);
            }
        }
    }

    /** Fields that are set and end at once: what is left of it is that they are gone. */
    private void setAndEnd(Call call, int fields) {
        Request args = call.args();
        HashValue hash = open.write(call);
        if (hash == null) {
            call.created(1);
        }
        for (int i = firstField; i < args.argc(); i += 2) {
            if (hash != null) {
                hash.remove(args.array(), args.offset(i), args.length(i));
            }
            open.propagateRemoval(i);
        }
        call.server().stats().expiredFields += fields;
        call.modified(1);
        call.changed(fields - 1);
        call.event(EventClass.HASH, "hset", 1);
        call.event(EventClass.HASH, "hdel", 1);
        if (hash == null) {
            call.event(EventClass.GENERIC, "del", 1);
        } else {
            open.deleteIfEmpty();
        }
    }
}
