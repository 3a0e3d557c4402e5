package dev.lockstep.server.script;

import java.util.LinkedHashMap;
import java.util.Map;

/** One function library: its code, and the functions that it has registered. Executor only. */
final class Library {
    /**
     * A function.
     *
     * @param reference to it in the sandbox
     * @param description or null
     */
    record Function(Library library, String name, int reference, int flags, String description) {}

    final String name;
    final byte[] code;
    final Map<String, Function> functions = new LinkedHashMap<>();

    Library(String name, byte[] code) {
        this.name = name;
        this.code = code;
    }
}
