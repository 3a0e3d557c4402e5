package dev.lockstep.server.command;

import java.util.List;
import java.util.Locale;

/**
 * One argument of a command, as COMMAND DOCS describes it; {@link CommandSyntax} tells how a command states its own.
 *
 * @param name what documents call it
 * @param token the word that goes before it, or that it consists of; null for none
 * @param display what to show a person for it, where a value stands; null for an argument that has others in it
 * @param keySpec which of the command's key specifications finds it, or -1
 * @param since the version that brought it, null if as old as the command
 * @param deprecatedSince the version from which on it should not be used, or null
 * @param isOptional may be left out
 * @param isMultiple may be repeated
 * @param repeatsToken is repeated with its token
 * @param arguments what a ONEOF chooses from, what a BLOCK consists of; else empty
 */
record CommandArgument(
        String name,
        Type type,
        String token,
        String display,
        int keySpec,
        String since,
        String deprecatedSince,
        boolean isOptional,
        boolean isMultiple,
        boolean repeatsToken,
        List<CommandArgument> arguments) {

    enum Type {
        STRING,
        INTEGER,
        DOUBLE,
        KEY,
        PATTERN,
        UNIX_TIME,
        PURE_TOKEN,
        ONEOF,
        BLOCK;

        /** The name that COMMAND DOCS has for it. */
        String typeName() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        static Type named(String typeName) {
            return valueOf(typeName.toUpperCase(Locale.ROOT).replace('-', '_'));
        }
    }

    /** Whether it has others in it. */
    boolean isContainer() {
        return type == Type.ONEOF || type == Type.BLOCK;
    }
}
