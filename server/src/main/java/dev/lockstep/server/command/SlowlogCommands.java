package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;
import static dev.lockstep.server.command.Command.container;

import dev.lockstep.protocol.ErrorReplies;
import dev.lockstep.protocol.Request;
import dev.lockstep.server.Slowlog;
import java.nio.charset.StandardCharsets;

/** SLOWLOG: the commands that took long. */
final class SlowlogCommands {
    private static final String GROUP = "server";
    private static final Flag[] FLAGS = {Flag.ADMIN, Flag.LOADING, Flag.STALE};
    private static final int COUNT_DEFAULT = 10;
    private static final CommandException BAD_COUNT =
            new CommandException("ERR count should be greater than or equal to -1");

    private SlowlogCommands() {}

    static void register(CommandTable table) {
        Command slowlog = container("slowlog").arity(-2);
        slowlog.docs(
                GROUP,
                "2.2.12",
                "Depends on subcommand.",
                "Holds the commands about slow commands.");
        slowlog.sub(
                command("get", SlowlogCommands::get)
                        .arity(-2)
                        .flags(FLAGS)
                        .tips("request_policy:all_nodes", "nondeterministic_output")
                        .docs(
                                GROUP,
                                "2.2.12",
                                "O(N) where N is the number of entries returned",
                                "Returns slow commands, the newest first.")
                        .syntax("[count:integer]")
                        .history("4.0.0 Added the address, port and name of the client."),
                command("len", call -> call.reply().integer(call.server().slowlog().size()))
                        .arity(2)
                        .flags(FLAGS)
                        .tips(
                                "request_policy:all_nodes",
                                "response_policy:agg_sum",
                                "nondeterministic_output")
                        .docs(GROUP, "2.2.12", "O(1)", "Counts the slow commands on record."),
                command("reset", SlowlogCommands::reset)
                        .arity(2)
                        .flags(FLAGS)
                        .tips("request_policy:all_nodes", "response_policy:all_succeeded")
                        .docs(
                                GROUP,
                                "2.2.12",
                                "O(N) where N is the number of entries in the slowlog",
                                "Forgets the slow commands on record."),
                Help.of(
                        "slowlog",
                        GROUP,
                        "6.2.0",
                        "GET [<count>]",
                        "Return the newest <count> entries (default: 10, -1 for all), each with its ID,\n"
                                + "Unix time, microseconds, arguments, and the client's address and name.",
                        "LEN",
                        "Return the number of entries.",
                        "RESET",
                        "Drop all entries."));
        table.add(slowlog);
    }

    private static void get(Call call) {
        Request args = call.args();
        if (args.argc() > 3) {
            throw new CommandException(
                    ErrorReplies.unknownSubcommandOrArity("slowlog", args.text(1)));
        }
        long count = COUNT_DEFAULT;
        if (args.argc() == 3) {
            if (!args.isLong(2) || args.longAt(2) < -1) {
                throw BAD_COUNT;
            }
            count = args.longAt(2);
        }
        Slowlog log = call.server().slowlog();
        int shown = count < 0 ? log.size() : (int) Math.min(count, log.size());
        call.reply().array(shown);
        for (Slowlog.Entry entry : log.entries()) {
            if (shown-- == 0) {
                break;
            }
            reply(call, entry);
        }
    }

    private static void reply(Call call, Slowlog.Entry entry) {
        call.reply().array(6);
        call.reply().integer(entry.id());
        call.reply().integer(entry.unixSeconds());
        call.reply().integer(entry.micros());
        call.reply().array(entry.arguments().length);
        for (byte[] argument : entry.arguments()) {
            call.reply().bulk(argument);
        }
        call.reply().bulk(entry.address().getBytes(StandardCharsets.ISO_8859_1));
        call.reply().bulk(entry.name());
    }

    private static void reset(Call call) {
        call.server().slowlog().reset();
        call.reply().ok();
    }
}
