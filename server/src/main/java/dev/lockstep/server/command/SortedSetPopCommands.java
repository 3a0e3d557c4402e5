package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;

import dev.lockstep.keyspace.MemberWalk;
import dev.lockstep.keyspace.SortedSetValue;
import dev.lockstep.keyspace.ValueType;
import dev.lockstep.protocol.ErrorReplies;
import dev.lockstep.protocol.ReplyBuffer;
import dev.lockstep.protocol.Request;
import dev.lockstep.server.config.EventClass;

/** Commands that take members off either end of a sorted set. */
final class SortedSetPopCommands {
    private static final byte[] MIN = Call.word("min");
    private static final byte[] MAX = Call.word("max");
    private static final byte[] COUNT = Call.word("count");
    private static final byte[] ZPOPMIN = Call.word("ZPOPMIN");
    private static final byte[] ZPOPMAX = Call.word("ZPOPMAX");

    private static final CommandException NOT_POSITIVE =
            new CommandException(ErrorReplies.OUT_OF_RANGE_POSITIVE);
    private static final CommandException NO_KEYS =
            new CommandException("ERR numkeys should be greater than 0");
    private static final CommandException NO_COUNT =
            new CommandException("ERR count should be greater than 0");

    private final SortedSetValue zset = new SortedSetValue();
    private final MemberWalk walk = new MemberWalk();

    /** Of ZMPOP and BZMPOP: how many keys, which end, how many members. */
    private int keys;

    private boolean max;
    private long count;

    private SortedSetPopCommands() {}

    static void register(CommandTable table) {
        SortedSetPopCommands commands = new SortedSetPopCommands();
        table.add(
                popping("zpopmin", call -> commands.zpop(call, false), "lowest")
                        .syntax("key [count:integer]"),
                popping("zpopmax", call -> commands.zpop(call, true), "highest")
                        .syntax("key [count:integer]"),
                command("zmpop", commands::zmpop)
                        .arity(-4)
                        .flags(Flag.WRITE)
                        .acl(Category.SORTEDSET)
                        .keys(KeySpec.counted(1, 0, 1, "RW", "ACCESS", "DELETE"))
                        .docs(
                                "sorted-set",
                                "7.0.0",
                                "O(K) + O(M*log(N)) for K keys and M members removed from a sorted set of"
                                        + " size N.",
                                "Removes and returns members of the first sorted set of several that"
                                        + " isn't empty.")
                        .syntax("numkeys:integer key ... where(MIN | MAX) [COUNT count:integer]"),
                waiting("bzpopmin", call -> commands.bzpop(call, false), "lowest")
                        .syntax("key ... timeout:double")
                        .history("6.0.0 The timeout may have decimals."),
                waiting("bzpopmax", call -> commands.bzpop(call, true), "highest")
                        .syntax("key ... timeout:double")
                        .history("6.0.0 The timeout may have decimals."),
                command("bzmpop", commands::bzmpop)
                        .arity(-5)
                        .flags(Flag.WRITE, Flag.BLOCKING)
                        .acl(Category.SORTEDSET)
                        .keys(KeySpec.counted(2, 0, 1, "RW", "ACCESS", "DELETE"))
                        .docs(
                                "sorted-set",
                                "7.0.0",
                                "O(K) + O(M*log(N)) for K keys and M members removed from a sorted set of"
                                        + " size N.",
                                "Removes and returns members of the first sorted set of several, waiting"
                                        + " for one if there is none.")
                        .syntax(
                                "timeout:double numkeys:integer key ... where(MIN | MAX)"
                                        + " [COUNT count:integer]"));
    }

    private static Command waiting(String name, Command.Handler handler, String which) {
        return command(name, handler)
                .arity(-3)
                .flags(Flag.WRITE, Flag.FAST, Flag.BLOCKING)
                .acl(Category.SORTEDSET)
                .keys(KeySpec.range(1, -2, 1, "RW", "ACCESS", "DELETE"))
                .docs(
                        "sorted-set",
                        "5.0.0",
                        "O(log(N)) where N is the size of the sorted set.",
                        "Removes and returns the member with the "
                                + which
                                + " score of the first sorted set of several, waiting for one if there"
                                + " is none.");
    }

    private static Command popping(String name, Command.Handler handler, String which) {
        return command(name, handler)
                .arity(-2)
                .flags(Flag.WRITE, Flag.FAST)
                .acl(Category.SORTEDSET)
                .key("RW", "ACCESS", "DELETE")
                .docs(
                        "sorted-set",
                        "5.0.0",
                        "O(log(N)*M) for M members removed from a sorted set of size N.",
                        "Removes and returns the members of a sorted set with the "
                                + which
                                + " scores.");
    }

    private void zpop(Call call, boolean ofMax) {
        Request args = call.args();
        if (args.argc() > 3) {
            throw Call.SYNTAX;
        }
        max = ofMax;
        boolean counted = args.argc() == 3;
        count = 1;
        if (counted) {
            if (!args.isLong(2) || args.longAt(2) < 0) {
                throw NOT_POSITIVE;
            }
            count = args.longAt(2);
        }
        int cell = call.write(1, ValueType.ZSET);
        if (cell == 0 || count == 0) {
            call.reply().emptyArray();
            return;
        }
        zset.open(call.db(), cell);
        count = Math.min(count, zset.size());
        boolean nested = counted && call.reply().protocol() == 3;
        call.reply().array((int) (nested ? count : 2 * count));
        pop(call, 1, cell, nested);
    }

    private void zmpop(Call call) {
        readOptions(call, 1);
        for (int arg = 2; arg < 2 + keys; arg++) {
            int cell = call.write(arg, ValueType.ZSET);
            if (cell != 0) {
                popOf(call, arg, cell);
                return;
            }
        }
        call.reply().nullArray();
    }

    private void bzpop(Call call, boolean ofMax) {
        Request args = call.args();
        int timeout = args.argc() - 1;
        long end = Timeouts.endOfSeconds(call, timeout);
        max = ofMax;
        count = 1;
        for (int arg = 1; arg < timeout; arg++) {
            int cell = call.write(arg, ValueType.ZSET);
            if (cell != 0) {
                zset.open(call.db(), cell);
                call.reply().array(3);
                call.reply().bulk(args.array(), args.offset(arg), args.length(arg));
                if (call.propagates()) {
                    call.propagate(2).arg(max ? ZPOPMAX : ZPOPMIN).arg(args, arg);
                }
                pop(call, arg, cell, false);
                return;
            }
        }
        block(call, 1, timeout - 1, end);
    }

    private void bzmpop(Call call) {
        readOptions(call, 2);
        long end = Timeouts.endOfSeconds(call, 1);
        for (int arg = 3; arg < 3 + keys; arg++) {
            int cell = call.write(arg, ValueType.ZSET);
            if (cell != 0) {
                popOf(call, arg, cell);
                return;
            }
        }
        block(call, 3, keys, end);
    }

    private static void block(Call call, int firstKey, int keyCount, long end) {
        if (call.mayBlock()) {
            call.block(ValueType.ZSET, firstKey, keyCount, end);
        } else {
            call.reply().nullArray();
        }
    }

    /** Reads the number of keys, and behind them which end and how many members. */
    private void readOptions(Call call, int keysArg) {
        Request args = call.args();
        if (!args.isLong(keysArg) || args.longAt(keysArg) < 1) {
            throw NO_KEYS;
        }
        long endArg = keysArg + 1 + args.longAt(keysArg);
        if (endArg < 0 || endArg >= args.argc()) {
            throw Call.SYNTAX;
        }
        int at = (int) endArg;
        keys = at - keysArg - 1;
        max = call.is(at, MAX);
        if (!max && !call.is(at, MIN)) {
            throw Call.SYNTAX;
        }
        count = 0;
        for (at++; at < args.argc(); at += 2) {
            if (count != 0 || at + 1 == args.argc() || !call.is(at, COUNT)) {
                throw Call.SYNTAX;
            }
            if (!args.isLong(at + 1) || args.longAt(at + 1) < 1) {
                throw NO_COUNT;
            }
            count = args.longAt(at + 1);
        }
        count = Math.max(count, 1);
    }

    /** Replies with the key and members of its sorted set, and passes that on as a ZPOPMIN or ZPOPMAX of one key. */
    private void popOf(Call call, int keyArg, int cell) {
        Request args = call.args();
        zset.open(call.db(), cell);
        count = Math.min(count, zset.size());
        ReplyBuffer reply = call.reply();
        reply.array(2);
        reply.bulk(args.array(), args.offset(keyArg), args.length(keyArg));
        reply.array((int) count);
        if (call.propagates()) {
            call.propagate(3).arg(max ? ZPOPMAX : ZPOPMIN).arg(args, keyArg).arg(count);
        }
        pop(call, keyArg, cell, true);
    }

    /** Takes {@link #count} members off an end of the sorted set opened, and replies with them and their scores. */
    private void pop(Call call, int keyArg, int cell, boolean nested) {
        ReplyBuffer reply = call.reply();
        long size = zset.size();
        walk.open(call.db(), cell);
        walk.seek(max ? size - 1 : 0);
        for (long i = 0; i < count; i++) {
            if (i > 0) {
                MemberReplies.step(walk, max);
            }
            if (nested) {
                reply.array(2);
            }
            MemberReplies.member(reply, walk);
            reply.doubleValue(walk.score());
        }
        boolean all = count == size;
        if (all) {
            call.db().delete(cell);
        } else {
            zset.removeRange(max ? size - count : 0, count);
        }
        call.modified(keyArg);
        call.changed(count - 1);
        call.event(EventClass.ZSET, max ? "zpopmax" : "zpopmin", keyArg);
        if (all) {
            call.event(EventClass.GENERIC, "del", keyArg);
        }
    }
}
