package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;

import dev.lockstep.keyspace.Database;
import dev.lockstep.keyspace.ElementCursor;
import dev.lockstep.keyspace.SetValue;
import dev.lockstep.keyspace.StringValue;
import dev.lockstep.keyspace.ValueType;
import dev.lockstep.protocol.ReplyBuffer;
import dev.lockstep.protocol.Request;
import dev.lockstep.server.config.EventClass;

/** Commands on the members of one set: adding, removing, moving, looking for, listing. */
final class SetMemberCommands {
    private static final String GROUP = "set";

    private final SetValue set = new SetValue();
    private final SetValue target = new SetValue();
    private final ElementCursor members = new ElementCursor();
    private final StringValue member = new StringValue();
    private final ScanOptions options = new ScanOptions();
    private final FoundCells found = new FoundCells();

    private SetMemberCommands() {}

    static void register(CommandTable table) {
        SetMemberCommands commands = new SetMemberCommands();
        table.add(
                command("sadd", commands::sadd)
                        .arity(-3)
                        .flags(Flag.WRITE, Flag.DENYOOM, Flag.FAST)
                        .acl(Category.SET)
                        .key("RW", "INSERT")
                        .docs(
                                GROUP,
                                "1.0.0",
                                "O(N) for N members.",
                                "Adds members to a set, which is made if there is none.")
                        .syntax("key member ...")
                        .history("2.4.0 Added several in one call."),
                command("srem", commands::srem)
                        .arity(-3)
                        .flags(Flag.WRITE, Flag.FAST)
                        .acl(Category.SET)
                        .key("RW", "DELETE")
                        .docs(
                                GROUP,
                                "1.0.0",
                                "O(N) for N members.",
                                "Removes members of a set, and the set with its last one.")
                        .syntax("key member ...")
                        .history("2.4.0 Added several in one call."),
                command("smove", commands::smove)
                        .arity(4)
                        .flags(Flag.WRITE, Flag.FAST)
                        .acl(Category.SET)
                        .keys(
                                KeySpec.range(1, 0, 1, "RW", "ACCESS", "DELETE"),
                                KeySpec.range(2, 0, 1, "RW", "INSERT"))
                        .docs(GROUP, "1.0.0", "O(1)", "Moves a member from one set to another.")
                        .syntax("source:key destination:key member"),
                command("sismember", commands::sismember)
                        .arity(3)
                        .flags(Flag.READONLY, Flag.FAST)
                        .acl(Category.SET)
                        .key("RO")
                        .docs(GROUP, "1.0.0", "O(1)", "Tells whether a set has a member.")
                        .syntax("key member"),
                command("smismember", commands::smismember)
                        .arity(-3)
                        .flags(Flag.READONLY, Flag.FAST)
                        .acl(Category.SET)
                        .key("RO", "ACCESS")
                        .docs(
                                GROUP,
                                "6.2.0",
                                "O(N) for N members.",
                                "Tells of several members whether a set has them.")
                        .syntax("key member ..."),
                command("scard", commands::scard)
                        .arity(2)
                        .flags(Flag.READONLY, Flag.FAST)
                        .acl(Category.SET)
                        .key("RO")
                        .docs(GROUP, "1.0.0", "O(1)", "Returns how many members a set has.")
                        .syntax("key"),
                command("smembers", commands::smembers)
                        .arity(2)
                        .flags(Flag.READONLY)
                        .acl(Category.SET)
                        .key("RO", "ACCESS")
                        .tips("nondeterministic_output_order")
                        .docs(GROUP, "1.0.0", "O(N) for N members.", "Returns a set's members.")
                        .syntax("key"),
                command("sscan", commands::sscan)
                        .arity(-3)
                        .flags(Flag.READONLY)
                        .acl(Category.SET)
                        .key("RO", "ACCESS")
                        .tips("nondeterministic_output")
                        .docs(
                                GROUP,
                                "2.8.0",
                                "O(1) for each call, O(N) for a whole iteration over N members",
                                "Iterates over the members of a set.")
                        .syntax(
                                "key cursor:integer [MATCH pattern:pattern] [COUNT count:integer]"));
    }

    // ---- adding and removing ----

    private void sadd(Call call) {
        Request args = call.args();
        int cell = call.write(1, ValueType.SET);
        openOrCreate(call, cell);
        if (cell == 0) {
            call.created(1);
        }
        byte[] array = args.array();
        int added = 0;
        for (int i = 2; i < args.argc(); i++) {
            added += set.add(array, args.offset(i), args.length(i)) ? 1 : 0;
        }
        if (added > 0) {
            call.modified(1);
            call.changed(added - 1);
            call.event(EventClass.SET, "sadd", 1);
        }
        call.reply().integer(added);
    }

    /** Opens the set and asks for the memory of all that is to be added: it is added as a whole or not at all. */
    private void openOrCreate(Call call, int cell) {
        Request args = call.args();
        int count = args.argc() - 2;
        if (cell != 0) {
            set.open(call.db(), cell);
            if (count > 1) {
                set.admit(count, memberBytes(args));
                set.expect(count);
            }
            return;
        }
        create(call, set, 1, 2, count);
        set.admit(count, memberBytes(args));
    }

    private static long memberBytes(Request args) {
        long bytes = 0;
        for (int i = 2; i < args.argc(); i++) {
            bytes += args.length(i);
        }
        return bytes;
    }

    private static void create(Call call, SetValue into, int key, int member, int count) {
        Request args = call.args();
        Database db = call.db();
        byte[] array = args.array();
        int encoding =
                SetValue.encodingFor(db, array, args.offset(member), args.length(member), count);
        into.create(db, array, args.offset(key), args.length(key), encoding);
    }

    private void srem(Call call) {
        Request args = call.args();
        int cell = call.write(1, ValueType.SET);
        int removed = 0;
        if (cell != 0) {
            set.open(call.db(), cell);
            for (int i = 2; i < args.argc() && set.size() > 0; i++) {
                removed += set.remove(args.array(), args.offset(i), args.length(i)) ? 1 : 0;
            }
            if (removed > 0) {
                call.modified(1);
                call.changed(removed - 1);
                call.event(EventClass.SET, "srem", 1);
                if (set.deleteIfEmpty()) {
                    call.event(EventClass.GENERIC, "del", 1);
                }
            }
        }
        call.reply().integer(removed);
    }

    private void smove(Call call) {
        Request args = call.args();
        int from = call.write(1);
        int to = call.write(2);
        if (from == 0) {
            call.reply().integer(0);
            return;
        }
        call.requireType(from, ValueType.SET);
        call.requireType(to, ValueType.SET);
        set.open(call.db(), from);
        boolean found = set.contains(args.array(), args.offset(3), args.length(3));
        if (found && from != to) {
            move(call, to);
        }
        call.reply().integer(found ? 1 : 0);
    }

    /** Adds first, which may be refused, and then removes, which may not. */
    private void move(Call call, int to) {
        Request args = call.args();
        byte[] array = args.array();
        boolean added;
        if (to != 0) {
            added = target.open(call.db(), to).add(array, args.offset(3), args.length(3));
        } else {
            call.db().find(array, args.offset(2), args.length(2));
            create(call, target, 2, 3, 1);
            added = target.add(array, args.offset(3), args.length(3));
        }
        set.remove(array, args.offset(3), args.length(3));
        call.modified(1);
        call.event(EventClass.SET, "srem", 1);
        if (set.deleteIfEmpty()) {
            call.event(EventClass.GENERIC, "del", 1);
        }
        if (to == 0) {
            call.created(2);
        }
        if (added) {
            call.modified(2);
            call.event(EventClass.SET, "sadd", 2);
        }
    }

    // ---- reading ----

    private void sismember(Call call) {
        Request args = call.args();
        int cell = call.read(1, ValueType.SET);
        boolean found =
                cell != 0
                        && set.open(call.db(), cell)
                                .contains(args.array(), args.offset(2), args.length(2));
        call.reply().integer(found ? 1 : 0);
    }

    private void smismember(Call call) {
        Request args = call.args();
        int cell = call.read(1, ValueType.SET);
        if (cell != 0) {
            set.open(call.db(), cell);
        }
        call.reply().array(args.argc() - 2);
        for (int i = 2; i < args.argc(); i++) {
            boolean found = cell != 0 && set.contains(args.array(), args.offset(i), args.length(i));
            call.reply().integer(found ? 1 : 0);
        }
    }

    private void scard(Call call) {
        int cell = call.read(1, ValueType.SET);
        call.reply().integer(cell == 0 ? 0 : set.open(call.db(), cell).size());
    }

    private void smembers(Call call) {
        int cell = call.read(1, ValueType.SET);
        if (cell == 0) {
            call.reply().set(0);
            return;
        }
        call.reply().set((int) set.open(call.db(), cell).size());
        members.open(call.db(), cell);
        while (members.next()) {
            call.bulk(members.element());
        }
    }

    private void sscan(Call call) {
        long cursor = ScanCommands.cursorArg(call, 2);
        int cell = call.read(1, ValueType.SET);
        ReplyBuffer reply = call.reply();
        if (cell == 0) {
            ScanCommands.replyNothing(call);
            return;
        }
        options.read(call, 3, false);
        set.open(call.db(), cell);
        if (set.encoding() == ValueType.HASHTABLE) {
            scanTable(call, cursor);
        } else {
            scanAll(call, cell);
        }
    }

    private void scanAll(Call call, int cell) {
        ReplyBuffer reply = call.reply();
        reply.array(2);
        reply.bulkInteger(0);
        int mark = reply.deferArray();
        int matched = 0;
        members.open(call.db(), cell);
        while (members.next()) {
            if (options.matches(members.element())) {
                call.bulk(members.element());
                matched++;
            }
        }
        reply.endArray(mark, matched);
    }

    private void scanTable(Call call, long cursor) {
        ReplyBuffer reply = call.reply();
        long next = set.scan(cursor, options.count(), found.begin());
        reply.array(2);
        reply.bulkInteger(next);
        int mark = reply.deferArray();
        int matched = 0;
        for (int i = 0; i < found.count(); i++) {
            set.member(found.get(i), member);
            if (options.matches(member)) {
                call.bulk(member);
                matched++;
            }
        }
        reply.endArray(mark, matched);
    }
}
