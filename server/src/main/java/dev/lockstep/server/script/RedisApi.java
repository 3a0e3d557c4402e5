package dev.lockstep.server.script;

import dev.lockstep.protocol.ByteArray;
import dev.lockstep.protocol.Decimal;
import dev.lockstep.protocol.ReplyBuffer;
import dev.lockstep.protocol.Request;
import dev.lockstep.server.ChangeStream;
import dev.lockstep.server.LockstepServer;
import dev.lockstep.server.command.Command;
import dev.lockstep.server.log.ServerLog;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The table redis of scripts, but for its constants. Executor only. */
final class RedisApi {
    private static final Logger LOG = LoggerFactory.getLogger(RedisApi.class);
    private static final int CAPTURE_BYTES_KEPT = 1 << 20;
    private static final int ARGUMENT_BYTES = 4096;
    private static final double INTEGERS_UP_TO = 1L << 62;

    private final LockstepServer server;
    private final ScriptRunner runner;
    private final Debugger debugger;
    private final Request request = new Request();
    private ByteArray arguments = new ByteArray(ARGUMENT_BYTES);
    private ReplyBuffer captured = new ReplyBuffer(ARGUMENT_BYTES);

    RedisApi(LockstepServer server, ScriptRunner runner, Debugger debugger) {
        this.server = server;
        this.runner = runner;
        this.debugger = debugger;
    }

    Map<String, LuaVm.Function> functions(LuaVm vm) {
        ReplyReader reader = new ReplyReader(vm);
        Map<String, LuaVm.Function> functions = new LinkedHashMap<>();
        functions.put("call", from -> call(vm, reader, from, true));
        functions.put("pcall", from -> call(vm, reader, from, false));
        functions.put("log", from -> log(vm, from));
        functions.put("sha1hex", from -> sha1(vm, from));
        functions.put("error_reply", from -> errorReply(vm, from));
        functions.put("status_reply", from -> statusReply(vm, from));
        functions.put("setresp", from -> setProtocol(vm, from));
        functions.put("set_repl", from -> setReplication(vm, from));
        functions.put("acl_check_cmd", from -> checkCommand(vm, from));
        functions.put(
                "replicate_commands",
                from -> {
                    vm.push(from, true);
                    return 1;
                });
        return functions;
    }

    // ---- errors ----

    /** An error as scripts get it. {@code text} begins with its code if that is preceded by '-', else the code is ERR. */
    private static String errorOf(String text) {
        String trimmed = text.strip();
        if (!trimmed.startsWith("-")) {
            return "ERR " + trimmed;
        }
        return trimmed.indexOf(' ') < 0 ? "ERR " + trimmed.substring(1) : trimmed.substring(1);
    }

    private static void pushError(LuaVm vm, long to, String text) {
        vm.newTable(to, 0, 2);
        vm.push(to, errorOf(text));
        vm.setField(to, -2, "err");
    }

    private static int raise(LuaVm vm, long to, String text) {
        pushError(vm, to, text);
        return LuaVm.ERROR;
    }

    // ---- calling commands ----

    private int call(LuaVm vm, ReplyReader reader, long from, boolean raises) {
        String refusal = readArguments(vm, from);
        boolean counted = false;
        if (refusal == null) {
            debugger.called(request);
            refusal = execute();
            counted = true;
        }
        if (refusal != null) {
            debugger.failed(refusal);
            vm.top(from, 0);
            pushError(vm, from, refusal);
            if (counted) {
                vm.push(from, true);
                vm.setField(from, -2, LuaVm.ERROR_IS_COUNTED);
            }
            return raises ? LuaVm.ERROR : 1;
        }
        vm.top(from, 0);
        debugger.replied(captured.array());
        boolean succeeded = reader.push(from, captured.array());
        if (captured.array().length > CAPTURE_BYTES_KEPT) {
            captured = new ReplyBuffer(ARGUMENT_BYTES);
        }
        if (arguments.array().length > CAPTURE_BYTES_KEPT) {
            arguments = new ByteArray(ARGUMENT_BYTES);
            request.set(arguments.array());
        }
        return succeeded || !raises ? 1 : LuaVm.ERROR;
    }

    /** Makes a request of the arguments of a call; returns what is wrong with them. */
    private String readArguments(LuaVm vm, long from) {
        int count = vm.top(from);
        if (count == 0) {
            return "Please specify at least one argument for this redis lib call";
        }
        arguments.clear();
        int[] ends = new int[count];
        for (int i = 1; i <= count; i++) {
            int type = vm.type(from, i);
            if (type == LuaVm.NUMBER) {
                appendNumber(vm.number(from, i));
            } else if (type == LuaVm.STRING) {
                arguments.append(vm.bytes(from, i));
            } else {
                return "Lua redis lib command arguments must be strings or integers";
            }
            ends[i - 1] = arguments.length();
        }
        request.set(arguments.array());
        int start = 0;
        for (int end : ends) {
            request.add(start, end - start);
            start = end;
        }
        return null;
    }

    private void appendNumber(double number) {
        if (number == (long) number && Math.abs(number) <= INTEGERS_UP_TO) {
            arguments.appendDecimal((long) number);
        } else {
            arguments.append(Decimal.toBytes(number));
        }
    }

    private Command command() {
        Command command =
                server.commands().find(request.array(), request.offset(0), request.length(0));
        if (command != null && command.isContainer() && request.argc() > 1) {
            return command.subcommand(request.array(), request.offset(1), request.length(1));
        }
        return command;
    }

    /** Executes what was asked for; returns why not, which is counted then, or null. */
    private String execute() {
        Command command = command();
        String refusal = null;
        if (command == null) {
            refusal = "Unknown Redis command called from script";
        } else if (!command.acceptsArguments(request.argc())) {
            refusal = "Wrong number of args calling Redis command from script";
        } else {
            refusal = runner.refusal(command, request);
        }
        if (refusal == null) {
            captured.clear();
            captured.protocol(runner.running().protocol);
            runner.execute(command, request, captured);
            return null;
        }
        server.executor().refusedInScript(command, errorOf(refusal));
        return refusal;
    }

    private int checkCommand(LuaVm vm, long from) {
        if (runner.running() == null) {
            return raise(
                    vm, from, "redis.acl_check_cmd can only be called inside a script invocation");
        }
        String refusal = readArguments(vm, from);
        Command command = refusal == null ? command() : null;
        if (refusal == null && command == null) {
            refusal = "Invalid command passed to redis.acl_check_cmd()";
        }
        if (refusal != null) {
            return raise(vm, from, refusal);
        }
        vm.push(from, server.acl().allows(runner.client(), command, request));
        return 1;
    }

    // ---- the rest ----

    private int log(LuaVm vm, long from) {
        int count = vm.top(from);
        if (count < 2) {
            return raise(vm, from, "redis.log() requires two arguments or more.");
        }
        if (vm.type(from, 1) != LuaVm.NUMBER) {
            return raise(vm, from, "First argument must be a number (log level).");
        }
        int level = (int) vm.number(from, 1);
        if (level < 0 || level > 3) {
            return raise(vm, from, "Invalid debug level.");
        }
        StringBuilder line = new StringBuilder();
        for (int i = 2; i <= count; i++) {
            int type = vm.type(from, i);
            if (type == LuaVm.STRING || type == LuaVm.NUMBER) {
                line.append(i > 2 ? " " : "").append(vm.text(from, i));
            }
        }
        String text = ServerLog.text(line.toString());
        switch (level) {
            case 0 -> LOG.trace("{}", text);
            case 1 -> LOG.debug("{}", text);
            case 2 -> LOG.info("{}", text);
            default -> LOG.warn("{}", text);
        }
        return 0;
    }

    private int sha1(LuaVm vm, long from) {
        if (vm.top(from) != 1) {
            return raise(vm, from, "wrong number of arguments");
        }
        vm.push(from, Digests.sha1Hex(vm.bytes(from, 1)));
        return 1;
    }

    private int errorReply(LuaVm vm, long from) {
        if (vm.top(from) != 1 || vm.type(from, 1) != LuaVm.STRING) {
            pushError(vm, from, "wrong number or type of arguments");
            return 1;
        }
        String text = vm.text(from, 1);
        pushError(vm, from, text.startsWith("-") ? text : "-" + text);
        return 1;
    }

    private int statusReply(LuaVm vm, long from) {
        if (vm.top(from) != 1 || vm.type(from, 1) != LuaVm.STRING) {
            pushError(vm, from, "wrong number or type of arguments");
            return 1;
        }
        vm.newTable(from, 0, 1);
        vm.pushCopy(from, 1);
        vm.setField(from, -2, "ok");
        return 1;
    }

    private int setProtocol(LuaVm vm, long from) {
        if (vm.top(from) != 1) {
            return raise(vm, from, "redis.setresp() requires one argument.");
        }
        double version = vm.number(from, 1);
        if (version != 2 && version != 3) {
            return raise(vm, from, "RESP version must be 2 or 3.");
        }
        runner.running().protocol = (int) version;
        return 0;
    }

    private int setReplication(LuaVm vm, long from) {
        if (vm.top(from) != 1) {
            return raise(vm, from, "redis.set_repl() requires two arguments.");
        }
        int flags = (int) vm.number(from, 1);
        if ((flags & ~ChangeStream.TO_ALL) != 0) {
            return raise(
                    vm,
                    from,
                    "Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.");
        }
        runner.running().changesTo = flags;
        return 0;
    }

    // ---- now and then ----

    Debugger debugger() {
        return debugger;
    }

    /** Called every now and then while a script runs; says whether it must end. */
    int tick(LuaVm vm, long from) {
        return runner.tick(vm, from);
    }

    /** Pushes what ends the script. */
    int tickError(LuaVm vm, long from) {
        pushError(vm, from, runner.tickError());
        return 1;
    }
}
