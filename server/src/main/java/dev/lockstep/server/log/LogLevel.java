package dev.lockstep.server.log;

import ch.qos.logback.classic.Level;

/** A level of the {@code loglevel} directive, with the slf4j level that carries it. */
public enum LogLevel {
    DEBUG(Level.TRACE),
    VERBOSE(Level.DEBUG),
    NOTICE(Level.INFO),
    WARNING(Level.WARN),
    NOTHING(Level.OFF);

    final Level threshold;

    LogLevel(Level threshold) {
        this.threshold = threshold;
    }

    /**
     * The level with this directive value, in any case.
     *
     * @throws IllegalArgumentException if there is none of that name
     */
    public static LogLevel of(String name) {
        for (LogLevel level : values()) {
            if (level.name().equalsIgnoreCase(name)) {
                return level;
            }
        }
        throw new IllegalArgumentException("no log level named '" + name + "'");
    }

    /** The character that marks a line logged at {@code level}. */
    static char mark(Level level) {
        return switch (level.levelInt) {
            case Level.TRACE_INT -> '.';
            case Level.DEBUG_INT -> '-';
            case Level.INFO_INT -> '*';
            default -> '#';
        };
    }
}
