package dev.lockstep.server.acl;

import dev.lockstep.protocol.Glob;
import dev.lockstep.protocol.Request;
import dev.lockstep.server.command.Category;
import dev.lockstep.server.command.Command;
import dev.lockstep.server.command.CommandKeys;
import dev.lockstep.server.command.CommandTable;
import dev.lockstep.server.command.Flag;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * One set of permissions: commands, keys and channels that go together. A user has one of his own and any number of others;
 * what any of them allows is allowed. Executor only.
 *
 * <p>Commands are a bitmap by {@link Command#id}. The rules that made it are kept in their order, since they can't be told from
 * it: GETUSER and the files show them.
 */
final class Selector {
    private static final String ALL_COMMANDS = "+@all";
    private static final String NO_COMMANDS = "-@all";

    private final CommandTable table;
    private final long[] allowed;

    /** By a command's ID the first arguments that it may have, though it isn't allowed as such; null if there are none. */
    private Map<Integer, List<String>> firstArguments;

    private final List<String> rules = new ArrayList<>();
    private final List<KeyPattern> keys = new ArrayList<>();
    private final List<KeyPattern> channels = new ArrayList<>();
    private boolean startsWithAll;
    private boolean allCommands;
    private boolean allKeys;
    private boolean allChannels;

    /** One that allows no command and no key. */
    Selector(CommandTable table, boolean everyChannel) {
        this.table = table;
        this.allowed = new long[(table.commandCount() + Long.SIZE - 1) / Long.SIZE];
        this.allChannels = everyChannel;
    }

    Selector copy() {
        Selector copy = new Selector(table, allChannels);
        System.arraycopy(allowed, 0, copy.allowed, 0, allowed.length);
        if (firstArguments != null) {
            copy.firstArguments = new HashMap<>();
            firstArguments.forEach((id, words) -> copy.firstArguments.put(id, List.copyOf(words)));
        }
        copy.rules.addAll(rules);
        copy.keys.addAll(keys);
        copy.channels.addAll(channels);
        copy.startsWithAll = startsWithAll;
        copy.allCommands = allCommands;
        copy.allKeys = allKeys;
        return copy;
    }

    // ---- what rules do ----

    void allowAllCommands(boolean allow) {
        Arrays.fill(allowed, allow ? -1 : 0);
        startsWithAll = allow;
        allCommands = allow;
        firstArguments = null;
        rules.clear();
    }

    void allow(Command command, boolean allow) {
        set(command, allow);
        addRule(command.fullName(), allow);
    }

    /** A command that this server doesn't have: only the rule is kept. */
    void allowAbsent(String name, boolean allow) {
        addRule(name, allow);
    }

    /** A category with what belongs to it. */
    void allow(Category category, boolean allow) {
        for (Command command : table.declared()) {
            if (command.categories().contains(category)) {
                set(command, allow);
            }
        }
        addRule('@' + category.categoryName(), allow);
    }

    private void set(Command command, boolean allow) {
        setBit(command, allow);
        if (firstArguments != null) {
            firstArguments.remove(command.id());
        }
        command.subcommands().forEach(sub -> setBit(sub, allow));
    }

    private void setBit(Command command, boolean allow) {
        long bit = 1L << command.id();
        if (allow) {
            allowed[command.id() / Long.SIZE] |= bit;
        } else {
            allowed[command.id() / Long.SIZE] &= ~bit;
            allCommands = false;
        }
    }

    /** A command with this first argument only. */
    void allowFirstArgument(Command command, String word) {
        if (firstArguments == null) {
            firstArguments = new HashMap<>();
        }
        List<String> words = new ArrayList<>(firstArguments.getOrDefault(command.id(), List.of()));
        if (words.stream().noneMatch(word::equalsIgnoreCase)) {
            words.add(word);
        }
        firstArguments.put(command.id(), words);
        addRule(command.name() + '|' + word.toLowerCase(Locale.ROOT), true);
    }

    /** A rule takes the place of those about the same, and about parts of it. */
    private void addRule(String what, boolean allow) {
        String part = what + '|';
        rules.removeIf(
                rule ->
                        rule.startsWith(what, 1) && rule.length() == what.length() + 1
                                || rule.startsWith(part, 1));
        rules.add((allow ? '+' : '-') + what);
    }

    void allowAllKeys(boolean allow) {
        allKeys = allow;
        keys.clear();
    }

    /** Whether another pattern of keys would make a difference. */
    void requireKeyList() throws RuleException {
        if (allKeys) {
            throw new RuleException(RuleException.Reason.KEY_AFTER_ALL);
        }
    }

    void allowKeys(String pattern, int access) {
        for (int i = 0; i < keys.size(); i++) {
            KeyPattern known = keys.get(i);
            if (known.text().equals(pattern)) {
                keys.set(i, KeyPattern.of(pattern, known.access() | access));
                return;
            }
        }
        keys.add(KeyPattern.of(pattern, access));
    }

    void allowAllChannels(boolean allow) {
        allChannels = allow;
        channels.clear();
    }

    /** Whether another pattern of channels would make a difference. */
    void requireChannelList() throws RuleException {
        if (allChannels) {
            throw new RuleException(RuleException.Reason.CHANNEL_AFTER_ALL);
        }
    }

    void allowChannels(String pattern) {
        if (channels.stream().noneMatch(known -> known.text().equals(pattern))) {
            channels.add(KeyPattern.of(pattern, KeyPattern.BOTH));
        }
    }

    // ---- what it allows ----

    /** Whether there is nothing that it doesn't allow. */
    boolean allowsEverything() {
        return allCommands && allKeys && allChannels;
    }

    boolean allowsAllChannels() {
        return allChannels;
    }

    List<KeyPattern> channels() {
        return channels;
    }

    /** Whether every key may be read that there is. */
    boolean allowsReadingAllKeys() {
        return allKeys
                || keys.stream().anyMatch(k -> k.grants(KeyPattern.READ) && k.text().equals("*"));
    }

    /** What is refused of the request that the check is about, or null; the check is told which argument it was. */
    Denied refuses(AccessCheck check) {
        if (!allCommands && !allows(check.command(), check)) {
            return Denied.COMMAND;
        }
        if (!allKeys && !check.command().keySpecs().isEmpty()) {
            for (CommandKeys.Key key : check.keys()) {
                if (!allowsKey(check, key.argument(), access(key.flags()))) {
                    return Denied.KEY;
                }
            }
        }
        return allChannels || allowsChannels(check) ? null : Denied.CHANNEL;
    }

    private boolean allows(Command command, AccessCheck check) {
        if (command.has(Flag.NO_AUTH)
                || (allowed[command.id() / Long.SIZE] & 1L << command.id()) != 0) {
            return true;
        }
        List<String> words = firstArguments == null ? null : firstArguments.get(command.id());
        if (words == null || check.argc() < 2) {
            return false;
        }
        String word = check.request().text(check.start() + 1);
        return words.stream().anyMatch(word::equalsIgnoreCase);
    }

    private static int access(List<String> flags) {
        int access = flags.contains("ACCESS") ? KeyPattern.READ : 0;
        boolean writes =
                flags.contains("UPDATE") || flags.contains("INSERT") || flags.contains("DELETE");
        return access | (writes ? KeyPattern.WRITE : 0);
    }

    private boolean allowsKey(AccessCheck check, int argument, int access) {
        Request request = check.request();
        for (KeyPattern pattern : keys) {
            if (pattern.grants(access)
                    && pattern.matches(
                            request.array(), request.offset(argument), request.length(argument))) {
                return true;
            }
        }
        check.refusedArgument(argument);
        return false;
    }

    private boolean allowsChannels(AccessCheck check) {
        Command command = check.command();
        if (command.firstChannel() == 0) {
            return true;
        }
        Request request = check.request();
        int end = check.argc() - 1;
        int last = command.lastChannel() < 0 ? end : Math.min(end, command.lastChannel());
        for (int i = command.firstChannel(); i <= last; i++) {
            int argument = check.start() + i;
            if (!matches(
                    channels,
                    request.array(),
                    request.offset(argument),
                    request.length(argument),
                    command.hasChannelPatterns())) {
                check.refusedArgument(argument);
                return false;
            }
        }
        return true;
    }

    /** Whether a channel is among some; a pattern of channels is if it is there literally. */
    static boolean matches(
            List<KeyPattern> channels, byte[] array, int offset, int length, boolean isPattern) {
        for (KeyPattern each : channels) {
            byte[] glob = each.glob();
            boolean matches =
                    isPattern
                            ? Arrays.equals(glob, 0, glob.length, array, offset, offset + length)
                            : Glob.matches(glob, 0, glob.length, array, offset, length, false);
            if (matches) {
                return true;
            }
        }
        return false;
    }

    // ---- what it looks like ----

    /** The rules for commands, beginning with "+@all" or "-@all". */
    String commandRules() {
        String first = startsWithAll ? ALL_COMMANDS : NO_COMMANDS;
        return rules.isEmpty() ? first : first + ' ' + String.join(" ", rules);
    }

    String keyRules() {
        return allKeys ? "~*" : String.join(" ", keys.stream().map(KeyPattern::rule).toList());
    }

    String channelRules() {
        return allChannels
                ? "&*"
                : String.join(" ", channels.stream().map(each -> '&' + each.text()).toList());
    }

    /** All rules that make it, as the files have them. */
    String describe() {
        StringBuilder text = new StringBuilder();
        if (allKeys || !keys.isEmpty()) {
            text.append(keyRules()).append(' ');
        }
        if (!allChannels) {
            text.append("resetchannels ");
        }
        if (allChannels || !channels.isEmpty()) {
            text.append(channelRules()).append(' ');
        }
        return text.append(commandRules()).toString();
    }

    /** Bytes of a word, one per character. */
    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
