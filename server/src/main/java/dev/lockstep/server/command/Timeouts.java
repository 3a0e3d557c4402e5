package dev.lockstep.server.command;

import dev.lockstep.protocol.ErrorReplies;

/** The timeouts of blocking commands, as arguments: when they are over, in Unix milliseconds; 0 for never. */
final class Timeouts {
    private static final CommandException NOT_A_FLOAT =
            new CommandException(ErrorReplies.TIMEOUT_NOT_A_FLOAT);
    private static final CommandException NOT_AN_INTEGER =
            new CommandException("ERR timeout is not an integer or out of range");
    private static final CommandException NEGATIVE =
            new CommandException(ErrorReplies.TIMEOUT_NEGATIVE);
    private static final CommandException OUT_OF_RANGE =
            new CommandException("ERR timeout is out of range");

    private Timeouts() {}

    /** Of a timeout in seconds, with a fraction or without. */
    static long endOfSeconds(Call call, int arg) {
        double millis = call.args().doubleAt(arg) * 1000;
        if (Double.isNaN(millis)) {
            throw NOT_A_FLOAT;
        }
        if (millis > Long.MAX_VALUE) {
            throw OUT_OF_RANGE;
        }
        return end(call, (long) Math.ceil(millis));
    }

    /** Of a timeout in milliseconds. */
    static long endOfMillis(Call call, int arg) {
        if (!call.args().isLong(arg)) {
            throw NOT_AN_INTEGER;
        }
        return end(call, call.args().longAt(arg));
    }

    private static long end(Call call, long millis) {
        if (millis < 0) {
            throw NEGATIVE;
        }
        if (millis > Long.MAX_VALUE - call.now()) {
            throw OUT_OF_RANGE;
        }
        return millis == 0 ? 0 : call.now() + millis;
    }
}
