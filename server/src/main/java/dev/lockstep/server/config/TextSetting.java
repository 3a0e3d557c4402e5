package dev.lockstep.server.config;

import java.nio.charset.StandardCharsets;
import java.util.List;

/** A directive that is a text of any bytes. */
public final class TextSetting extends ReferenceSetting<String> {
    /** Says what is wrong with a text, or null. */
    interface Check {
        String reasonAgainst(String text);
    }

    private final Check check;

    TextSetting(String name, String defaultValue, Check check, Trait... traits) {
        super(name, defaultValue, traits);
        this.check = check;
    }

    /** The text, decoded from UTF-8; empty if there is none. */
    public String get() {
        return new String(bytes(), StandardCharsets.UTF_8);
    }

    /** The text's bytes, a copy; empty if there is none. */
    public byte[] bytes() {
        return value().getBytes(StandardCharsets.ISO_8859_1);
    }

    public boolean isEmpty() {
        return value().isEmpty();
    }

    @Override
    String parse(List<String> arguments) throws InvalidValueException {
        String text = arguments.get(0);
        String reason = check.reasonAgainst(text);
        if (reason != null) {
            throw new InvalidValueException(reason);
        }
        return text;
    }

    @Override
    String format(String value) {
        return value;
    }

    @Override
    String formatForFile(String value) {
        return Quoting.quote(value);
    }

    @Override
    List<Line> lines() {
        return is(Trait.Flag.EMPTY_IS_UNSET) && isEmpty() ? List.of() : super.lines();
    }
}
