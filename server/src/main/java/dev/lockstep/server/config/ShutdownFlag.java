package dev.lockstep.server.config;

/** What a signal's shutdown does; the words of SHUTDOWN, and {@code default} for none of them. */
public enum ShutdownFlag {
    DEFAULT,
    SAVE,
    NOSAVE,
    NOW,
    FORCE
}
