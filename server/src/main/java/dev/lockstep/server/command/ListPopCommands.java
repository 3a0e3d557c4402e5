package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;

import dev.lockstep.keyspace.ListCursor;
import dev.lockstep.keyspace.ListValue;
import dev.lockstep.keyspace.StringValue;
import dev.lockstep.keyspace.ValueType;
import dev.lockstep.protocol.ErrorReplies;
import dev.lockstep.protocol.ReplyBuffer;
import dev.lockstep.protocol.Request;
import dev.lockstep.protocol.RequestEncoder;
import dev.lockstep.server.config.EventClass;

/** Commands that take elements out of a list at one of its ends, some of which wait until there is one. */
final class ListPopCommands {
    private static final String GROUP = "list";
    private static final byte[] COUNT = Call.word("count");
    private static final byte[] LPOP = Call.word("LPOP");
    private static final byte[] RPOP = Call.word("RPOP");
    private static final CommandException MUST_BE_POSITIVE =
            new CommandException(ErrorReplies.OUT_OF_RANGE_POSITIVE);
    private static final CommandException NUMKEYS =
            new CommandException("ERR numkeys should be greater than 0");
    private static final CommandException COUNT_TOO_SMALL =
            new CommandException("ERR count should be greater than 0");

    private final ListValue list = new ListValue();
    private final ListCursor cursor = new ListCursor();
    private final StringValue element = new StringValue();

    /** What LMPOP and BLMPOP were given. */
    private int keys;

    private boolean atHead;
    private long most;

    private ListPopCommands() {}

    static void register(CommandTable table) {
        ListPopCommands commands = new ListPopCommands();
        table.add(
                pop("lpop", call -> commands.pop(call, true))
                        .docs(
                                GROUP,
                                "1.0.0",
                                "O(N) for N elements.",
                                "Removes and returns the first elements of a list, and the list with its last one.")
                        .syntax("key [count:integer@6.2.0]")
                        .history("6.2.0 Added the count."),
                pop("rpop", call -> commands.pop(call, false))
                        .docs(
                                GROUP,
                                "1.0.0",
                                "O(N) for N elements.",
                                "Removes and returns the last elements of a list, and the list with its last one.")
                        .syntax("key [count:integer@6.2.0]")
                        .history("6.2.0 Added the count."),
                command("lmpop", commands::lmpop)
                        .arity(-4)
                        .flags(Flag.WRITE)
                        .acl(Category.LIST)
                        .keys(KeySpec.counted(1, 0, 1, "RW", "ACCESS", "DELETE"))
                        .docs(
                                GROUP,
                                "7.0.0",
                                "O(N+M) for N keys and M elements.",
                                "Removes and returns elements of the first list that there is.")
                        .syntax(
                                "numkeys:integer key ... where(LEFT | RIGHT) [COUNT count:integer]"),
                blockingPop("blpop", call -> commands.blockingPop(call, true))
                        .docs(
                                GROUP,
                                "2.0.0",
                                "O(N) for N keys.",
                                "Removes and returns the first element of the first list that there is, or waits for one.")
                        .syntax("key ... timeout:double")
                        .history("6.0.0 Took timeouts with a fraction."),
                blockingPop("brpop", call -> commands.blockingPop(call, false))
                        .docs(
                                GROUP,
                                "2.0.0",
                                "O(N) for N keys.",
                                "Removes and returns the last element of the first list that there is, or waits for one.")
                        .syntax("key ... timeout:double")
                        .history("6.0.0 Took timeouts with a fraction."),
                command("blmpop", commands::blmpop)
                        .arity(-5)
                        .flags(Flag.WRITE, Flag.BLOCKING)
                        .acl(Category.LIST)
                        .keys(KeySpec.counted(2, 0, 1, "RW", "ACCESS", "DELETE"))
                        .docs(
                                GROUP,
                                "7.0.0",
                                "O(N+M) for N keys and M elements.",
                                "Removes and returns elements of the first list that there is, or waits for one.")
                        .syntax(
                                "timeout:double numkeys:integer key ... where(LEFT | RIGHT) [COUNT count:integer]"));
    }

    private static Command pop(String name, Command.Handler handler) {
        return command(name, handler)
                .arity(-2)
                .flags(Flag.WRITE, Flag.FAST)
                .acl(Category.LIST)
                .key("RW", "ACCESS", "DELETE");
    }

    private static Command blockingPop(String name, Command.Handler handler) {
        return command(name, handler)
                .arity(-3)
                .flags(Flag.WRITE, Flag.BLOCKING)
                .acl(Category.LIST)
                .keys(KeySpec.range(1, -2, 1, "RW", "ACCESS", "DELETE"));
    }

    // ---- one list ----

    private void pop(Call call, boolean first) {
        int argc = call.args().argc();
        if (argc > 2) {
            popSome(call, first);
            return;
        }
        int cell = call.write(1, ValueType.LIST);
        if (cell == 0) {
            call.reply().nullBulk();
        } else {
            list.open(call.db(), cell);
            popOne(call, 1, first);
        }
    }

    /** Replies with an element of the open list, which is the value of a key, and removes it. */
    private void popOne(Call call, int key, boolean first) {
        list.get(first, element);
        call.bulk(element);
        removed(call, key, list, first);
    }

    /** Removes an element at an end of the list that is the value of a key. */
    static void removed(Call call, int key, ListValue list, boolean first) {
        boolean last = list.size() == 1;
        if (last) {
            call.db().delete(list.cell());
        } else {
            list.pop(first);
            list.shrunk();
        }
        call.event(EventClass.LIST, first ? "lpop" : "rpop", key);
        if (last) {
            call.event(EventClass.GENERIC, "del", key);
        }
        call.modified(key);
    }

    private void popSome(Call call, boolean first) {
        if (call.args().argc() > 3) {
            throw new CommandException(ErrorReplies.wrongArity(call.command().fullName()));
        }
        Request args = call.args();
        if (!args.isLong(2) || args.longAt(2) < 0) {
            throw MUST_BE_POSITIVE;
        }
        long count = args.longAt(2);
        int cell = call.write(1, ValueType.LIST);
        if (cell == 0) {
            call.reply().nullArray();
        } else if (count == 0) {
            call.reply().emptyArray();
        } else {
            list.open(call.db(), cell);
            popSome(call, 1, first, count);
        }
    }

    /** Replies with up to so many elements of the open list, from an end on, and removes them; returns how many. */
    private int popSome(Call call, int key, boolean first, long count) {
        long size = list.size();
        int popped = (int) Math.min(count, size);
        ReplyBuffer reply = call.reply();
        reply.array(popped);
        cursor.open(list, first ? 0 : size - 1, first);
        StringValue next = cursor.element();
        for (int i = 0; i < popped; i++) {
            cursor.next();
            reply.bulk(next.array(), next.offset(), next.length());
        }
        if (popped == size) {
            call.db().delete(list.cell());
        } else {
            list.keep(first ? popped : 0, size - popped);
            list.shrunk();
        }
        call.event(EventClass.LIST, first ? "lpop" : "rpop", key);
        if (popped == size) {
            call.event(EventClass.GENERIC, "del", key);
        }
        call.modified(key);
        call.changed(popped - 1);
        return popped;
    }

    // ---- the first of several lists ----

    private void blockingPop(Call call, boolean first) {
        int argc = call.args().argc();
        long endMillis = Timeouts.endOfSeconds(call, argc - 1);
        int key = firstList(call, 1, argc - 2);
        if (key > 0) {
            call.reply().array(2);
            replyKey(call, key);
            popOne(call, key, first);
            call.propagate(2).arg(first ? LPOP : RPOP).arg(call.args(), key);
        } else if (call.mayBlock()) {
            call.block(ValueType.LIST, 1, argc - 2, endMillis);
        } else {
            call.reply().nullArray();
        }
    }

    /** Opens the first list among some keys; returns its argument, or 0 if there is none. */
    private int firstList(Call call, int firstKey, int keyCount) {
        for (int i = firstKey; i < firstKey + keyCount; i++) {
            int cell = call.write(i, ValueType.LIST);
            if (cell != 0) {
                list.open(call.db(), cell);
                return i;
            }
        }
        return 0;
    }

    private static void replyKey(Call call, int arg) {
        Request args = call.args();
        call.reply().bulk(args.array(), args.offset(arg), args.length(arg));
    }

    private void lmpop(Call call) {
        readOptions(call, 1);
        int key = firstList(call, 2, keys);
        if (key > 0) {
            popSomeOf(call, key);
        } else {
            call.reply().nullArray();
        }
    }

    private void blmpop(Call call) {
        readOptions(call, 2);
        long endMillis = Timeouts.endOfSeconds(call, 1);
        int key = firstList(call, 3, keys);
        if (key > 0) {
            popSomeOf(call, key);
        } else if (call.mayBlock()) {
            call.block(ValueType.LIST, 3, keys, endMillis);
        } else {
            call.reply().nullArray();
        }
    }

    private void popSomeOf(Call call, int key) {
        call.reply().array(2);
        replyKey(call, key);
        int popped = popSome(call, key, atHead, most);
        RequestEncoder change = call.propagate(3).arg(atHead ? LPOP : RPOP);
        change.arg(call.args(), key).arg(popped);
    }

    private void readOptions(Call call, int numkeys) {
        Request args = call.args();
        int argc = args.argc();
        if (!args.isLong(numkeys) || args.longAt(numkeys) < 1) {
            throw NUMKEYS;
        }
        long where = args.longAt(numkeys) + numkeys + 1;
        if (where >= argc || where < 0) {
            throw Call.SYNTAX;
        }
        keys = (int) (where - numkeys - 1);
        atHead = ListMoveCommands.isHead(call, (int) where);
        most = 1;
        int i = (int) where + 1;
        if (i == argc) {
            return;
        }
        if (!call.is(i, COUNT) || i + 1 == argc) {
            throw Call.SYNTAX;
        }
        if (!args.isLong(i + 1) || args.longAt(i + 1) < 1) {
            throw COUNT_TOO_SMALL;
        }
        most = args.longAt(i + 1);
        if (i + 2 < argc) {
            throw Call.SYNTAX;
        }
    }
}
