package dev.lockstep.server.config;

import java.util.List;

/**
 * Turns the command line's options into configuration lines: {@code --port 6380} is {@code port "6380"}.
 *
 * <p>An option's first value may itself begin with {@code --}, since it can't be told from one otherwise; only {@code
 * --save} may go without a value, which turns saving off. One argument may hold an option whole, {@code "--port 6380"}.
 */
final class OptionLines {
    private OptionLines() {}

    static String of(List<String> arguments) {
        StringBuilder lines = new StringBuilder();
        boolean optionMayStart = true;
        for (int i = 0; i < arguments.size(); i++) {
            String argument = DirectorySetting.encode(arguments.get(i));
            if (optionMayStart && argument.startsWith("--")) {
                lines.append(lines.isEmpty() ? "" : "\n").append(argument.substring(2)).append(' ');
                optionMayStart = holdsItsValue(argument);
                boolean noValue =
                        i + 1 == arguments.size() || arguments.get(i + 1).startsWith("--");
                if (argument.equalsIgnoreCase("--save") && noValue) {
                    lines.append("\"\"");
                    optionMayStart = true;
                }
            } else {
                lines.append(Quoting.quote(argument)).append(' ');
                optionMayStart = true;
            }
        }
        return lines.toString();
    }

    private static boolean holdsItsValue(String argument) {
        List<String> words = Quoting.split(argument);
        return words == null || words.size() != 1;
    }
}
