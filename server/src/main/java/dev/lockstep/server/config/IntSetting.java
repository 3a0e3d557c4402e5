package dev.lockstep.server.config;

import java.util.OptionalLong;

/** A directive that is a decimal number within the range of an int. */
public final class IntSetting extends NumberSetting {
    IntSetting(String name, int defaultValue, int min, int max, Trait... traits) {
        super(name, defaultValue, min, max, traits);
    }

    public int get() {
        return (int) number();
    }

    @Override
    OptionalLong read(String text) {
        return Numbers.decimal(text);
    }

    @Override
    String unreadable() {
        return "argument couldn't be parsed into an integer";
    }
}
