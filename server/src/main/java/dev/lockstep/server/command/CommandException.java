package dev.lockstep.server.command;

/**
 * A command's error reply. Errors that are known beforehand are preallocated constants; none has a stack trace.
 *
 * <p>Thrown by a handler it takes back what the handler has replied so far; a handler throws before it changes anything.
 */
public final class CommandException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** @param reply the reply with its code and without the '-', such as "ERR syntax error" */
    public CommandException(String reply) {
        super(reply, null, false, false);
    }
}
