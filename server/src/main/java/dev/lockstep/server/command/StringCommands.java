package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;

import dev.lockstep.keyspace.Database;
import dev.lockstep.keyspace.StringValue;
import dev.lockstep.keyspace.ValueType;
import dev.lockstep.protocol.ErrorReplies;
import dev.lockstep.protocol.Replies;
import dev.lockstep.protocol.Request;
import dev.lockstep.server.config.EventClass;

/** Commands that read strings and parts of them, or change a part. */
final class StringCommands {
    private static final CommandException OFFSET_OUT_OF_RANGE =
            new CommandException(ErrorReplies.OFFSET_OUT_OF_RANGE);

    private StringCommands() {}

    static void register(CommandTable table) {
        table.add(
                command("get", StringCommands::get)
                        .arity(2)
                        .flags(Flag.READONLY, Flag.FAST)
                        .acl(Category.STRING)
                        .key("RO", "ACCESS")
                        .docs("string", "1.0.0", "O(1)", "Returns the string at a key.")
                        .syntax("key"),
                command("mget", StringCommands::mget)
                        .arity(-2)
                        .flags(Flag.READONLY, Flag.FAST)
                        .acl(Category.STRING)
                        .keys(KeySpec.range(1, -1, 1, "RO", "ACCESS"))
                        .tips("request_policy:multi_shard")
                        .docs(
                                "string",
                                "1.0.0",
                                "O(N) for N keys.",
                                "Returns the strings at several keys, null where there is none.")
                        .syntax("key ..."),
                command("strlen", StringCommands::strlen)
                        .arity(2)
                        .flags(Flag.READONLY, Flag.FAST)
                        .acl(Category.STRING)
                        .key("RO")
                        .docs("string", "2.2.0", "O(1)", "Returns the length of a string.")
                        .syntax("key"),
                range("getrange", "2.4.0"),
                range("substr", "1.0.0").deprecated("2.0.0", "`GETRANGE`"),
                command("append", StringCommands::append)
                        .arity(3)
                        .flags(Flag.WRITE, Flag.DENYOOM, Flag.FAST)
                        .acl(Category.STRING)
                        .key("RW", "INSERT")
                        .docs(
                                "string",
                                "2.0.0",
                                "O(1) amortized over many small values appended.",
                                "Adds to the end of a string, which is made if there is none.")
                        .syntax("key value"),
                command("setrange", StringCommands::setrange)
                        .arity(4)
                        .flags(Flag.WRITE, Flag.DENYOOM)
                        .acl(Category.STRING)
                        .key("RW", "UPDATE")
                        .docs(
                                "string",
                                "2.2.0",
                                "O(M) for M bytes written, O(1) where that is little.",
                                "Overwrites a string from an offset on, growing it as needed.")
                        .syntax("key offset:integer value"));
    }

    private static Command range(String name, String since) {
        return command(name, StringCommands::getrange)
                .arity(4)
                .flags(Flag.READONLY)
                .acl(Category.STRING)
                .key("RO", "ACCESS")
                .docs(
                        "string",
                        since,
                        "O(N) for N bytes returned.",
                        "Returns the part of a string between two offsets.")
                .syntax("key start:integer end:integer");
    }

    // ---- reading ----

    private static void get(Call call) {
        reply(call, call.readString(1));
    }

    /** Replies the string of an entry, or null for none. */
    static void reply(Call call, int cell) {
        if (cell == 0) {
            call.reply().nullBulk();
            return;
        }
        StringValue value = call.value(cell);
        call.bulk(value);
    }

    private static void mget(Call call) {
        int argc = call.args().argc();
        call.reply().array(argc - 1);
        for (int i = 1; i < argc; i++) {
            int cell = call.read(i);
            reply(call, cell != 0 && call.db().type(cell) == ValueType.STRING ? cell : 0);
        }
    }

    private static void strlen(Call call) {
        int cell = call.readString(1);
        call.reply().integer(cell == 0 ? 0 : call.db().stringLength(cell));
    }

    private static void getrange(Call call) {
        long start = call.longArg(2);
        long end = call.longArg(3);
        int cell = call.readString(1);
        if (cell == 0) {
            call.reply().simple(Replies.EMPTY_BULK);
            return;
        }
        StringValue value = call.value(cell);
        int length = value.length();
        long first = Math.max(start < 0 ? length + start : start, 0);
        long last = Math.min(Math.max(end < 0 ? length + end : end, 0), length - 1);
        if (first > last || start < 0 && end < 0 && start > end) {
            call.reply().simple(Replies.EMPTY_BULK);
        } else {
            int at = value.offset() + (int) first;
            call.reply().bulk(value.array(), at, (int) (last - first + 1));
        }
    }

    // ---- changing a part ----

    private static void append(Call call) {
        Request args = call.args();
        Database db = call.db();
        int cell = call.writeString(1);
        int more = args.length(2);
        int length = more;
        if (cell == 0) {
            db.storeString(
                    0,
                    args.array(),
                    args.offset(1),
                    args.length(1),
                    args.array(),
                    args.offset(2),
                    more,
                    -1);
            call.created(1);
        } else {
            int before = db.stringLength(cell);
            call.checkStringLength((long) before + more);
            length = before + more;
            put(call, db.resizeString(cell, length), before, 2);
        }
        call.modified(1);
        call.event(EventClass.STRING, "append", 1);
        call.reply().integer(length);
    }

    private static void setrange(Call call) {
        Request args = call.args();
        Database db = call.db();
        long offset = call.longArg(2);
        if (offset < 0) {
            throw OFFSET_OUT_OF_RANGE;
        }
        int cell = call.writeString(1);
        int before = cell == 0 ? 0 : db.stringLength(cell);
        int more = args.length(3);
        if (more == 0) {
            call.reply().integer(before);
            return;
        }
        call.checkStringLength(offset > Long.MAX_VALUE - more ? Long.MAX_VALUE : offset + more);
        int length = Math.max(before, (int) offset + more);
        if (cell == 0) {
            cell = db.createString(args.array(), args.offset(1), args.length(1), length);
            call.created(1);
        } else {
            cell = db.resizeString(cell, length);
        }
        put(call, cell, (int) offset, 3);
        call.modified(1);
        call.event(EventClass.STRING, "setrange", 1);
        call.reply().integer(length);
    }

    /** Copies an argument into an entry's string, which has room for it and may be changed in place. */
    private static void put(Call call, int cell, int at, int arg) {
        Request args = call.args();
        StringValue value = call.value(cell);
        System.arraycopy(
                args.array(),
                args.offset(arg),
                value.array(),
                value.offset() + at,
                args.length(arg));
    }
}
