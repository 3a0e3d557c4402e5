package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;

import dev.lockstep.keyspace.StringValue;
import dev.lockstep.protocol.ErrorReplies;
import dev.lockstep.protocol.Request;

/** Commands on strings. */
final class StringCommands {
    private static final CommandException OVERFLOW =
            new CommandException(ErrorReplies.INCREMENT_OVERFLOW);

    private StringCommands() {}

    static void register(CommandTable table) {
        table.add(
                command("get", StringCommands::get)
                        .arity(2)
                        .flags(Flag.READONLY, Flag.FAST)
                        .acl(Category.STRING)
                        .key("RO", "ACCESS")
                        .docs("string", "1.0.0", "O(1)", "Returns the string value of a key."),
                command("set", StringCommands::set)
                        .arity(-3)
                        .flags(Flag.WRITE, Flag.DENYOOM)
                        .acl(Category.STRING)
                        .key("RW", "ACCESS", "UPDATE", "variable_flags")
                        .docs("string", "1.0.0", "O(1)", "Sets the string value of a key."),
                command("incr", StringCommands::incr)
                        .arity(2)
                        .flags(Flag.WRITE, Flag.DENYOOM, Flag.FAST)
                        .acl(Category.STRING)
                        .key("RW", "ACCESS", "UPDATE")
                        .docs("string", "1.0.0", "O(1)", "Increments an integer by one."),
                command("mset", StringCommands::mset)
                        .arity(-3)
                        .flags(Flag.WRITE, Flag.DENYOOM)
                        .acl(Category.STRING)
                        .keys(KeySpec.range(1, -1, 2, "OW", "UPDATE"))
                        .docs("string", "1.0.1", "O(N)", "Sets the values of several keys."));
    }

    private static void get(Call call) {
        int cell = call.readString(1);
        if (cell == 0) {
            call.reply().nullBulk();
            return;
        }
        StringValue value = call.value(cell);
        call.reply().bulk(value.array(), value.offset(), value.length());
    }

    private static void set(Call call) {
        store(call, 1);
        call.reply().ok();
    }

    private static void mset(Call call) {
        for (int i = 1; i < call.args().argc(); i += 2) {
            store(call, i);
        }
        call.reply().ok();
    }

    private static void store(Call call, int key) {
        Request args = call.args();
        call.db()
                .setString(
                        args.array(),
                        args.offset(key),
                        args.length(key),
                        args.array(),
                        args.offset(key + 1),
                        args.length(key + 1),
                        -1);
        call.modified(key);
    }

    private static void incr(Call call) {
        int cell = call.writeString(1);
        Request args = call.args();
        if (cell == 0) {
            call.db().setInteger(args.array(), args.offset(1), args.length(1), 1, -1);
            call.modified(1);
            call.reply().integer(1);
            return;
        }
        StringValue value = call.value(cell);
        if (!value.isInteger()) {
            throw Call.NOT_AN_INTEGER;
        }
        if (value.number() == Long.MAX_VALUE) {
            throw OVERFLOW;
        }
        long result = value.number() + 1;
        call.db().replaceInteger(cell, result);
        call.modified(1);
        call.reply().integer(result);
    }
}
