package dev.lockstep.server.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;

/** The directive {@code client-output-buffer-limit}: one limit per class of client; a class not named keeps its own. */
public final class OutputBufferLimitsSetting extends ReferenceSetting<List<OutputBufferLimit>> {
    private static final long MB = 1L << 20;

    private static final int NORMAL = 0;
    private static final int REPLICA = 1;
    private static final int PUBSUB = 2;

    /** The classes as CONFIG GET names them and as CONFIG REWRITE does. */
    private static final List<String> CLASSES = List.of("normal", "slave", "pubsub");

    private static final List<String> CLASSES_IN_FILE = List.of("normal", "replica", "pubsub");

    OutputBufferLimitsSetting(String name, Trait... traits) {
        super(
                name,
                List.of(
                        new OutputBufferLimit(0, 0, 0),
                        new OutputBufferLimit(256 * MB, 64 * MB, 60),
                        new OutputBufferLimit(32 * MB, 8 * MB, 60)),
                traits);
    }

    public OutputBufferLimit normal() {
        return value().get(NORMAL);
    }

    public OutputBufferLimit replica() {
        return value().get(REPLICA);
    }

    public OutputBufferLimit pubsub() {
        return value().get(PUBSUB);
    }

    @Override
    boolean takesSeveralArguments() {
        return true;
    }

    @Override
    List<OutputBufferLimit> parse(List<String> arguments) throws InvalidValueException {
        if (arguments.size() % 4 != 0) {
            throw new InvalidValueException(
                    "Wrong number of arguments in buffer limit configuration.");
        }
        List<OutputBufferLimit> limits = new ArrayList<>(value());
        for (int i = 0; i < arguments.size(); i += 4) {
            limits.set(classOf(arguments.get(i)), limit(arguments.subList(i + 1, i + 4)));
        }
        return List.copyOf(limits);
    }

    private static int classOf(String word) throws InvalidValueException {
        String lower = word.toLowerCase(Locale.ROOT);
        int clientClass = Math.max(CLASSES.indexOf(lower), CLASSES_IN_FILE.indexOf(lower));
        if (clientClass < 0) {
            throw new InvalidValueException(
                    "Invalid client class specified in buffer limit configuration.");
        }
        return clientClass;
    }

    private static OutputBufferLimit limit(List<String> arguments) throws InvalidValueException {
        OptionalLong hard = Numbers.memory(arguments.get(0));
        OptionalLong soft = Numbers.memory(arguments.get(1));
        long seconds = Numbers.lenientDecimal(arguments.get(2)).orElse(-1);
        if (hard.isEmpty() || soft.isEmpty() || seconds < 0 || seconds > Integer.MAX_VALUE) {
            throw new InvalidValueException(
                    "Error in hard, soft or soft_seconds setting in buffer limit configuration.");
        }
        return new OutputBufferLimit(hard.getAsLong(), soft.getAsLong(), (int) seconds);
    }

    @Override
    String format(List<OutputBufferLimit> value) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < value.size(); i++) {
            OutputBufferLimit limit = value.get(i);
            text.append(i == 0 ? "" : " ")
                    .append(CLASSES.get(i))
                    .append(' ')
                    .append(Long.toUnsignedString(limit.hardBytes()))
                    .append(' ')
                    .append(Long.toUnsignedString(limit.softBytes()))
                    .append(' ')
                    .append(limit.softSeconds());
        }
        return text.toString();
    }

    @Override
    List<Line> lines() {
        List<Line> lines = new ArrayList<>();
        for (int i = 0; i < CLASSES_IN_FILE.size(); i++) {
            OutputBufferLimit limit = value().get(i);
            String arguments =
                    String.join(
                            " ",
                            CLASSES_IN_FILE.get(i),
                            Numbers.memoryWithUnit(limit.hardBytes()),
                            Numbers.memoryWithUnit(limit.softBytes()),
                            Integer.toString(limit.softSeconds()));
            lines.add(new Line(arguments, !limit.equals(defaultValue().get(i))));
        }
        return lines;
    }
}
