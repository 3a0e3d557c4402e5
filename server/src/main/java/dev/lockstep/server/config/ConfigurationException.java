package dev.lockstep.server.config;

/**
 * A configuration that can't be accepted. The message is complete: at start it is the text to print to the standard
 * error before exiting with 1, from CONFIG SET and CONFIG REWRITE it is the error reply without the leading {@code -}.
 */
public final class ConfigurationException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ConfigurationException(String message) {
        super(message, null, false, false);
    }
}
