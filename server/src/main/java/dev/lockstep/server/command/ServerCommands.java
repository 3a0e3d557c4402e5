package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;

import dev.lockstep.protocol.Request;
import dev.lockstep.server.Client;
import dev.lockstep.server.config.ShutdownFlag;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Commands about the server as a whole that have no subcommands: what it is, what it sees, and its end. */
final class ServerCommands {
    private static final CommandException MONITOR_WITHIN_COMMAND =
            new CommandException("ERR MONITOR isn't allowed for DENY BLOCKING client");
    private static final CommandException NO_SHUTDOWN =
            new CommandException("ERR No shutdown in progress.");

    private ServerCommands() {}

    static void register(CommandTable table) {
        table.add(
                command("info", ServerCommands::info)
                        .arity(-1)
                        .flags(Flag.LOADING, Flag.STALE)
                        .acl(Category.DANGEROUS)
                        .tips(
                                "nondeterministic_output",
                                "request_policy:all_shards",
                                "response_policy:special")
                        .docs("server", "1.0.0", "O(1)", "Returns facts and counters.")
                        .syntax("[section ...]")
                        .history("7.0.0 Added several sections in one call."),
                command("time", ServerCommands::time)
                        .arity(1)
                        .flags(Flag.LOADING, Flag.STALE, Flag.FAST)
                        .tips("nondeterministic_output")
                        .docs("server", "2.6.0", "O(1)", "Returns the server's time."),
                command("monitor", ServerCommands::monitor)
                        .arity(1)
                        .flags(Flag.ADMIN, Flag.NOSCRIPT, Flag.LOADING, Flag.STALE)
                        .docs("server", "1.0.0", "", "Shows every command as it is executed."),
                command("shutdown", ServerCommands::shutdown)
                        .arity(-1)
                        .flags(
                                Flag.ADMIN,
                                Flag.NOSCRIPT,
                                Flag.LOADING,
                                Flag.STALE,
                                Flag.NO_MULTI,
                                Flag.ALLOW_BUSY)
                        .docs(
                                "server",
                                "1.0.0",
                                "O(N) when saving, where N is the total number of keys in all databases when saving"
                                        + " data, otherwise O(1)",
                                "Saves the data and ends the server.")
                        .syntax(
                                "[save-selector(NOSAVE | SAVE)] [NOW@7.0.0] [FORCE@7.0.0] [ABORT@7.0.0]")
                        .history("7.0.0 Added `NOW`, `FORCE` and `ABORT`."));
    }

    private static void info(Call call) {
        List<String> sections = new ArrayList<>();
        for (int i = 1; i < call.args().argc(); i++) {
            sections.add(call.args().text(i));
        }
        String text = call.server().info().text(sections);
        call.reply().verbatim("txt", text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static void time(Call call) {
        Instant now = call.server().clock().moment();
        call.reply().array(2);
        call.reply().bulkInteger(now.getEpochSecond());
        call.reply().bulkInteger(now.getNano() / 1000);
    }

    private static void monitor(Call call) {
        Client client = call.client();
        if (!call.mayBlock()) {
            throw MONITOR_WITHIN_COMMAND;
        }
        if (client.isReplicaOrMonitor()) {
            return;
        }
        call.server().monitors().add(client);
        call.reply().ok();
    }

    private static void shutdown(Call call) {
        Request args = call.args();
        boolean abort = false;
        Set<ShutdownFlag> flags = EnumSet.noneOf(ShutdownFlag.class);
        for (int i = 1; i < args.argc(); i++) {
            switch (args.text(i).toLowerCase(Locale.ROOT)) {
                case "nosave" -> flags.add(ShutdownFlag.NOSAVE);
                case "save" -> flags.add(ShutdownFlag.SAVE);
                case "now" -> flags.add(ShutdownFlag.NOW);
                case "force" -> flags.add(ShutdownFlag.FORCE);
                case "abort" -> abort = true;
                default -> throw Call.SYNTAX;
            }
        }
        boolean contradictory =
                flags.contains(ShutdownFlag.NOSAVE) && flags.contains(ShutdownFlag.SAVE);
        if (contradictory || abort && !flags.isEmpty()) {
            throw Call.SYNTAX;
        }
        if (!flags.contains(ShutdownFlag.NOSAVE) && call.server().executor().isBusy()) {
            throw new CommandException(call.server().scriptRunner().busyError());
        }
        if (!abort) {
            call.server().shutdown().request(call.client(), flags);
            return;
        }
        if (!call.server().shutdown().abort()) {
            throw NO_SHUTDOWN;
        }
        call.reply().ok();
    }
}
