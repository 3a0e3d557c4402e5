package dev.lockstep.server.command;

import dev.lockstep.protocol.Request;
import dev.lockstep.server.LockstepServer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * One command: its name, what is known of it, and the handler that runs it. The single place that says so: COMMAND, its
 * documentation, key extraction, INFO commandstats and the compatibility table derive from it.
 *
 * <p>Built once at start by chained calls, read only from then on, but for {@link #stats}.
 */
public final class Command {
    /** What the flags are for one request, given those that were declared. */
    @FunctionalInterface
    public interface FlagsBy {
        long flags(LockstepServer server, Request request, long declared);
    }

    /** Runs a command. */
    @FunctionalInterface
    public interface Handler {
        /** Executes the request of the call and replies; executor only. */
        void run(Call call);
    }

    private final String name;
    private final Handler handler;
    private final List<Command> subcommands = new ArrayList<>();
    private final Set<Category> categories = EnumSet.noneOf(Category.class);
    private final List<KeySpec> keySpecs = new ArrayList<>();
    private final List<String> tips = new ArrayList<>();
    private Command parent;
    private int arity;
    private long flags;
    private FlagsBy flagsBy;
    private String since = "1.0.0";
    private String group = "generic";
    private String complexity = "";
    private String summary = "";
    private String syntax = "";
    private List<String> history = List.of();
    private int id = -1;
    private int firstChannel;
    private int lastChannel;
    private boolean channelPatterns;
    private boolean system;
    private boolean deprecated;
    private String deprecatedSince;
    private String replacedBy;

    public final CommandStats stats = new CommandStats();

    private Command(String name, Handler handler) {
        this.name = name;
        this.handler = handler;
    }

    /** Begins a command, or a subcommand to be given to {@link #sub}; the name in lower case. */
    public static Command command(String name, Handler handler) {
        return new Command(name, handler);
    }

    /** Begins a command that only has subcommands. */
    public static Command container(String name) {
        return new Command(name, null);
    }

    // ---- building ----

    /** The number of arguments with the name; negative for at least so many. */
    public Command arity(int arguments) {
        arity = arguments;
        return this;
    }

    public Command flags(Flag... more) {
        flags |= Flag.mask(more);
        return this;
    }

    /** Has the flags depend on the request as well. */
    public Command flagsBy(FlagsBy function) {
        flagsBy = function;
        return this;
    }

    /** ACL categories beyond those that follow from the flags (read, write, admin, dangerous, pubsub, fast/slow...). */
    public Command acl(Category... more) {
        categories.addAll(Arrays.asList(more));
        return this;
    }

    public Command keys(KeySpec... specs) {
        keySpecs.addAll(Arrays.asList(specs));
        return this;
    }

    /** One key at argument 1. */
    public Command key(String... keyFlags) {
        return keys(KeySpec.range(1, 0, 1, keyFlags));
    }

    /**
     * Which arguments are channels that the client's user must be allowed to use.
     *
     * @param last the last of them, or -1 for all that follow
     */
    public Command channels(int first, int last) {
        firstChannel = first;
        lastChannel = last;
        return this;
    }

    /** All arguments are patterns of channels. */
    public Command channelPatterns() {
        channelPatterns = true;
        return channels(1, -1);
    }

    /** Hints for clients and proxies, such as "nondeterministic_output". */
    public Command tips(String... more) {
        tips.addAll(Arrays.asList(more));
        return this;
    }

    /** @param commandGroup generic, string, list, set, sorted-set, hash, connection, server, ... */
    public Command docs(
            String commandGroup, String sinceVersion, String timeComplexity, String text) {
        group = commandGroup;
        since = sinceVersion;
        complexity = timeComplexity;
        summary = text;
        return this;
    }

    /** Its arguments, in the notation of {@link CommandSyntax}. */
    public Command syntax(String arguments) {
        syntax = arguments;
        return this;
    }

    /** @param changes each a version, a space, and what it changed */
    public Command history(String... changes) {
        history = List.of(changes);
        return this;
    }

    public Command deprecated(String version, String replacement) {
        deprecated = true;
        deprecatedSince = version;
        replacedBy = replacement;
        return this;
    }

    /** Meant for servers and tests rather than for applications; the documentation says so. */
    public Command system() {
        system = true;
        return this;
    }

    public Command sub(Command... commands) {
        for (Command command : commands) {
            command.parent = this;
            subcommands.add(command);
        }
        return this;
    }

    /** Called by the table that the command is added to. */
    void id(int number) {
        assert id < 0 : this;
        id = number;
    }

    // ---- reading ----

    /** Its number in the table: commands and subcommands are counted from 0. */
    public int id() {
        return id;
    }

    /** The first argument that is a channel, or 0 if none is. */
    public int firstChannel() {
        return firstChannel;
    }

    /** The last argument that is a channel; -1 stands for the last argument there is. */
    public int lastChannel() {
        return lastChannel;
    }

    /** Whether what stands in place of channels are patterns of them. */
    public boolean hasChannelPatterns() {
        return channelPatterns;
    }

    public String name() {
        return name;
    }

    /** "config|get" for a subcommand. */
    public String fullName() {
        return parent == null ? name : parent.name + "|" + name;
    }

    public Command parent() {
        return parent;
    }

    public Handler handler() {
        return handler;
    }

    public boolean isContainer() {
        return !subcommands.isEmpty();
    }

    public Collection<Command> subcommands() {
        return Collections.unmodifiableList(subcommands);
    }

    /** The subcommand with this name, whatever its case, or null. */
    public Command subcommand(byte[] array, int offset, int length) {
        for (int i = 0; i < subcommands.size(); i++) {
            Command sub = subcommands.get(i);
            if (sub.name.length() == length && matches(sub.name, array, offset)) {
                return sub;
            }
        }
        return null;
    }

    private static boolean matches(String lowerCase, byte[] array, int offset) {
        for (int i = 0; i < lowerCase.length(); i++) {
            int letter = array[offset + i];
            if ((letter >= 'A' && letter <= 'Z' ? letter + 32 : letter) != lowerCase.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /** The subcommand with this name, or null. */
    public Command subcommand(String subcommandName) {
        byte[] bytes = subcommandName.getBytes(StandardCharsets.ISO_8859_1);
        return subcommand(bytes, 0, bytes.length);
    }

    public int arity() {
        return arity;
    }

    public boolean acceptsArguments(int argc) {
        return arity >= 0 ? argc == arity : argc >= -arity;
    }

    public long flagMask() {
        return flags;
    }

    /** The flags for one request: a command that calls a script has those of the script. */
    public long flagMask(LockstepServer server, Request request) {
        return flagsBy == null ? flags : flagsBy.flags(server, request, flags);
    }

    public boolean has(Flag flag) {
        return (flags & flag.bit()) != 0;
    }

    /** Whether it runs a script, whose commands do what there is to do. */
    public boolean runsScript() {
        return flagsBy != null;
    }

    /** Whether it has any flag of a mask. */
    public boolean isAny(long mask) {
        return (flags & mask) != 0;
    }

    /** All ACL categories, with those that follow from the flags. */
    public Set<Category> categories() {
        Set<Category> all = EnumSet.noneOf(Category.class);
        all.addAll(categories);
        boolean scripting = categories.contains(Category.SCRIPTING);
        if (has(Flag.WRITE)) {
            all.add(Category.WRITE);
        }
        if (has(Flag.READONLY) && !scripting) {
            all.add(Category.READ);
        }
        if (has(Flag.ADMIN)) {
            all.add(Category.ADMIN);
            all.add(Category.DANGEROUS);
        }
        if (has(Flag.PUBSUB)) {
            all.add(Category.PUBSUB);
        }
        if (has(Flag.BLOCKING)) {
            all.add(Category.BLOCKING);
        }
        all.add(has(Flag.FAST) ? Category.FAST : Category.SLOW);
        return all;
    }

    public List<KeySpec> keySpecs() {
        return keySpecs;
    }

    public List<String> tips() {
        return tips;
    }

    public String since() {
        return since;
    }

    public String group() {
        return group;
    }

    public String complexity() {
        return complexity;
    }

    public String summary() {
        return summary;
    }

    List<CommandArgument> arguments() {
        return CommandSyntax.parse(syntax);
    }

    /** What versions after the first one changed, the oldest first: a version, a space, and a text. */
    public List<String> history() {
        return history;
    }

    public boolean isSystem() {
        return system;
    }

    public boolean isDeprecated() {
        return deprecated;
    }

    public String deprecatedSince() {
        return deprecatedSince;
    }

    public String replacedBy() {
        return replacedBy;
    }

    @Override
    public String toString() {
        return fullName().toUpperCase(Locale.ROOT);
    }
}
