package dev.lockstep.server.config;

import java.util.List;

/**
 * The server's command line: {@code [file] [--name value ...]... [-]}.
 *
 * <p>Options become configuration lines: {@code --port 6380} is {@code port "6380"}. An option's first value may itself
 * begin with {@code --}, since it can't be told from one otherwise; only {@code --save} may go without a value, which
 * turns saving off.
 *
 * @param file the configuration file as given, or null
 * @param fromStdin whether {@code -} asks for more configuration from the standard input
 * @param options the options as configuration lines
 */
record CommandLine(String file, boolean fromStdin, String options) {
    static CommandLine parse(String[] args) {
        boolean hasFile = args.length > 0 && !args[0].startsWith("-");
        boolean fromStdin = false;
        boolean optionComplete = true;
        StringBuilder options = new StringBuilder();
        for (int i = hasFile ? 1 : 0; i < args.length; i++) {
            String argument = DirectorySetting.encode(args[i]);
            if (argument.equals("-") && (i == 0 || i == args.length - 1)) {
                fromStdin = true;
            } else if (optionComplete && argument.startsWith("--")) {
                options.append(options.isEmpty() ? "" : "\n")
                        .append(argument.substring(2))
                        .append(' ');
                optionComplete = holdsItsValue(argument);
                boolean last = i == args.length - 1;
                if (argument.equalsIgnoreCase("--save") && (last || args[i + 1].startsWith("--"))) {
                    options.append("\"\"");
                    optionComplete = true;
                }
            } else {
                options.append(Quoting.quote(argument)).append(' ');
                optionComplete = true;
            }
        }
        return new CommandLine(hasFile ? args[0] : null, fromStdin, options.toString());
    }

    /** Whether one argument holds name and value, as in {@code "--port 6380"}. */
    private static boolean holdsItsValue(String argument) {
        List<String> words = Quoting.split(argument);
        return words == null || words.size() != 1;
    }
}
