package dev.lockstep.server.config;

import java.util.OptionalLong;

/** A directive that is a file mode in octal digits. */
public final class OctalSetting extends NumberSetting {
    OctalSetting(String name, int defaultValue, int max, Trait... traits) {
        super(name, defaultValue, 0, max, traits);
    }

    public int get() {
        return (int) number();
    }

    @Override
    OptionalLong read(String text) {
        return Numbers.octal(text);
    }

    @Override
    String unreadable() {
        return "argument couldn't be parsed as an octal number";
    }

    @Override
    String format(Long value) {
        return Long.toOctalString(value);
    }
}
