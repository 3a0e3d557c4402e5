package dev.lockstep.server.script;

import dev.lockstep.protocol.ErrorReplies;
import dev.lockstep.protocol.ReplyBuffer;
import dev.lockstep.protocol.Request;
import dev.lockstep.server.ChangeStream;
import dev.lockstep.server.Client;
import dev.lockstep.server.LockstepServer;
import dev.lockstep.server.command.Call;
import dev.lockstep.server.command.Command;
import dev.lockstep.server.command.Flag;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs scripts, one at a time, on the executor: nobody else gets a word in, and what a script changes enters the change stream
 * together.
 *
 * <p>One that runs for longer than {@code busy-reply-threshold} lets the executor take turns meanwhile in which everybody is told
 * that the server is busy, and in which the script can be ended.
 */
public final class ScriptRunner {
    private static final Logger LOG = LoggerFactory.getLogger(ScriptRunner.class);

    /** How long the code of a library may run while it is loaded. */
    private static final long LOAD_NANOS_MAX = 500_000_000;

    /** So much may be in one Lua state before the script that runs in it is ended. */
    private static final long MEMORY_BYTES_MAX = 4L << 30;

    /** Garbage is looked for after so many runs, beside Lua's own rule. */
    private static final int RUNS_PER_COLLECTION = 50;

    private static final String OUT_OF_MEMORY = "script uses more than 4 GB of memory";
    private static final String LOAD_TIMEOUT = "FUNCTION LOAD timeout";
    private static final String OUTSIDE =
            "redis.call/pcall can only be called inside a script invocation";

    /** How a script ends that was killed. */
    public enum Kill {
        DONE,
        NOT_BUSY,
        /** It has changed data, so it can't end halfway. */
        HAS_WRITTEN,
        /** Comes from the master, so it has to be executed. */
        FROM_MASTER,
        /** A function was to be killed, and a script runs; or the other way round. */
        OTHER_KIND
    }

    private final LockstepServer server;
    private final Debugger debugger;
    private ScriptRun running;
    private boolean isLoading;
    private long loadingUntil;
    private boolean allowsAll;
    private long ended;
    private String tickError;

    public ScriptRunner(LockstepServer server) {
        this.server = server;
        this.debugger = new Debugger(server, this);
    }

    Debugger debugger() {
        return debugger;
    }

    /** Lets the script that is being debugged, if there is one, run to its end without stopping. */
    public void endDebugging() {
        debugger.giveUp();
    }

    /** What runs now, or null. */
    ScriptRun running() {
        return running;
    }

    /** For tests: whether scripts may also call commands that they must not. */
    public void allowAll(boolean on) {
        allowsAll = on;
    }

    public boolean allowsAll() {
        return allowsAll;
    }

    /** Whether a script runs. */
    public boolean isRunning() {
        return running != null;
    }

    /** Whether a script runs that this client has called. */
    public boolean isRunningFor(Client client) {
        return running != null && running.client == client;
    }

    /** What others are told while a script runs for long. */
    public String busyError() {
        return running.isFunction ? ErrorReplies.BUSY_FUNCTION : ErrorReplies.BUSY_SCRIPT;
    }

    // ---- running ----

    /**
     * Runs a script or a function and replies with what it returns, or with the error that it ends with.
     *
     * @param function a reference to it in the sandbox
     * @param firstKey the argument with the first key
     */
    void run(Call call, Sandbox in, ScriptRun run, int function, int firstKey, int keys) {
        LuaVm vm = in.vm();
        Client client = call.client();
        int protocol = client.protocol;
        running = run;
        try {
            if (debugger.isActive()) {
                run.busy = true;
                server.executor().longCommand().begin();
                in.debug(debugger.lines());
            }
            boolean succeeded =
                    run.isFunction
                            ? in.callFunction(function, call.args(), firstKey, keys)
                            : in.callScript(function, call.args(), firstKey, keys);
            if (debugger.isActive()) {
                debugger.end();
                in.resume();
            }
            if (succeeded) {
                new ReplyWriter(vm, call, server.stats()).write(run.protocol);
            } else {
                fail(call, run, vm);
            }
        } finally {
            client.database = run.database;
            client.protocol = protocol;
            running = null;
            if (run.busy) {
                server.executor().longCommand().end();
                server.pauses().lookAgain();
            }
            ended(in);
        }
    }

    private void ended(Sandbox in) {
        in.vm().releaseCoroutines();
        if (++ended % RUNS_PER_COLLECTION == 0) {
            in.vm().collectSome();
        }
        in.vm().top(in.vm().state(), 0);
        if (tickError != null) {
            if (tickError.equals(OUT_OF_MEMORY)) {
                in.vm().collect();
            }
            tickError = null;
            in.resume();
        }
    }

    private void fail(Call call, ScriptRun run, LuaVm vm) {
        long state = vm.state();
        String text = "ERR unknown error";
        String place = "";
        boolean counted = false;
        if (vm.type(state, -1) == LuaVm.TABLE) {
            text = textField(vm, "err", text);
            String source = textField(vm, "source", null);
            String line = textField(vm, "line", null);
            if (source != null && line != null) {
                place = ", on " + source + ":" + line + ".";
            }
            vm.field(state, -1, LuaVm.ERROR_IS_COUNTED);
            counted = vm.bool(state, -1);
            vm.pop(state, 1);
        } else if (vm.type(state, -1) == LuaVm.STRING) {
            text = "ERR " + vm.text(state, -1);
        }
        String error = text + " script: " + run.name + place;
        if (counted) {
            call.command().stats.failedCalls++;
            call.reply().error(error);
        } else {
            call.error(error);
        }
    }

    private static String textField(LuaVm vm, String name, String otherwise) {
        long state = vm.state();
        vm.field(state, -1, name);
        int type = vm.type(state, -1);
        String text = type == LuaVm.STRING || type == LuaVm.NUMBER ? vm.text(state, -1) : otherwise;
        vm.pop(state, 1);
        return text;
    }

    /**
     * Runs the code of a library, which is on top of the sandbox's stack; popped.
     *
     * @return what is wrong with it, or null
     */
    String load(Sandbox in, boolean limited) {
        LuaVm vm = in.vm();
        loadingUntil = limited ? System.nanoTime() + LOAD_NANOS_MAX : Long.MAX_VALUE;
        isLoading = true;
        in.loading(true);
        try {
            if (in.callLibrary()) {
                return null;
            }
            if (vm.type(vm.state(), -1) == LuaVm.TABLE) {
                return textField(vm, "err", "ERR unknown error");
            }
            return vm.text(vm.state(), -1);
        } finally {
            isLoading = false;
            ended(in);
            in.loading(false);
        }
    }

    // ---- what a script calls ----

    /** Why the running script may not call a command, or null. */
    String refusal(Command command, Request request) {
        if (running == null) {
            return OUTSIDE;
        }
        return running.killed
                ? killedBy(running)
                : server.executor().refusalInScript(this, command, request);
    }

    /** Executes a command for the running script. */
    void execute(Command command, Request request, ReplyBuffer reply) {
        ScriptRun run = running;
        if (command.has(Flag.WRITE)) {
            run.wrote = true;
        }
        server.changes().tell(run.changesTo);
        try {
            server.executor().runInScript(run.client, command, request, reply);
        } finally {
            server.changes().tell(ChangeStream.TO_ALL);
        }
        if (run.client.tracking != null && command.has(Flag.READONLY) && !run.tracked) {
            run.tracked = true;
            server.tracking().scriptReads(run.client, run.command, run.request);
        }
    }

    /** The client that the script runs for. */
    public Client client() {
        return running.client;
    }

    /** Whether it has changed data: what could end it halfway is no matter then. */
    public boolean hasWritten() {
        return running.wrote;
    }

    public boolean isReadOnly() {
        return running.readOnly;
    }

    /** Whether a command that needs memory is to be refused: there was too little before the script began to write. */
    public boolean lacksMemory() {
        return running.beganShortOfMemory && !running.allowOom && !running.wrote;
    }

    // ---- now and then ----

    /** Whether what runs must end; called on the executor every some 100,000 instructions of Lua. */
    int tick(LuaVm vm, long from) {
        tickError = null;
        ScriptRun run = running;
        if (run == null && !isLoading) {
            vm.push(from, false);
            return 1;
        }
        if (takesTooMuch(vm, run)) {
            tickError = OUT_OF_MEMORY;
        } else if (run == null) {
            if (System.nanoTime() > loadingUntil) {
                tickError = LOAD_TIMEOUT;
            }
        } else {
            takeTurn(run);
            if (run.killed) {
                tickError = killedBy(run);
            }
        }
        vm.push(from, tickError != null);
        return 1;
    }

    /** Garbage doesn't count, it may be another script's. A script that once took too much is ended, whatever it lets go of. */
    private static boolean takesTooMuch(LuaVm vm, ScriptRun run) {
        boolean over = run != null && run.tookTooMuch;
        if (!over && vm.usedBytes() > MEMORY_BYTES_MAX) {
            vm.collect();
            over = vm.usedBytes() > MEMORY_BYTES_MAX;
        }
        if (over && run != null) {
            run.tookTooMuch = true;
        }
        return over;
    }

    String tickError() {
        return tickError;
    }

    private static String killedBy(ScriptRun run) {
        return run.isFunction
                ? "Script killed by user with FUNCTION KILL."
                : "Script killed by user with SCRIPT KILL...";
    }

    private void takeTurn(ScriptRun run) {
        long threshold = server.config().monitoring.busyReplyThreshold.get();
        if (run.killed || threshold == 0 && !run.busy || run.elapsedMillis() < threshold) {
            return;
        }
        if (!run.busy) {
            run.busy = true;
            LOG.warn(
                    "Slow script detected: still in execution after {} milliseconds. You can try killing the script using the"
                            + " {} command. Script name is: {}.",
                    run.elapsedMillis(),
                    run.isFunction ? "FUNCTION KILL" : "SCRIPT KILL",
                    run.name);
            server.executor().longCommand().begin();
        }
        server.executor().longCommand().turn();
        debugger.tellOthers();
    }

    /** Whether a command has to wait, because a script is being debugged, and not for long yet. */
    public boolean holdsBack(Command command) {
        return running != null && debugger.keepsOthersWaiting() && !command.has(Flag.ALLOW_BUSY);
    }

    /**
     * Has the running script end.
     *
     * @param function whether it is to be a function
     */
    public Kill kill(boolean function) {
        if (running == null) {
            return Kill.NOT_BUSY;
        }
        if (running.client.isMaster) {
            return Kill.FROM_MASTER;
        }
        if (running.wrote) {
            return Kill.HAS_WRITTEN;
        }
        if (running.isFunction != function) {
            return Kill.OTHER_KIND;
        }
        running.killed = true;
        LOG.warn("Lua script killed by user with {} KILL.", function ? "FUNCTION" : "SCRIPT");
        return Kill.DONE;
    }
}
