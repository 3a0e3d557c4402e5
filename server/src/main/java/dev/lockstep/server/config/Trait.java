package dev.lockstep.server.config;

/** What a declaration says of a setting beyond its name, default and range. */
sealed interface Trait {
    /** Can't be changed by CONFIG SET. */
    Trait IMMUTABLE = Flag.IMMUTABLE;

    /** CONFIG GET shows it by its exact name only, not for a pattern. */
    Trait HIDDEN = Flag.HIDDEN;

    /** Its value must not reach SLOWLOG, MONITOR or a log. */
    Trait SENSITIVE = Flag.SENSITIVE;

    /** CONFIG SET needs {@code enable-protected-configs}. */
    Trait PROTECTED = Flag.PROTECTED;

    /** CONFIG SET answers -LOADING while a dataset is being loaded. */
    Trait DENIED_WHILE_LOADING = Flag.DENIED_WHILE_LOADING;

    /** It names a file or what belongs to one: CONFIG SET with the same value takes effect as well, since the file may be another. */
    Trait RELOADED = Flag.RELOADED;

    /** An empty value means that there is none: CONFIG REWRITE then drops the line. */
    Trait EMPTY_IS_UNSET = Flag.EMPTY_IS_UNSET;

    /** A second name for the setting, always the older one. */
    static Trait alias(String name) {
        return new Alias(name);
    }

    /** Lockstep accepts the directive, and nothing reads it. */
    static Trait unused(String why) {
        return new Unused(why);
    }

    /** Redis has another default. */
    static Trait redisDefault(String value, String why) {
        return new RedisDefault(value, why);
    }

    /** Every value but one is an error, since pretending to obey would mislead. */
    static Trait refusedUnless(String value, String text) {
        return new Refused(value, text);
    }

    /** A value outside is accepted and silently moved to the nearest bound. */
    static Trait clamped(int low, int high) {
        return new Clamped(low, high);
    }

    enum Flag implements Trait {
        IMMUTABLE,
        HIDDEN,
        SENSITIVE,
        PROTECTED,
        DENIED_WHILE_LOADING,
        RELOADED,
        EMPTY_IS_UNSET
    }

    record Alias(String name) implements Trait {}

    record Unused(String why) implements Trait {}

    record RedisDefault(String value, String why) implements Trait {}

    record Refused(String onlyValue, String text) implements Trait {}

    record Clamped(int low, int high) implements Trait {}
}
