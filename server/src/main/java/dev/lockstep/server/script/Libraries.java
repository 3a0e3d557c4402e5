package dev.lockstep.server.script;

import dev.lockstep.protocol.Request;
import dev.lockstep.server.LockstepServer;
import dev.lockstep.server.command.Call;
import dev.lockstep.server.command.CommandException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The libraries of FUNCTION: part of the data, saved with them and passed on to replicas. Executor only. */
public final class Libraries {
    private static final CommandException NOT_FOUND =
            new CommandException("ERR Function not found");
    private static final CommandException NO_SUCH_LIBRARY =
            new CommandException("ERR Library not found");
    private static final CommandException BAD_KEY_COUNT =
            new CommandException("ERR Bad number of keys provided");

    /** What a library takes beside its code, and a function. */
    private static final int LIBRARY_BYTES = 200;

    private static final int FUNCTION_BYTES = 150;

    /** What becomes of libraries that are there already when others are brought in. */
    public enum Restore {
        FLUSH,
        APPEND,
        REPLACE
    }

    private final LockstepServer server;
    private final ScriptRunner runner;
    private Map<String, Library> libraries = new LinkedHashMap<>();

    /** By name; upper and lower case are the same. */
    private Map<String, Library.Function> functions = newFunctions();

    private long codeBytes;
    private Sandbox sandbox;
    private Registration registration;

    public Libraries(LockstepServer server, ScriptRunner runner) {
        this.server = server;
        this.runner = runner;
    }

    private Sandbox sandbox() {
        if (sandbox == null) {
            sandbox =
                    Sandboxes.open(
                            server, runner, runner.debugger(), from -> registration.register(from));
            registration = new Registration(sandbox.vm());
        }
        return sandbox;
    }

    private static Map<String, Library.Function> newFunctions() {
        return new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    }

    // ---- what there is ----

    public int count() {
        return libraries.size();
    }

    public int functionCount() {
        return functions.size();
    }

    /** What the code of all libraries takes, in bytes. */
    public long bytes() {
        return codeBytes
                + (long) libraries.size() * LIBRARY_BYTES
                + (long) functions.size() * FUNCTION_BYTES;
    }

    /** What the Lua state takes, in bytes. */
    public long vmBytes() {
        return sandbox == null ? 0 : sandbox.vm().usedBytes();
    }

    Collection<Library> all() {
        return libraries.values();
    }

    /** The code of each library, as snapshots have it. The arrays never change. */
    public List<byte[]> code() {
        List<byte[]> code = new ArrayList<>(libraries.size());
        for (Library library : libraries.values()) {
            code.add(library.code);
        }
        return code;
    }

    /** The flags of FCALL with this request; {@code declared} are those that it has for any. */
    public long commandFlags(Request args, long declared) {
        Library.Function function = args.argc() < 2 ? null : functions.get(args.text(1));
        return function == null ? declared : ScriptFlags.ofCommand(function.flags(), declared);
    }

    // ---- changing ----

    /**
     * Loads a library; returns its name.
     *
     * @param replace whether it may replace one of the same name
     * @param limited whether its code may run for a moment only
     * @throws CommandException with nothing changed
     */
    public String load(byte[] code, boolean replace, boolean limited) {
        LibraryCode parts = LibraryCode.of(code);
        if (libraries.containsKey(parts.name()) && !replace) {
            throw new CommandException("ERR Library '" + parts.name() + "' already exists");
        }
        join(List.of(parts), List.of(code), limited);
        return parts.name();
    }

    /** Compiles libraries and has them take the place of those of the same names: all of them, or none. */
    private void join(List<LibraryCode> parts, List<byte[]> code, boolean limited) {
        List<Library> fresh = new ArrayList<>();
        boolean complete = false;
        try {
            for (int i = 0; i < parts.size(); i++) {
                fresh.add(compile(parts.get(i), code.get(i), limited));
            }
            checkNames(fresh);
            complete = true;
        } finally {
            if (!complete) {
                fresh.forEach(this::forget);
            }
        }
        for (Library library : fresh) {
            Library old = libraries.get(library.name);
            if (old != null) {
                remove(old);
            }
        }
        fresh.forEach(this::add);
    }

    /** No two functions may have the same name, but for those of libraries that are replaced. */
    private void checkNames(List<Library> fresh) {
        Map<String, Library.Function> all = newFunctions();
        all.putAll(functions);
        for (Library library : fresh) {
            Library old = libraries.get(library.name);
            if (old != null) {
                old.functions.keySet().forEach(all::remove);
            }
        }
        for (Library library : fresh) {
            library.functions.forEach(
                    (name, function) -> {
                        if (all.put(name, function) != null) {
                            throw new CommandException("ERR Function " + name + " already exists");
                        }
                    });
        }
    }

    private Library compile(LibraryCode parts, byte[] code, boolean limited) {
        LuaVm vm = sandbox().vm();
        String failure = vm.load(vm.state(), parts.body(), "@user_function");
        if (failure != null) {
            throw new CommandException("ERR Error compiling function: " + failure);
        }
        Library library = new Library(parts.name(), code);
        registration.of(library);
        try {
            failure = runner.load(sandbox, limited);
        } finally {
            registration.of(null);
        }
        if (failure == null && library.functions.isEmpty()) {
            throw new CommandException("ERR No functions registered");
        }
        if (failure != null) {
            forget(library);
            throw new CommandException("ERR Error registering functions: " + failure);
        }
        return library;
    }

    private void add(Library library) {
        libraries.put(library.name, library);
        codeBytes += library.code.length;
        functions.putAll(library.functions);
    }

    private void remove(Library library) {
        libraries.remove(library.name);
        codeBytes -= library.code.length;
        functions.keySet().removeAll(library.functions.keySet());
        forget(library);
    }

    private void forget(Library library) {
        library.functions.values().forEach(function -> sandbox.vm().unref(function.reference()));
    }

    public void delete(String name) {
        Library library = libraries.get(name);
        if (library == null) {
            throw NO_SUCH_LIBRARY;
        }
        remove(library);
    }

    /** Forgets all libraries. */
    public void flush() {
        libraries = new LinkedHashMap<>();
        functions = newFunctions();
        codeBytes = 0;
        if (sandbox != null) {
            sandbox.close();
        }
        sandbox = null;
        registration = null;
    }

    /**
     * Brings in libraries: all of them, or none.
     *
     * @param limited whether the code of each may run for a moment only
     * @throws CommandException if one can't be loaded; then nothing has changed
     */
    public void restore(List<byte[]> code, Restore how, boolean limited) {
        List<LibraryCode> parts = new ArrayList<>(code.size());
        Set<String> names = new HashSet<>();
        for (byte[] library : code) {
            LibraryCode each = LibraryCode.of(library);
            boolean known = how == Restore.APPEND && libraries.containsKey(each.name());
            if (known || !names.add(each.name())) {
                throw new CommandException("ERR Library " + each.name() + " already exists");
            }
            parts.add(each);
        }
        if (how == Restore.FLUSH) {
            restoreAlone(parts, code, limited);
        } else {
            join(parts, code, limited);
        }
    }

    /** In a state of their own, so that what is there can be kept until all are. */
    private void restoreAlone(List<LibraryCode> parts, List<byte[]> code, boolean limited) {
        Map<String, Library> oldLibraries = libraries;
        Map<String, Library.Function> oldFunctions = functions;
        long oldCodeBytes = codeBytes;
        Sandbox oldSandbox = sandbox;
        Registration oldRegistration = registration;
        libraries = new LinkedHashMap<>();
        functions = newFunctions();
        codeBytes = 0;
        sandbox = null;
        registration = null;
        boolean complete = false;
        try {
            join(parts, code, limited);
            complete = true;
        } finally {
            Sandbox unused = complete ? oldSandbox : sandbox;
            if (!complete) {
                libraries = oldLibraries;
                functions = oldFunctions;
                codeBytes = oldCodeBytes;
                sandbox = oldSandbox;
                registration = oldRegistration;
            }
            if (unused != null) {
                unused.close();
            }
        }
    }

    /** Puts the libraries of a snapshot in the place of those that are here. */
    public void replaceAll(List<byte[]> code) {
        if (code.isEmpty()) {
            if (count() > 0) {
                flush();
            }
        } else {
            restore(code, Restore.FLUSH, false);
        }
    }

    // ---- calling ----

    /**
     * FCALL: the function's name is argument 1, the number of keys argument 2.
     *
     * @param readOnly whether it may change nothing, as the command says
     */
    public void call(Call call, boolean readOnly) {
        Library.Function function = functions.get(call.args().text(1));
        if (function == null) {
            throw NOT_FOUND;
        }
        if (!call.args().isLong(2)) {
            throw BAD_KEY_COUNT;
        }
        int keys = ScriptArguments.checked(call, 2, call.args().longAt(2));
        ScriptRun run =
                ScriptAdmission.admit(
                        server, call, function.name(), true, function.flags(), readOnly);
        runner.run(call, sandbox, run, function.reference(), 3, keys);
    }
}
