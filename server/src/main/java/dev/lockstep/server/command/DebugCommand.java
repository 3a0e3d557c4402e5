package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;

import dev.lockstep.protocol.ErrorReplies;
import dev.lockstep.protocol.Glob;
import dev.lockstep.protocol.Request;
import dev.lockstep.protocol.RequestEncoder;
import dev.lockstep.server.Client;
import dev.lockstep.server.config.ConfigurationException;
import dev.lockstep.server.info.MemoryUsage;
import dev.lockstep.server.log.ServerLog;
import dev.lockstep.server.process.CrashReport;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** DEBUG: what tests and developers do to a server; {@code enable-debug-command} must allow it. */
final class DebugCommand {
    private static final Logger LOG = LoggerFactory.getLogger(DebugCommand.class);
    private static final int SIGSEGV_EXIT_CODE = 128 + 11;

    private static final int PATTERNS_MATCHED = 100_000;
    private static final int PATTERN_BYTES = 32;
    private static final byte[] PATTERN_SIGNS = {'*', '?', '[', ']', '^', '-', '\\', 'a'};
    private static final byte[] PEAK_RESET_TIME = Call.word("peak-reset-time");
    private static final byte[] RESIZING = Call.word("resizing");
    private static final byte[] NEVER = Call.word("never");
    private static final byte[] RESET = Call.word("reset");
    private static final byte[] KILL = Call.word("kill");

    private static final CommandException NO_CLIENT_EVICTION =
            new CommandException("ERR maxmemory-clients is disabled.");
    private static final CommandException NO_CLUSTER =
            new CommandException("ERR Debug option only available for cluster mode enabled setup!");
    private static final CommandException NO_RESTART =
            new CommandException("ERR failed to restart the server. Check server logs.");

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
                    "AOF-FLUSH-SLEEP <microsec>",
                    "Do nothing: writing the append-only file is not slowed down.",
                    "ASSERT",
                    "End the process as after a failed assertion.",
                    "CHANGE-REPL-ID",
                    "Change the replication IDs, so that no replica can resume.",
                    "CLIENT-EVICTION",
                    "Return how much memory the clients take together.",
                    "CONFIG-REWRITE-FORCE-ALL",
                    "Like CONFIG REWRITE, but write every setting, even those at their default.",
                    "DIGEST",
                    "Return a hash of all data.",
                    "DIGEST-VALUE <key> [<key> ...]",
                    "Return a hash of each key's value.",
                    "ERROR <string>",
                    "Reply with <string> as an error.",
                    "HTSTATS <dbid> [full]",
                    "Return facts about a database's index.",
                    "HTSTATS-KEY <key> [full]",
                    "Return facts about the table of a key's value.",
                    "LEAK <string>",
                    "Do nothing: what isn't used any more is collected.",
                    "LISTPACK <key>",
                    "Write what a packed value consists of to the log.",
                    "LOADAOF",
                    "Load the append-only file again.",
                    "LOG <message>",
                    "Write <message> to the log.",
                    "OBJECT <key> [fast]",
                    "Return facts about a key's value, without its serialized length if 'fast'.",
                    "OOM",
                    "End the process as after an allocation that failed.",
                    "PANIC",
                    "End the process as after an unexpected failure.",
                    "PAUSE-CRON <0|1>",
                    "Stop or resume all periodic work.",
                    "POPULATE <count> [<prefix>] [<size>]",
                    "Create <count> strings named <prefix>:<n>, by default key:<n>, unknown to replicas.",
                    "PROTOCOL <type>",
                    "Reply with a value of the type: string, integer, double, bignum, null, array,\n"
                            + "set, map, attrib, push, verbatim, true or false.",
                    "QUICKLIST <key> [<0|1>]",
                    "Write what blocks a list consists of to the log, with 1 their elements too.",
                    "QUICKLIST-PACKED-THRESHOLD <size>",
                    "How long an element of a list is that gets a block of its own; 0 for the default, 1gb.",
                    "RELOAD [option ...]",
                    "Save the data and load them back. Options:\n"
                            + "* MERGE: what is loaded replaces what is there.\n"
                            + "* NOFLUSH: don't drop the data before.\n"
                            + "* NOSAVE: load what the file holds already.",
                    "REPLICATE <string> [<string> ...]",
                    "Send a command to the replicas only.",
                    "REPLYBUFFER PEAK-RESET-TIME <NEVER||RESET|time>",
                    "Do nothing: clients have no reply buffers of their own.",
                    "REPLYBUFFER RESIZING <0|1>",
                    "Do nothing, likewise.",
                    "SDSLEN <key>",
                    "Return the lengths of a key and of its string.",
                    "SEGFAULT",
                    "End the process as after an invalid memory access.",
                    "CLIENT-ENFORCE-REPLY-LIST <0|1>",
                    "Whether every byte that waits for a client counts towards its limit.",
                    "SET-ACTIVE-EXPIRE <0|1>",
                    "Whether expired keys are removed though nobody asks for them.",
                    "SET-DISABLE-DENY-SCRIPTS <0|1>",
                    "Whether scripts may call all commands.",
                    "SET-SKIP-CHECKSUM-VALIDATION <0|1>",
                    "Whether the checksums of RDB files and of what RESTORE gets are taken as right.",
                    "SLEEP <seconds>",
                    "Stop everything for a while, decimals allowed.",
                    "STRINGMATCH-TEST",
                    "Match random strings with random patterns.",
                    "STRUCTSIZE",
                    "Return the sizes of a few structures.");

    static {
        add("digest", 0, 0, DebugData::digest);
        add("digest-value", 0, Integer.MAX_VALUE, DebugData::digestValue);
        add("htstats", 1, 2, DebugData::indexFacts);
        add("populate", 1, 3, DebugData::populate);
        add("reload", 0, Integer.MAX_VALUE, DebugData::reload);
        add("loadaof", 0, 0, DebugData::loadAof);
        add("aof-flush-sleep", 1, 1, DebugData::aofFlushSleep);
        add("set-skip-checksum-validation", 1, 1, DebugData::skipChecksums);
        add("object", 1, 2, DebugValue::object);
        add("htstats-key", 1, 2, DebugValue::tableFacts);
        add("listpack", 1, 1, DebugPacked::listpack);
        add("quicklist", 1, 2, DebugPacked::quicklist);
        add("sdslen", 1, 1, DebugValue::stringLengths);
        add("change-repl-id", 0, 0, DebugCommand::changeReplicationId);
        add("sleep", 1, 1, DebugCommand::sleep);
        add("error", 1, 1, DebugCommand::error);
        add("log", 1, 1, DebugCommand::log);
        add("leak", 1, 1, call -> call.reply().ok());
        add("protocol", 1, 1, DebugProtocol::reply);
        add("replicate", 1, Integer.MAX_VALUE, DebugCommand::replicate);
        add("set-active-expire", 1, 1, DebugCommand::setActiveExpire);
        add("set-disable-deny-scripts", 1, 1, DebugCommand::allowAllInScripts);
        add("client-enforce-reply-list", 1, 1, DebugCommand::countAllOutput);
        add("pause-cron", 1, 1, DebugCommand::pauseCron);
        add("config-rewrite-force-all", 0, 0, DebugCommand::rewriteConfig);
        add("client-eviction", 0, 0, DebugCommand::clientMemory);
        add("stringmatch-test", 0, 0, DebugCommand::matchPatterns);
        for (String crash : new String[] {"segfault", "panic", "assert", "oom"}) {
            add(crash, 0, Integer.MAX_VALUE, DebugCommand::crash);
        }
        for (String restart : new String[] {"restart", "crash-and-recover"}) {
            add(restart, 0, 1, DebugCommand::restart);
        }
        for (String idle : new String[] {"dict-resizing", "close-cluster-link-on-packet-drop"}) {
            add(idle, 1, 1, call -> call.reply().ok());
        }
        add("drop-cluster-packet-filter", 1, 1, DebugCommand::dropClusterPackets);
        add("clusterlink", 3, 3, DebugCommand::clusterLink);
        add("quicklist-packed-threshold", 1, 1, DebugPacked::packedThreshold);
        add("replybuffer", 2, 2, DebugCommand::replyBuffer);
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
            throw unknown(call);
        }
        subcommand.handler().run(call);
    }

    private static CommandException unknown(Call call) {
        String name = call.args().text(1);
        return new CommandException(ErrorReplies.unknownSubcommandOrArity("debug", name));
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
        LOG.warn("DEBUG LOG: {}", ServerLog.text(call.args().text(2)));
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

    private static void allowAllInScripts(Call call) {
        call.server().scriptRunner().allowAll(call.longArg(2) != 0);
        call.reply().ok();
    }

    private static void countAllOutput(Call call) {
        call.server().clients().countAllOutput(call.longArg(2) != 0);
        call.reply().ok();
    }

    private static void pauseCron(Call call) {
        call.server().pauseCron(isOn(call));
        call.reply().ok();
    }

    private static boolean isOn(Call call) {
        return call.args().isLong(2) && call.args().longAt(2) != 0;
    }

    private static void clientMemory(Call call) {
        long whole = call.server().config().memory.maxMemory.bytes();
        if (call.server().config().clients.maxMemoryClients.bytesOf(whole) == 0) {
            throw NO_CLIENT_EVICTION;
        }
        long bytes = 0;
        int count = 0;
        for (Client client : call.server().clients().all()) {
            bytes += MemoryUsage.of(client);
            count++;
        }
        String text = "tot-mem: " + bytes + ", clients: " + count + "\n";
        call.reply().verbatim("txt", text.getBytes(StandardCharsets.US_ASCII));
    }

    private static void matchPatterns(Call call) {
        SplittableRandom random = new SplittableRandom();
        byte[] pattern = new byte[PATTERN_BYTES];
        byte[] text = new byte[PATTERN_BYTES];
        for (int i = 0; i < PATTERNS_MATCHED; i++) {
            random.nextBytes(pattern);
            random.nextBytes(text);
            for (int j = 0; j < PATTERN_BYTES; j += 1 + random.nextInt(4)) {
                pattern[j] = PATTERN_SIGNS[random.nextInt(PATTERN_SIGNS.length)];
            }
            Glob.matches(pattern, text, random.nextBoolean());
        }
        call.reply().simple("Apparently Redis did not crash: test passed");
    }

    // ---- without an effect here ----

    private static void replyBuffer(Call call) {
        if (call.is(2, PEAK_RESET_TIME)) {
            if (!call.is(3, NEVER) && !call.is(3, RESET)) {
                call.longArg(3);
            }
        } else if (!call.is(2, RESIZING)) {
            throw unknown(call);
        }
        call.reply().ok();
    }

    private static void dropClusterPackets(Call call) {
        call.longArg(2);
        call.reply().ok();
    }

    private static void clusterLink(Call call) {
        if (!call.is(2, KILL)) {
            throw unknown(call);
        }
        throw NO_CLUSTER;
    }

    /** A JVM can't replace itself by a new one. */
    private static void restart(Call call) {
        if (call.args().argc() > 2) {
            call.longArg(2);
        }
        throw NO_RESTART;
    }

    // ---- the process ----

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
