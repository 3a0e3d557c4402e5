package dev.lockstep.server.config;

import java.util.OptionalLong;

/** A directive that is a count of bytes, written with or without a unit. */
public final class MemorySetting extends NumberSetting {
    MemorySetting(String name, long defaultValue, long min, long max, Trait... traits) {
        super(name, defaultValue, min, max, traits);
    }

    /** The bytes; what an unsigned 64-bit number holds beyond a long comes out as the largest long. */
    public long bytes() {
        long number = number();
        return number < 0 ? Long.MAX_VALUE : number;
    }

    @Override
    OptionalLong read(String text) {
        return Numbers.memory(text);
    }

    @Override
    String unreadable() {
        return "argument must be a memory value";
    }

    @Override
    String format(Long value) {
        return Long.toUnsignedString(value);
    }

    @Override
    String formatForFile(Long value) {
        return Numbers.memoryWithUnit(value);
    }
}
