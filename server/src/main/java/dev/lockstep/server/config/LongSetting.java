package dev.lockstep.server.config;

import java.util.OptionalLong;

/** A directive that is a decimal number. */
public final class LongSetting extends NumberSetting {
    LongSetting(String name, long defaultValue, long min, long max, Trait... traits) {
        super(name, defaultValue, min, max, traits);
    }

    public long get() {
        return number();
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
