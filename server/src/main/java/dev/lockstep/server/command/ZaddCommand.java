package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;

import dev.lockstep.keyspace.Database;
import dev.lockstep.keyspace.SortedSetValue;
import dev.lockstep.keyspace.ValueType;
import dev.lockstep.protocol.ErrorReplies;
import dev.lockstep.protocol.Request;
import dev.lockstep.server.config.EventClass;

/** ZADD and ZINCRBY, and what GEOADD makes of its points: members with scores are added, or get other scores. */
final class ZaddCommand {
    static final int NX = 1;
    static final int XX = 2;
    static final int CH = 4;
    private static final int GT = 8;
    private static final int LT = 16;
    private static final int INCR = 32;

    private static final byte[] NX_WORD = Call.word("nx");
    private static final byte[] XX_WORD = Call.word("xx");
    private static final byte[] GT_WORD = Call.word("gt");
    private static final byte[] LT_WORD = Call.word("lt");
    private static final byte[] CH_WORD = Call.word("ch");
    private static final byte[] INCR_WORD = Call.word("incr");

    private static final CommandException NX_AND_XX =
            new CommandException("ERR XX and NX options at the same time are not compatible");
    private static final CommandException GT_LT_NX =
            new CommandException(
                    "ERR GT, LT, and/or NX options at the same time are not compatible");
    private static final CommandException INCR_OF_MANY =
            new CommandException("ERR INCR option supports a single increment-element pair");
    private static final CommandException NOT_A_FLOAT =
            new CommandException(ErrorReplies.NOT_A_FLOAT);
    private static final CommandException NOT_A_NUMBER =
            new CommandException("ERR resulting score is not a number (NaN)");

    private static final int KEPT_SCORES = 1024;

    private final SortedSetValue zset = new SortedSetValue();
    private double[] scores = new double[16];

    /** What the last change was: the score that a member has now, and whether it was looked at without being passed over. */
    private double newScore;

    private boolean processed;

    ZaddCommand() {}

    static void register(CommandTable table) {
        ZaddCommand commands = new ZaddCommand();
        table.add(
                command("zadd", call -> commands.zadd(call, 0))
                        .arity(-4)
                        .flags(Flag.WRITE, Flag.DENYOOM, Flag.FAST)
                        .acl(Category.SORTEDSET)
                        .key("RW", "UPDATE")
                        .docs(
                                "sorted-set",
                                "1.2.0",
                                "O(log(N)) for each member, N being the size of the sorted set.",
                                "Adds members to a sorted set, or changes their scores.")
                        .syntax(
                                "key [condition(NX | XX)@3.0.2] [comparison(GT | LT)@6.2.0]"
                                        + " [change=CH@3.0.2] [increment=INCR@3.0.2]"
                                        + " data{score:double member} ...")
                        .history(
                                "2.4.0 Added several in one call.",
                                "3.0.2 Added `XX`, `NX`, `CH` and `INCR`.",
                                "6.2.0 Added `GT` and `LT`."),
                command("zincrby", call -> commands.zadd(call, INCR))
                        .arity(4)
                        .flags(Flag.WRITE, Flag.DENYOOM, Flag.FAST)
                        .acl(Category.SORTEDSET)
                        .key("RW", "ACCESS", "UPDATE")
                        .docs(
                                "sorted-set",
                                "1.2.0",
                                "O(log(N)) where N is the size of the sorted set.",
                                "Adds a number to the score of a sorted set's member.")
                        .syntax("key increment:integer member"));
    }

    private void zadd(Call call, int command) {
        Request args = call.args();
        int options = command;
        int first = 2;
        int option;
        while (first < args.argc() && (option = option(args, first)) != 0) {
            options |= option;
            first++;
        }
        int words = args.argc() - first;
        if (words == 0 || words % 2 != 0) {
            throw Call.SYNTAX;
        }
        check(options, words / 2);
        double[] parsed = scores(words / 2);
        for (int i = 0; i < words / 2; i++) {
            parsed[i] = args.doubleAt(first + 2 * i);
            if (Double.isNaN(parsed[i])) {
                throw NOT_A_FLOAT;
            }
        }
        run(call, options, first + 1, 2, words / 2);
    }

    private static int option(Request args, int arg) {
        if (args.length(arg) == 2) {
            return args.is(arg, NX_WORD)
                    ? NX
                    : args.is(arg, XX_WORD)
                            ? XX
                            : args.is(arg, GT_WORD)
                                    ? GT
                                    : args.is(arg, LT_WORD) ? LT : args.is(arg, CH_WORD) ? CH : 0;
        }
        return args.is(arg, INCR_WORD) ? INCR : 0;
    }

    private static void check(int options, int members) {
        if ((options & NX) != 0 && (options & XX) != 0) {
            throw NX_AND_XX;
        }
        int exclusive = options & (GT | LT | NX);
        if ((exclusive & exclusive - 1) != 0) {
            throw GT_LT_NX;
        }
        if ((options & INCR) != 0 && members > 1) {
            throw INCR_OF_MANY;
        }
    }

    /** The array for the scores of so many members. */
    double[] scores(int members) {
        if (scores.length < members || scores.length > KEPT_SCORES) {
            scores = new double[Math.max(members, 16)];
        }
        return scores;
    }

    /**
     * Adds members with the scores in {@link #scores}, and replies.
     *
     * @param firstMember the argument with the first member
     * @param step from there to the next
     */
    void run(Call call, int options, int firstMember, int step, int members) {
        int cell = call.write(1, ValueType.ZSET);
        boolean incr = (options & INCR) != 0;
        if (cell == 0 && (options & XX) != 0) {
            reply(call, incr, 0);
            return;
        }
        open(call, cell, firstMember, step, members);
        int added = 0;
        int updated = 0;
        for (int i = 0; i < members; i++) {
            Request args = call.args();
            int arg = firstMember + i * step;
            int outcome = add(args.array(), args.offset(arg), args.length(arg), scores[i], options);
            added += outcome == ADDED ? 1 : 0;
            updated += outcome == UPDATED ? 1 : 0;
        }
        if (added + updated > 0) {
            call.modified(1);
            call.changed(added + updated - 1);
            call.event(EventClass.ZSET, incr ? "zincr" : "zadd", 1);
        }
        reply(call, incr, (options & CH) != 0 ? added + updated : added);
    }

    private void open(Call call, int cell, int firstMember, int step, int members) {
        Database db = call.db();
        Request args = call.args();
        long bytes = 0;
        for (int i = 0; i < members; i++) {
            bytes += args.length(firstMember + i * step);
        }
        if (cell != 0) {
            zset.open(db, cell);
        } else {
            db.admit(
                    Database.bytesFor(args.length(1), 0)
                            + members * Database.bytesFor(0, Double.BYTES)
                            + bytes);
            zset.create(db, args.array(), args.offset(1), args.length(1));
        }
        if (members > 1) {
            zset.admit(members, bytes);
        }
        zset.expect(members);
        if (cell == 0) {
            call.created(1);
        }
    }

    private static final int NOTHING = 0;
    private static final int ADDED = 1;
    private static final int UPDATED = 2;

    private int add(byte[] member, int offset, int length, double given, int options) {
        processed = false;
        newScore = given;
        if (!zset.find(member, offset, length)) {
            if ((options & XX) != 0) {
                return NOTHING;
            }
            processed = true;
            zset.add(member, offset, length, given);
            return ADDED;
        }
        if ((options & NX) != 0) {
            return NOTHING;
        }
        double old = zset.score();
        double score = (options & INCR) != 0 ? old + given : given;
        if (Double.isNaN(score)) {
            throw NOT_A_NUMBER;
        }
        if ((options & GT) != 0 && score <= old || (options & LT) != 0 && score >= old) {
            return NOTHING;
        }
        processed = true;
        newScore = score;
        if (score == old) {
            return NOTHING;
        }
        zset.rescore(member, offset, length, score);
        return UPDATED;
    }

    private void reply(Call call, boolean incr, int count) {
        if (!incr) {
            call.reply().integer(count);
        } else if (processed) {
            call.reply().doubleValue(newScore);
        } else {
            call.reply().nullBulk();
        }
        processed = false;
    }
}
