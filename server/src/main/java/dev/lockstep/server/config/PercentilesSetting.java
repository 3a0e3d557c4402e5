package dev.lockstep.server.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The directive {@code latency-tracking-info-percentiles}: the percentiles that INFO latencystats shows. */
public final class PercentilesSetting extends ReferenceSetting<List<Double>> {
    PercentilesSetting(String name, List<Double> defaultValue, Trait... traits) {
        super(name, defaultValue, traits);
    }

    /** Percentiles from 0 to 100, in the order given. */
    public List<Double> get() {
        return value();
    }

    @Override
    boolean takesSeveralArguments() {
        return true;
    }

    @Override
    List<Double> parse(List<String> arguments) throws InvalidValueException {
        if (arguments.equals(List.of(""))) {
            return List.of();
        }
        List<Double> percentiles = new ArrayList<>();
        for (String argument : arguments) {
            double percentile = number(argument);
            if (percentile < 0 || percentile > 100) {
                throw new InvalidValueException(
                        "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]");
            }
            percentiles.add(percentile);
        }
        return List.copyOf(percentiles);
    }

    private static double number(String text) throws InvalidValueException {
        try {
            boolean plain =
                    text.chars().allMatch(c -> c >= '0' && c <= '9' || "+-.eE".indexOf(c) >= 0);
            if (plain) {
                return Double.parseDouble(text);
            }
        } catch (NumberFormatException e) {
            // Answered below like any other text that isn't a number.
        }
        throw new InvalidValueException("Invalid latency-tracking-info-percentiles parameters");
    }

    /** A percentile with at most six decimals and no trailing zeros. */
    public static String format(double percentile) {
        String text = String.format(Locale.ROOT, "%.6f", percentile);
        return text.replaceFirst("\\.?0+$", "");
    }

    @Override
    String format(List<Double> value) {
        return value.stream().map(PercentilesSetting::format).collect(Collectors.joining(" "));
    }

    @Override
    List<Line> lines() {
        return List.of(new Line(value().isEmpty() ? "\"\"" : text(), true));
    }
}
