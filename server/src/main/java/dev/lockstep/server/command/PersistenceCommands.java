package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;

import dev.lockstep.protocol.ErrorReplies;
import dev.lockstep.protocol.Request;
import dev.lockstep.server.Snapshots;
import java.nio.charset.StandardCharsets;

/** Commands that save the data. */
final class PersistenceCommands {
    private static final byte[] SCHEDULE = "schedule".getBytes(StandardCharsets.US_ASCII);
    private static final CommandException IN_PROGRESS =
            new CommandException("ERR Background save already in progress");
    private static final CommandException FAILED = new CommandException("ERR");

    private PersistenceCommands() {}

    static void register(CommandTable table) {
        table.add(
                command("save", PersistenceCommands::save)
                        .arity(1)
                        .flags(Flag.ADMIN, Flag.NOSCRIPT, Flag.NO_ASYNC_LOADING, Flag.NO_MULTI)
                        .docs(
                                "server",
                                "1.0.0",
                                "O(N) where N is the total number of keys in all databases",
                                "Saves the data to disk while everything else waits."),
                command("bgsave", PersistenceCommands::bgsave)
                        .arity(-1)
                        .flags(Flag.ADMIN, Flag.NOSCRIPT, Flag.NO_ASYNC_LOADING)
                        .docs(
                                "server",
                                "1.0.0",
                                "O(1)",
                                "Saves the data to disk in the background.")
                        .syntax("[SCHEDULE@3.2.2]")
                        .history("3.2.2 Added `SCHEDULE`."),
                command("lastsave", PersistenceCommands::lastsave)
                        .arity(1)
                        .flags(Flag.LOADING, Flag.STALE, Flag.FAST)
                        .acl(Category.ADMIN, Category.DANGEROUS)
                        .tips("nondeterministic_output")
                        .docs(
                                "server",
                                "1.0.0",
                                "O(1)",
                                "Tells when the data were last saved, as Unix time."));
    }

    private static void save(Call call) {
        Snapshots snapshots = call.server().snapshots();
        if (snapshots.isSaving()) {
            throw IN_PROGRESS;
        }
        if (!snapshots.save()) {
            throw FAILED;
        }
        call.reply().ok();
    }

    private static void bgsave(Call call) {
        Snapshots snapshots = call.server().snapshots();
        Request args = call.args();
        if (args.argc() > 1 && (args.argc() > 2 || !args.is(1, SCHEDULE))) {
            throw new CommandException(ErrorReplies.SYNTAX);
        }
        if (!snapshots.startBackground()) {
            throw IN_PROGRESS;
        }
        call.reply().simple("Background saving started");
    }

    private static void lastsave(Call call) {
        call.reply().integer(call.server().snapshots().lastSaveSeconds());
    }
}
