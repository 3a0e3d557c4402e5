package dev.lockstep.server.config;

import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** The directives {@code shutdown-on-sigint} and {@code shutdown-on-sigterm}. */
public final class ShutdownFlagsSetting extends ReferenceSetting<Set<ShutdownFlag>> {
    ShutdownFlagsSetting(String name, Trait... traits) {
        super(name, Set.of(), traits);
    }

    /** The flags, never {@link ShutdownFlag#DEFAULT}; empty means to save if there are save points. */
    public Set<ShutdownFlag> get() {
        return value();
    }

    @Override
    boolean takesSeveralArguments() {
        return true;
    }

    @Override
    Set<ShutdownFlag> parse(List<String> arguments) throws InvalidValueException {
        EnumSet<ShutdownFlag> flags = EnumSet.noneOf(ShutdownFlag.class);
        for (String argument : arguments.isEmpty() ? List.of("") : arguments) {
            flags.add(ChoiceSetting.parse(ShutdownFlag.values(), argument));
        }
        flags.remove(ShutdownFlag.DEFAULT);
        if (flags.contains(ShutdownFlag.SAVE) && flags.contains(ShutdownFlag.NOSAVE)) {
            throw new InvalidValueException(
                    "shutdown options SAVE and NOSAVE can't be used simultaneously");
        }
        return Collections.unmodifiableSet(flags);
    }

    @Override
    String format(Set<ShutdownFlag> value) {
        return value.isEmpty()
                ? ChoiceSetting.word(ShutdownFlag.DEFAULT)
                : value.stream().map(ChoiceSetting::word).collect(Collectors.joining(" "));
    }
}
