package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;

import dev.lockstep.protocol.Glob;
import dev.lockstep.protocol.Request;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;

/** COMMAND: what commands there are and what is known of them. */
final class CommandCommands {
    private static final String GROUP = "server";
    private static final byte[] FILTERBY = "filterby".getBytes(StandardCharsets.US_ASCII);

    private static final CommandException INVALID_COMMAND =
            new CommandException("ERR Invalid command specified");
    private static final CommandException NO_KEYS =
            new CommandException("ERR The command has no key arguments");
    private static final CommandException INVALID_COUNT =
            new CommandException("ERR Invalid number of arguments specified for command");
    private static final CommandException INVALID_ARGUMENTS =
            new CommandException("ERR Invalid arguments specified for command");

    private CommandCommands() {}

    static void register(CommandTable table) {
        Command all = command("command", CommandCommands::all).arity(-1);
        all.tips("nondeterministic_output_order");
        all.docs(
                GROUP,
                "2.8.13",
                "O(N) where N is the total number of Redis commands",
                "Describes all commands.");
        all.sub(
                command("count", call -> call.reply().integer(table(call).all().size()))
                        .arity(2)
                        .docs(GROUP, "2.8.13", "O(1)", "Counts the commands."),
                command("docs", CommandCommands::docs)
                        .arity(-2)
                        .tips("nondeterministic_output_order")
                        .docs(
                                GROUP,
                                "7.0.0",
                                "O(N) where N is the number of commands to look up",
                                "Returns the documentation of commands.")
                        .syntax("[command-name ...]"),
                command("info", CommandCommands::info)
                        .arity(-2)
                        .tips("nondeterministic_output_order")
                        .docs(
                                GROUP,
                                "2.8.13",
                                "O(N) where N is the number of commands to look up",
                                "Describes commands.")
                        .syntax("[command-name ...]")
                        .history("7.0.0 All commands if none is named."),
                command("list", CommandCommands::list)
                        .arity(-2)
                        .tips("nondeterministic_output_order")
                        .docs(
                                GROUP,
                                "7.0.0",
                                "O(N) where N is the total number of Redis commands",
                                "Returns the names of commands.")
                        .syntax(
                                "[FILTERBY filterby(MODULE module-name | ACLCAT category"
                                        + " | PATTERN pattern:pattern)]"),
                command("getkeys", call -> keys(call, false))
                        .arity(-3)
                        .docs(
                                GROUP,
                                "2.8.13",
                                "O(N) where N is the number of arguments to the command",
                                "Returns which arguments of a command are keys.")
                        .syntax("command [arg ...]"),
                command("getkeysandflags", call -> keys(call, true))
                        .arity(-3)
                        .docs(
                                GROUP,
                                "7.0.0",
                                "O(N) where N is the number of arguments to the command",
                                "Returns which arguments of a command are keys, and what it does to them.")
                        .syntax("command [arg ...]"),
                Help.of(
                        "command",
                        GROUP,
                        "5.0.0",
                        "(no subcommand)",
                        "Describe all commands.",
                        "COUNT",
                        "Count the commands.",
                        "LIST",
                        "Return the names of all commands.",
                        "LIST FILTERBY (MODULE <module-name>|ACLCAT <category>|PATTERN <pattern>)",
                        "Return the names of some.",
                        "INFO [<command-name> ...]",
                        "Describe some commands, or all.",
                        "DOCS [<command-name> ...]",
                        "Return the documentation of some commands, or of all.",
                        "GETKEYS <full-command>",
                        "Return the keys of a whole command.",
                        "GETKEYSANDFLAGS <full-command>",
                        "Return the keys of a whole command, and what it does to them."));
        all.flags(Flag.LOADING, Flag.STALE).acl(Category.CONNECTION);
        for (Command sub : all.subcommands()) {
            sub.flags(Flag.LOADING, Flag.STALE).acl(Category.CONNECTION);
        }
        table.add(all);
    }

    private static CommandTable table(Call call) {
        return call.server().commands();
    }

    /** The command or subcommand ("config|get") with this name, or null. */
    private static Command find(Call call, String name) {
        int bar = name.indexOf('|');
        if (bar < 0) {
            return table(call).find(name);
        }
        Command container = table(call).find(name.substring(0, bar));
        return container == null ? null : container.subcommand(name.substring(bar + 1));
    }

    private static void all(Call call) {
        CommandDescription description = new CommandDescription(call.reply());
        call.reply().array(table(call).all().size());
        table(call).all().forEach(description::info);
    }

    private static void info(Call call) {
        Request args = call.args();
        if (args.argc() == 2) {
            all(call);
            return;
        }
        CommandDescription description = new CommandDescription(call.reply());
        call.reply().array(args.argc() - 2);
        for (int i = 2; i < args.argc(); i++) {
            Command found = find(call, args.text(i));
            if (found == null) {
                call.reply().nullBulk();
            } else {
                description.info(found);
            }
        }
    }

    private static void docs(Call call) {
        Request args = call.args();
        List<Command> found = new ArrayList<>();
        if (args.argc() == 2) {
            found.addAll(table(call).all());
        }
        for (int i = 2; i < args.argc(); i++) {
            Command one = find(call, args.text(i));
            if (one != null) {
                found.add(one);
            }
        }
        call.reply().map(found.size());
        found.forEach(new CommandDocs(call.reply())::docs);
    }

    private static void list(Call call) {
        Request args = call.args();
        Predicate<Command> filter = one -> true;
        if (args.argc() == 5 && args.is(2, FILTERBY)) {
            filter = filter(args);
        } else if (args.argc() != 2) {
            throw Call.SYNTAX;
        }
        int mark = call.reply().deferArray();
        int count = 0;
        for (Command command : table(call).all()) {
            count += name(call, command, filter);
            for (Command sub : command.subcommands()) {
                count += name(call, sub, filter);
            }
        }
        call.reply().endArray(mark, count);
    }

    private static int name(Call call, Command command, Predicate<Command> filter) {
        if (!filter.test(command)) {
            return 0;
        }
        call.reply().bulk(command.fullName());
        return 1;
    }

    private static Predicate<Command> filter(Request args) {
        byte[] value = args.copy(4);
        return switch (args.text(3).toLowerCase(Locale.ROOT)) {
            case "module" -> one -> false;
            case "aclcat" -> {
                String category = args.text(4).toLowerCase(Locale.ROOT);
                yield one ->
                        one.categories().stream().anyMatch(c -> c.categoryName().equals(category));
            }
            case "pattern" ->
                    one ->
                            Glob.matches(
                                    value,
                                    one.fullName().getBytes(StandardCharsets.US_ASCII),
                                    true);
            default -> throw Call.SYNTAX;
        };
    }

    private static void keys(Call call, boolean withFlags) {
        Request args = call.args();
        Command found = table(call).find(args.text(2));
        if (found != null && found.isContainer() && args.argc() > 3) {
            found = found.subcommand(args.text(3));
        }
        if (found == null) {
            throw INVALID_COMMAND;
        }
        if (found.keySpecs().stream().allMatch(KeySpec::isNoKey)) {
            throw NO_KEYS;
        }
        if (!found.acceptsArguments(args.argc() - 2)) {
            throw INVALID_COUNT;
        }
        List<CommandKeys.Key> keys = CommandKeys.of(found, args, 2);
        if (keys == null || keys.isEmpty()) {
            if (!found.has(Flag.NO_MANDATORY_KEYS)) {
                throw INVALID_ARGUMENTS;
            }
            keys = List.of();
        }
        CommandDescription description = new CommandDescription(call.reply());
        call.reply().array(keys.size());
        for (CommandKeys.Key key : keys) {
            if (withFlags) {
                call.reply().array(2);
            }
            int argument = key.argument();
            call.reply().bulk(args.array(), args.offset(argument), args.length(argument));
            if (withFlags) {
                description.keyFlags(key.flags());
            }
        }
    }
}
