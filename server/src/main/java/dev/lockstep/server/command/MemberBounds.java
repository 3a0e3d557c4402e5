package dev.lockstep.server.command;

import dev.lockstep.keyspace.LexBound;
import dev.lockstep.keyspace.SortedSetValue;
import dev.lockstep.protocol.Decimal;
import dev.lockstep.protocol.Request;

/** The two ends of a range of a sorted set's members as arguments give them: positions, scores, or members' bytes. */
final class MemberBounds {
    private static final CommandException NOT_SCORES =
            new CommandException("ERR min or max is not a float");
    private static final CommandException NOT_MEMBERS =
            new CommandException("ERR min or max not valid string range item");

    private final LexBound minMember = new LexBound();
    private final LexBound maxMember = new LexBound();
    private double min;
    private double max;
    private boolean minExclusive;
    private boolean maxExclusive;

    /** Reads scores, each with a "(" before it if it is left out. */
    void readScores(Call call, int minArg, int maxArg) {
        minExclusive = isExclusive(call.args(), minArg);
        maxExclusive = isExclusive(call.args(), maxArg);
        min = score(call.args(), minArg, minExclusive ? 1 : 0);
        max = score(call.args(), maxArg, maxExclusive ? 1 : 0);
        if (Double.isNaN(min) || Double.isNaN(max)) {
            throw NOT_SCORES;
        }
    }

    private static boolean isExclusive(Request args, int arg) {
        return args.length(arg) > 0 && args.array()[args.offset(arg)] == '(';
    }

    private static double score(Request args, int arg, int skip) {
        return Decimal.parseDoubleLoosely(
                args.array(), args.offset(arg) + skip, args.length(arg) - skip);
    }

    /** Reads members, each with a "[" before it, or a "(" if it is left out; "-" and "+" are before and behind all. */
    void readMembers(Call call, int minArg, int maxArg) {
        member(call.args(), minArg, minMember);
        member(call.args(), maxArg, maxMember);
    }

    private static void member(Request args, int arg, LexBound into) {
        byte[] array = args.array();
        int offset = args.offset(arg);
        int length = args.length(arg);
        int first = length == 0 ? 0 : array[offset];
        if (first == '[' || first == '(') {
            into.set(array, offset + 1, length - 1, first == '(');
        } else if (first == '-' && length == 1) {
            into.setLowest();
        } else if (first == '+' && length == 1) {
            into.setHighest();
        } else {
            throw NOT_MEMBERS;
        }
    }

    /** Finds the members in the range of scores read. */
    void findByScore(SortedSetValue zset) {
        zset.rangeByScore(min, minExclusive, max, maxExclusive);
    }

    /** Finds the members in the range of members read; see {@link SortedSetValue#rangeByLex}. */
    void findByLex(SortedSetValue zset, boolean fromEnd) {
        zset.rangeByLex(minMember, maxMember, fromEnd);
    }
}
