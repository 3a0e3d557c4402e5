package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;

import dev.lockstep.protocol.ErrorReplies;
import dev.lockstep.protocol.Request;
import dev.lockstep.protocol.RequestEncoder;
import dev.lockstep.server.config.EventClass;

/**
 * Commands on the deadlines of keys. Replicas are told the deadline itself, so that a slow link doesn't prolong a key's
 * life; one that is past already is told as the removal that it is.
 */
final class ExpireCommands {
    private static final byte[] PEXPIREAT = {'P', 'E', 'X', 'P', 'I', 'R', 'E', 'A', 'T'};

    private static final byte[] NX = Call.word("nx");
    private static final byte[] XX = Call.word("xx");
    private static final byte[] GT = Call.word("gt");
    private static final byte[] LT = Call.word("lt");

    private static final int IF_NONE = 1;
    private static final int IF_ANY = 2;
    private static final int IF_LATER = 4;
    private static final int IF_EARLIER = 8;

    private static final CommandException NX_WITH_OTHERS =
            new CommandException(
                    "ERR NX and XX, GT or LT options at the same time are not compatible");
    private static final CommandException GT_WITH_LT =
            new CommandException("ERR GT and LT options at the same time are not compatible");

    private static final int NO_KEY = -2;
    private static final int NO_DEADLINE = -1;

    private final long unitMillis;
    private final boolean relative;
    private final boolean rewritten;
    private final CommandException invalid;

    private ExpireCommands(String name, long unitMillis, boolean relative) {
        this.unitMillis = unitMillis;
        this.relative = relative;
        this.rewritten = unitMillis != 1 || relative;
        this.invalid = new CommandException(ErrorReplies.invalidExpireTime(name));
    }

    static void register(CommandTable table) {
        table.add(
                setting(
                        "expire",
                        "seconds:integer",
                        1000,
                        true,
                        "1.0.0",
                        "Gives a key so many seconds to live."),
                setting(
                        "pexpire",
                        "milliseconds:integer",
                        1,
                        true,
                        "2.6.0",
                        "Gives a key so many milliseconds to live."),
                setting(
                        "expireat",
                        "unix-time-seconds:unix-time",
                        1000,
                        false,
                        "1.2.0",
                        "Lets a key end at a Unix time in seconds."),
                setting(
                        "pexpireat",
                        "unix-time-milliseconds:unix-time",
                        1,
                        false,
                        "2.6.0",
                        "Lets a key end at a Unix time in milliseconds."),
                asking(
                                "ttl",
                                ExpireCommands::ttl,
                                "1.0.0",
                                "Tells how many seconds a key has left.")
                        .tips("nondeterministic_output")
                        .syntax("key")
                        .history("2.8.0 Added -2 for a key that is not there."),
                asking(
                                "pttl",
                                ExpireCommands::pttl,
                                "2.6.0",
                                "Tells how many milliseconds a key has left.")
                        .tips("nondeterministic_output")
                        .syntax("key")
                        .history("2.8.0 Added -2 for a key that is not there."),
                asking(
                                "expiretime",
                                ExpireCommands::expireTime,
                                "7.0.0",
                                "Tells when a key ends, in Unix seconds.")
                        .syntax("key"),
                asking(
                                "pexpiretime",
                                ExpireCommands::pexpireTime,
                                "7.0.0",
                                "Tells when a key ends, in Unix milliseconds.")
                        .syntax("key"),
                command("persist", ExpireCommands::persist)
                        .arity(2)
                        .flags(Flag.WRITE, Flag.FAST)
                        .acl(Category.KEYSPACE)
                        .key("RW", "UPDATE")
                        .docs("generic", "2.2.0", "O(1)", "Lets a key live without end.")
                        .syntax("key"));
    }

    private static Command setting(
            String name,
            String time,
            long unitMillis,
            boolean relative,
            String since,
            String summary) {
        return command(name, new ExpireCommands(name, unitMillis, relative)::expire)
                .arity(-3)
                .flags(Flag.WRITE, Flag.FAST)
                .acl(Category.KEYSPACE)
                .key("RW", "UPDATE")
                .docs("generic", since, "O(1)", summary)
                .syntax("key " + time + " [condition(NX | XX | GT | LT)@7.0.0]")
                .history("7.0.0 Added `NX`, `XX`, `GT` and `LT`.");
    }

    private static Command asking(
            String name, Command.Handler handler, String since, String summary) {
        return command(name, handler)
                .arity(2)
                .flags(Flag.READONLY, Flag.FAST)
                .acl(Category.KEYSPACE)
                .key("RO", "ACCESS")
                .docs("generic", since, "O(1)", summary);
    }

    private void expire(Call call) {
        int conditions = conditions(call);
        long deadline = deadline(call);
        int cell = call.write(1);
        if (cell == 0 || !holds(conditions, call.db().deadline(cell), deadline)) {
            call.reply().integer(0);
            return;
        }
        String event = "expire";
        if (call.server().expiry().isPast(deadline)) {
            call.db().delete(cell);
            event = "del";
            call.propagate(2).arg(call.server().expiry().deletion()).arg(call.args(), 1);
        } else {
            call.db().setDeadline(cell, Math.max(deadline, 0));
            if (rewritten) {
                propagate(call, deadline);
            }
        }
        call.modified(1);
        call.event(EventClass.GENERIC, event, 1);
        call.reply().integer(1);
    }

    private static int conditions(Call call) {
        int conditions = 0;
        for (int i = 3; i < call.args().argc(); i++) {
            if (call.is(i, NX)) {
                conditions |= IF_NONE;
            } else if (call.is(i, XX)) {
                conditions |= IF_ANY;
            } else if (call.is(i, GT)) {
                conditions |= IF_LATER;
            } else if (call.is(i, LT)) {
                conditions |= IF_EARLIER;
            } else {
                throw new CommandException("ERR Unsupported option " + call.args().text(i));
            }
        }
        if ((conditions & IF_NONE) != 0 && conditions != IF_NONE) {
            throw NX_WITH_OTHERS;
        }
        if ((conditions & IF_LATER) != 0 && (conditions & IF_EARLIER) != 0) {
            throw GT_WITH_LT;
        }
        return conditions;
    }

    private long deadline(Call call) {
        long given = call.longArg(2);
        if (given > Long.MAX_VALUE / unitMillis || given < Long.MIN_VALUE / unitMillis) {
            throw invalid;
        }
        long millis = given * unitMillis;
        if (!relative) {
            return millis;
        }
        if (millis > Long.MAX_VALUE - call.now()) {
            throw invalid;
        }
        return millis + call.now();
    }

    /** A key without a deadline counts as one that ends at the end of time. */
    private static boolean holds(int conditions, long old, long deadline) {
        return ((conditions & IF_NONE) == 0 || old < 0)
                && ((conditions & IF_ANY) == 0 || old >= 0)
                && ((conditions & IF_LATER) == 0 || old >= 0 && deadline > old)
                && ((conditions & IF_EARLIER) == 0 || old < 0 || deadline < old);
    }

    private static void propagate(Call call, long deadline) {
        Request args = call.args();
        RequestEncoder encoder =
                call.propagate(args.argc()).arg(PEXPIREAT).arg(args, 1).arg(deadline);
        for (int i = 3; i < args.argc(); i++) {
            encoder.arg(args, i);
        }
    }

    private static void ttl(Call call) {
        reply(call, call.now(), 1000);
    }

    private static void pttl(Call call) {
        reply(call, call.now(), 1);
    }

    private static void expireTime(Call call) {
        reply(call, 0, 1000);
    }

    private static void pexpireTime(Call call) {
        reply(call, 0, 1);
    }

    private static void reply(Call call, long since, long unitMillis) {
        int cell = call.look(1);
        if (cell == 0) {
            call.reply().integer(NO_KEY);
            return;
        }
        long deadline = call.db().deadline(cell);
        if (deadline < 0) {
            call.reply().integer(NO_DEADLINE);
            return;
        }
        long millis = Math.max(deadline - since, 0);
        long roundedUp = millis % unitMillis >= (unitMillis + 1) / 2 ? 1 : 0;
        call.reply().integer(millis / unitMillis + roundedUp);
    }

    private static void persist(Call call) {
        int cell = call.write(1);
        if (cell == 0 || call.db().deadline(cell) < 0) {
            call.reply().integer(0);
            return;
        }
        call.db().setDeadline(cell, -1);
        call.modified(1);
        call.event(EventClass.GENERIC, "persist", 1);
        call.reply().integer(1);
    }
}
