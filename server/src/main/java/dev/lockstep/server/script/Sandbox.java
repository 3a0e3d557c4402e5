package dev.lockstep.server.script;

import dev.lockstep.protocol.Request;
import dev.lockstep.server.process.Version;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.List;

/**
 * A Lua state in which scripts can do nothing but compute and call the server: what {@code sandbox.lua} makes of it, and how
 * a function in it is called. Executor only.
 */
final class Sandbox implements AutoCloseable {
    private final LuaVm vm = new LuaVm();
    private final long state = vm.state();
    private final int handler;
    private final int globals;
    private final int watch;
    private final int debug;
    private final int loading;
    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();

    /**
     * @param api what scripts may call
     * @param registerFunction takes what a library registers while it is loaded
     * @param deprecatedApi whether scripts get what lua-enable-deprecated-api is about
     */
    Sandbox(RedisApi api, LuaVm.Function registerFunction, boolean deprecatedApi) {
        chunk(state, "sandbox");
        host(api, registerFunction, deprecatedApi);
        if (!vm.call(state, 1, 1, 0)) {
            throw new IllegalStateException("sandbox.lua: " + vm.text(state, -1));
        }
        handler = refOf("handler");
        globals = refOf("globals");
        watch = refOf("watch");
        debug = refOf("debug");
        loading = refOf("loading");
        vm.pop(state, 1);
        resume();
    }

    private void host(RedisApi api, LuaVm.Function registerFunction, boolean deprecatedApi) {
        vm.newTable(state, 0, 16);
        vm.newTable(state, 0, 16);
        api.functions(vm).forEach(this::field);
        vm.setField(state, -2, "redis");
        vm.newTable(state, 0, 16);
        BitFunctions.of(vm).forEach(this::field);
        vm.setField(state, -2, "bit");
        vm.newTable(state, 0, 8);
        api.debugger().functions(vm).forEach(this::field);
        vm.setField(state, -2, "debugger");
        field("compile", this::compile);
        field("native", this::wrap);
        field("register_function", registerFunction);
        field("clock", this::clock);
        field("tick", caller -> api.tick(vm, caller));
        field("tick_error", caller -> api.tickError(vm, caller));
        vm.pushNullPointer(state);
        vm.setField(state, -2, "null");
        vm.push(state, Version.REDIS);
        vm.setField(state, -2, "version");
        vm.push(state, Version.redisNumber());
        vm.setField(state, -2, "version_number");
        vm.push(state, deprecatedApi);
        vm.setField(state, -2, "deprecated_api");
    }

    private void field(String name, LuaVm.Function function) {
        vm.push(state, function);
        vm.setField(state, -2, name);
    }

    /** Processor time of this thread, in seconds: all that scripts get of Lua's os. */
    private int clock(long caller) {
        vm.push(caller, threads.getCurrentThreadCpuTime() / 1e9);
        return 1;
    }

    /** Compiles a library that a script uses for the first time. */
    private int compile(long caller) {
        String name = vm.text(caller, 1);
        chunk(caller, name);
        return 1;
    }

    private void chunk(long to, String name) {
        byte[] code;
        try (InputStream in = Sandbox.class.getResourceAsStream(name + ".lua")) {
            code = in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String failure = vm.load(to, code, "=" + name);
        if (failure != null) {
            throw new IllegalStateException(failure);
        }
    }

    private int refOf(String field) {
        vm.field(state, -1, field);
        return vm.ref(state);
    }

    /** Makes a function of Lua one of the server's, so that an error in it is told at the line that called it. */
    private int wrap(long caller) {
        int wrapped = vm.ref(caller);
        vm.push(
                caller,
                from -> {
                    int arguments = vm.top(from);
                    vm.pushRef(from, wrapped);
                    vm.insert(from, 1);
                    if (vm.call(from, arguments, LuaVm.ALL_RESULTS, 0)) {
                        return vm.top(from);
                    }
                    if (vm.type(from, -1) == LuaVm.STRING) {
                        vm.pushWhere(from);
                        vm.insert(from, -2);
                        vm.concat(from, 2);
                    }
                    return LuaVm.ERROR;
                });
        return 1;
    }

    @Override
    public void close() {
        vm.close();
    }

    LuaVm vm() {
        return vm;
    }

    /** Forgets that a script was to be ended: the next one runs as usual. */
    void resume() {
        vm.pushRef(state, watch);
        if (!vm.call(state, 0, 0, 0)) {
            throw new IllegalStateException(vm.text(state, -1));
        }
    }

    /** Has the script that is called next be debugged, whose lines are given; until {@link #resume}. */
    void debug(List<byte[]> lines) {
        vm.pushRef(state, debug);
        vm.newTable(state, lines.size(), 0);
        for (int i = 0; i < lines.size(); i++) {
            vm.push(state, lines.get(i), 0, lines.get(i).length);
            vm.setElement(state, -2, i + 1);
        }
        if (!vm.call(state, 1, 0, 0)) {
            throw new IllegalStateException(vm.text(state, -1));
        }
    }

    /** Whether the code of a library runs, which may do nothing but register functions. */
    void loading(boolean on) {
        vm.pushRef(state, loading);
        vm.push(state, on);
        if (!vm.call(state, 1, 0, 0)) {
            throw new IllegalStateException(vm.text(state, -1));
        }
    }

    /** Calls a script that finds keys and arguments in its globals; then its result, or what it threw, is on the stack. */
    boolean callScript(int function, Request args, int firstKey, int keys) {
        vm.pushRef(state, globals);
        pushArguments(args, firstKey, firstKey + keys);
        vm.setRawField(state, -2, "KEYS");
        pushArguments(args, firstKey + keys, args.argc());
        vm.setRawField(state, -2, "ARGV");
        vm.pop(state, 1);
        vm.pushRef(state, handler);
        vm.pushRef(state, function);
        return called(0);
    }

    /** Calls a function that is passed keys and arguments; then its result, or what it threw, is on the stack. */
    boolean callFunction(int function, Request args, int firstKey, int keys) {
        vm.pushRef(state, handler);
        vm.pushRef(state, function);
        pushArguments(args, firstKey, firstKey + keys);
        pushArguments(args, firstKey + keys, args.argc());
        return called(2);
    }

    /** Calls what is on top of the stack, the code of a library. */
    boolean callLibrary() {
        vm.pushRef(state, handler);
        vm.insert(state, -2);
        return called(0);
    }

    private boolean called(int arguments) {
        int at = vm.top(state) - arguments - 1;
        boolean succeeded = vm.call(state, arguments, 1, at);
        vm.remove(state, at);
        return succeeded;
    }

    private void pushArguments(Request args, int from, int end) {
        vm.newTable(state, end - from, 0);
        for (int i = from; i < end; i++) {
            vm.push(state, args.array(), args.offset(i), args.length(i));
            vm.setElement(state, -2, i - from + 1);
        }
    }
}
