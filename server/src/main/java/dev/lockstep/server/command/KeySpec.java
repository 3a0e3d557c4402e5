package dev.lockstep.server.command;

import java.util.List;

/**
 * Where a command's keys stand and what it does with them: one of Redis' key specifications.
 *
 * @param flags as COMMAND INFO names them: RO RW OW RM, ACCESS UPDATE INSERT DELETE, not_key, incomplete, variable_flags
 * @param begin how the first key's place is found
 * @param find how the others are found from there
 */
public record KeySpec(List<String> flags, Begin begin, Find find) {
    /** Whether it names something that isn't a key, such as a channel or a shard's argument. */
    boolean isNoKey() {
        return flags.contains("not_key");
    }

    /** Whether it doesn't find all keys. */
    boolean isIncomplete() {
        return flags.contains("incomplete");
    }

    /** Whether only the command's options tell what it does with the key. */
    boolean hasVariableFlags() {
        return flags.contains("variable_flags");
    }

    /** How the search begins: at an index, or behind a keyword looked for from an index on (from the end if negative). */
    public sealed interface Begin {}

    public record Index(int position) implements Begin {}

    public record Keyword(String word, int startFrom) implements Begin {}

    /** An unknown place: only the command itself can tell. */
    public record UnknownBegin() implements Begin {}

    /** Which arguments are keys: a range, or as many as an argument says. */
    public sealed interface Find {}

    /**
     * @param lastKey relative to the first; negative counts from the last argument
     * @param step between keys
     * @param limit with lastKey -1: only the first 1/limit of the remaining arguments; 0 or 1 for all
     */
    public record Range(int lastKey, int step, int limit) implements Find {}

    /**
     * @param keynumIndex the argument with the number of keys, relative to the begin
     * @param firstKey the first key, relative to the begin
     */
    public record Keynum(int keynumIndex, int firstKey, int step) implements Find {}

    public record UnknownFind() implements Find {}

    /** A range of keys at fixed places: last is relative to first unless negative. */
    public static KeySpec range(int first, int lastRelative, int step, String... flags) {
        return new KeySpec(List.of(flags), new Index(first), new Range(lastRelative, step, 0));
    }

    /** Keys behind their number. */
    public static KeySpec counted(int begin, int keynum, int first, String... flags) {
        return new KeySpec(List.of(flags), new Index(begin), new Keynum(keynum, first, 1));
    }

    /** One key behind a keyword. */
    public static KeySpec keyword(String word, int startFrom, String... flags) {
        return new KeySpec(List.of(flags), new Keyword(word, startFrom), new Range(0, 1, 0));
    }

    /** Keys behind a keyword, which is looked for from an argument on (from the end if negative), up to a last argument. */
    public static KeySpec keywordRange(String word, int startFrom, int lastKey, String... flags) {
        return new KeySpec(List.of(flags), new Keyword(word, startFrom), new Range(lastKey, 1, 0));
    }

    public static KeySpec unknown(String... flags) {
        return new KeySpec(List.of(flags), new UnknownBegin(), new UnknownFind());
    }
}
