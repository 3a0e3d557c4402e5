package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;

import dev.lockstep.keyspace.ElementCursor;
import dev.lockstep.keyspace.MemberSample;
import dev.lockstep.keyspace.SetValue;
import dev.lockstep.keyspace.StringValue;
import dev.lockstep.keyspace.ValueType;
import dev.lockstep.protocol.ErrorReplies;
import dev.lockstep.protocol.Request;
import dev.lockstep.protocol.RequestEncoder;
import dev.lockstep.server.config.EventClass;

/**
 * SPOP and SRANDMEMBER: members of a set chosen at random, each as likely as any other.
 *
 * <p>Replicas get SPOP as SREM of what was removed, up to {@value #BATCH} members in one, or as DEL or UNLINK where a count
 * took the whole set.
 */
final class SetRandomCommands {
    private static final int BATCH = 1024;

    /** Where a count leaves less than this part of a set, what is left is copied and the rest not removed one by one. */
    private static final int FEW_LEFT = 5;

    private static final String GROUP = "set";
    private static final byte[] SREM = Call.word("SREM");
    private static final byte[] DEL = Call.word("DEL");
    private static final byte[] UNLINK = Call.word("UNLINK");

    private static final CommandException COUNT_OUT_OF_RANGE =
            new CommandException(ErrorReplies.OUT_OF_RANGE_POSITIVE);
    private static final CommandException COUNT_TOO_LOW =
            new CommandException(
                    "ERR value is out of range, value must between -9223372036854775807 and"
                            + " 9223372036854775807");

    private final SetValue set = new SetValue();
    private final StringValue member = new StringValue();
    private final ElementCursor members = new ElementCursor();
    private final MemberSample sample = new MemberSample();
    private final ComputedSet rest = new ComputedSet();

    private SetRandomCommands() {}

    static void register(CommandTable table) {
        SetRandomCommands commands = new SetRandomCommands();
        table.add(
                command("spop", commands::spop)
                        .arity(-2)
                        .flags(Flag.WRITE, Flag.FAST)
                        .acl(Category.SET)
                        .key("RW", "ACCESS", "DELETE")
                        .tips("nondeterministic_output")
                        .docs(
                                GROUP,
                                "1.0.0",
                                "O(1) without the count, O(N) for a count of N.",
                                "Removes and returns members chosen at random.")
                        .syntax("key [count:integer@3.2.0]")
                        .history("3.2.0 Added the count."),
                command("srandmember", commands::srandmember)
                        .arity(-2)
                        .flags(Flag.READONLY)
                        .acl(Category.SET)
                        .key("RO", "ACCESS")
                        .tips("nondeterministic_output")
                        .docs(
                                GROUP,
                                "1.0.0",
                                "O(1) without the count, O(N) for a count of N or -N.",
                                "Returns members chosen at random.")
                        .syntax("key [count:integer@2.6.0]")
                        .history("2.6.0 Added the count."));
    }

    // ---- SPOP ----

    private void spop(Call call) {
        Request args = call.args();
        if (args.argc() > 3) {
            throw Call.SYNTAX;
        }
        if (args.argc() == 3) {
            popCount(call);
            return;
        }
        int cell = call.write(1, ValueType.SET);
        if (cell == 0) {
            call.reply().nullBulk();
            return;
        }
        set.open(call.db(), cell).choose(member);
        call.bulk(member);
        if (call.propagates()) {
            passOn(call, 1).arg(member.array(), member.offset(), member.length());
        }
        set.removeChosen();
        call.modified(1);
        call.event(EventClass.SET, "spop", 1);
        if (set.deleteIfEmpty()) {
            call.event(EventClass.GENERIC, "del", 1);
        }
    }

    private void popCount(Call call) {
        Request args = call.args();
        if (!args.isLong(2) || args.longAt(2) < 0) {
            throw COUNT_OUT_OF_RANGE;
        }
        long count = args.longAt(2);
        int cell = call.write(1, ValueType.SET);
        if (cell == 0 || count == 0) {
            call.reply().set(0);
            return;
        }
        long size = set.open(call.db(), cell).size();
        if (count >= size) {
            popAll(call, (int) size);
        } else if ((size - count) * FEW_LEFT > count) {
            popEach(call, (int) count);
        } else {
            popMost(call, (int) count);
        }
    }

    private void popAll(Call call, int size) {
        replyAll(call, size);
        call.db().delete(set.cell());
        if (call.propagates()) {
            boolean lazy = call.server().config().memory.lazyServerDel.get();
            call.propagate(2).arg(lazy ? UNLINK : DEL).arg(call.args(), 1);
        }
        changed(call, size);
        call.event(EventClass.GENERIC, "del", 1);
    }

    private void replyAll(Call call, int size) {
        call.reply().set(size);
        members.open(call.db(), set.cell());
        while (members.next()) {
            call.bulk(members.element());
        }
    }

    private static void changed(Call call, int count) {
        call.modified(1);
        call.changed(count - 1);
        call.event(EventClass.SET, "spop", 1);
    }

    private void popEach(Call call, int count) {
        call.reply().set(count);
        for (int i = 0; i < count; i++) {
            set.choose(member);
            pop(call, i, count, member);
            set.removeChosen();
        }
        changed(call, count);
    }

    /** What is left is copied to a set of its own, which takes the place of this one. */
    private void popMost(Call call, int count) {
        boolean isIntset = set.encoding() == ValueType.INTSET;
        long deadline = call.db().deadline(set.cell());
        try {
            SetValue left = rest.begin(call, 1, isIntset ? ValueType.INTSET : ValueType.LISTPACK);
            sample.open(set, set.size() - count);
            while (sample.next()) {
                left.add(sample.member());
            }
            rest.admitMove(call);
            call.reply().set(count);
            members.open(call.db(), set.cell());
            int i = 0;
            while (members.next()) {
                if (!left.contains(members.element())) {
                    pop(call, i++, count, members.element());
                }
            }
            rest.move(call, 1, deadline);
            changed(call, count);
        } finally {
            rest.discard();
        }
    }

    /** Replies with one of the members removed, and passes on that it is gone. */
    private static void pop(Call call, int index, int count, StringValue popped) {
        call.bulk(popped);
        if (call.propagates()) {
            RequestEncoder encoder =
                    index % BATCH == 0
                            ? passOn(call, Math.min(BATCH, count - index))
                            : call.server().changes().staged();
            encoder.arg(popped.array(), popped.offset(), popped.length());
        }
    }

    private static RequestEncoder passOn(Call call, int removed) {
        return call.propagate(2 + removed).arg(SREM).arg(call.args(), 1);
    }

    // ---- SRANDMEMBER ----

    private void srandmember(Call call) {
        Request args = call.args();
        if (args.argc() > 3) {
            throw Call.SYNTAX;
        }
        if (args.argc() == 3) {
            randomCount(call);
            return;
        }
        int cell = call.read(1, ValueType.SET);
        if (cell == 0) {
            call.reply().nullBulk();
            return;
        }
        set.open(call.db(), cell).choose(member);
        call.bulk(member);
    }

    private void randomCount(Call call) {
        long count = call.longArg(2);
        if (count == Long.MIN_VALUE) {
            throw COUNT_TOO_LOW;
        }
        int cell = call.read(1, ValueType.SET);
        if (cell == 0 || count == 0) {
            call.reply().emptyArray();
        } else if (count < 0) {
            set.open(call.db(), cell);
            choose(call, -count);
        } else {
            long size = set.open(call.db(), cell).size();
            sample.open(set, Math.min(count, size));
            call.reply().array((int) Math.min(count, size));
            while (sample.next()) {
                call.bulk(sample.member());
            }
        }
    }

    /** Members that may repeat: as many as were asked for, so long as somebody is there to read them. */
    private void choose(Call call, long count) {
        call.reply().array(count);
        for (long i = 0; i < count && call.isHeard(i); i++) {
            set.choose(member);
            call.bulk(member);
        }
    }
}
