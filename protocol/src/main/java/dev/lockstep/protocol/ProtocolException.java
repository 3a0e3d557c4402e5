package dev.lockstep.protocol;

/**
 * The client's bytes are no request: it gets {@code -ERR} and the message, then the connection is closed.
 *
 * <p>The message is Redis' own text and starts with "Protocol error: ". Made without a stack trace.
 */
public final class ProtocolException extends Exception {
    private static final long serialVersionUID = 1L;

    public ProtocolException(String reason) {
        super("Protocol error: " + reason, null, false, false);
    }
}
