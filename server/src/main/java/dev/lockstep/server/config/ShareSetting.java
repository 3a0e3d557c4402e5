package dev.lockstep.server.config;

import java.util.OptionalLong;

/** A directive that is a count of bytes or a percentage of another amount; a percentage is held negated. */
public final class ShareSetting extends NumberSetting {
    ShareSetting(String name, long defaultValue, Trait... traits) {
        super(name, defaultValue, -100, Long.MAX_VALUE, traits);
    }

    /** The bytes, where a percentage is one of {@code whole} bytes; 0 means no limit. */
    public long bytesOf(long whole) {
        long number = number();
        return number >= 0 ? number : (long) (whole / 100.0 * -number);
    }

    @Override
    OptionalLong read(String text) {
        OptionalLong bytes = Numbers.memory(text);
        if (bytes.isEmpty() && text.endsWith("%")) {
            OptionalLong percent = Numbers.decimal(text.substring(0, text.length() - 1));
            if (percent.isPresent() && percent.getAsLong() >= 0) {
                return OptionalLong.of(-percent.getAsLong());
            }
        }
        return bytes;
    }

    @Override
    void checkBounds(long number) throws InvalidValueException {
        if (number < min()) {
            throw new InvalidValueException(
                    "percentage argument must be less or equal to " + -min());
        }
    }

    @Override
    String unreadable() {
        return "argument must be a memory or percent value";
    }

    @Override
    String format(Long value) {
        return value < 0 ? -value + "%" : Long.toString(value);
    }

    @Override
    String formatForFile(Long value) {
        return value < 0 ? format(value) : Numbers.memoryWithUnit(value);
    }
}
