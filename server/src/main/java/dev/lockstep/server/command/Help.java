package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;

/** The HELP subcommand that every container of subcommands has: their list, a line of text each. */
final class Help {
    private Help() {}

    /**
     * The subcommand, to be given to {@link Command#sub}.
     *
     * @param lines pairs of a subcommand with its arguments and what it does; the latter may have several lines
     */
    static Command of(String container, String group, String since, String... lines) {
        String title =
                container.toUpperCase(java.util.Locale.ROOT)
                        + " <subcommand> [<arg> [value] [opt] ...]. Subcommands are:";
        return command("help", call -> reply(call, title, lines))
                .arity(2)
                .flags(Flag.LOADING, Flag.STALE)
                .docs(group, since, "O(1)", "Returns helpful text about the subcommands.");
    }

    private static void reply(Call call, String title, String[] lines) {
        int mark = call.reply().deferArray();
        call.reply().simple(title);
        int count = 1;
        for (int i = 0; i < lines.length; i += 2) {
            call.reply().simple(lines[i]);
            count++;
            for (String line : lines[i + 1].split("\n")) {
                call.reply().simple("    " + line);
                count++;
            }
        }
        call.reply().simple("HELP");
        call.reply().simple("    Prints this help.");
        call.reply().endArray(mark, count + 2);
    }
}
