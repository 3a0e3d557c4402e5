package dev.lockstep.server.script;

import dev.lockstep.protocol.ErrorReplies;
import dev.lockstep.protocol.Request;
import dev.lockstep.server.Client;
import dev.lockstep.server.Client.ScriptDebugging;
import dev.lockstep.server.LockstepServer;
import dev.lockstep.server.command.Call;
import dev.lockstep.server.command.CommandException;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** The scripts of EVAL: compiled once, kept by their digest until SCRIPT FLUSH. Executor only. */
public final class Scripts {
    private static final CommandException NO_SUCH_SCRIPT =
            new CommandException(ErrorReplies.NOSCRIPT);
    private static final CommandException INVALID_SHEBANG =
            new CommandException("ERR Invalid script shebang");
    private static final CommandException INVALID_ENGINE =
            new CommandException("ERR Invalid engine in script shebang");
    private static final CommandException NO_COPY =
            new CommandException(
                    "ERR SCRIPT DEBUG YES needs a copy of the server, made by fork(), which there is none of here: use"
                            + " SCRIPT DEBUG SYNC (redis-cli --ldb-sync-mode), which keeps what the script changes");
    private static final CommandException DEBUG_BY_DIGEST =
            new CommandException("ERR Please use EVAL instead of EVALSHA for debugging");
    private static final String FLAGS_OPTION = "flags=";
    private static final int DIGEST_LENGTH = 40;

    /** What a script takes beside its text. */
    private static final int SCRIPT_BYTES = 120;

    private record Script(String digest, int function, int flags, int bytes) {}

    private final LockstepServer server;
    private final ScriptRunner runner;
    private final Map<String, Script> scripts = new HashMap<>();
    private Sandbox sandbox;
    private long bytes;

    public Scripts(LockstepServer server, ScriptRunner runner) {
        this.server = server;
        this.runner = runner;
    }

    private Sandbox sandbox() {
        if (sandbox == null) {
            sandbox = Sandboxes.open(server, runner, runner.debugger(), from -> 0);
        }
        return sandbox;
    }

    /** How many scripts there are. */
    public int count() {
        return scripts.size();
    }

    /** What the texts of all scripts take, in bytes. */
    public long bytes() {
        return bytes;
    }

    /** What the Lua state takes, in bytes. */
    public long vmBytes() {
        return sandbox == null ? 0 : sandbox.vm().usedBytes();
    }

    public boolean exists(String digest) {
        return scripts.containsKey(digest.toLowerCase(Locale.ROOT));
    }

    /** Compiles and keeps a script; returns its digest. */
    public String load(byte[] code) {
        return script(Digests.sha1Hex(code), code).digest();
    }

    /** Forgets all scripts. */
    public void flush() {
        if (sandbox != null) {
            sandbox.close();
        }
        sandbox = null;
        scripts.clear();
        bytes = 0;
    }

    private Script script(String digest, byte[] code) {
        Script known = scripts.get(digest);
        if (known != null) {
            return known;
        }
        int flags = ScriptFlags.UNDECLARED;
        byte[] body = code;
        Shebang shebang = Shebang.of(code, INVALID_SHEBANG, INVALID_ENGINE);
        if (shebang != null) {
            flags = flags(shebang);
            body = shebang.body();
        }
        LuaVm vm = sandbox().vm();
        String failure = vm.load(vm.state(), body, "@user_script");
        if (failure != null) {
            throw new CommandException("ERR Error compiling script (new function): " + failure);
        }
        int size = code.length + SCRIPT_BYTES;
        Script script = new Script(digest, vm.ref(vm.state()), flags, size);
        scripts.put(digest, script);
        bytes += size;
        return script;
    }

    private static int flags(Shebang shebang) {
        if (!shebang.engine().equals("lua")) {
            throw new CommandException(
                    "ERR Unexpected engine in script shebang: #!" + shebang.engine());
        }
        int flags = 0;
        for (String option : shebang.options()) {
            if (!option.startsWith(FLAGS_OPTION)) {
                throw new CommandException("ERR Unknown lua shebang option: " + option);
            }
            for (String name : option.substring(FLAGS_OPTION.length()).split(",")) {
                int bit = ScriptFlags.bit(name);
                if (bit == 0 && !name.isEmpty()) {
                    throw new CommandException("ERR Unexpected flag in script shebang: " + name);
                }
                flags |= bit;
            }
        }
        return flags;
    }

    /**
     * EVAL and EVALSHA: the script or its digest is argument 1, the number of keys argument 2.
     *
     * @param byDigest whether it is a digest
     * @param readOnly whether it may change nothing, as the command says
     */
    public void eval(Call call, boolean byDigest, boolean readOnly) {
        switch (call.client().scriptDebugging) {
            case REFUSED -> throw NO_COPY;
            case SYNC -> {
                if (call.mayBlock()) {
                    debug(call, byDigest, readOnly);
                } else {
                    run(call, byDigest, readOnly);
                }
            }
            default -> run(call, byDigest, readOnly);
        }
    }

    /** A script that is debugged runs in a turn of its own, so that the event loop can turn while it stands still. */
    private void debug(Call call, boolean byDigest, boolean readOnly) {
        if (byDigest) {
            throw DEBUG_BY_DIGEST;
        }
        if (!call.client().isInTurnOfItsOwn()) {
            server.blocked().inTurnOfItsOwn(call);
            return;
        }
        Debugger debugger = runner.debugger();
        debugger.begin(call.client(), call.args().copy(1));
        try {
            run(call, false, readOnly);
        } finally {
            debugger.end();
            call.closeAfterReply();
        }
    }

    private void run(Call call, boolean byDigest, boolean readOnly) {
        Request args = call.args();
        if (byDigest && args.length(1) != DIGEST_LENGTH) {
            throw NO_SUCH_SCRIPT;
        }
        int keys = ScriptArguments.keys(call, 2);
        Script script;
        if (byDigest) {
            script = byDigest(args);
        } else {
            String digest = Digests.sha1Hex(args.array(), args.offset(1), args.length(1));
            script = scripts.get(digest);
            if (script == null) {
                script = script(digest, args.copy(1));
            }
        }
        ScriptRun run =
                ScriptAdmission.admit(
                        server, call, script.digest(), false, script.flags(), readOnly);
        runner.run(call, sandbox(), run, script.function(), 3, keys);
    }

    /** SCRIPT DEBUG: whether scripts of this client are to be debugged from now on. */
    public void debugging(Client client, ScriptDebugging wanted) {
        client.scriptDebugging = wanted;
        if (wanted == ScriptDebugging.REFUSED) {
            throw NO_COPY;
        }
    }

    /** The flags of EVAL or EVALSHA with this request; {@code declared} are those that it has for any. */
    public long commandFlags(Request args, boolean byDigest, long declared) {
        if (args.argc() < 2) {
            return declared;
        }
        if (byDigest) {
            Script script = known(args);
            return script == null ? declared : ScriptFlags.ofCommand(script.flags(), declared);
        }
        if (!Shebang.begins(args.array(), args.offset(1), args.length(1))) {
            return declared;
        }
        try {
            Shebang shebang = Shebang.of(args.copy(1), INVALID_SHEBANG, INVALID_ENGINE);
            return ScriptFlags.ofCommand(flags(shebang), declared);
        } catch (CommandException e) {
            return declared; // the command itself will tell
        }
    }

    private Script known(Request args) {
        return args.length(1) == DIGEST_LENGTH
                ? scripts.get(args.text(1).toLowerCase(Locale.ROOT))
                : null;
    }

    private Script byDigest(Request args) {
        Script script = known(args);
        if (script == null) {
            throw NO_SUCH_SCRIPT;
        }
        return script;
    }
}
