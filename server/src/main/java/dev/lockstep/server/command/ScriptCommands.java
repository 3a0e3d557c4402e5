package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;
import static dev.lockstep.server.command.Command.container;

import dev.lockstep.protocol.ErrorReplies;

/** SCRIPT, of which Sentinel needs KILL: it asks a server that seems hung to end its script. There are no scripts here. */
final class ScriptCommands {
    private static final String GROUP = "scripting";
    private static final CommandException NOT_BUSY = new CommandException(ErrorReplies.NOT_BUSY);

    private ScriptCommands() {}

    static void register(CommandTable table) {
        Command script = container("script").arity(-2);
        script.docs(GROUP, "2.6.0", "Depends on subcommand.", "Holds the commands about scripts.");
        script.sub(
                command("kill", ScriptCommands::kill)
                        .arity(2)
                        .flags(Flag.NOSCRIPT, Flag.ALLOW_BUSY)
                        .acl(Category.SCRIPTING)
                        .tips("request_policy:all_shards", "response_policy:one_succeeded")
                        .docs(GROUP, "2.6.0", "O(1)", "Ends the script that is running."),
                Help.of("script", GROUP, "5.0.0", "KILL", "End the script that is running."));
        table.add(script);
    }

    private static void kill(Call call) {
        throw NOT_BUSY;
    }
}
