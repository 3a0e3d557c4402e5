package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;

import dev.lockstep.protocol.Request;
import dev.lockstep.server.Client;
import dev.lockstep.server.Transactions;

/** MULTI and EXEC, and WATCH: several commands as one, provided that nobody came first. */
final class TransactionCommands {
    private static final String GROUP = "transactions";
    private static final Flag[] AT_ONCE = {
        Flag.NOSCRIPT, Flag.LOADING, Flag.STALE, Flag.FAST, Flag.ALLOW_BUSY, Flag.NOT_QUEUED
    };

    private static final CommandException NESTED =
            new CommandException("ERR MULTI calls can not be nested");
    private static final CommandException EXEC_WITHOUT_MULTI =
            new CommandException("ERR EXEC without MULTI");
    private static final CommandException DISCARD_WITHOUT_MULTI =
            new CommandException("ERR DISCARD without MULTI");
    private static final CommandException WATCH_INSIDE_MULTI =
            new CommandException("ERR WATCH inside MULTI is not allowed");

    private TransactionCommands() {}

    static void register(CommandTable table) {
        table.add(
                command("multi", TransactionCommands::multi)
                        .arity(1)
                        .flags(AT_ONCE)
                        .acl(Category.TRANSACTION)
                        .docs(GROUP, "1.2.0", "O(1)", "Begins to queue commands."),
                command("exec", TransactionCommands::exec)
                        .arity(1)
                        .flags(
                                Flag.NOSCRIPT,
                                Flag.LOADING,
                                Flag.STALE,
                                Flag.SKIP_SLOWLOG,
                                Flag.NOT_QUEUED)
                        .acl(Category.TRANSACTION)
                        .docs(
                                GROUP,
                                "1.2.0",
                                "Depends on commands in the transaction",
                                "Executes the queued commands in one go."),
                command("discard", TransactionCommands::discard)
                        .arity(1)
                        .flags(AT_ONCE)
                        .acl(Category.TRANSACTION)
                        .docs(
                                GROUP,
                                "2.0.0",
                                "O(N), when N is the number of queued commands",
                                "Drops the queued commands."),
                command("watch", TransactionCommands::watch)
                        .arity(-2)
                        .flags(AT_ONCE)
                        .acl(Category.TRANSACTION)
                        .keys(KeySpec.range(1, -1, 1, "RO"))
                        .docs(
                                GROUP,
                                "2.2.0",
                                "O(1) for every key.",
                                "Has the next EXEC do nothing if one of these keys changes first.")
                        .syntax("key ..."),
                command("unwatch", TransactionCommands::unwatch)
                        .arity(1)
                        .flags(Flag.NOSCRIPT, Flag.LOADING, Flag.STALE, Flag.FAST, Flag.ALLOW_BUSY)
                        .acl(Category.TRANSACTION)
                        .docs(GROUP, "2.2.0", "O(1)", "Watches no keys any more."));
    }

    private static Transactions transactions(Call call) {
        return call.server().transactions();
    }

    private static void multi(Call call) {
        if (transactions(call).isOpen(call.client())) {
            throw NESTED;
        }
        transactions(call).begin(call.client());
        call.reply().ok();
    }

    private static void exec(Call call) {
        if (!transactions(call).isOpen(call.client())) {
            throw EXEC_WITHOUT_MULTI;
        }
        transactions(call).execute(call.client(), call.reply());
    }

    private static void discard(Call call) {
        if (!transactions(call).isOpen(call.client())) {
            throw DISCARD_WITHOUT_MULTI;
        }
        transactions(call).discard(call.client());
        call.reply().ok();
    }

    private static void watch(Call call) {
        Client client = call.client();
        if (transactions(call).isOpen(client)) {
            throw WATCH_INSIDE_MULTI;
        }
        Request args = call.args();
        for (int i = 1; i < args.argc(); i++) {
            call.server().watchedKeys().watch(client, args.array(), args.offset(i), args.length(i));
        }
        call.reply().ok();
    }

    private static void unwatch(Call call) {
        call.server().watchedKeys().unwatch(call.client());
        call.reply().ok();
    }
}
