package dev.lockstep.server.command;

import dev.lockstep.protocol.ErrorReplies;

/**
 * The arguments that commands on the deadlines of fields have in common: the time, and last FIELDS, a number, and so many
 * fields.
 */
final class FieldsArgument {
    private static final byte[] FIELDS = Call.word("fields");

    /** The latest deadline, in Unix milliseconds: Redis keeps 46 bits. */
    private static final long MAX_DEADLINE = (1L << 46) - 1;

    private static final CommandException MISSING =
            new CommandException(
                    "ERR Mandatory argument FIELDS is missing or not at the right position");
    private static final CommandException NOT_SO_MANY =
            new CommandException(
                    "ERR The `numfields` parameter must match the number of arguments");
    private static final CommandException NEGATIVE_TIME =
            new CommandException("ERR invalid expire time, must be >= 0");

    static final CommandException NOT_POSITIVE =
            new CommandException("ERR Number of fields must be a positive integer");

    private FieldsArgument() {}

    /**
     * The first of the fields that follow FIELDS, which stands at an argument, and end the request.
     *
     * @param badCount the error if the number is none that there can be
     */
    static int first(Call call, int arg, CommandException badCount) {
        if (!call.is(arg, FIELDS)) {
            throw MISSING;
        }
        if (!call.args().isLong(arg + 1) || call.args().longAt(arg + 1) < 1) {
            throw badCount;
        }
        if (call.args().longAt(arg + 1) != call.args().argc() - arg - 2) {
            throw NOT_SO_MANY;
        }
        return arg + 2;
    }

    /**
     * A deadline in Unix milliseconds.
     *
     * @param unitMillis what the argument counts
     * @param since what it counts from, Unix milliseconds
     */
    static long deadline(Call call, int arg, long unitMillis, long since) {
        long time = call.longArg(arg);
        if (time < 0) {
            throw NEGATIVE_TIME;
        }
        if (time > MAX_DEADLINE / unitMillis || time * unitMillis > MAX_DEADLINE - since) {
            throw new CommandException(ErrorReplies.invalidExpireTime(call.command().name()));
        }
        return time * unitMillis + since;
    }
}
