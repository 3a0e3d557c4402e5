package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;
import static dev.lockstep.server.command.Command.container;

import dev.lockstep.keyspace.AccessClock;
import dev.lockstep.keyspace.ValueType;
import dev.lockstep.server.ObjectFacts;

/** OBJECT: what is known of a value beyond the value itself. */
final class ObjectCommands {
    private static final String[] HELP = {
        "OBJECT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
        "ENCODING <key>",
        "    Return the kind of internal representation used in order to store the value",
        "    associated with a <key>.",
        "FREQ <key>",
        "    Return the access frequency index of the <key>. The returned integer is",
        "    proportional to the logarithm of the recent access frequency of the key.",
        "IDLETIME <key>",
        "    Return the idle time of the <key>, that is the approximated number of",
        "    seconds elapsed since the last access to the key.",
        "REFCOUNT <key>",
        "    Return the number of references of the value associated with the specified",
        "    <key>.",
        "HELP",
        "    Prints this help."
    };
    private static final String WHEN_SWITCHING =
            " Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.";
    private static final CommandException NOT_LFU =
            new CommandException(
                    "ERR An LFU maxmemory policy is not selected, access frequency not tracked."
                            + WHEN_SWITCHING);
    private static final CommandException LFU =
            new CommandException(
                    "ERR An LFU maxmemory policy is selected, idle time not tracked."
                            + WHEN_SWITCHING);

    private ObjectCommands() {}

    static void register(CommandTable table) {
        table.add(
                container("object")
                        .arity(-2)
                        .docs(
                                "generic",
                                "2.2.3",
                                "Depends on subcommand.",
                                "Groups commands that tell about values.")
                        .sub(
                                asking(
                                        "encoding",
                                        ObjectCommands::encoding,
                                        "2.2.3",
                                        "Tells how a value is stored."),
                                asking(
                                        "freq",
                                        ObjectCommands::frequency,
                                        "4.0.0",
                                        "Tells how often a key was used, as a logarithmic counter."),
                                asking(
                                        "idletime",
                                        ObjectCommands::idleTime,
                                        "2.2.3",
                                        "Tells how long a key was not used."),
                                asking(
                                        "refcount",
                                        ObjectCommands::referenceCount,
                                        "2.2.3",
                                        "Tells how many refer to a value."),
                                command("help", ObjectCommands::help)
                                        .arity(2)
                                        .flags(Flag.LOADING, Flag.STALE)
                                        .acl(Category.KEYSPACE)
                                        .docs(
                                                "generic",
                                                "6.2.0",
                                                "O(1)",
                                                "Lists the subcommands.")));
    }

    private static Command asking(
            String name, Command.Handler handler, String since, String summary) {
        return command(name, handler)
                .arity(3)
                .flags(Flag.READONLY)
                .acl(Category.KEYSPACE)
                .keys(KeySpec.range(2, 0, 1, "RO"))
                .tips("nondeterministic_output")
                .docs("generic", since, "O(1)", summary)
                .syntax("key");
    }

    private static void encoding(Call call) {
        int cell = call.lookAside(2);
        if (cell == 0) {
            call.reply().nullBulk();
        } else {
            call.reply().bulk(ValueType.encodingName(call.db().encoding(cell)));
        }
    }

    private static void frequency(Call call) {
        int cell = call.lookAside(2);
        AccessClock clock = call.server().keyspace().clock();
        if (cell == 0) {
            call.reply().nullBulk();
        } else if (!clock.isLfu()) {
            throw NOT_LFU;
        } else {
            call.reply().integer(clock.decayed(call.db().access(cell)));
        }
    }

    private static void idleTime(Call call) {
        int cell = call.lookAside(2);
        AccessClock clock = call.server().keyspace().clock();
        if (cell == 0) {
            call.reply().nullBulk();
        } else if (clock.isLfu()) {
            throw LFU;
        } else {
            call.reply().integer(clock.idleSeconds(call.db().access(cell)));
        }
    }

    private static void referenceCount(Call call) {
        int cell = call.lookAside(2);
        if (cell == 0) {
            call.reply().nullBulk();
        } else {
            call.reply().integer(ObjectFacts.referenceCount(call.server(), call.db(), cell));
        }
    }

    private static void help(Call call) {
        call.reply().array(HELP.length);
        for (String line : HELP) {
            call.reply().simple(line);
        }
    }
}
