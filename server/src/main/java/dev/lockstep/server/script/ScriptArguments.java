package dev.lockstep.server.script;

import dev.lockstep.protocol.ErrorReplies;
import dev.lockstep.server.command.Call;
import dev.lockstep.server.command.CommandException;

/** The number of keys that a script is called with. */
final class ScriptArguments {
    private static final CommandException TOO_MANY =
            new CommandException(ErrorReplies.NUMKEYS_TOO_BIG);
    private static final CommandException NEGATIVE =
            new CommandException(ErrorReplies.NUMKEYS_NEGATIVE);

    private ScriptArguments() {}

    /** The number at this argument, behind which so many follow. */
    static int keys(Call call, int arg) {
        return checked(call, arg, call.longArg(arg));
    }

    static int checked(Call call, int arg, long keys) {
        if (keys > call.args().argc() - arg - 1) {
            throw TOO_MANY;
        }
        if (keys < 0) {
            throw NEGATIVE;
        }
        return (int) keys;
    }
}
