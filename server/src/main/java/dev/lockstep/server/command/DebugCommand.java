package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;

import dev.lockstep.protocol.ErrorReplies;
import dev.lockstep.protocol.Request;
import dev.lockstep.protocol.RequestEncoder;
import dev.lockstep.server.config.ConfigurationException;
import dev.lockstep.server.process.CrashReport;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** DEBUG: what tests and developers do to a server; {@code enable-debug-command} must allow it. */
final class DebugCommand {
    private static final Logger LOG = LoggerFactory.getLogger(DebugCommand.class);
    private static final int SIGSEGV_EXIT_CODE = 128 + 11;

    /** A subcommand, and how many arguments it takes behind its name. */
    private record Subcommand(int least, int most, Command.Handler handler) {}

    private static final Map<String, Subcommand> SUBCOMMANDS = new HashMap<>();

    private DebugCommand() {}

    private static void add(String name, int least, int most, Command.Handler handler) {
        SUBCOMMANDS.put(name, new Subcommand(least, most, handler));
    }

    private static final Command HELP =
            Help.of(
                    "debug",
                    "server",
                    "1.0.0",
                    "CHANGE-REPL-ID",
                    "Change the replication IDs, so that no replica can resume.",
                    "CONFIG-REWRITE-FORCE-ALL",
                    "Like CONFIG REWRITE, but write every setting, even those at their default.",
                    "DIGEST",
                    "Return a hash of all data.",
                    "DIGEST-VALUE <key> [<key> ...]",
                    "Return a hash of each key's value.",
                    "ERROR <string>",
                    "Reply with <string> as an error.",
                    "HTSTATS <dbid>",
                    "Return facts about a database's index.",
                    "LEAK <string>",
                    "Do nothing: what isn't used any more is collected.",
                    "LOG <message>",
                    "Write <message> to the log.",
                    "OBJECT <key>",
                    "Return facts about a key's value.",
                    "PANIC",
                    "End the process as after an unexpected failure.",
                    "PAUSE-CRON <0|1>",
                    "Stop or resume all periodic work.",
                    "POPULATE <count> [<prefix>] [<size>]",
                    "Create <count> strings named <prefix>:<n>, by default key:<n>, unknown to replicas.",
                    "PROTOCOL <type>",
                    "Reply with a value of the type: string, integer, double, bignum, null, array,\n"
                            + "set, map, attrib, push, verbatim, true or false.",
                    "RELOAD [option ...]",
                    "Save the data and load them back. Options:\n"
                            + "* MERGE: what is loaded replaces what is there.\n"
                            + "* NOFLUSH: don't drop the data before.\n"
                            + "* NOSAVE: load what the file holds already.",
                    "REPLICATE <string> [<string> ...]",
                    "Send a command to the replicas only.",
                    "SEGFAULT",
                    "End the process as after an invalid memory access.",
                    "SET-ACTIVE-EXPIRE <0|1>",
                    "Whether expired keys are removed though nobody asks for them.",
                    "SLEEP <seconds>",
                    "Stop everything for a while, decimals allowed.",
                    "STRUCTSIZE",
                    "Return the sizes of a few structures.");

    static {
        add("digest", 0, 0, DebugData::digest);
        add("digest-value", 1, Integer.MAX_VALUE, DebugData::digestValue);
        add("object", 1, 1, DebugData::object);
        add("htstats", 1, 1, DebugData::indexFacts);
        add("populate", 1, 3, DebugData::populate);
        add("reload", 0, Integer.MAX_VALUE, DebugData::reload);
        add("change-repl-id", 0, 0, DebugCommand::changeReplicationId);
        add("sleep", 1, 1, DebugCommand::sleep);
        add("error", 1, 1, DebugCommand::error);
        add("log", 1, 1, DebugCommand::log);
        add("leak", 1, 1, call -> call.reply().ok());
        add("protocol", 1, 1, DebugProtocol::reply);
        add("replicate", 1, Integer.MAX_VALUE, DebugCommand::replicate);
        add("set-active-expire", 1, 1, DebugCommand::setActiveExpire);
        add("pause-cron", 1, 1, DebugCommand::pauseCron);
        add("config-rewrite-force-all", 0, 0, DebugCommand::rewriteConfig);
        add("segfault", 0, 0, DebugCommand::crash);
        add("panic", 0, 0, DebugCommand::crash);
        add("assert", 0, 0, DebugCommand::crash);
        add("quicklist-packed-threshold", 1, 1, call -> call.reply().ok());
        add("set-disable-deny-scripts", 1, 1, call -> call.reply().ok());
        add("set-skip-checksum-validation", 1, 1, call -> call.reply().ok());
        add("replybuffer", 2, 2, call -> call.reply().ok());
        add("help", 0, 0, call -> HELP.handler().run(call));
    }

    static void register(CommandTable table) {
        table.add(
                command("debug", DebugCommand::debugCommand)
                        .arity(-2)
                        .flags(Flag.ADMIN, Flag.NOSCRIPT, Flag.LOADING, Flag.STALE, Flag.PROTECTED)
                        .system()
                        .docs(
                                "server",
                                "1.0.0",
                                "Depends on subcommand.",
                                "Holds the commands for tests."));
    }

    private static void debugCommand(Call call) {
        String name = call.args().text(1);
        Subcommand subcommand = SUBCOMMANDS.get(name.toLowerCase(Locale.ROOT));
        int count = call.args().argc() - 2;
        if (subcommand == null || count < subcommand.least() || count > subcommand.most()) {
            throw new CommandException(ErrorReplies.unknownSubcommandOrArity("debug", name));
        }
        subcommand.handler().run(call);
    }

    private static void sleep(Call call) {
        double seconds = call.args().doubleAt(2);
        long end = System.nanoTime() + (long) (Double.isNaN(seconds) ? 0 : seconds * 1e9);
        for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
        call.reply().ok();
    }

    private static void error(Call call) {
        throw new CommandException(call.args().text(2));
    }

    private static void log(Call call) {
        LOG.warn("DEBUG LOG: {}", call.args().text(2));
        call.reply().ok();
    }

    private static void changeReplicationId(Call call) {
        LOG.info("Changing replication IDs after receiving change-repl-id");
        call.server().replication().changeId();
        call.reply().ok();
    }

    private static void replicate(Call call) {
        Request args = call.args();
        RequestEncoder encoder = new RequestEncoder(256).begin(args.argc() - 2);
        for (int i = 2; i < args.argc(); i++) {
            encoder.arg(args, i);
        }
        call.server().changes().appendAlone(encoder);
        call.reply().ok();
    }

    private static void setActiveExpire(Call call) {
        call.server().expiry().active(isOn(call));
        call.reply().ok();
    }

    private static void pauseCron(Call call) {
        call.server().pauseCron(isOn(call));
        call.reply().ok();
    }

    private static boolean isOn(Call call) {
        return call.args().isLong(2) && call.args().longAt(2) != 0;
    }

    private static void rewriteConfig(Call call) {
        try {
            call.server().config().rewrite(true);
        } catch (ConfigurationException e) {
            throw new CommandException(e.getMessage());
        }
        call.reply().ok();
    }

    private static void crash(Call call) {
        String how = call.args().text(1).toUpperCase(Locale.ROOT);
        CrashReport.write(
                how.equals("SEGFAULT") ? "crashed by signal: SIGSEGV" : "ended by DEBUG " + how);
        Runtime.getRuntime().halt(SIGSEGV_EXIT_CODE);
    }
}
