package dev.lockstep.server.config;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * The directive {@code save}. At start the first one replaces the defaults, further ones add to it, and an empty one
 * drops all before it; CONFIG SET replaces.
 */
public final class SavePointsSetting extends ReferenceSetting<List<SavePoint>> {
    private static final String INVALID = "Invalid save parameters";

    private boolean metAtStart;

    SavePointsSetting(String name, List<SavePoint> defaultValue, Trait... traits) {
        super(name, defaultValue, traits);
    }

    public List<SavePoint> get() {
        return value();
    }

    @Override
    boolean takesSeveralArguments() {
        return true;
    }

    @Override
    List<SavePoint> parseAtStart(List<String> arguments) throws InvalidValueException {
        List<SavePoint> points = new ArrayList<>();
        List<SavePoint> added = parse(arguments);
        if (metAtStart && !added.isEmpty()) {
            points.addAll(value());
        }
        metAtStart = true;
        points.addAll(added);
        return List.copyOf(points);
    }

    @Override
    List<SavePoint> parse(List<String> arguments) throws InvalidValueException {
        if (arguments.equals(List.of(""))) {
            return List.of();
        }
        if (arguments.size() % 2 != 0) {
            throw new InvalidValueException(INVALID);
        }
        List<SavePoint> points = new ArrayList<>();
        for (int i = 0; i < arguments.size(); i += 2) {
            OptionalLong seconds = Numbers.lenientDecimal(arguments.get(i));
            OptionalLong changes = Numbers.lenientDecimal(arguments.get(i + 1));
            if (seconds.orElse(0) < 1
                    || changes.orElse(-1) < 0
                    || changes.getAsLong() > Integer.MAX_VALUE) {
                throw new InvalidValueException(INVALID);
            }
            points.add(new SavePoint(seconds.getAsLong(), (int) changes.getAsLong()));
        }
        return List.copyOf(points);
    }

    @Override
    String format(List<SavePoint> value) {
        StringBuilder text = new StringBuilder();
        for (SavePoint point : value) {
            text.append(text.isEmpty() ? "" : " ")
                    .append(point.seconds())
                    .append(' ')
                    .append(point.changes());
        }
        return text.toString();
    }

    @Override
    List<Line> lines() {
        if (value().isEmpty()) {
            return List.of(new Line("\"\"", true));
        }
        return value().stream().map(point -> new Line(format(List.of(point)), true)).toList();
    }
}
