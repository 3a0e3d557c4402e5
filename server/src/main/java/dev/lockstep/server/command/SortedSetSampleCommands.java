package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;

import dev.lockstep.keyspace.MemberWalk;
import dev.lockstep.keyspace.SortedSetValue;
import dev.lockstep.keyspace.StringValue;
import dev.lockstep.keyspace.ValueType;
import dev.lockstep.protocol.Decimal;
import dev.lockstep.protocol.ErrorReplies;
import dev.lockstep.protocol.ReplyBuffer;
import dev.lockstep.protocol.Request;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;

/** Commands that return members of a sorted set that nobody named: chosen at random, or in turn. */
final class SortedSetSampleCommands {
    private static final byte[] WITHSCORES = Call.word("withscores");

    private static final CommandException COUNT_OUT_OF_RANGE =
            new CommandException(
                    "ERR value is out of range, value must between -9223372036854775807 and"
                            + " 9223372036854775807");
    private static final CommandException OUT_OF_RANGE =
            new CommandException(ErrorReplies.OUT_OF_RANGE);

    /** Members are chosen one by one while fewer than this part of all are wanted. */
    private static final int FEW = 3;

    private static final int MOST_REPLIES = Integer.MAX_VALUE / 2;

    private final SplittableRandom random = new SplittableRandom();
    private final SortedSetValue zset = new SortedSetValue();
    private final MemberWalk walk = new MemberWalk();
    private final StringValue member = new StringValue();
    private final ScanOptions options = new ScanOptions();
    private final FoundCells found = new FoundCells();

    private SortedSetSampleCommands() {}

    static void register(CommandTable table) {
        SortedSetSampleCommands commands = new SortedSetSampleCommands();
        table.add(
                command("zrandmember", commands::zrandmember)
                        .arity(-2)
                        .flags(Flag.READONLY)
                        .acl(Category.SORTEDSET)
                        .key("RO", "ACCESS")
                        .tips("nondeterministic_output")
                        .docs(
                                "sorted-set",
                                "6.2.0",
                                "O(N) where N is the number of members returned",
                                "Returns members of a sorted set chosen at random.")
                        .syntax("key [options{count:integer [WITHSCORES]}]"),
                command("zscan", commands::zscan)
                        .arity(-3)
                        .flags(Flag.READONLY)
                        .acl(Category.SORTEDSET)
                        .key("RO", "ACCESS")
                        .tips("nondeterministic_output")
                        .docs(
                                "sorted-set",
                                "2.8.0",
                                "O(1) for each call, O(N) for a whole iteration over N members",
                                "Iterates over the members of a sorted set with their scores.")
                        .syntax(
                                "key cursor:integer [MATCH pattern:pattern] [COUNT count:integer]"));
    }

    // ---- ZRANDMEMBER ----

    private void zrandmember(Call call) {
        Request args = call.args();
        if (args.argc() > 2) {
            some(call);
            return;
        }
        int cell = call.read(1, ValueType.ZSET);
        if (cell == 0) {
            call.reply().nullBulk();
            return;
        }
        long size = zset.open(call.db(), cell).size();
        walk.open(call.db(), cell).seek(random.nextLong(size));
        MemberReplies.member(call.reply(), walk);
    }

    private void some(Call call) {
        Request args = call.args();
        long count = call.longArg(2);
        if (count == Long.MIN_VALUE) {
            throw COUNT_OUT_OF_RANGE;
        }
        boolean withScores = args.argc() > 3;
        if (args.argc() > 4 || withScores && !call.is(3, WITHSCORES)) {
            throw Call.SYNTAX;
        }
        if (withScores && Math.abs(count) > Long.MAX_VALUE / 2) {
            throw OUT_OF_RANGE;
        }
        int cell = call.read(1, ValueType.ZSET);
        if (cell == 0 || count == 0) {
            call.reply().emptyArray();
            return;
        }
        if (count < -MOST_REPLIES) {
            throw OUT_OF_RANGE;
        }
        long size = zset.open(call.db(), cell).size();
        walk.open(call.db(), cell);
        if (count < 0) {
            anyOf(call, size, -count, withScores);
        } else if (count >= size) {
            MemberReplies.array(call.reply(), walk, size - 1, size, true, withScores);
        } else if (count * FEW < size) {
            fewOf(call, size, count, withScores);
        } else {
            manyOf(call, size, count, withScores);
        }
    }

    /** So many members, each of which may be any, the same as another too. */
    private void anyOf(Call call, long size, long count, boolean withScores) {
        begin(call, count, withScores);
        for (long i = 0; i < count && call.isHeard(i); i++) {
            walk.seek(random.nextLong(size));
            reply(call, withScores);
        }
    }

    /** So many different members, drawn again when they come twice. */
    private void fewOf(Call call, long size, long count, boolean withScores) {
        begin(call, count, withScores);
        Set<Long> drawn = new HashSet<>();
        while (drawn.size() < count) {
            long position = random.nextLong(size);
            if (drawn.add(position)) {
                walk.seek(position);
                reply(call, withScores);
            }
        }
    }

    /** So many different members: one walk, in which each is chosen as likely as what is still wanted is of what is left. */
    private void manyOf(Call call, long size, long count, boolean withScores) {
        begin(call, count, withScores);
        walk.seek(0);
        long wanted = count;
        for (long left = size; wanted > 0; left--) {
            if (random.nextLong(left) < wanted) {
                reply(call, withScores);
                wanted--;
            }
            walk.next();
        }
    }

    private static void begin(Call call, long count, boolean withScores) {
        boolean flat = withScores && call.reply().protocol() == 2;
        call.reply().array((int) (flat ? 2 * count : count));
    }

    private void reply(Call call, boolean withScores) {
        if (withScores && call.reply().protocol() == 3) {
            call.reply().array(2);
        }
        MemberReplies.member(call.reply(), walk);
        if (withScores) {
            call.reply().doubleValue(walk.score());
        }
    }

    // ---- ZSCAN ----

    private void zscan(Call call) {
        long cursor = ScanCommands.cursorArg(call, 2);
        int cell = call.read(1, ValueType.ZSET);
        ReplyBuffer reply = call.reply();
        if (cell == 0) {
            ScanCommands.replyNothing(call);
            return;
        }
        options.read(call, 3, false);
        zset.open(call.db(), cell);
        if (zset.encoding() == ValueType.LISTPACK) {
            scanAll(call, cell);
        } else {
            scanTable(call, cursor);
        }
    }

    /** Replies with scores as Redis has them in this place: here its listpack's text, in a table 17 digits. */
    private void scanAll(Call call, int cell) {
        ReplyBuffer reply = call.reply();
        walk.open(call.db(), cell);
        reply.array(2);
        reply.bulkInteger(0);
        int mark = reply.deferArray();
        int matched = 0;
        boolean more = walk.seek(0);
        while (more) {
            if (options.matches(walk.member())) {
                MemberReplies.member(reply, walk);
                StringValue score = walk.scoreText();
                reply.bulk(score.array(), score.offset(), score.length());
                matched++;
            }
            more = walk.next();
        }
        reply.endArray(mark, 2 * matched);
    }

    private void scanTable(Call call, long cursor) {
        ReplyBuffer reply = call.reply();
        long next = zset.scan(cursor, options.count(), found.begin());
        int kept = 0;
        for (int i = 0; i < found.count(); i++) {
            zset.read(found.get(i), member);
            if (options.matches(member)) {
                found.set(kept++, found.get(i));
            }
        }
        reply.array(2);
        reply.bulkInteger(next);
        reply.array(2 * kept);
        for (int i = 0; i < kept; i++) {
            double score = zset.read(found.get(i), member);
            reply.bulk(member.array(), member.offset(), member.length());
            reply.bulk(Decimal.toSeventeenDigits(score));
        }
    }
}
