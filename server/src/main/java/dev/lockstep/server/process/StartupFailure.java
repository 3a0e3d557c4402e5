package dev.lockstep.server.process;

/**
 * Says why a server can't start, for the person at the terminal.
 *
 * <p>The message is the one line to print, complete as it is; the exit code is 1. It carries no stack
 * trace, since it isn't a bug.
 */
public final class StartupFailure extends Exception {
    private static final long serialVersionUID = 1L;

    public StartupFailure(String line) {
        super(line, null, false, false);
    }
}
