package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;

import dev.lockstep.protocol.ErrorReplies;
import dev.lockstep.protocol.Replies;

/** Commands about the connection itself. */
final class ConnectionCommands {
    private ConnectionCommands() {}

    static void register(CommandTable table) {
        table.add(
                command("ping", ConnectionCommands::ping)
                        .arity(-1)
                        .flags(Flag.FAST)
                        .acl(Category.CONNECTION)
                        .tips("request_policy:all_shards", "response_policy:all_succeeded")
                        .docs(
                                "connection",
                                "1.0.0",
                                "O(1)",
                                "Returns the server's liveliness response."),
                command("select", ConnectionCommands::select)
                        .arity(2)
                        .flags(Flag.LOADING, Flag.STALE, Flag.FAST)
                        .acl(Category.CONNECTION)
                        .docs("connection", "1.0.0", "O(1)", "Changes the selected database."));
    }

    private static void ping(Call call) {
        if (call.args().argc() > 2) {
            throw new CommandException(ErrorReplies.wrongArity("ping"));
        }
        if (call.args().argc() == 1) {
            call.reply().simple(Replies.PONG);
        } else {
            call.reply().bulk(call.args().array(), call.args().offset(1), call.args().length(1));
        }
    }

    private static void select(Call call) {
        long index = call.longArg(1);
        if (index < 0 || index >= call.server().keyspace().databases()) {
            throw new CommandException(ErrorReplies.DB_INDEX_OUT_OF_RANGE);
        }
        call.client().database = (int) index;
        call.reply().ok();
    }
}
