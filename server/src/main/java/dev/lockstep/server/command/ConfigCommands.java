package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;
import static dev.lockstep.server.command.Command.container;

import dev.lockstep.protocol.Request;
import dev.lockstep.server.LockstepServer;
import dev.lockstep.server.config.ConfigurationException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** CONFIG: the configuration at run time. */
final class ConfigCommands {
    private static final String GROUP = "server";
    private static final Flag[] ADMIN = {Flag.ADMIN, Flag.NOSCRIPT, Flag.LOADING, Flag.STALE};

    private ConfigCommands() {}

    static void register(CommandTable table) {
        Command config = container("config").arity(-2);
        config.docs(
                GROUP,
                "2.0.0",
                "Depends on subcommand.",
                "Holds the commands about configuration.");
        config.sub(
                command("get", ConfigCommands::get)
                        .arity(-3)
                        .flags(ADMIN)
                        .docs(
                                GROUP,
                                "2.0.0",
                                "O(N) when N is the number of configuration parameters provided",
                                "Returns the values of settings.")
                        .syntax("parameter ...")
                        .history("7.0.0 Added several patterns in one call."),
                command("set", ConfigCommands::set)
                        .arity(-4)
                        .flags(ADMIN)
                        .tips("request_policy:all_nodes", "response_policy:all_succeeded")
                        .docs(
                                GROUP,
                                "2.0.0",
                                "O(N) when N is the number of configuration parameters provided",
                                "Changes settings, all or none.")
                        .syntax("data{parameter value} ...")
                        .history("7.0.0 Added several settings in one call."),
                command("rewrite", ConfigCommands::rewrite)
                        .arity(2)
                        .flags(ADMIN)
                        .tips("request_policy:all_nodes", "response_policy:all_succeeded")
                        .docs(
                                GROUP,
                                "2.8.0",
                                "O(1)",
                                "Brings the configuration file in line with the settings."),
                command("resetstat", ConfigCommands::resetStat)
                        .arity(2)
                        .flags(ADMIN)
                        .tips("request_policy:all_nodes", "response_policy:all_succeeded")
                        .docs(GROUP, "2.0.0", "O(1)", "Sets the counters of INFO back to zero."),
                Help.of(
                        "config",
                        GROUP,
                        "5.0.0",
                        "GET <pattern>",
                        "Return the settings that match the glob-like <pattern>.",
                        "SET <directive> <value>",
                        "Change a setting.",
                        "RESETSTAT",
                        "Set the counters of INFO back to zero.",
                        "REWRITE",
                        "Bring the configuration file in line with the settings."));
        table.add(config);
    }

    private static List<String> arguments(Request args) {
        List<String> texts = new ArrayList<>();
        for (int i = 2; i < args.argc(); i++) {
            texts.add(args.text(i));
        }
        return texts;
    }

    private static void get(Call call) {
        Map<String, String> found = call.server().config().get(arguments(call.args()));
        call.reply().map(found.size());
        found.forEach(
                (name, value) -> {
                    call.reply().bulk(name.getBytes(StandardCharsets.ISO_8859_1));
                    call.reply().bulk(value.getBytes(StandardCharsets.ISO_8859_1));
                });
    }

    private static void set(Call call) {
        if (call.args().argc() % 2 != 0) {
            throw Call.SYNTAX;
        }
        try {
            call.server()
                    .config()
                    .set(
                            arguments(call.args()),
                            call.client().isLocal(),
                            call.server().isLoading()
                                    || call.server().replication().isAsyncLoading());
        } catch (ConfigurationException e) {
            throw new CommandException(e.getMessage());
        }
        call.reply().ok();
    }

    private static void rewrite(Call call) {
        try {
            call.server().config().rewrite(false);
        } catch (ConfigurationException e) {
            throw new CommandException(e.getMessage());
        }
        call.reply().ok();
    }

    private static void resetStat(Call call) {
        LockstepServer server = call.server();
        server.stats().reset();
        server.keyspace().resetReclaimed();
        for (Command command : server.commands().all()) {
            command.stats.reset();
            command.subcommands().forEach(sub -> sub.stats.reset());
        }
        server.rate().reset();
        call.reply().ok();
    }
}
