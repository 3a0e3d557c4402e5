package dev.lockstep.server.config;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/** The directive {@code oom-score-adj-values}: a score for a master, for a replica and for a background child,
 * which there is none of here. */
public final class OomScoresSetting extends ReferenceSetting<List<Integer>> {
    OomScoresSetting(String name, List<Integer> defaultValue, Trait... traits) {
        super(name, defaultValue, traits);
    }

    /** The three scores. */
    public List<Integer> get() {
        return value();
    }

    @Override
    boolean takesSeveralArguments() {
        return true;
    }

    @Override
    List<Integer> parse(List<String> arguments) throws InvalidValueException {
        if (arguments.size() != defaultValue().size()) {
            throw new InvalidValueException("wrong number of arguments");
        }
        List<Integer> scores = new ArrayList<>();
        for (String argument : arguments) {
            OptionalLong score = Numbers.lenientDecimal(argument);
            if (score.isEmpty() || score.getAsLong() < -2000 || score.getAsLong() > 2000) {
                throw new InvalidValueException(
                        "Invalid oom-score-adj-values, elements must be between -2000 and 2000.");
            }
            scores.add((int) score.getAsLong());
        }
        return List.copyOf(scores);
    }

    @Override
    String format(List<Integer> value) {
        return value.stream().map(String::valueOf).collect(Collectors.joining(" "));
    }
}
