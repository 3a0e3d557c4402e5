package dev.lockstep.server.config;

import java.util.List;

/** The directive {@code bind}: the addresses to listen on, {@code -} before one that may be missing. */
public final class AddressListSetting extends ReferenceSetting<List<String>> {
    private static final int MAX_ADDRESSES = 16;

    AddressListSetting(String name, List<String> defaultValue, Trait... traits) {
        super(name, defaultValue, traits);
    }

    /** The addresses as written; {@code *} and {@code ::*} stand for every address of their family. */
    public List<String> get() {
        return value();
    }

    @Override
    boolean takesSeveralArguments() {
        return true;
    }

    @Override
    List<String> parse(List<String> arguments) throws InvalidValueException {
        if (arguments.size() > MAX_ADDRESSES) {
            throw new InvalidValueException("Too many bind addresses specified.");
        }
        return arguments.equals(List.of("")) ? List.of() : List.copyOf(arguments);
    }

    @Override
    String format(List<String> value) {
        return String.join(" ", value);
    }

    @Override
    List<Line> lines() {
        if (value().equals(defaultValue())) {
            return List.of();
        }
        return List.of(new Line(value().isEmpty() ? "\"\"" : text(), true));
    }
}
