package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;

import dev.lockstep.keyspace.Database;
import dev.lockstep.keyspace.ListCursor;
import dev.lockstep.keyspace.ListValue;
import dev.lockstep.keyspace.SoughtElement;
import dev.lockstep.keyspace.StringValue;
import dev.lockstep.keyspace.ValueType;
import dev.lockstep.protocol.ErrorReplies;
import dev.lockstep.protocol.ReplyBuffer;
import dev.lockstep.protocol.Request;
import dev.lockstep.server.config.EventClass;

/** Commands on one list that take nothing out at its ends: pushing, reading, changing and removing by position or by value. */
final class ListCommands {
    private static final String GROUP = "list";
    private static final String LINEAR_IN_ELEMENTS = "O(1) for each element added.";
    private static final byte[] BEFORE = Call.word("before");
    private static final byte[] AFTER = Call.word("after");
    private static final CommandException INDEX_OUT_OF_RANGE =
            new CommandException(ErrorReplies.INDEX_OUT_OF_RANGE);

    private final ListValue list = new ListValue();
    private final ListCursor cursor = new ListCursor();
    private final SoughtElement sought = new SoughtElement();
    private final StringValue element = new StringValue();

    /** The positions that LRANGE and LTRIM were given, within the list; none if the first is behind the last. */
    private long first;

    private long last;

    private ListCommands() {}

    static void register(CommandTable table) {
        ListCommands commands = new ListCommands();
        table.add(
                push("lpush", call -> commands.push(call, true, false))
                        .docs(
                                GROUP,
                                "1.0.0",
                                LINEAR_IN_ELEMENTS,
                                "Adds elements before a list, which is made if there is none.")
                        .syntax("key element ...")
                        .history("2.4.0 Added several elements in one call."),
                push("rpush", call -> commands.push(call, false, false))
                        .docs(
                                GROUP,
                                "1.0.0",
                                LINEAR_IN_ELEMENTS,
                                "Adds elements behind a list, which is made if there is none.")
                        .syntax("key element ...")
                        .history("2.4.0 Added several elements in one call."),
                push("lpushx", call -> commands.push(call, true, true))
                        .docs(
                                GROUP,
                                "2.2.0",
                                LINEAR_IN_ELEMENTS,
                                "Adds elements before a list if there is one.")
                        .syntax("key element ...")
                        .history("4.0.0 Added several elements in one call."),
                push("rpushx", call -> commands.push(call, false, true))
                        .docs(
                                GROUP,
                                "2.2.0",
                                LINEAR_IN_ELEMENTS,
                                "Adds elements behind a list if there is one.")
                        .syntax("key element ...")
                        .history("4.0.0 Added several elements in one call."));
        addReads(table, commands);
        addChanges(table, commands);
    }

    private static Command push(String name, Command.Handler handler) {
        return command(name, handler)
                .arity(-3)
                .flags(Flag.WRITE, Flag.DENYOOM, Flag.FAST)
                .acl(Category.LIST)
                .key("RW", "INSERT");
    }

    private static void addReads(CommandTable table, ListCommands commands) {
        table.add(
                command("llen", commands::llen)
                        .arity(2)
                        .flags(Flag.READONLY, Flag.FAST)
                        .acl(Category.LIST)
                        .key("RO")
                        .docs(GROUP, "1.0.0", "O(1)", "Returns how many elements a list has.")
                        .syntax("key"),
                command("lindex", commands::lindex)
                        .arity(3)
                        .flags(Flag.READONLY)
                        .acl(Category.LIST)
                        .key("RO", "ACCESS")
                        .docs(
                                GROUP,
                                "1.0.0",
                                "O(log(N)) for a list of N elements.",
                                "Returns the element at a position of a list.")
                        .syntax("key index:integer"),
                command("lrange", commands::lrange)
                        .arity(4)
                        .flags(Flag.READONLY)
                        .acl(Category.LIST)
                        .key("RO", "ACCESS")
                        .docs(
                                GROUP,
                                "1.0.0",
                                "O(log(N)+M) for M elements of a list of N.",
                                "Returns the elements between two positions of a list.")
                        .syntax("key start:integer stop:integer"));
    }

    private static void addChanges(CommandTable table, ListCommands commands) {
        table.add(
                command("linsert", commands::linsert)
                        .arity(5)
                        .flags(Flag.WRITE, Flag.DENYOOM)
                        .acl(Category.LIST)
                        .key("RW", "INSERT")
                        .docs(
                                GROUP,
                                "2.2.0",
                                "O(N) for the N elements before the one that is sought.",
                                "Adds an element before or behind another one.")
                        .syntax("key where(BEFORE | AFTER) pivot element"),
                command("lset", commands::lset)
                        .arity(4)
                        .flags(Flag.WRITE, Flag.DENYOOM)
                        .acl(Category.LIST)
                        .key("RW", "UPDATE")
                        .docs(
                                GROUP,
                                "1.0.0",
                                "O(log(N)) for a list of N elements.",
                                "Puts another element at a position of a list.")
                        .syntax("key index:integer element"),
                command("lrem", commands::lrem)
                        .arity(4)
                        .flags(Flag.WRITE)
                        .acl(Category.LIST)
                        .key("RW", "DELETE")
                        .docs(
                                GROUP,
                                "1.0.0",
                                "O(N) for a list of N elements.",
                                "Removes elements that are equal to a given one, and the list with its last element.")
                        .syntax("key count:integer element"),
                command("ltrim", commands::ltrim)
                        .arity(4)
                        .flags(Flag.WRITE)
                        .acl(Category.LIST)
                        .key("RW", "DELETE")
                        .docs(
                                GROUP,
                                "1.0.0",
                                "O(N) for N elements removed.",
                                "Removes all elements that are not between two positions of a list.")
                        .syntax("key start:integer stop:integer"));
    }

    // ---- pushing ----

    private void push(Call call, boolean atHead, boolean onlyIfThere) {
        Request args = call.args();
        int cell = call.write(1, ValueType.LIST);
        if (cell == 0 && onlyIfThere) {
            call.reply().integer(0);
            return;
        }
        byte[] array = args.array();
        int argc = args.argc();
        long textBytes = 0;
        long packedBytes = 0;
        for (int i = 2; i < argc; i++) {
            textBytes += args.length(i);
            packedBytes += ListValue.packedBytes(array, args.offset(i), args.length(i));
        }
        Database db = call.db();
        if (cell != 0) {
            list.openToPush(db, cell, textBytes, packedBytes, argc - 2);
        } else {
            int key = args.offset(1);
            list.createToPush(db, array, key, args.length(1), textBytes, packedBytes, argc - 2);
            call.created(1);
        }
        for (int i = 2; i < argc; i++) {
            list.push(array, args.offset(i), args.length(i), atHead);
        }
        call.reply().integer(list.size());
        call.event(EventClass.LIST, atHead ? "lpush" : "rpush", 1);
        call.modified(1);
        call.changed(argc - 3);
    }

    // ---- reading ----

    private void llen(Call call) {
        int cell = call.read(1, ValueType.LIST);
        call.reply().integer(cell == 0 ? 0 : list.open(call.db(), cell).size());
    }

    private void lindex(Call call) {
        int cell = call.read(1, ValueType.LIST);
        if (cell != 0 && list.open(call.db(), cell).get(call.longArg(2), element)) {
            call.bulk(element);
        } else {
            call.reply().nullBulk();
        }
    }

    private void lrange(Call call) {
        long from = call.longArg(2);
        long to = call.longArg(3);
        int cell = call.read(1, ValueType.LIST);
        ReplyBuffer reply = call.reply();
        if (cell == 0) {
            reply.emptyArray();
            return;
        }
        list.open(call.db(), cell);
        range(from, to);
        if (first > last) {
            reply.emptyArray();
            return;
        }
        int count = (int) (last - first + 1);
        reply.array(count);
        cursor.open(list, first, true);
        StringValue next = cursor.element();
        for (int i = 0; i < count; i++) {
            cursor.next();
            reply.bulk(next.array(), next.offset(), next.length());
        }
    }

    private void range(long from, long to) {
        long size = list.size();
        first = Math.max(0, from < 0 ? from + size : from);
        last = Math.min(size - 1, to < 0 ? to + size : to);
    }

    // ---- changing ----

    private void lset(Call call) {
        Request args = call.args();
        int cell = call.write(1, ValueType.LIST);
        if (cell == 0) {
            throw Call.NO_SUCH_KEY;
        }
        long index = call.longArg(2);
        list.open(call.db(), cell);
        list.makeRoomFor(args.length(3));
        long size = list.size();
        long position = index < 0 ? index + size : index;
        if (position < 0 || position >= size) {
            throw INDEX_OUT_OF_RANGE;
        }
        list.set(position, args.array(), args.offset(3), args.length(3));
        list.shrunk();
        call.event(EventClass.LIST, "lset", 1);
        call.modified(1);
        call.reply().ok();
    }

    private void linsert(Call call) {
        Request args = call.args();
        boolean behind = call.is(2, AFTER);
        if (!behind && !call.is(2, BEFORE)) {
            throw Call.SYNTAX;
        }
        int cell = call.write(1, ValueType.LIST);
        if (cell == 0) {
            call.reply().integer(0);
            return;
        }
        list.open(call.db(), cell);
        list.makeRoomFor(args.length(4));
        sought.set(args.array(), args.offset(3), args.length(3));
        long position = cursor.open(list, 0, true).find(sought, Long.MAX_VALUE);
        if (position < 0) {
            call.reply().integer(-1);
            return;
        }
        list.insert(behind ? position + 1 : position, args.array(), args.offset(4), args.length(4));
        call.event(EventClass.LIST, "linsert", 1);
        call.modified(1);
        call.reply().integer(list.size());
    }

    private void lrem(Call call) {
        Request args = call.args();
        long count = call.longArg(2);
        if (count == Long.MIN_VALUE) {
            throw Call.NOT_AN_INTEGER;
        }
        int cell = call.write(1, ValueType.LIST);
        if (cell == 0) {
            call.reply().integer(0);
            return;
        }
        list.open(call.db(), cell);
        sought.set(args.array(), args.offset(3), args.length(3));
        long removed =
                list.remove(sought, count == 0 ? Long.MAX_VALUE : Math.abs(count), count < 0);
        if (removed > 0) {
            call.event(EventClass.LIST, "lrem", 1);
            deleteOrPack(call);
            call.modified(1);
            call.changed(removed - 1);
        }
        call.reply().integer(removed);
    }

    private void ltrim(Call call) {
        long from = call.longArg(2);
        long to = call.longArg(3);
        int cell = call.write(1, ValueType.LIST);
        if (cell != 0) {
            list.open(call.db(), cell);
            range(from, to);
            long size = list.size();
            if (first > last) {
                call.event(EventClass.LIST, "ltrim", 1);
                call.db().delete(cell);
                call.event(EventClass.GENERIC, "del", 1);
                call.changed(size);
            } else {
                list.keep(first, last - first + 1);
                call.event(EventClass.LIST, "ltrim", 1);
                list.shrunk();
                call.changed(size - (last - first + 1));
            }
            call.modified(1);
            call.changed(-1);
        }
        call.reply().ok();
    }

    private void deleteOrPack(Call call) {
        if (list.deleteIfEmpty()) {
            call.event(EventClass.GENERIC, "del", 1);
        } else {
            list.shrunk();
        }
    }
}
