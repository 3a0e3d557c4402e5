package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;
import static dev.lockstep.server.command.Command.container;

import dev.lockstep.protocol.ErrorReplies;
import dev.lockstep.protocol.Request;
import dev.lockstep.server.Client.ScriptDebugging;

/** EVAL and its kin, and SCRIPT. */
final class ScriptCommands {
    private static final String GROUP = "scripting";
    private static final String[] WRITES = {"RW", "ACCESS", "UPDATE"};
    private static final String[] READS = {"RO", "ACCESS"};
    private static final byte[] ASYNC = Call.word("async");
    private static final byte[] SYNC = Call.word("sync");
    private static final byte[] NO = Call.word("no");
    private static final byte[] YES = Call.word("yes");
    private static final CommandException FLUSH_OPTION =
            new CommandException("ERR SCRIPT FLUSH only support SYNC|ASYNC option");
    private static final CommandException DEBUG_OPTION =
            new CommandException("ERR Use SCRIPT DEBUG YES/SYNC/NO");
    private static final CommandException IN_A_PIPELINE =
            new CommandException("ERR SCRIPT DEBUG must be called outside a pipeline");

    private ScriptCommands() {}

    static void register(CommandTable table) {
        table.add(
                evaluating("eval", false, false)
                        .docs(
                                GROUP,
                                "2.6.0",
                                "Depends on the script that is executed.",
                                "Runs a Lua script.")
                        .syntax("script numkeys:integer [key ...] [arg ...]"),
                evaluating("evalsha", true, false)
                        .docs(
                                GROUP,
                                "2.6.0",
                                "Depends on the script that is executed.",
                                "Runs a Lua script that is known by its SHA-1.")
                        .syntax("sha1 numkeys:integer [key ...] [arg ...]"),
                evaluating("eval_ro", false, true)
                        .docs(
                                GROUP,
                                "7.0.0",
                                "Depends on the script that is executed.",
                                "Runs a Lua script that may change nothing.")
                        .syntax("script numkeys:integer [key ...] [arg ...]"),
                evaluating("evalsha_ro", true, true)
                        .docs(
                                GROUP,
                                "7.0.0",
                                "Depends on the script that is executed.",
                                "Runs a Lua script that is known by its SHA-1 and may change nothing.")
                        .syntax("sha1 numkeys:integer [key ...] [arg ...]"),
                script());
    }

    /**
     * @param byDigest whether argument 1 is the digest of a script, not its text
     */
    private static Command evaluating(String name, boolean byDigest, boolean readOnly) {
        return calling(
                name,
                readOnly,
                call -> call.server().scripts().eval(call, byDigest, readOnly),
                (server, args, flags) -> server.scripts().commandFlags(args, byDigest, flags));
    }

    /** A command that runs a script or a function; the number of keys is argument 2. */
    static Command calling(
            String name, boolean readOnly, Command.Handler handler, Command.FlagsBy flagsBy) {
        return command(
                        name,
                        call -> {
                            if (call.server().monitors().any()) {
                                call.server()
                                        .monitors()
                                        .feed(call.client(), call.command(), call.args());
                            }
                            handler.run(call);
                        })
                .arity(-3)
                .flags(Flag.NOSCRIPT, Flag.SKIP_MONITOR, Flag.NO_MANDATORY_KEYS, Flag.STALE)
                .flags(readOnly ? Flag.READONLY : Flag.MAY_REPLICATE)
                .flagsBy(flagsBy)
                .acl(Category.SCRIPTING)
                .keys(KeySpec.counted(2, 0, 1, readOnly ? READS : WRITES));
    }

    private static Command script() {
        Command script = container("script").arity(-2);
        script.docs(GROUP, "2.6.0", "Depends on subcommand.", "Holds the commands about scripts.");
        script.sub(
                command("load", ScriptCommands::load)
                        .arity(3)
                        .flags(Flag.NOSCRIPT, Flag.STALE)
                        .acl(Category.SCRIPTING)
                        .tips("request_policy:all_nodes", "response_policy:all_succeeded")
                        .docs(
                                GROUP,
                                "2.6.0",
                                "O(N) with N being the length in bytes of the script body.",
                                "Keeps a script, to be run by its SHA-1.")
                        .syntax("script"),
                command("exists", ScriptCommands::exists)
                        .arity(-3)
                        .flags(Flag.NOSCRIPT)
                        .acl(Category.SCRIPTING)
                        .tips("request_policy:all_shards", "response_policy:agg_logical_and")
                        .docs(
                                GROUP,
                                "2.6.0",
                                "O(N) with N being the number of scripts to check (so checking a single script is an"
                                        + " O(1) operation).",
                                "Tells which scripts are kept.")
                        .syntax("sha1 ..."),
                command("flush", ScriptCommands::flush)
                        .arity(-2)
                        .flags(Flag.NOSCRIPT)
                        .acl(Category.SCRIPTING)
                        .tips("request_policy:all_nodes", "response_policy:all_succeeded")
                        .docs(
                                GROUP,
                                "2.6.0",
                                "O(N) with N being the number of scripts in cache",
                                "Forgets all scripts.")
                        .syntax("[async(ASYNC | SYNC)@6.2.0]")
                        .history("6.2.0 Added the `ASYNC` and `SYNC` flushing mode modifiers."),
                command("debug", ScriptCommands::debug)
                        .arity(3)
                        .flags(Flag.NOSCRIPT)
                        .acl(Category.SCRIPTING)
                        .docs(
                                GROUP,
                                "3.2.0",
                                "O(1)",
                                "Has the scripts of this connection be debugged, or no longer.")
                        .syntax("mode(YES | SYNC | NO)"),
                command("kill", ScriptCommands::kill)
                        .arity(2)
                        .flags(Flag.NOSCRIPT, Flag.ALLOW_BUSY)
                        .acl(Category.SCRIPTING)
                        .tips("request_policy:all_shards", "response_policy:one_succeeded")
                        .docs(GROUP, "2.6.0", "O(1)", "Ends the script that is running."),
                Help.of(
                                "script",
                                GROUP,
                                "5.0.0",
                                "DEBUG (YES|SYNC|NO)",
                                "Have the scripts of this connection be debugged, or no longer. YES, which takes\na copy of the server, is not supported.",
                                "EXISTS <sha1> [<sha1> ...]",
                                "Tell which of these scripts are kept.",
                                "FLUSH [ASYNC|SYNC]",
                                "Forget all scripts.",
                                "KILL",
                                "End the script that is running.",
                                "LOAD <script>",
                                "Keep a script without running it.")
                        .acl(Category.SCRIPTING));
        return script;
    }

    private static void load(Call call) {
        call.reply().bulk(call.server().scripts().load(call.args().copy(2)));
    }

    private static void exists(Call call) {
        Request args = call.args();
        call.reply().array(args.argc() - 2);
        for (int i = 2; i < args.argc(); i++) {
            call.reply().integer(call.server().scripts().exists(args.text(i)) ? 1 : 0);
        }
    }

    private static void flush(Call call) {
        boolean known =
                call.args().argc() == 2
                        || call.args().argc() == 3 && (call.is(2, ASYNC) || call.is(2, SYNC));
        if (!known) {
            throw FLUSH_OPTION;
        }
        call.server().scripts().flush();
        call.reply().ok();
    }

    private static void debug(Call call) {
        if (call.isNested() || call.reply().position() > 0) {
            throw IN_A_PIPELINE;
        }
        ScriptDebugging wanted;
        if (call.is(2, NO)) {
            wanted = ScriptDebugging.OFF;
        } else if (call.is(2, SYNC)) {
            wanted = ScriptDebugging.SYNC;
        } else if (call.is(2, YES)) {
            wanted = ScriptDebugging.REFUSED;
        } else {
            throw DEBUG_OPTION;
        }
        call.server().scripts().debugging(call.client(), wanted);
        call.reply().ok();
    }

    private static void kill(Call call) {
        kill(call, false);
    }

    /** SCRIPT KILL and FUNCTION KILL. */
    static void kill(Call call, boolean function) {
        switch (call.server().scriptRunner().kill(function)) {
            case DONE -> call.reply().ok();
            case NOT_BUSY -> throw new CommandException(ErrorReplies.NOT_BUSY);
            case HAS_WRITTEN ->
                    throw new CommandException(
                            "UNKILLABLE Sorry the script already executed write commands against the dataset. You can either"
                                    + " wait the script termination or kill the server in a hard way using the SHUTDOWN NOSAVE"
                                    + " command.");
            case FROM_MASTER ->
                    throw new CommandException(
                            "UNKILLABLE The busy script was sent by a master instance in the context of replication and cannot"
                                    + " be killed.");
            case OTHER_KIND -> throw new CommandException(call.server().scriptRunner().busyError());
        }
    }
}
