package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;
import static dev.lockstep.server.command.Command.container;

import dev.lockstep.persistence.DumpPayload;
import dev.lockstep.protocol.ErrorReplies;
import dev.lockstep.protocol.Request;
import dev.lockstep.server.script.Libraries;
import dev.lockstep.server.script.LibraryReplies;
import java.io.IOException;

/** FUNCTION and FCALL: libraries of functions that are part of the data. */
final class FunctionCommands {
    private static final String GROUP = "scripting";
    private static final byte[] REPLACE = Call.word("replace");
    private static final byte[] APPEND = Call.word("append");
    private static final byte[] FLUSH = Call.word("flush");
    private static final byte[] ASYNC = Call.word("async");
    private static final byte[] SYNC = Call.word("sync");
    private static final byte[] LIBRARYNAME = Call.word("libraryname");
    private static final byte[] WITHCODE = Call.word("withcode");
    private static final CommandException FLUSH_OPTION =
            new CommandException("ERR FUNCTION FLUSH only supports SYNC|ASYNC option");
    private static final CommandException RESTORE_POLICY =
            new CommandException(
                    "ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.");
    private static final CommandException BAD_DUMP = new CommandException(ErrorReplies.BAD_DUMP);
    private static final CommandException NO_PATTERN =
            new CommandException("ERR library name argument was not given");

    private final DumpPayload payload = new DumpPayload(true);

    private FunctionCommands() {}

    static void register(CommandTable table) {
        table.add(
                calling("fcall", false)
                        .docs(
                                GROUP,
                                "7.0.0",
                                "Depends on the function that is executed.",
                                "Calls a function.")
                        .syntax("function numkeys:integer [key ...] [arg ...]"),
                calling("fcall_ro", true)
                        .docs(
                                GROUP,
                                "7.0.0",
                                "Depends on the function that is executed.",
                                "Calls a function that may change nothing.")
                        .syntax("function numkeys:integer [key ...] [arg ...]"),
                new FunctionCommands().function());
    }

    private static Command calling(String name, boolean readOnly) {
        return ScriptCommands.calling(
                name,
                readOnly,
                call -> call.server().libraries().call(call, readOnly),
                (server, args, flags) -> server.libraries().commandFlags(args, flags));
    }

    private Command function() {
        Command function = container("function").arity(-2);
        function.docs(
                GROUP, "7.0.0", "Depends on subcommand.", "Holds the commands about functions.");
        function.sub(
                writing("load", FunctionCommands::load)
                        .arity(-3)
                        .flags(Flag.DENYOOM)
                        .docs(
                                GROUP,
                                "7.0.0",
                                "O(1) (considering compilation time is redundant)",
                                "Loads a library.")
                        .syntax("[REPLACE] function-code"),
                writing("delete", FunctionCommands::delete)
                        .arity(3)
                        .docs(GROUP, "7.0.0", "O(1)", "Removes a library and its functions.")
                        .syntax("library-name"),
                writing("flush", FunctionCommands::flush)
                        .arity(-2)
                        .docs(
                                GROUP,
                                "7.0.0",
                                "O(N) where N is the number of functions deleted",
                                "Removes all libraries.")
                        .syntax("[async(ASYNC | SYNC)]"),
                writing("restore", FunctionCommands::restore)
                        .arity(-3)
                        .flags(Flag.DENYOOM)
                        .docs(
                                GROUP,
                                "7.0.0",
                                "O(N) where N is the number of functions on the payload",
                                "Loads the libraries that FUNCTION DUMP returned.")
                        .syntax("serialized-value [policy(FLUSH | APPEND | REPLACE)]"),
                asking("list", FunctionCommands::list)
                        .arity(-2)
                        .tips("nondeterministic_output_order")
                        .docs(
                                GROUP,
                                "7.0.0",
                                "O(N) where N is the number of functions",
                                "Lists libraries with their functions.")
                        .syntax("[LIBRARYNAME library-name-pattern] [WITHCODE]"),
                asking("dump", this::dump)
                        .arity(2)
                        .docs(
                                GROUP,
                                "7.0.0",
                                "O(N) where N is the number of functions",
                                "Returns all libraries as bytes that FUNCTION RESTORE takes."),
                asking("stats", call -> LibraryReplies.stats(call.server(), call.reply()))
                        .arity(2)
                        .flags(Flag.ALLOW_BUSY)
                        .tips(
                                "nondeterministic_output",
                                "request_policy:all_shards",
                                "response_policy:special")
                        .docs(
                                GROUP,
                                "7.0.0",
                                "O(1)",
                                "Tells what is running, and how many libraries there are."),
                asking("kill", call -> ScriptCommands.kill(call, true))
                        .arity(2)
                        .flags(Flag.ALLOW_BUSY)
                        .tips("request_policy:all_shards", "response_policy:one_succeeded")
                        .docs(GROUP, "7.0.0", "O(1)", "Ends the function that is running."),
                Help.of(
                                "function",
                                GROUP,
                                "7.0.0",
                                "LOAD [REPLACE] <FUNCTION CODE>",
                                "Load a library; with REPLACE in place of one of the same name.",
                                "DELETE <LIBRARY NAME>",
                                "Remove a library and its functions.",
                                "LIST [LIBRARYNAME PATTERN] [WITHCODE]",
                                "List libraries with their functions.",
                                "STATS",
                                "Tell what is running, and how many libraries there are.",
                                "KILL",
                                "End the function that is running.",
                                "FLUSH [ASYNC|SYNC]",
                                "Remove all libraries.",
                                "DUMP",
                                "Return all libraries as bytes that FUNCTION RESTORE takes.",
                                "RESTORE <PAYLOAD> [FLUSH|APPEND|REPLACE]",
                                "Load the libraries of a payload:"
                                        + "\n* FLUSH: in place of all that are there."
                                        + "\n* APPEND: beside them, with none of the same name (the default)."
                                        + "\n* REPLACE: beside them, in place of those of the same name.")
                        .acl(Category.SCRIPTING));
        return function;
    }

    private static Command writing(String name, Command.Handler handler) {
        return command(name, handler)
                .flags(Flag.WRITE, Flag.NOSCRIPT)
                .acl(Category.SCRIPTING)
                .tips("request_policy:all_shards", "response_policy:all_succeeded");
    }

    private static Command asking(String name, Command.Handler handler) {
        return command(name, handler).flags(Flag.NOSCRIPT).acl(Category.SCRIPTING);
    }

    private static void load(Call call) {
        Request args = call.args();
        boolean replace = false;
        for (int i = 2; i < args.argc() - 1; i++) {
            if (!call.is(i, REPLACE)) {
                throw new CommandException("ERR Unknown option given: " + args.text(i));
            }
            replace = true;
        }
        String name =
                call.server()
                        .libraries()
                        .load(args.copy(args.argc() - 1), replace, !call.client().isMaster);
        call.changed(1);
        call.reply().bulk(name);
    }

    private static void delete(Call call) {
        call.server().libraries().delete(call.args().text(2));
        call.changed(1);
        call.reply().ok();
    }

    private static void flush(Call call) {
        if (call.args().argc() > 3) {
            throw new CommandException(
                    ErrorReplies.unknownSubcommandOrArity("function", call.args().text(1)));
        }
        boolean known = call.args().argc() == 2 || call.is(2, ASYNC) || call.is(2, SYNC);
        if (!known) {
            throw FLUSH_OPTION;
        }
        call.server().libraries().flush();
        call.changed(1);
        call.reply().ok();
    }

    private static void list(Call call) {
        Request args = call.args();
        String pattern = null;
        boolean withCode = false;
        for (int i = 2; i < args.argc(); i++) {
            if (!withCode && call.is(i, WITHCODE)) {
                withCode = true;
            } else if (pattern == null && call.is(i, LIBRARYNAME)) {
                if (++i == args.argc()) {
                    throw NO_PATTERN;
                }
                pattern = args.text(i);
            } else {
                throw new CommandException("ERR Unknown argument " + args.text(i));
            }
        }
        LibraryReplies.list(call.server().libraries(), call.reply(), pattern, withCode);
    }

    private void dump(Call call) {
        payload.writeLibraries(call.server().libraries().code());
        call.reply().bulk(payload.array(), 0, payload.length());
    }

    private static void restore(Call call) {
        Request args = call.args();
        Libraries.Restore how = Libraries.Restore.APPEND;
        if (args.argc() > 4) {
            throw new CommandException(
                    ErrorReplies.unknownSubcommandOrArity("function", args.text(1)));
        }
        if (args.argc() == 4) {
            if (call.is(3, FLUSH)) {
                how = Libraries.Restore.FLUSH;
            } else if (call.is(3, REPLACE)) {
                how = Libraries.Restore.REPLACE;
            } else if (!call.is(3, APPEND)) {
                throw RESTORE_POLICY;
            }
        }
        if (!DumpPayload.verify(args.array(), args.offset(2), args.length(2))) {
            throw BAD_DUMP;
        }
        try {
            call.server()
                    .libraries()
                    .restore(
                            DumpPayload.readLibraries(args.array(), args.offset(2), args.length(2)),
                            how,
                            !call.client().isMaster);
        } catch (IOException e) {
            throw new CommandException("ERR " + e.getMessage());
        }
        call.changed(1);
        call.reply().ok();
    }
}
