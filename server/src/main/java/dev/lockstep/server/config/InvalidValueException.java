package dev.lockstep.server.config;

/** A value that a setting doesn't take; the message is the reason in Redis' words, without the setting's name. */
final class InvalidValueException extends Exception {
    private static final long serialVersionUID = 1L;

    InvalidValueException(String reason) {
        super(reason, null, false, false);
    }
}
