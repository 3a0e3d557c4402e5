package dev.lockstep.server.command;

import dev.lockstep.protocol.Request;
import dev.lockstep.server.command.KeySpec.Index;
import dev.lockstep.server.command.KeySpec.Keynum;
import dev.lockstep.server.command.KeySpec.Keyword;
import dev.lockstep.server.command.KeySpec.Range;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Which arguments of a whole command are keys, and what is done with them: COMMAND GETKEYS and GETKEYSANDFLAGS.
 *
 * <p>The command may stand behind other arguments: positions are relative to where it begins.
 */
public final class CommandKeys {
    /** A key: its argument in the request, and its flags as in {@link KeySpec}. */
    public record Key(int argument, List<String> flags) {}

    private static final byte[] GET = "get".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] BY = "by".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] LIMIT = "limit".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] STORE = "store".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] AUTH = "auth".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] AUTH2 = "auth2".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] KEYS = "keys".getBytes(StandardCharsets.US_ASCII);

    /** The argument of MIGRATE that is its one key, and the first that may be an option. */
    private static final int MIGRATED_KEY = 3;

    private static final int MIGRATION_OPTIONS = 6;
    private static final List<String> TAKE_AWAY = List.of("RW", "ACCESS", "DELETE");
    private static final List<String> READ_AND_UPDATE = List.of("RW", "ACCESS", "UPDATE");
    private static final List<String> OVERWRITE = List.of("OW", "UPDATE");
    private static final List<String> READ = List.of("RO", "ACCESS");

    private final Command command;
    private final Request args;
    private final int start;
    private final int argc;
    private final List<Key> keys = new ArrayList<>();

    private CommandKeys(Command command, Request args, int start) {
        this.command = command;
        this.args = args;
        this.start = start;
        this.argc = args.argc() - start;
    }

    /**
     * The keys of a command.
     *
     * @param start the argument with the command's name
     * @return null if the arguments make no sense
     */
    public static List<Key> of(Command command, Request args, int start) {
        CommandKeys found = new CommandKeys(command, args, start);
        if (command.name().equals("sort") || command.name().equals("sort_ro")) {
            found.addSorted();
            return found.keys;
        }
        if (command.name().equals("migrate") && found.isMigratingSeveral()) {
            found.addMigrated();
            return found.keys;
        }
        for (KeySpec spec : command.keySpecs()) {
            if (!spec.isNoKey() && !found.add(spec)) {
                return null;
            }
        }
        return found.keys;
    }

    private boolean add(KeySpec spec) {
        int begin = begin(spec.begin());
        if (begin == 0) {
            return spec.begin() instanceof Keyword;
        }
        if (spec.find() instanceof Range range) {
            return add(spec, begin, last(range, begin), range.step());
        }
        if (spec.find() instanceof Keynum keynum) {
            int count = begin + keynum.keynumIndex();
            if (count >= argc || !args.isLong(start + count)) {
                return false;
            }
            long number = args.longAt(start + count);
            int first = begin + keynum.firstKey();
            return number > 0
                    && number <= argc
                    && add(spec, first, first + (int) (number - 1) * keynum.step(), keynum.step());
        }
        return false;
    }

    /** Where the search begins, or 0 if it can't be told. */
    private int begin(KeySpec.Begin begin) {
        if (begin instanceof Index index) {
            return index.position();
        }
        if (begin instanceof Keyword keyword) {
            byte[] word =
                    keyword.word().toLowerCase(Locale.ROOT).getBytes(StandardCharsets.US_ASCII);
            if (command.name().startsWith("georadius")) {
                return behindLast(word, keyword.startFrom());
            }
            boolean forwards = keyword.startFrom() > 0;
            int at = forwards ? keyword.startFrom() : argc + keyword.startFrom();
            for (; at > 0 && at < argc; at += forwards ? 1 : -1) {
                if (args.is(start + at, word)) {
                    return at + 1;
                }
            }
        }
        return 0;
    }

    /** Of an option that is there twice the last one counts. */
    private int behindLast(byte[] word, int from) {
        int begin = 0;
        for (int at = from; at < argc; at++) {
            if (args.is(start + at, word)) {
                begin = at + 1;
            }
        }
        return begin;
    }

    private int last(Range range, int begin) {
        if (range.lastKey() >= 0) {
            return begin + range.lastKey();
        }
        return range.limit() == 0
                ? argc + range.lastKey()
                : begin + (argc - begin) / range.limit() + range.lastKey();
    }

    private boolean add(KeySpec spec, int first, int last, int step) {
        if (first >= argc || last >= argc || last < first) {
            return false;
        }
        List<String> flags = spec.hasVariableFlags() ? actualFlags() : spec.flags();
        for (int i = first; i <= last; i += step) {
            keys.add(new Key(start + i, flags));
        }
        return true;
    }

    /** SORT stores its result behind STORE, the last one counts; what other options name are no keys. */
    private void addSorted() {
        keys.add(new Key(start + 1, READ));
        int store = 0;
        for (int i = 2; i < argc && command.has(Flag.WRITE); i++) {
            if (args.is(start + i, LIMIT)) {
                i += 2;
            } else if (args.is(start + i, BY) || args.is(start + i, GET)) {
                i++;
            } else if (args.is(start + i, STORE) && i + 1 < argc) {
                store = ++i;
            }
        }
        if (store > 0) {
            keys.add(new Key(start + store, OVERWRITE));
        }
    }

    private boolean isMigratingSeveral() {
        return argc > MIGRATED_KEY && args.length(start + MIGRATED_KEY) == 0;
    }

    /** MIGRATE of several keys has them at its end, behind KEYS, and the one key empty. */
    private void addMigrated() {
        for (int i = MIGRATION_OPTIONS; i < argc; i++) {
            if (args.is(start + i, AUTH)) {
                i++;
            } else if (args.is(start + i, AUTH2)) {
                i += 2;
            } else if (args.is(start + i, KEYS)) {
                for (int key = i + 1; key < argc; key++) {
                    keys.add(new Key(start + key, TAKE_AWAY));
                }
                return;
            }
        }
        keys.add(new Key(start + MIGRATED_KEY, TAKE_AWAY));
    }

    /** What a command does with its key where only its options tell. */
    private List<String> actualFlags() {
        return switch (command.name()) {
            case "set" -> has(GET, 3) ? READ_AND_UPDATE : OVERWRITE;
            case "bitfield" -> readsOnly() ? READ : READ_AND_UPDATE;
            default -> READ_AND_UPDATE;
        };
    }

    private boolean has(byte[] word, int from) {
        for (int i = from; i < argc; i++) {
            if (args.is(start + i, word)) {
                return true;
            }
        }
        return false;
    }

    private boolean readsOnly() {
        for (int i = 2; i < argc; i++) {
            String word = args.text(start + i).toLowerCase(Locale.ROOT);
            if (word.equals("set") || word.equals("incrby")) {
                return false;
            }
        }
        return true;
    }
}
