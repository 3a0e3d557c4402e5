package dev.lockstep.server.config;

import java.util.List;
import java.util.OptionalLong;

/** A directive that is a number within bounds. */
public abstract class NumberSetting extends Setting<Long> {
    /** As an upper bound: any unsigned 64-bit number will do. */
    static final long UNSIGNED_MAX = -1;

    private final long min;
    private final long max;
    private final long defaultValue;
    private final Trait.Clamped clamped;
    private volatile long value;

    NumberSetting(String name, long defaultValue, long min, long max, Trait... traits) {
        super(name, traits);
        this.defaultValue = defaultValue;
        this.value = defaultValue;
        this.min = min;
        this.max = max;
        this.clamped = trait(Trait.Clamped.class);
    }

    final long number() {
        return value;
    }

    @Override
    final Long value() {
        return value;
    }

    @Override
    final void assign(Long value) {
        this.value = value;
    }

    @Override
    final Long defaultValue() {
        return defaultValue;
    }

    /** Reads the number in this directive's notation. */
    abstract OptionalLong read(String text);

    /** Why {@link #read} gave nothing. */
    abstract String unreadable();

    @Override
    final Long parse(List<String> arguments) throws InvalidValueException {
        OptionalLong read = read(arguments.get(0));
        if (read.isEmpty()) {
            throw new InvalidValueException(unreadable());
        }
        long number = read.getAsLong();
        checkBounds(number);
        return clamped == null ? number : Math.max(clamped.low(), Math.min(clamped.high(), number));
    }

    void checkBounds(long number) throws InvalidValueException {
        if (max != UNSIGNED_MAX && (number < min || number > max)) {
            throw new InvalidValueException(
                    "argument must be between "
                            + format(min)
                            + " and "
                            + format(max)
                            + " inclusive");
        }
    }

    final long min() {
        return min;
    }

    @Override
    String format(Long value) {
        return Long.toString(value);
    }
}
