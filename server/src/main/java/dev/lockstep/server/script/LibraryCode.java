package dev.lockstep.server.script;

import dev.lockstep.server.command.CommandException;

/**
 * The code of a library, taken apart.
 *
 * @param name what its first line says
 * @param body what follows that line
 */
record LibraryCode(String name, byte[] body) {
    private static final CommandException MISSING =
            new CommandException("ERR Missing library metadata");
    private static final CommandException INVALID =
            new CommandException("ERR Invalid library metadata");
    private static final CommandException NO_NAME =
            new CommandException("ERR Library name was not given");
    private static final CommandException NAME_TWICE =
            new CommandException(
                    "ERR Invalid metadata value, name argument was given multiple times");
    private static final CommandException BAD_NAME =
            new CommandException(
                    "ERR Library names can only contain letters, numbers, or underscores(_) and must be at least one character"
                            + " long");
    private static final String NAME = "name=";

    static LibraryCode of(byte[] code) {
        Shebang shebang = Shebang.of(code, INVALID, INVALID);
        if (shebang == null) {
            throw MISSING;
        }
        String name = null;
        for (String option : shebang.options()) {
            if (!option.toLowerCase(java.util.Locale.ROOT).startsWith(NAME)) {
                throw new CommandException("ERR Invalid metadata value given: " + option);
            }
            if (name != null) {
                throw NAME_TWICE;
            }
            name = option.substring(NAME.length());
        }
        if (name == null) {
            throw NO_NAME;
        }
        if (!isName(name)) {
            throw BAD_NAME;
        }
        if (!shebang.engine().equalsIgnoreCase("lua")) {
            throw new CommandException("ERR Engine '" + shebang.engine() + "' not found");
        }
        return new LibraryCode(name, shebang.body());
    }

    /** Whether a library or a function may be called so. */
    static boolean isName(String name) {
        return !name.isEmpty()
                && name.chars()
                        .allMatch(
                                c ->
                                        c >= 'a' && c <= 'z'
                                                || c >= 'A' && c <= 'Z'
                                                || c >= '0' && c <= '9'
                                                || c == '_');
    }
}
