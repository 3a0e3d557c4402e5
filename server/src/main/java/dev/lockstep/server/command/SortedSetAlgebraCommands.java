package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;

import dev.lockstep.keyspace.SortedSetValue;
import dev.lockstep.keyspace.StringValue;
import dev.lockstep.keyspace.ValueType;
import dev.lockstep.protocol.Request;
import java.util.Arrays;
import java.util.Comparator;

/** Commands that make a sorted set of several, or of sets: ZUNION, ZINTER, ZDIFF and their kin. */
final class SortedSetAlgebraCommands {
    private static final int UNION = 0;
    private static final int INTER = 1;
    private static final int DIFF = 2;
    private static final int INTERCARD = 3;

    private static final int SUM = 0;
    private static final int MIN = 1;
    private static final int MAX = 2;

    private static final byte[] WEIGHTS = Call.word("weights");
    private static final byte[] AGGREGATE = Call.word("aggregate");
    private static final byte[] WITHSCORES = Call.word("withscores");
    private static final byte[] LIMIT = Call.word("limit");
    private static final byte[] SUM_WORD = Call.word("sum");
    private static final byte[] MIN_WORD = Call.word("min");
    private static final byte[] MAX_WORD = Call.word("max");

    private static final CommandException WEIGHT_NOT_A_FLOAT =
            new CommandException("ERR weight value is not a float");
    private static final CommandException NEGATIVE_LIMIT =
            new CommandException("ERR LIMIT can't be negative");

    /** So many members are never packed: what is only replied with keeps a score of -0, as in Redis. */
    private static final long NOT_PACKED = Long.MAX_VALUE;

    private static final int KEPT_SOURCES = 16;
    private static final Comparator<ScoredSource> BY_SIZE =
            Comparator.comparingLong(ScoredSource::size);

    private final SortedSetResult result = new SortedSetResult();
    private ScoredSource[] sources = new ScoredSource[KEPT_SOURCES];
    private int count;
    private int aggregate;
    private boolean withScores;
    private long limit;

    private SortedSetAlgebraCommands() {}

    static void register(CommandTable table) {
        SortedSetAlgebraCommands commands = new SortedSetAlgebraCommands();
        String union = "O(N)+O(M*log(M)) for N members of all sets together and M of the result.";
        String inter =
                "O(N*K)+O(M*log(M)) for K sets, N members of the smallest and M of the result.";
        String diff = "O(N*K)+O(M*log(M)) for K sets, N members of the first and M of the result.";
        table.add(
                commands.reading("zunion", UNION, union, "Returns the union of sorted sets."),
                commands.reading(
                        "zinter", INTER, inter, "Returns the intersection of sorted sets."),
                commands.reading(
                        "zdiff",
                        DIFF,
                        diff,
                        "Returns what the first of several sorted sets has and the others don't."),
                command("zintercard", call -> commands.cardinality(call))
                        .arity(-3)
                        .flags(Flag.READONLY)
                        .acl(Category.SORTEDSET)
                        .keys(KeySpec.counted(1, 0, 1, "RO", "ACCESS"))
                        .docs(
                                "sorted-set",
                                "7.0.0",
                                "O(N*K) for K sets and N members of the smallest.",
                                "Counts the members of an intersection of sorted sets.")
                        .syntax("numkeys:integer key ... [LIMIT limit:integer]"),
                commands.storing(
                        "zunionstore", UNION, "2.0.0", union, "Stores the union of sorted sets."),
                commands.storing(
                        "zinterstore",
                        INTER,
                        "2.0.0",
                        inter,
                        "Stores the intersection of sorted sets."),
                commands.storing(
                        "zdiffstore",
                        DIFF,
                        "6.2.0",
                        diff,
                        "Stores what the first of several sorted sets has and the others don't."));
    }

    private Command reading(String name, int operation, String complexity, String summary) {
        return command(name, call -> reply(call, operation))
                .arity(-3)
                .flags(Flag.READONLY)
                .acl(Category.SORTEDSET)
                .keys(KeySpec.counted(1, 0, 1, "RO", "ACCESS"))
                .docs("sorted-set", "6.2.0", complexity, summary)
                .syntax("numkeys:integer key ..." + weighted(operation) + " [WITHSCORES]");
    }

    private Command storing(
            String name, int operation, String since, String complexity, String summary) {
        return command(name, call -> store(call, operation, name))
                .arity(-4)
                .flags(Flag.WRITE, Flag.DENYOOM)
                .acl(Category.SORTEDSET)
                .keys(
                        KeySpec.range(1, 0, 1, "OW", "UPDATE"),
                        KeySpec.counted(2, 0, 1, "RO", "ACCESS"))
                .docs("sorted-set", since, complexity, summary)
                .syntax("destination:key numkeys:integer key ..." + weighted(operation));
    }

    private static String weighted(int operation) {
        return operation == DIFF
                ? ""
                : " [WEIGHTS weight:integer ...] [AGGREGATE aggregate(SUM | MIN | MAX)]";
    }

    private void reply(Call call, int operation) {
        readOptions(call, openSources(call, 1), operation, false);
        compute(call, operation, NOT_PACKED);
        try {
            MemberReplies.array(call.reply(), result.walk(), 0, result.size(), false, withScores);
        } finally {
            result.discard();
        }
    }

    private void store(Call call, int operation, String event) {
        readOptions(call, openSources(call, 2), operation, true);
        compute(call, operation, 0);
        call.reply().integer(result.store(call, 1, event));
    }

    private void cardinality(Call call) {
        readOptions(call, openSources(call, 1), INTERCARD, false);
        Arrays.sort(sources, 0, count, BY_SIZE);
        long found = 0;
        sources[0].begin();
        while ((limit == 0 || found < limit) && sources[0].next()) {
            found += isInAll(sources[0].member()) ? 1 : 0;
        }
        call.reply().integer(found);
    }

    // ---- arguments ----

    /** Opens the sets whose keys follow their number; returns the argument behind them. */
    private int openSources(Call call, int numberArg) {
        Request args = call.args();
        long number = call.longArg(numberArg);
        if (number < 1) {
            throw new CommandException(
                    "ERR at least 1 input key is needed for '"
                            + call.command().fullName()
                            + "' command");
        }
        if (number > args.argc() - numberArg - 1) {
            throw Call.SYNTAX;
        }
        count = (int) number;
        if (count > sources.length || sources.length > KEPT_SOURCES && count <= KEPT_SOURCES) {
            sources = Arrays.copyOf(sources, Math.max(count, KEPT_SOURCES));
        }
        for (int i = 0; i < count; i++) {
            int cell = call.read(numberArg + 1 + i);
            int type = cell == 0 ? ValueType.ZSET : call.db().type(cell);
            if (type != ValueType.ZSET && type != ValueType.SET) {
                throw Call.WRONGTYPE;
            }
            if (sources[i] == null) {
                sources[i] = new ScoredSource();
            }
            sources[i].open(call.db(), cell);
        }
        return numberArg + 1 + count;
    }

    private void readOptions(Call call, int first, int operation, boolean stores) {
        Request args = call.args();
        boolean scores = operation == UNION || operation == INTER;
        aggregate = SUM;
        withScores = false;
        limit = 0;
        int i = first;
        while (i < args.argc()) {
            int left = args.argc() - i - 1;
            if (scores && left >= count && call.is(i, WEIGHTS)) {
                readWeights(args, i + 1);
                i += 1 + count;
            } else if (scores && left >= 1 && call.is(i, AGGREGATE)) {
                aggregate = aggregate(call, i + 1);
                i += 2;
            } else if (!stores && operation != INTERCARD && call.is(i, WITHSCORES)) {
                withScores = true;
                i++;
            } else if (operation == INTERCARD && left >= 1 && call.is(i, LIMIT)) {
                if (!args.isLong(i + 1) || args.longAt(i + 1) < 0) {
                    throw NEGATIVE_LIMIT;
                }
                limit = args.longAt(i + 1);
                i += 2;
            } else {
                throw Call.SYNTAX;
            }
        }
    }

    private void readWeights(Request args, int first) {
        for (int i = 0; i < count; i++) {
            double weight = args.doubleAt(first + i);
            if (Double.isNaN(weight)) {
                throw WEIGHT_NOT_A_FLOAT;
            }
            sources[i].weight(weight);
        }
    }

    private static int aggregate(Call call, int arg) {
        if (call.is(arg, SUM_WORD)) {
            return SUM;
        }
        if (call.is(arg, MIN_WORD)) {
            return MIN;
        }
        if (call.is(arg, MAX_WORD)) {
            return MAX;
        }
        throw Call.SYNTAX;
    }

    // ---- computing ----

    private void compute(Call call, int operation, long expected) {
        if (operation != DIFF) {
            Arrays.sort(sources, 0, count, BY_SIZE);
        }
        result.begin(call, expected);
        try {
            switch (operation) {
                case UNION -> unite();
                case INTER -> intersect();
                default -> subtract();
            }
        } catch (RuntimeException e) {
            result.discard();
            throw e;
        }
    }

    private void unite() {
        SortedSetValue union = result.value();
        for (int i = 0; i < count; i++) {
            ScoredSource source = sources[i];
            source.begin();
            while (source.next()) {
                StringValue member = source.member();
                double score = zeroIfNone(source.memberScore());
                byte[] array = member.array();
                if (!union.find(array, member.offset(), member.length())) {
                    union.add(array, member.offset(), member.length(), score);
                    continue;
                }
                double both = aggregated(union.score(), score);
                union.rescore(array, member.offset(), member.length(), both);
            }
        }
    }

    /** Redis' order: the score in the smallest set, then the others', the next larger set first. */
    private void intersect() {
        ScoredSource smallest = sources[0];
        smallest.begin();
        while (smallest.next()) {
            StringValue member = smallest.member();
            double score = zeroIfNone(smallest.memberScore());
            int i = 1;
            for (; i < count; i++) {
                ScoredSource other = sources[i];
                if (other.isSame(smallest)) {
                    score = aggregated(score, other.scoreOf(smallest));
                } else if (other.find(member)) {
                    score = aggregated(score, other.score());
                } else {
                    break;
                }
            }
            if (i == count) {
                result.add(member.array(), member.offset(), member.length(), score);
            }
        }
    }

    private boolean isInAll(StringValue member) {
        for (int i = 1; i < count; i++) {
            if (!sources[i].isSame(sources[0]) && !sources[i].find(member)) {
                return false;
            }
        }
        return true;
    }

    private void subtract() {
        ScoredSource from = sources[0];
        from.begin();
        while (from.next()) {
            StringValue member = from.member();
            if (!isInAny(member)) {
                result.add(member.array(), member.offset(), member.length(), from.memberScore());
            }
        }
    }

    private boolean isInAny(StringValue member) {
        for (int i = 1; i < count; i++) {
            if (sources[i].isSame(sources[0]) || sources[i].find(member)) {
                return true;
            }
        }
        return false;
    }

    private double aggregated(double one, double other) {
        return switch (aggregate) {
            case MIN -> other < one ? other : one;
            case MAX -> other > one ? other : one;
            default -> zeroIfNone(one + other);
        };
    }

    /** What is not a number, infinity times 0 or the sum of both infinities, counts as 0. */
    private static double zeroIfNone(double score) {
        return Double.isNaN(score) ? 0 : score;
    }
}
