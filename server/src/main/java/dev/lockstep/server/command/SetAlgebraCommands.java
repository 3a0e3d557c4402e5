package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;

import dev.lockstep.keyspace.ElementCursor;
import dev.lockstep.keyspace.SetValue;
import dev.lockstep.keyspace.StringValue;
import dev.lockstep.keyspace.ValueType;
import dev.lockstep.protocol.Decimal;
import dev.lockstep.protocol.ErrorReplies;
import dev.lockstep.protocol.Request;

/**
 * Intersections, unions and differences of sets.
 *
 * <p>An intersection looks each member of the smallest set up in the others. A difference either looks each member of the
 * first set up in the others, or removes all members of the others from a copy of the first, whichever is less work. What
 * is stored is built where it will stay; a reply is made of the members where they lie, and only a union or a difference
 * of the second kind needs a set aside.
 */
final class SetAlgebraCommands {
    private static final CommandException NUMKEYS_POSITIVE =
            new CommandException(ErrorReplies.NUMKEYS_POSITIVE);
    private static final CommandException NUMKEYS_TOO_BIG =
            new CommandException(ErrorReplies.NUMKEYS_TOO_BIG);
    private static final CommandException LIMIT_NEGATIVE =
            new CommandException("ERR LIMIT can't be negative");
    private static final byte[] LIMIT = Call.word("limit");

    private static final String GROUP = "set";
    private static final String OF_INTERSECTION =
            "O(N*M) at worst for M sets of which the smallest has N members.";
    private static final String OF_ALL_MEMBERS = "O(N) for N members in all sets together.";

    private final SetSources sources = new SetSources();
    private final ComputedSet result = new ComputedSet();

    private SetAlgebraCommands() {}

    static void register(CommandTable table) {
        SetAlgebraCommands commands = new SetAlgebraCommands();
        table.add(
                reading("sinter", commands::sinter)
                        .docs(GROUP, "1.0.0", OF_INTERSECTION, "Returns what all sets have.")
                        .syntax("key ..."),
                reading("sunion", commands::sunion)
                        .docs(GROUP, "1.0.0", OF_ALL_MEMBERS, "Returns what any of the sets has.")
                        .syntax("key ..."),
                reading("sdiff", commands::sdiff)
                        .docs(
                                GROUP,
                                "1.0.0",
                                OF_ALL_MEMBERS,
                                "Returns what the first set has and no other.")
                        .syntax("key ..."),
                storing("sinterstore", commands::sinterstore, "RW")
                        .docs(GROUP, "1.0.0", OF_INTERSECTION, "Stores what all sets have.")
                        .syntax("destination:key key ..."),
                storing("sunionstore", commands::sunionstore, "OW")
                        .docs(GROUP, "1.0.0", OF_ALL_MEMBERS, "Stores what any of the sets has.")
                        .syntax("destination:key key ..."),
                storing("sdiffstore", commands::sdiffstore, "OW")
                        .docs(
                                GROUP,
                                "1.0.0",
                                OF_ALL_MEMBERS,
                                "Stores what the first set has and no other.")
                        .syntax("destination:key key ..."),
                command("sintercard", commands::sintercard)
                        .arity(-3)
                        .flags(Flag.READONLY, Flag.MOVABLE_KEYS)
                        .acl(Category.SET)
                        .keys(KeySpec.counted(1, 0, 1, "RO", "ACCESS"))
                        .docs(
                                GROUP,
                                "7.0.0",
                                OF_INTERSECTION,
                                "Returns how many members all sets have.")
                        .syntax("numkeys:integer key ... [LIMIT limit:integer]"));
    }

    private static Command reading(String name, Command.Handler handler) {
        return command(name, handler)
                .arity(-2)
                .flags(Flag.READONLY)
                .acl(Category.SET)
                .keys(KeySpec.range(1, -1, 1, "RO", "ACCESS"))
                .tips("nondeterministic_output_order");
    }

    private static Command storing(String name, Command.Handler handler, String access) {
        return command(name, handler)
                .arity(-3)
                .flags(Flag.WRITE, Flag.DENYOOM)
                .acl(Category.SET)
                .keys(
                        KeySpec.range(1, 0, 1, access, "UPDATE"),
                        KeySpec.range(2, -1, 1, "RO", "ACCESS"));
    }

    // ---- intersections ----

    private void sinter(Call call) {
        sources.open(call, 1, call.args().argc() - 1);
        if (!sources.hasAll()) {
            call.reply().set(0);
            return;
        }
        sources.smallestFirst();
        sources.members(0);
        int mark = call.reply().deferSet();
        int count = 0;
        StringValue member;
        while ((member = sources.nextInAll()) != null) {
            call.bulk(member);
            count++;
        }
        call.reply().endSet(mark, count);
    }

    private void sintercard(Call call) {
        Request args = call.args();
        if (!args.isLong(1) || args.longAt(1) < 1) {
            throw NUMKEYS_POSITIVE;
        }
        if (args.longAt(1) > args.argc() - 2) {
            throw NUMKEYS_TOO_BIG;
        }
        int keys = (int) args.longAt(1);
        long limit = 0;
        for (int i = 2 + keys; i < args.argc(); i += 2) {
            if (!call.is(i, LIMIT) || i + 1 == args.argc()) {
                throw Call.SYNTAX;
            }
            if (!args.isLong(i + 1) || args.longAt(i + 1) < 0) {
                throw LIMIT_NEGATIVE;
            }
            limit = args.longAt(i + 1);
        }
        sources.open(call, 2, keys);
        long count = 0;
        if (sources.hasAll()) {
            sources.smallestFirst();
            sources.members(0);
            while ((limit == 0 || count < limit) && sources.nextInAll() != null) {
                count++;
            }
        }
        call.reply().integer(count);
    }

    /** Only here a result that could be an intset becomes one, as in Redis. */
    private void sinterstore(Call call) {
        sources.open(call, 2, call.args().argc() - 2);
        if (!sources.hasAll()) {
            ComputedSet.remove(call, 1);
            call.reply().integer(0);
            return;
        }
        sources.smallestFirst();
        sources.members(0);
        boolean isIntset = sources.get(0).encoding() == ValueType.INTSET;
        try {
            SetValue into = result.begin(call, 1, isIntset ? ValueType.INTSET : ValueType.LISTPACK);
            boolean integers = true;
            StringValue member;
            while ((member = sources.nextInAll()) != null) {
                into.add(member);
                integers = integers && isInteger(member);
            }
            if (integers && into.size() > 0) {
                into.becomeIntset();
            }
            result.store(call, 1, "sinterstore");
        } finally {
            result.discard();
        }
    }

    private static boolean isInteger(StringValue text) {
        return text.isInteger() || Decimal.isLong(text.array(), text.offset(), text.length());
    }

    // ---- unions ----

    private void sunion(Call call) {
        sources.open(call, 1, call.args().argc() - 1);
        if (sources.count() < 2) {
            replyFirst(call, sources.count());
            return;
        }
        try {
            replyAll(call, unite(call, 1));
        } finally {
            result.discard();
        }
    }

    private void sunionstore(Call call) {
        sources.open(call, 2, call.args().argc() - 2);
        try {
            unite(call, 1);
            result.store(call, 1, "sunionstore");
        } finally {
            result.discard();
        }
    }

    private SetValue unite(Call call, int key) {
        SetValue into = result.begin(call, key, ValueType.INTSET);
        for (int i = 0; i < sources.count(); i++) {
            ElementCursor members = sources.members(i);
            while (members.next()) {
                into.add(members.element());
            }
        }
        return into;
    }

    /** Replies with the members of the first set, or of none. */
    private void replyFirst(Call call, int sets) {
        if (sets == 0) {
            call.reply().set(0);
        } else {
            replyAll(call, sources.get(0));
        }
    }

    private void replyAll(Call call, SetValue set) {
        call.reply().set((int) set.size());
        ElementCursor members = sources.membersOf(set);
        while (members.next()) {
            call.bulk(members.element());
        }
    }

    // ---- differences ----

    private void sdiff(Call call) {
        sources.open(call, 1, call.args().argc() - 1);
        if (!sources.hasFirst() || sources.firstIsRepeated()) {
            call.reply().set(0);
        } else if (sources.count() == 1) {
            replyFirst(call, 1);
        } else if (looksUpLess()) {
            sources.largestSecond();
            sources.members(0);
            int mark = call.reply().deferSet();
            int count = 0;
            StringValue member;
            while ((member = sources.nextInNoOther()) != null) {
                call.bulk(member);
                count++;
            }
            call.reply().endSet(mark, count);
        } else {
            try {
                replyAll(call, subtract(call, 1));
            } finally {
                result.discard();
            }
        }
    }

    private void sdiffstore(Call call) {
        sources.open(call, 2, call.args().argc() - 2);
        try {
            if (!sources.hasFirst() || sources.firstIsRepeated()) {
                result.begin(call, 1, ValueType.INTSET);
            } else if (looksUpLess()) {
                sources.largestSecond();
                sources.members(0);
                SetValue into = result.begin(call, 1, ValueType.INTSET);
                StringValue member;
                while ((member = sources.nextInNoOther()) != null) {
                    into.add(member);
                }
            } else {
                subtract(call, 1);
            }
            result.store(call, 1, "sdiffstore");
        } finally {
            result.discard();
        }
    }

    /** Whether it is less work to look members of the first set up in the others than to walk all sets. */
    private boolean looksUpLess() {
        return sources.get(0).size() * sources.count() / 2 <= sources.size();
    }

    private SetValue subtract(Call call, int key) {
        SetValue into = result.begin(call, key, ValueType.INTSET);
        ElementCursor members = sources.members(0);
        while (members.next()) {
            into.add(members.element());
        }
        for (int i = 1; i < sources.count() && into.size() > 0; i++) {
            members = sources.members(i);
            while (members.next()) {
                into.remove(members.element());
            }
        }
        return into;
    }
}
