package dev.lockstep.server.acl;

import dev.lockstep.protocol.Request;
import dev.lockstep.server.command.Command;
import dev.lockstep.server.command.CommandKeys;
import java.util.List;

/** Whether a user may send a request, and what of it is refused if not. Used for one request after another; executor only. */
public final class AccessCheck {
    private Command command;
    private Request request;
    private int start;
    private List<CommandKeys.Key> keys;
    private int selectorArgument;
    private int argument;

    /**
     * Checks one request.
     *
     * @param start the argument with the command's name
     * @return what is refused, or null if the user may
     */
    public Denied refuses(User user, Command wanted, Request args, int start) {
        begin(wanted, args, start);
        Denied worst = Denied.COMMAND;
        for (Selector selector : user.selectors()) {
            selectorArgument = start;
            Denied denied = selector.refuses(this);
            if (denied == null) {
                return null;
            }
            boolean isWorse = denied.compareTo(worst) > 0;
            if (isWorse || denied == worst && selectorArgument > argument) {
                worst = denied;
                argument = selectorArgument;
            }
        }
        return worst;
    }

    /** Whether one selector alone allows a request. */
    boolean allows(Selector selector, Command wanted, Request args) {
        begin(wanted, args, 0);
        return selector.refuses(this) == null;
    }

    private void begin(Command wanted, Request args, int from) {
        command = wanted;
        request = args;
        start = from;
        keys = null;
        argument = from;
    }

    /** The argument that was refused last, if it was a key or a channel. */
    public int argument() {
        return argument;
    }

    Command command() {
        return command;
    }

    Request request() {
        return request;
    }

    int start() {
        return start;
    }

    int argc() {
        return request.argc() - start;
    }

    /** The keys of the request; none if its arguments make no sense, since it will do nothing then. */
    List<CommandKeys.Key> keys() {
        if (keys == null) {
            keys = CommandKeys.of(command, request, start);
            if (keys == null) {
                keys = List.of();
            }
        }
        return keys;
    }

    void refusedArgument(int refused) {
        selectorArgument = refused;
    }
}
