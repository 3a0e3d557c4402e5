package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;

import dev.lockstep.keyspace.Database;
import dev.lockstep.keyspace.ValueType;
import dev.lockstep.protocol.ErrorReplies;
import dev.lockstep.protocol.Replies;
import dev.lockstep.protocol.Request;
import dev.lockstep.server.config.EventClass;

/** Commands on keys whatever they hold: whether they are there, removing, renaming, moving and copying them. */
final class KeyCommands {
    private static final CommandException SAME_OBJECT =
            new CommandException(ErrorReplies.SAME_OBJECT);
    private static final byte[] DB = Call.word("db");
    private static final byte[] REPLACE = Call.word("replace");
    private static final String[] SUM_OF_SHARDS = {
        "request_policy:multi_shard", "response_policy:agg_sum"
    };

    private KeyCommands() {}

    static void register(CommandTable table) {
        table.add(
                command("del", KeyCommands::delete)
                        .arity(-2)
                        .flags(Flag.WRITE)
                        .acl(Category.KEYSPACE)
                        .keys(KeySpec.range(1, -1, 1, "RM", "DELETE"))
                        .tips(SUM_OF_SHARDS)
                        .docs(
                                "generic",
                                "1.0.0",
                                "O(N) where N is the number of keys",
                                "Removes keys, whatever they hold.")
                        .syntax("key ..."),
                command("unlink", KeyCommands::delete)
                        .arity(-2)
                        .flags(Flag.WRITE, Flag.FAST)
                        .acl(Category.KEYSPACE)
                        .keys(KeySpec.range(1, -1, 1, "RM", "DELETE"))
                        .tips(SUM_OF_SHARDS)
                        .docs(
                                "generic",
                                "4.0.0",
                                "O(1) for each key",
                                "Removes keys and gives their memory back in the background.")
                        .syntax("key ..."),
                command("exists", KeyCommands::exists)
                        .arity(-2)
                        .flags(Flag.READONLY, Flag.FAST)
                        .acl(Category.KEYSPACE)
                        .keys(KeySpec.range(1, -1, 1, "RO"))
                        .tips(SUM_OF_SHARDS)
                        .docs(
                                "generic",
                                "1.0.0",
                                "O(N) where N is the number of keys",
                                "Counts how many of the given keys there are.")
                        .syntax("key ...")
                        .history("3.0.3 Added several keys in one call."),
                command("touch", KeyCommands::touch)
                        .arity(-2)
                        .flags(Flag.READONLY, Flag.FAST)
                        .acl(Category.KEYSPACE)
                        .keys(KeySpec.range(1, -1, 1, "RO"))
                        .tips(SUM_OF_SHARDS)
                        .docs(
                                "generic",
                                "3.2.1",
                                "O(N) where N is the number of keys",
                                "Marks keys as just used and counts those that are there.")
                        .syntax("key ..."),
                command("type", KeyCommands::type)
                        .arity(2)
                        .flags(Flag.READONLY, Flag.FAST)
                        .acl(Category.KEYSPACE)
                        .key("RO")
                        .docs("generic", "1.0.0", "O(1)", "Tells the type of a key's value.")
                        .syntax("key"),
                command("rename", KeyCommands::rename)
                        .arity(3)
                        .flags(Flag.WRITE)
                        .acl(Category.KEYSPACE)
                        .keys(
                                KeySpec.range(1, 0, 1, "RW", "ACCESS", "DELETE"),
                                KeySpec.range(2, 0, 1, "OW", "UPDATE"))
                        .docs(
                                "generic",
                                "1.0.0",
                                "O(1)",
                                "Gives a key another name; what had that name is removed.")
                        .syntax("key newkey:key"),
                command("renamenx", KeyCommands::renameUnlessThere)
                        .arity(3)
                        .flags(Flag.WRITE, Flag.FAST)
                        .acl(Category.KEYSPACE)
                        .keys(
                                KeySpec.range(1, 0, 1, "RW", "ACCESS", "DELETE"),
                                KeySpec.range(2, 0, 1, "OW", "INSERT"))
                        .docs(
                                "generic",
                                "1.0.0",
                                "O(1)",
                                "Gives a key another name unless a key has it already.")
                        .syntax("key newkey:key")
                        .history("3.2.0 The same name twice is no error any more."),
                command("move", KeyCommands::move)
                        .arity(3)
                        .flags(Flag.WRITE, Flag.FAST)
                        .acl(Category.KEYSPACE)
                        .key("RW", "ACCESS", "UPDATE")
                        .docs(
                                "generic",
                                "1.0.0",
                                "O(1)",
                                "Moves a key to another database unless that has one of this name.")
                        .syntax("key db:integer"),
                command("copy", KeyCommands::copy)
                        .arity(-3)
                        .flags(Flag.WRITE, Flag.DENYOOM)
                        .acl(Category.KEYSPACE)
                        .keys(
                                KeySpec.range(1, 0, 1, "RO", "ACCESS"),
                                KeySpec.range(2, 0, 1, "OW", "UPDATE"))
                        .docs(
                                "generic",
                                "6.2.0",
                                "O(1) for strings, O(N) for collections of N elements",
                                "Copies a key's value to another key.")
                        .syntax(
                                "source:key destination:key [DB destination-db:integer] [REPLACE]"));
    }

    private static void delete(Call call) {
        int count = 0;
        for (int i = 1; i < call.args().argc(); i++) {
            int cell = call.peek(i);
            if (cell != 0) {
                call.db().delete(cell);
                call.modified(i);
                call.event(EventClass.GENERIC, "del", i);
                count++;
            }
        }
        call.reply().integer(count);
    }

    private static void exists(Call call) {
        int count = 0;
        for (int i = 1; i < call.args().argc(); i++) {
            if (call.look(i) != 0) {
                count++;
            }
        }
        call.reply().integer(count);
    }

    private static void touch(Call call) {
        int count = 0;
        for (int i = 1; i < call.args().argc(); i++) {
            if (call.read(i) != 0) {
                count++;
            }
        }
        call.reply().integer(count);
    }

    private static void type(Call call) {
        int cell = call.look(1);
        if (cell == 0) {
            call.reply().simple(Replies.TYPE_NONE);
        } else {
            call.reply().simple(ValueType.typeName(call.db().type(cell)));
        }
    }

    private static void rename(Call call) {
        rename(call, false);
        call.reply().ok();
    }

    private static void renameUnlessThere(Call call) {
        call.reply().integer(rename(call, true) ? 1 : 0);
    }

    private static boolean rename(Call call, boolean unlessThere) {
        int cell = call.write(1);
        if (cell == 0) {
            throw Call.NO_SUCH_KEY;
        }
        if (sameKey(call.args())) {
            return false;
        }
        if (call.write(2) != 0 && unlessThere) {
            return false;
        }
        Request args = call.args();
        call.db().rename(cell, call.db(), args.array(), args.offset(2), args.length(2));
        call.created(2);
        call.modified(1);
        call.modified(2);
        call.changed(-1);
        call.event(EventClass.GENERIC, "rename_from", 1);
        call.event(EventClass.GENERIC, "rename_to", 2);
        return true;
    }

    private static boolean sameKey(Request args) {
        return java.util.Arrays.equals(
                args.array(),
                args.offset(1),
                args.offset(1) + args.length(1),
                args.array(),
                args.offset(2),
                args.offset(2) + args.length(2));
    }

    private static void move(Call call) {
        int number = call.databaseArg(2);
        if (number == call.client().database) {
            throw SAME_OBJECT;
        }
        Request args = call.args();
        byte[] key = args.array();
        int offset = args.offset(1);
        int length = args.length(1);
        Database to = call.server().keyspace().database(number);
        int cell = call.write(1);
        if (cell == 0 || call.peek(to, number, key, offset, length) != 0) {
            call.reply().integer(0);
            return;
        }
        call.db().rename(cell, to, key, offset, length);
        call.event(EventClass.NEW, "new", number, key, offset, length);
        call.modified(1);
        call.modified(number, key, offset, length);
        call.changed(-1);
        call.event(EventClass.GENERIC, "move_from", 1);
        call.event(EventClass.GENERIC, "move_to", number, key, offset, length);
        call.reply().integer(1);
    }

    private static void copy(Call call) {
        Request args = call.args();
        int number = call.client().database;
        boolean replace = false;
        for (int i = 3; i < args.argc(); i++) {
            if (call.is(i, REPLACE)) {
                replace = true;
            } else if (call.is(i, DB) && i + 1 < args.argc()) {
                number = call.databaseArg(++i);
            } else {
                throw Call.SYNTAX;
            }
        }
        if (number == call.client().database && sameKey(args)) {
            throw SAME_OBJECT;
        }
        Database to = call.server().keyspace().database(number);
        int cell = call.read(1);
        if (cell == 0
                || call.peek(to, number, args.array(), args.offset(2), args.length(2)) != 0
                        && !replace) {
            call.reply().integer(0);
            return;
        }
        byte[] key = args.array();
        int offset = args.offset(2);
        int length = args.length(2);
        call.db().copy(cell, to, key, offset, length);
        call.event(EventClass.NEW, "new", number, key, offset, length);
        call.modified(number, key, offset, length);
        call.event(EventClass.GENERIC, "copy_to", number, key, offset, length);
        call.reply().integer(1);
    }
}
