package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;

import dev.lockstep.protocol.ErrorReplies;
import dev.lockstep.protocol.Request;
import dev.lockstep.server.Snapshots;
import dev.lockstep.server.aof.AofRewrite;
import java.nio.charset.StandardCharsets;

/** Commands that save the data. */
final class PersistenceCommands {
    private static final byte[] SCHEDULE = "schedule".getBytes(StandardCharsets.US_ASCII);
    private static final CommandException IN_PROGRESS =
            new CommandException("ERR Background save already in progress");
    private static final CommandException ANOTHER_SAVE =
            new CommandException(
                    "ERR Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE SCHEDULE in order to"
                            + " schedule a BGSAVE whenever possible.");
    private static final CommandException REWRITE_IN_PROGRESS =
            new CommandException("ERR Background append only file rewriting already in progress");
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
                command("bgrewriteaof", PersistenceCommands::bgrewriteaof)
                        .arity(1)
                        .flags(Flag.ADMIN, Flag.NOSCRIPT, Flag.NO_ASYNC_LOADING)
                        .docs(
                                "server",
                                "1.0.0",
                                "O(1)",
                                "Writes the append-only file anew, in the background."),
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
        if (snapshots.isSaving()) {
            throw IN_PROGRESS;
        }
        if (!call.isNested() && snapshots.startBackground()) {
            call.reply().simple("Background saving started");
        } else if (args.argc() > 1 || call.isNested()) {
            snapshots.scheduleBackground();
            call.reply().simple("Background saving scheduled");
        } else {
            throw ANOTHER_SAVE;
        }
    }

    private static void bgrewriteaof(Call call) {
        AofRewrite rewrite = call.server().aof().rewrite();
        if (rewrite.isUnderWay()) {
            throw REWRITE_IN_PROGRESS;
        }
        boolean wait =
                call.isNested()
                        || call.server().snapshots().isBusy()
                        || call.server().aof().isSuspended();
        if (wait) {
            rewrite.schedule();
            call.reply().simple("Background append only file rewriting scheduled");
        } else {
            rewrite.start();
            call.reply().simple("Background append only file rewriting started");
        }
    }

    private static void lastsave(Call call) {
        call.reply().integer(call.server().snapshots().lastSaveSeconds());
    }
}
