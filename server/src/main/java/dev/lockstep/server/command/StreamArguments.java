package dev.lockstep.server.command;

import dev.lockstep.keyspace.StreamId;
import dev.lockstep.protocol.Request;

/** The IDs that commands on streams are given, as arguments. */
final class StreamArguments {
    static final CommandException INVALID_ID =
            new CommandException("ERR Invalid stream ID specified as stream command argument");
    private static final CommandException INVALID_START =
            new CommandException("ERR invalid start ID for the interval");
    private static final CommandException INVALID_END =
            new CommandException("ERR invalid end ID for the interval");

    private StreamArguments() {}

    /** An ID that is given as such; the second number is 0 if it is missing. */
    static StreamId id(Call call, int arg, StreamId into) {
        if (!isId(call, arg, into)) {
            throw INVALID_ID;
        }
        return into;
    }

    /** Whether an argument is an ID, which {@code into} is then. */
    static boolean isId(Call call, int arg, StreamId into) {
        Request args = call.args();
        return into.parse(args.array(), args.offset(arg), args.length(arg), 0);
    }

    /** Checks that some arguments are all IDs. */
    static void checkIds(Call call, int first, StreamId scratch) {
        for (int i = first; i < call.args().argc(); i++) {
            id(call, i, scratch);
        }
    }

    /** An ID, or "-" or "+" for the least and the greatest. */
    static StreamId idOrEdge(Call call, int arg, StreamId into, long missingSeq) {
        Request args = call.args();
        if (args.length(arg) == 1) {
            byte only = args.array()[args.offset(arg)];
            if (only == '-') {
                return into.setMin();
            }
            if (only == '+') {
                return into.setMax();
            }
        }
        if (!into.parse(args.array(), args.offset(arg), args.length(arg), missingSeq)) {
            throw INVALID_ID;
        }
        return into;
    }

    /** The beginning of a range; an ID behind "(" is not part of it. */
    static StreamId start(Call call, int arg, StreamId into) {
        if (isExclusive(call, arg)) {
            afterParenthesis(call, arg, into, 0);
            if (!into.increment()) {
                throw INVALID_START;
            }
            return into;
        }
        return idOrEdge(call, arg, into, 0);
    }

    /** The end of a range. */
    static StreamId end(Call call, int arg, StreamId into) {
        if (isExclusive(call, arg)) {
            afterParenthesis(call, arg, into, -1);
            if (!into.decrement()) {
                throw INVALID_END;
            }
            return into;
        }
        return idOrEdge(call, arg, into, -1);
    }

    private static boolean isExclusive(Call call, int arg) {
        Request args = call.args();
        return args.length(arg) > 1 && args.array()[args.offset(arg)] == '(';
    }

    private static void afterParenthesis(Call call, int arg, StreamId into, long missingSeq) {
        Request args = call.args();
        int offset = args.offset(arg) + 1;
        if (!into.parse(args.array(), offset, args.length(arg) - 1, missingSeq)) {
            throw INVALID_ID;
        }
    }
}
