package dev.lockstep.server.script;

import java.util.Locale;

/** {@code redis.register_function}: takes what a library registers while it is loaded. Executor only. */
final class Registration {
    private static final String CALLED = " argument given to redis.register_function must be ";
    private static final String NAME_RULE =
            "Library names can only contain letters, numbers, or underscores(_) and must be at least one character long";

    private final LuaVm vm;

    /** The library that is being loaded, or null. */
    private Library library;

    private String name;
    private String description;
    private int flags;
    private int callback;

    Registration(LuaVm vm) {
        this.vm = vm;
    }

    /** From now on functions are registered for this library; null for none. */
    void of(Library loading) {
        library = loading;
    }

    /** The function as Lua calls it. */
    int register(long from) {
        name = null;
        description = null;
        flags = 0;
        callback = 0;
        String refusal =
                library == null
                        ? "redis.register_function can only be called on FUNCTION LOAD command"
                        : read(from);
        if (refusal == null) {
            refusal = add();
        }
        if (refusal == null) {
            return 0;
        }
        if (callback != 0) {
            vm.unref(callback);
        }
        vm.newTable(from, 0, 1);
        vm.push(from, "ERR " + refusal);
        vm.setField(from, -2, "err");
        return LuaVm.ERROR;
    }

    private String add() {
        if (!LibraryCode.isName(name)) {
            return NAME_RULE;
        }
        if (library.functions.containsKey(name)) {
            return "Function already exists in the library";
        }
        library.functions.put(
                name, new Library.Function(library, name, callback, flags, description));
        return null;
    }

    private String read(long from) {
        int count = vm.top(from);
        if (count < 1 || count > 2) {
            return "wrong number of arguments to redis.register_function";
        }
        return count == 1 ? readNamed(from) : readTwo(from);
    }

    private boolean isString(long from, int index) {
        int type = vm.type(from, index);
        return type == LuaVm.STRING || type == LuaVm.NUMBER;
    }

    private String readTwo(long from) {
        if (!isString(from, 1)) {
            return "first argument to redis.register_function must be a string";
        }
        if (vm.type(from, 2) != LuaVm.FUNCTION) {
            return "second argument to redis.register_function must be a function";
        }
        name = vm.text(from, 1);
        callback = vm.ref(from);
        return null;
    }

    private String readNamed(long from) {
        if (vm.type(from, 1) != LuaVm.TABLE) {
            return "calling redis.register_function with a single argument is only applicable to Lua table (representing named"
                    + " arguments).";
        }
        vm.pushNil(from);
        while (vm.next(from, 1)) {
            if (!isString(from, 2)) {
                return "named argument key given to redis.register_function is not a string";
            }
            vm.pushCopy(from, 2);
            String key = vm.text(from, -1).toLowerCase(Locale.ROOT);
            vm.pop(from, 1);
            String refusal = readArgument(from, key);
            if (refusal != null) {
                return refusal;
            }
            vm.top(from, 2);
        }
        if (name == null) {
            return "redis.register_function must get a function name argument";
        }
        return callback == 0 ? "redis.register_function must get a callback argument" : null;
    }

    /** Reads the value of a named argument, which is on top. */
    private String readArgument(long from, String key) {
        switch (key) {
            case "function_name" -> {
                if (!isString(from, -1)) {
                    return "function_name" + CALLED + "a string";
                }
                name = vm.text(from, -1);
            }
            case "description" -> {
                if (!isString(from, -1)) {
                    return "description" + CALLED + "a string";
                }
                description = vm.text(from, -1);
            }
            case "callback" -> {
                if (vm.type(from, -1) != LuaVm.FUNCTION) {
                    return "callback" + CALLED + "a function";
                }
                callback = vm.ref(from);
            }
            case "flags" -> {
                if (vm.type(from, -1) != LuaVm.TABLE) {
                    return "flags argument to redis.register_function must be a table representing function flags";
                }
                return readFlags(from);
            }
            default -> {
                return "unknown argument given to redis.register_function";
            }
        }
        return null;
    }

    private String readFlags(long from) {
        for (int i = 1; ; i++) {
            vm.element(from, 3, i);
            if (vm.type(from, -1) == LuaVm.NIL) {
                vm.pop(from, 1);
                return null;
            }
            int bit = vm.type(from, -1) == LuaVm.STRING ? ScriptFlags.bit(vm.text(from, -1)) : 0;
            vm.pop(from, 1);
            if (bit == 0) {
                return "unknown flag given";
            }
            flags |= bit;
        }
    }
}
