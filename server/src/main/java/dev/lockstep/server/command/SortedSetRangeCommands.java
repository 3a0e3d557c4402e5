package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;

import dev.lockstep.keyspace.MemberWalk;
import dev.lockstep.keyspace.SortedSetValue;
import dev.lockstep.keyspace.StringValue;
import dev.lockstep.keyspace.ValueType;
import dev.lockstep.protocol.Request;
import dev.lockstep.server.config.EventClass;

/** Commands on ranges of a sorted set's members: by position, by score, or by the members' bytes. */
final class SortedSetRangeCommands {
    private static final int ANY = 0;
    private static final int BY_RANK = 1;
    private static final int BY_SCORE = 2;
    private static final int BY_LEX = 3;

    private static final byte[] WITHSCORES = Call.word("withscores");
    private static final byte[] LIMIT = Call.word("limit");
    private static final byte[] REV = Call.word("rev");
    private static final byte[] BYSCORE = Call.word("byscore");
    private static final byte[] BYLEX = Call.word("bylex");

    private static final CommandException LIMIT_OF_RANKS =
            new CommandException(
                    "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX");
    private static final CommandException WITHSCORES_BYLEX =
            new CommandException(
                    "ERR syntax error, WITHSCORES not supported in combination with BYLEX");

    private final SortedSetValue zset = new SortedSetValue();
    private final MemberWalk walk = new MemberWalk();
    private final MemberBounds bounds = new MemberBounds();
    private final SortedSetResult result = new SortedSetResult();

    /** The range asked for: by what, from where, in which direction, how many of it. */
    private int by;

    private boolean reverse;
    private boolean withScores;
    private long offset;
    private long limit;
    private long start;
    private long stop;

    /** The members found: the position of the first in the direction asked for, and how many. */
    private long first;

    private long count;

    private SortedSetRangeCommands() {}

    static void register(CommandTable table) {
        SortedSetRangeCommands commands = new SortedSetRangeCommands();
        commands.registerReads(table);
        commands.registerRemovals(table);
    }

    private void registerReads(CommandTable table) {
        table.add(
                reading("zrange", ANY, false, "1.2.0", "Returns a range of a sorted set's members.")
                        .syntax(
                                "key start stop [sortby(BYSCORE | BYLEX)@6.2.0] [REV@6.2.0]"
                                        + " [LIMIT limit{offset:integer count:integer}@6.2.0] [WITHSCORES]")
                        .history("6.2.0 Added `REV`, `BYSCORE`, `BYLEX` and `LIMIT`."),
                reading(
                                "zrevrange",
                                BY_RANK,
                                true,
                                "1.2.0",
                                "Returns a range of a sorted set's members by position from the end.")
                        .deprecated("6.2.0", "`ZRANGE` with the `REV` argument")
                        .syntax("key start:integer stop:integer [WITHSCORES]"),
                reading(
                                "zrangebyscore",
                                BY_SCORE,
                                false,
                                "1.0.5",
                                "Returns the members of a sorted set with scores in a range.")
                        .deprecated("6.2.0", "`ZRANGE` with the `BYSCORE` argument")
                        .syntax(
                                "key min:double max:double [WITHSCORES@2.0.0]"
                                        + " [LIMIT limit{offset:integer count:integer}]")
                        .history("2.0.0 Added `WITHSCORES`."),
                reading(
                                "zrevrangebyscore",
                                BY_SCORE,
                                true,
                                "2.2.0",
                                "Returns the members of a sorted set with scores in a range, from the"
                                        + " highest down.")
                        .deprecated("6.2.0", "`ZRANGE` with the `REV` and `BYSCORE` arguments")
                        .syntax(
                                "key max:double min:double [WITHSCORES]"
                                        + " [LIMIT limit{offset:integer count:integer}]")
                        .history("2.1.6 Added bounds that do not belong to the range."),
                reading(
                                "zrangebylex",
                                BY_LEX,
                                false,
                                "2.8.9",
                                "Returns the members of a sorted set in a range of their bytes.")
                        .deprecated("6.2.0", "`ZRANGE` with the `BYLEX` argument")
                        .syntax("key min max [LIMIT limit{offset:integer count:integer}]"),
                reading(
                                "zrevrangebylex",
                                BY_LEX,
                                true,
                                "2.8.9",
                                "Returns the members of a sorted set in a range of their bytes, from"
                                        + " the greatest down.")
                        .deprecated("6.2.0", "`ZRANGE` with the `REV` and `BYLEX` arguments")
                        .syntax("key max min [LIMIT limit{offset:integer count:integer}]"),
                command("zrangestore", this::zrangestore)
                        .arity(-5)
                        .flags(Flag.WRITE, Flag.DENYOOM)
                        .acl(Category.SORTEDSET)
                        .keys(
                                KeySpec.range(1, 0, 1, "OW", "UPDATE"),
                                KeySpec.range(2, 0, 1, "RO", "ACCESS"))
                        .docs(
                                "sorted-set",
                                "6.2.0",
                                "O(log(N)+M) for M members stored of a sorted set of size N.",
                                "Stores a range of a sorted set's members in another key.")
                        .syntax(
                                "dst:key src:key min max [sortby(BYSCORE | BYLEX)] [REV]"
                                        + " [LIMIT limit{offset:integer count:integer}]"));
    }

    private Command reading(String name, int kind, boolean fromEnd, String since, String summary) {
        return command(name, call -> zrange(call, kind, fromEnd))
                .arity(-4)
                .flags(Flag.READONLY)
                .acl(Category.SORTEDSET)
                .key("RO", "ACCESS")
                .docs(
                        "sorted-set",
                        since,
                        "O(log(N)+M) for M members returned of a sorted set of size N.",
                        summary);
    }

    private void registerRemovals(CommandTable table) {
        table.add(
                removing("zremrangebyrank", BY_RANK, "2.0.0", "by position")
                        .syntax("key start:integer stop:integer"),
                removing("zremrangebyscore", BY_SCORE, "1.2.0", "by score")
                        .syntax("key min:double max:double"),
                removing("zremrangebylex", BY_LEX, "2.8.9", "by the members' bytes")
                        .syntax("key min max"));
    }

    private Command removing(String name, int kind, String since, String how) {
        return command(name, call -> remove(call, kind, name))
                .arity(4)
                .flags(Flag.WRITE)
                .acl(Category.SORTEDSET)
                .key("RW", "DELETE")
                .docs(
                        "sorted-set",
                        since,
                        "O(M*log(N)) for M members removed from a sorted set of size N.",
                        "Removes a range of a sorted set's members, " + how + ".");
    }

    // ---- reading ----

    private void zrange(Call call, int kind, boolean fromEnd) {
        readOptions(call, 4, kind, fromEnd, true);
        readBounds(call, 2);
        int cell = call.read(1, ValueType.ZSET);
        if (cell == 0) {
            call.reply().emptyArray();
            return;
        }
        find(zset.open(call.db(), cell));
        walk.open(call.db(), cell);
        MemberReplies.array(call.reply(), walk, first, count, reverse, withScores);
    }

    private void zrangestore(Call call) {
        readOptions(call, 5, ANY, false, false);
        readBounds(call, 3);
        int cell = call.read(2, ValueType.ZSET);
        count = 0;
        if (cell != 0) {
            find(zset.open(call.db(), cell));
            walk.open(call.db(), cell);
        }
        result.begin(call, count);
        try {
            boolean more = count > 0 && walk.seek(first);
            for (long i = 0; more && i < count; i++) {
                StringValue member = walk.member();
                result.add(member.array(), member.offset(), member.length(), walk.score());
                more = MemberReplies.step(walk, reverse);
            }
        } catch (RuntimeException e) {
            result.discard();
            throw e;
        }
        call.reply().integer(result.store(call, 1, "zrangestore"));
    }

    /**
     * Reads what follows the bounds.
     *
     * @param kind by what the range is, or {@link #ANY} if that is an option, as is the direction then
     */
    private void readOptions(
            Call call, int from, int kind, boolean fromEnd, boolean mayHaveScores) {
        Request args = call.args();
        boolean free = kind == ANY;
        by = kind;
        reverse = fromEnd;
        withScores = false;
        offset = 0;
        limit = -1;
        for (int i = from; i < args.argc(); i++) {
            int left = args.argc() - i - 1;
            if (mayHaveScores && call.is(i, WITHSCORES)) {
                withScores = true;
            } else if (left >= 2 && call.is(i, LIMIT)) {
                offset = call.longArg(i + 1);
                limit = call.longArg(i + 2);
                i += 2;
            } else if (free && !reverse && call.is(i, REV)) {
                reverse = true;
            } else if (by == ANY && call.is(i, BYLEX)) {
                by = BY_LEX;
            } else if (by == ANY && call.is(i, BYSCORE)) {
                by = BY_SCORE;
            } else {
                throw Call.SYNTAX;
            }
        }
        by = by == ANY ? BY_RANK : by;
        if (limit != -1 && by == BY_RANK) {
            throw LIMIT_OF_RANKS;
        }
        if (withScores && by == BY_LEX) {
            throw WITHSCORES_BYLEX;
        }
    }

    /** Reads the two bounds; those of scores and members come with the greater first if the range goes from the end. */
    private void readBounds(Call call, int arg) {
        int min = reverse && by != BY_RANK ? arg + 1 : arg;
        int max = 2 * arg + 1 - min;
        switch (by) {
            case BY_SCORE -> bounds.readScores(call, min, max);
            case BY_LEX -> bounds.readMembers(call, min, max);
            default -> {
                start = call.longArg(min);
                stop = call.longArg(max);
            }
        }
    }

    private void find(SortedSetValue in) {
        switch (by) {
            case BY_SCORE -> bounds.findByScore(in);
            case BY_LEX -> bounds.findByLex(in, reverse);
            default -> {
                findByRank(in.size());
                return;
            }
        }
        long size = in.rangeEnd() - in.rangeBegin();
        long skipped = offset < 0 ? size : Math.min(offset, size);
        count = limit < 0 ? size - skipped : Math.min(limit, size - skipped);
        first = reverse ? in.rangeEnd() - 1 - skipped : in.rangeBegin() + skipped;
    }

    private void findByRank(long size) {
        long from = Math.max(start < 0 ? start + size : start, 0);
        long to = Math.min(stop < 0 ? stop + size : stop, size - 1);
        count = from > to ? 0 : to - from + 1;
        first = reverse ? size - 1 - from : from;
    }

    // ---- removing ----

    private void remove(Call call, int kind, String event) {
        by = kind;
        reverse = false;
        offset = 0;
        limit = -1;
        readBounds(call, 2);
        int cell = call.write(1, ValueType.ZSET);
        if (cell == 0) {
            call.reply().integer(0);
            return;
        }
        find(zset.open(call.db(), cell));
        if (count > 0) {
            boolean all = count == zset.size();
            if (all) {
                call.db().delete(cell);
            } else {
                zset.removeRange(first, count);
            }
            call.modified(1);
            call.changed(count - 1);
            call.event(EventClass.ZSET, event, 1);
            if (all) {
                call.event(EventClass.GENERIC, "del", 1);
            }
        }
        call.reply().integer(count);
    }
}
