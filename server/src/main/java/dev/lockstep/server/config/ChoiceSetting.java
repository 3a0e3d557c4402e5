package dev.lockstep.server.config;

import java.util.List;
import java.util.Locale;

/**
 * A directive that is one of a few words. A constant's word is its name in lower case with hyphens.
 *
 * @param <E> the choices, in the order in which an error lists them
 */
public class ChoiceSetting<E extends Enum<E>> extends ReferenceSetting<E> {
    private final E[] choices;

    ChoiceSetting(String name, E defaultValue, Trait... traits) {
        super(name, defaultValue, traits);
        this.choices = defaultValue.getDeclaringClass().getEnumConstants();
    }

    public E get() {
        return value();
    }

    @Override
    E parse(List<String> arguments) throws InvalidValueException {
        return parse(choices, arguments.get(0));
    }

    /** The choice with the given word, in any case. */
    static <E extends Enum<E>> E parse(E[] choices, String word) throws InvalidValueException {
        for (E choice : choices) {
            if (word(choice).equalsIgnoreCase(word)) {
                return choice;
            }
        }
        StringBuilder reason = new StringBuilder("argument(s) must be one of the following: ");
        for (E choice : choices) {
            reason.append(choice == choices[0] ? "" : ", ").append(word(choice));
        }
        throw new InvalidValueException(reason.toString());
    }

    static String word(Enum<?> choice) {
        return choice.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    @Override
    String format(E value) {
        return word(value);
    }
}
