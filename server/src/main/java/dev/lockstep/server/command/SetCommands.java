package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;

import dev.lockstep.keyspace.Database;
import dev.lockstep.protocol.ErrorReplies;
import dev.lockstep.protocol.Request;
import dev.lockstep.protocol.RequestEncoder;
import dev.lockstep.server.config.EventClass;

/**
 * SET and its kin: commands that give keys whole new strings, or return a string and change what becomes of its key.
 *
 * <p>Replicas get deadlines as points in time: SET with any of EX, PX, EXAT and PXAT, SETEX and PSETEX as SET with PXAT and
 * nothing else; GETEX as PEXPIREAT, PERSIST or, past the deadline, DEL.
 */
final class SetCommands {
    private static final byte[] SET = Call.word("SET");
    private static final byte[] PXAT = Call.word("PXAT");
    private static final byte[] PEXPIREAT = Call.word("PEXPIREAT");
    private static final byte[] PERSIST = Call.word("PERSIST");
    private static final byte[] DEL = Call.word("DEL");

    private static final CommandException MSET_ARITY =
            new CommandException(ErrorReplies.wrongArity("mset"));
    private static final CommandException MSETNX_ARITY =
            new CommandException(ErrorReplies.wrongArity("msetnx"));

    private static final String FROM_2_6_12 = "2.6.12";

    private final StringOptions options = new StringOptions();

    private SetCommands() {}

    static void register(CommandTable table) {
        SetCommands commands = new SetCommands();
        table.add(
                command("set", commands::set)
                        .arity(-3)
                        .flags(Flag.WRITE, Flag.DENYOOM)
                        .acl(Category.STRING)
                        .key("RW", "ACCESS", "UPDATE", "variable_flags")
                        .docs(
                                "string",
                                "1.0.0",
                                "O(1)",
                                "Gives a key a string, whatever it held before, and perhaps a deadline.")
                        .syntax(
                                "key value [condition(NX | XX)@2.6.12] [GET@6.2.0]"
                                        + " [expiration(EX seconds:integer@2.6.12"
                                        + " | PX milliseconds:integer@2.6.12"
                                        + " | EXAT unix-time-seconds:unix-time@6.2.0"
                                        + " | PXAT unix-time-milliseconds:unix-time@6.2.0 | KEEPTTL@6.0.0)]")
                        .history(
                                "2.6.12 Added `EX`, `PX`, `NX` and `XX`.",
                                "6.0.0 Added `KEEPTTL`.",
                                "6.2.0 Added `GET`, `EXAT` and `PXAT`.",
                                "7.0.0 Allowed `NX` and `GET` together."),
                command("setnx", SetCommands::setnx)
                        .arity(3)
                        .flags(Flag.WRITE, Flag.DENYOOM, Flag.FAST)
                        .acl(Category.STRING)
                        .key("OW", "INSERT")
                        .deprecated(FROM_2_6_12, "`SET` with the `NX` argument")
                        .docs("string", "1.0.0", "O(1)", "Sets a key that isn't there yet.")
                        .syntax("key value"),
                command("setex", call -> setWithDeadline(call, true))
                        .arity(4)
                        .flags(Flag.WRITE, Flag.DENYOOM)
                        .acl(Category.STRING)
                        .key("OW", "UPDATE")
                        .deprecated(FROM_2_6_12, "`SET` with the `EX` argument")
                        .docs("string", "2.0.0", "O(1)", "Sets a key for some seconds.")
                        .syntax("key seconds:integer value"),
                command("psetex", call -> setWithDeadline(call, false))
                        .arity(4)
                        .flags(Flag.WRITE, Flag.DENYOOM)
                        .acl(Category.STRING)
                        .key("OW", "UPDATE")
                        .deprecated(FROM_2_6_12, "`SET` with the `PX` argument")
                        .docs("string", "2.6.0", "O(1)", "Sets a key for some milliseconds.")
                        .syntax("key milliseconds:integer value"),
                command("mset", SetCommands::mset)
                        .arity(-3)
                        .flags(Flag.WRITE, Flag.DENYOOM)
                        .acl(Category.STRING)
                        .keys(KeySpec.range(1, -1, 2, "OW", "UPDATE"))
                        .tips("request_policy:multi_shard", "response_policy:all_succeeded")
                        .docs("string", "1.0.1", "O(N) for N keys.", "Sets several keys at once.")
                        .syntax("data{key value} ..."),
                command("msetnx", SetCommands::msetnx)
                        .arity(-3)
                        .flags(Flag.WRITE, Flag.DENYOOM)
                        .acl(Category.STRING)
                        .keys(KeySpec.range(1, -1, 2, "OW", "INSERT"))
                        .docs(
                                "string",
                                "1.0.1",
                                "O(N) for N keys.",
                                "Sets several keys at once, or none if any of them is there.")
                        .syntax("data{key value} ..."),
                command("getset", SetCommands::getset)
                        .arity(3)
                        .flags(Flag.WRITE, Flag.DENYOOM, Flag.FAST)
                        .acl(Category.STRING)
                        .key("RW", "ACCESS", "UPDATE")
                        .deprecated("6.2.0", "`SET` with the `!GET` argument")
                        .docs("string", "1.0.0", "O(1)", "Sets a key and returns what it held.")
                        .syntax("key value"),
                command("getdel", SetCommands::getdel)
                        .arity(2)
                        .flags(Flag.WRITE, Flag.FAST)
                        .acl(Category.STRING)
                        .key("RW", "ACCESS", "DELETE")
                        .docs("string", "6.2.0", "O(1)", "Returns a string and removes its key.")
                        .syntax("key"),
                command("getex", commands::getex)
                        .arity(-2)
                        .flags(Flag.WRITE, Flag.FAST)
                        .acl(Category.STRING)
                        .key("RW", "ACCESS", "UPDATE")
                        .docs(
                                "string",
                                "6.2.0",
                                "O(1)",
                                "Returns a string and changes or removes its key's deadline.")
                        .syntax(
                                "key [expiration(EX seconds:integer | PX milliseconds:integer"
                                        + " | EXAT unix-time-seconds:unix-time"
                                        + " | PXAT unix-time-milliseconds:unix-time | PERSIST)]"));
    }

    // ---- SET ----

    private void set(Call call) {
        Request args = call.args();
        if (args.argc() == 3) {
            store(call, 1, 2, call.write(1), -1);
            call.reply().ok();
            return;
        }
        options.parseSet(args);
        long deadline = options.setsDeadline() ? options.deadline(call) : -1;
        int old = 0;
        if (options.get()) {
            old = call.readString(1);
            StringCommands.reply(call, old);
        }
        if (old == 0) {
            old = call.write(1);
        }
        if (old != 0 ? options.onlyIfMissing() : options.onlyIfThere()) {
            if (!options.get()) {
                call.reply().nullBulk();
            }
            return;
        }
        if (options.keepsDeadline() && old != 0) {
            deadline = call.db().deadline(old);
        }
        store(call, 1, 2, old, deadline);
        if (!options.get()) {
            call.reply().ok();
        }
        if (options.setsDeadline()) {
            call.event(EventClass.GENERIC, "expire", 1);
            propagateWithDeadline(call, 2, deadline);
        } else if (options.get() && call.propagates()) {
            propagateWithoutGet(call);
        }
    }

    private void propagateWithoutGet(Call call) {
        Request args = call.args();
        int argc = args.argc();
        for (int i = 3; i < args.argc(); i++) {
            argc -= StringOptions.isGet(args, i) ? 1 : 0;
        }
        RequestEncoder change = call.propagate(argc);
        for (int i = 0; i < args.argc(); i++) {
            if (i < 3 || !StringOptions.isGet(args, i)) {
                change.arg(args, i);
            }
        }
    }

    private static void setnx(Call call) {
        int old = call.write(1);
        if (old == 0) {
            store(call, 1, 2, 0, -1);
        }
        call.reply().integer(old == 0 ? 1 : 0);
    }

    private static void setWithDeadline(Call call, boolean seconds) {
        long deadline = StringOptions.deadline(call, 2, seconds, true);
        store(call, 1, 3, call.write(1), deadline);
        call.event(EventClass.GENERIC, "expire", 1);
        propagateWithDeadline(call, 3, deadline);
        call.reply().ok();
    }

    private static void propagateWithDeadline(Call call, int value, long deadline) {
        if (call.propagates()) {
            Request args = call.args();
            call.propagate(5).arg(SET).arg(args, 1).arg(args, value).arg(PXAT).arg(deadline);
        }
    }

    /** Gives the key of an argument, just looked up and found to be {@code old}, the string of another. */
    private static void store(Call call, int key, int value, int old, long deadline) {
        Request args = call.args();
        byte[] array = args.array();
        call.db()
                .storeString(
                        old,
                        array,
                        args.offset(key),
                        args.length(key),
                        array,
                        args.offset(value),
                        args.length(value),
                        deadline);
        if (old == 0) {
            call.created(key);
        }
        call.modified(key);
        call.event(EventClass.STRING, "set", key);
    }

    // ---- several keys ----

    private static void mset(Call call) {
        int argc = call.args().argc();
        if ((argc & 1) == 0) {
            throw MSET_ARITY;
        }
        storeAll(call, argc);
        call.reply().ok();
    }

    private static void msetnx(Call call) {
        int argc = call.args().argc();
        if ((argc & 1) == 0) {
            throw MSETNX_ARITY;
        }
        for (int i = 1; i < argc; i += 2) {
            if (call.write(i) != 0) {
                call.reply().integer(0);
                return;
            }
        }
        storeAll(call, argc);
        call.reply().integer(1);
    }

    private static void storeAll(Call call, int argc) {
        admit(call, argc);
        for (int i = 1; i < argc; i += 2) {
            store(call, i, i + 1, call.write(i), -1);
        }
    }

    /** Refuses all keys before the first is set, should there be no memory for the last. */
    private static void admit(Call call, int argc) {
        Request args = call.args();
        long bytes = 0;
        for (int i = 1; i < argc; i += 2) {
            bytes += Database.bytesFor(args.length(i), args.length(i + 1));
        }
        call.db().admit(bytes);
    }

    // ---- returning what was there ----

    private static void getset(Call call) {
        int old = call.readString(1);
        StringCommands.reply(call, old);
        store(call, 1, 2, old != 0 ? old : call.write(1), -1);
        if (call.propagates()) {
            Request args = call.args();
            call.propagate(3).arg(SET).arg(args, 1).arg(args, 2);
        }
    }

    private static void getdel(Call call) {
        int cell = call.readString(1);
        StringCommands.reply(call, cell);
        if (cell != 0) {
            remove(call, cell, DEL);
        }
    }

    private static void remove(Call call, int cell, byte[] change) {
        call.db().delete(cell);
        call.modified(1);
        call.event(EventClass.GENERIC, "del", 1);
        if (call.propagates()) {
            call.propagate(2).arg(change).arg(call.args(), 1);
        }
    }

    private void getex(Call call) {
        Request args = call.args();
        Database db = call.db();
        options.parseGetex(args);
        int cell = call.readString(1);
        if (cell == 0) {
            call.reply().nullBulk();
            return;
        }
        long deadline = options.setsDeadline() ? options.deadline(call) : -1;
        StringCommands.reply(call, cell);
        if (options.isAbsolute() && call.server().expiry().isPast(deadline)) {
            remove(call, cell, call.server().expiry().deletion());
        } else if (options.setsDeadline()) {
            db.setDeadline(cell, deadline);
            call.modified(1);
            call.event(EventClass.GENERIC, "expire", 1);
            if (call.propagates()) {
                call.propagate(3).arg(PEXPIREAT).arg(args, 1).arg(deadline);
            }
        } else if (options.persists() && db.deadline(cell) >= 0) {
            db.setDeadline(cell, -1);
            call.modified(1);
            call.event(EventClass.GENERIC, "persist", 1);
            if (call.propagates()) {
                call.propagate(2).arg(PERSIST).arg(args, 1);
            }
        }
    }
}
