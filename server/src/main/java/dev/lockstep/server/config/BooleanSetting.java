package dev.lockstep.server.config;

import java.util.List;

/** A directive that is yes or no. */
public final class BooleanSetting extends Setting<Boolean> {
    private final boolean defaultValue;
    private volatile boolean value;

    BooleanSetting(String name, boolean defaultValue, Trait... traits) {
        super(name, traits);
        this.defaultValue = defaultValue;
        this.value = defaultValue;
    }

    public boolean get() {
        return value;
    }

    @Override
    Boolean value() {
        return value;
    }

    @Override
    void assign(Boolean value) {
        this.value = value;
    }

    @Override
    Boolean defaultValue() {
        return defaultValue;
    }

    @Override
    Boolean parse(List<String> arguments) throws InvalidValueException {
        String text = arguments.get(0);
        if (text.equalsIgnoreCase("yes")) {
            return true;
        }
        if (text.equalsIgnoreCase("no")) {
            return false;
        }
        throw new InvalidValueException("argument must be 'yes' or 'no'");
    }

    @Override
    String format(Boolean value) {
        return value ? "yes" : "no";
    }
}
