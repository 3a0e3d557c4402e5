package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;

/** MODULE: there are none, and none can be loaded. */
final class ModuleCommands {
    private static final CommandException NOT_ALLOWED =
            new CommandException(
                    "ERR MODULE command not allowed. If the enable-module-command option is set to \"local\", you can run it from a"
                            + " local connection, otherwise you need to set this option in the configuration file, and then"
                            + " restart the server.");

    private ModuleCommands() {}

    static void register(CommandTable table) {
        Command module =
                Command.container("module")
                        .arity(-2)
                        .docs(
                                "server",
                                "4.0.0",
                                "Depends on subcommand.",
                                "Whatever concerns modules, of which there are none here.");
        module.sub(
                Help.of(
                        "module",
                        "server",
                        "5.0.0",
                        "LIST",
                        "Return the modules that are loaded: none.",
                        "LOAD <path> [<arg> ...]",
                        "Not allowed here.",
                        "LOADEX <path> [[CONFIG NAME VALUE] [CONFIG NAME VALUE]] [ARGS ...]",
                        "Not allowed here.",
                        "UNLOAD <name>",
                        "Not allowed here."),
                command("list", call -> call.reply().emptyArray())
                        .arity(2)
                        .flags(Flag.ADMIN, Flag.NOSCRIPT)
                        .tips("nondeterministic_output_order")
                        .docs(
                                "server",
                                "4.0.0",
                                "O(N) where N is the number of loaded modules.",
                                "Returns the modules that are loaded."),
                refused("load", -3, "4.0.0", "Loads a module.").syntax("path [arg ...]"),
                refused("loadex", -3, "7.0.0", "Loads a module with its configuration.")
                        .syntax("path [CONFIG configs{name value} *] [ARGS args{arg} ...]"),
                refused("unload", 3, "4.0.0", "Unloads a module.").syntax("name"));
        table.add(module);
    }

    private static Command refused(String name, int arity, String since, String summary) {
        return command(
                        name,
                        call -> {
                            throw NOT_ALLOWED;
                        })
                .arity(arity)
                .flags(Flag.ADMIN, Flag.NOSCRIPT, Flag.NO_ASYNC_LOADING)
                .docs("server", since, "O(1)", summary);
    }
}
