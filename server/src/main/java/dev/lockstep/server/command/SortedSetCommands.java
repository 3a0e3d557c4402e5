package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;

import dev.lockstep.keyspace.SortedSetValue;
import dev.lockstep.keyspace.ValueType;
import dev.lockstep.protocol.ErrorReplies;
import dev.lockstep.protocol.ReplyBuffer;
import dev.lockstep.protocol.Request;
import dev.lockstep.server.config.EventClass;

/** Commands on single members of sorted sets, and those that count members. */
final class SortedSetCommands {
    private static final byte[] WITHSCORE = Call.word("withscore");

    private static final CommandException ZRANK_ARITY =
            new CommandException(ErrorReplies.wrongArity("zrank"));
    private static final CommandException ZREVRANK_ARITY =
            new CommandException(ErrorReplies.wrongArity("zrevrank"));

    private final SortedSetValue zset = new SortedSetValue();
    private final MemberBounds bounds = new MemberBounds();

    private SortedSetCommands() {}

    static void register(CommandTable table) {
        SortedSetCommands commands = new SortedSetCommands();
        table.add(
                command("zrem", commands::zrem)
                        .arity(-3)
                        .flags(Flag.WRITE, Flag.FAST)
                        .acl(Category.SORTEDSET)
                        .key("RW", "DELETE")
                        .docs(
                                "sorted-set",
                                "1.2.0",
                                "O(M*log(N)) for M members of a sorted set of size N.",
                                "Removes members of a sorted set, and the set with its last one.")
                        .syntax("key member ...")
                        .history("2.4.0 Added several in one call."),
                command("zcard", commands::zcard)
                        .arity(2)
                        .flags(Flag.READONLY, Flag.FAST)
                        .acl(Category.SORTEDSET)
                        .key("RO")
                        .docs(
                                "sorted-set",
                                "1.2.0",
                                "O(1)",
                                "Returns how many members a sorted set has.")
                        .syntax("key"),
                command("zscore", commands::zscore)
                        .arity(3)
                        .flags(Flag.READONLY, Flag.FAST)
                        .acl(Category.SORTEDSET)
                        .key("RO", "ACCESS")
                        .docs(
                                "sorted-set",
                                "1.2.0",
                                "O(1)",
                                "Returns the score of a sorted set's member.")
                        .syntax("key member"),
                command("zmscore", commands::zmscore)
                        .arity(-3)
                        .flags(Flag.READONLY, Flag.FAST)
                        .acl(Category.SORTEDSET)
                        .key("RO", "ACCESS")
                        .docs(
                                "sorted-set",
                                "6.2.0",
                                "O(N) for N members.",
                                "Returns the scores of some of a sorted set's members.")
                        .syntax("key member ..."),
                ranking(
                                "zrank",
                                call -> commands.rank(call, false),
                                "Returns how many members of a sorted set are before a member.")
                        .syntax("key member [WITHSCORE]")
                        .history("7.2.0 Added `WITHSCORE`."),
                ranking(
                                "zrevrank",
                                call -> commands.rank(call, true),
                                "Returns how many members of a sorted set are behind a member.")
                        .syntax("key member [WITHSCORE]")
                        .history("7.2.0 Added `WITHSCORE`."),
                counting(
                                "zcount",
                                commands::zcount,
                                "2.0.0",
                                "Counts a sorted set's members with scores in a range.")
                        .syntax("key min:double max:double"),
                counting(
                                "zlexcount",
                                commands::zlexcount,
                                "2.8.9",
                                "Counts a sorted set's members in a range of their bytes.")
                        .syntax("key min max"));
    }

    private static Command ranking(String name, Command.Handler handler, String summary) {
        return command(name, handler)
                .arity(-3)
                .flags(Flag.READONLY, Flag.FAST)
                .acl(Category.SORTEDSET)
                .key("RO", "ACCESS")
                .docs("sorted-set", "2.0.0", "O(log(N))", summary);
    }

    private static Command counting(
            String name, Command.Handler handler, String since, String summary) {
        return command(name, handler)
                .arity(4)
                .flags(Flag.READONLY, Flag.FAST)
                .acl(Category.SORTEDSET)
                .key("RO", "ACCESS")
                .docs(
                        "sorted-set",
                        since,
                        "O(log(N)) where N is the size of the sorted set.",
                        summary);
    }

    private void zrem(Call call) {
        Request args = call.args();
        int cell = call.write(1, ValueType.ZSET);
        int removed = 0;
        boolean emptied = false;
        if (cell != 0) {
            zset.open(call.db(), cell);
            for (int i = 2; i < args.argc() && !emptied; i++) {
                if (zset.find(args.array(), args.offset(i), args.length(i))) {
                    zset.remove();
                    removed++;
                    emptied = zset.deleteIfEmpty();
                }
            }
        }
        if (removed > 0) {
            call.modified(1);
            call.changed(removed - 1);
            call.event(EventClass.ZSET, "zrem", 1);
            if (emptied) {
                call.event(EventClass.GENERIC, "del", 1);
            }
        }
        call.reply().integer(removed);
    }

    private void zcard(Call call) {
        int cell = call.read(1, ValueType.ZSET);
        call.reply().integer(cell == 0 ? 0 : zset.open(call.db(), cell).size());
    }

    private void zscore(Call call) {
        int cell = call.read(1, ValueType.ZSET);
        score(call, cell != 0 && find(call, cell, 2));
    }

    private void zmscore(Call call) {
        Request args = call.args();
        int cell = call.read(1, ValueType.ZSET);
        call.reply().array(args.argc() - 2);
        for (int i = 2; i < args.argc(); i++) {
            score(call, cell != 0 && find(call, cell, i));
        }
    }

    private boolean find(Call call, int cell, int arg) {
        Request args = call.args();
        return zset.open(call.db(), cell).find(args.array(), args.offset(arg), args.length(arg));
    }

    private void score(Call call, boolean found) {
        if (found) {
            call.reply().doubleValue(zset.score());
        } else {
            call.reply().nullBulk();
        }
    }

    private void rank(Call call, boolean reverse) {
        Request args = call.args();
        boolean withScore = args.argc() > 3;
        if (args.argc() > 4) {
            throw reverse ? ZREVRANK_ARITY : ZRANK_ARITY;
        }
        if (withScore && !call.is(3, WITHSCORE)) {
            throw Call.SYNTAX;
        }
        ReplyBuffer reply = call.reply();
        int cell = call.read(1, ValueType.ZSET);
        if (cell == 0 || !find(call, cell, 2)) {
            if (withScore) {
                reply.nullArray();
            } else {
                reply.nullBulk();
            }
            return;
        }
        if (withScore) {
            reply.array(2);
        }
        reply.integer(reverse ? zset.size() - 1 - zset.rank() : zset.rank());
        if (withScore) {
            reply.doubleValue(zset.score());
        }
    }

    private void zcount(Call call) {
        bounds.readScores(call, 2, 3);
        int cell = call.read(1, ValueType.ZSET);
        if (cell == 0) {
            call.reply().integer(0);
            return;
        }
        bounds.findByScore(zset.open(call.db(), cell));
        call.reply().integer(zset.rangeEnd() - zset.rangeBegin());
    }

    private void zlexcount(Call call) {
        bounds.readMembers(call, 2, 3);
        int cell = call.read(1, ValueType.ZSET);
        if (cell == 0) {
            call.reply().integer(0);
            return;
        }
        bounds.findByLex(zset.open(call.db(), cell), false);
        call.reply().integer(zset.rangeEnd() - zset.rangeBegin());
    }
}
