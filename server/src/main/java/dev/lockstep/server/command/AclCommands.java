package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;
import static dev.lockstep.server.command.Command.container;

import dev.lockstep.protocol.ErrorReplies;
import dev.lockstep.protocol.ReplyBuffer;
import dev.lockstep.protocol.Request;
import dev.lockstep.server.acl.AclLog;
import dev.lockstep.server.acl.User;
import dev.lockstep.server.acl.Users;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/** ACL: users, what they may do, and what they were refused. */
final class AclCommands {
    private static final String GROUP = "server";
    private static final Flag[] ANYBODY = {Flag.NOSCRIPT, Flag.LOADING, Flag.STALE};
    private static final Flag[] ADMIN = {Flag.ADMIN, Flag.NOSCRIPT, Flag.LOADING, Flag.STALE};
    private static final String[] EVERYWHERE = {
        "request_policy:all_nodes", "response_policy:all_succeeded"
    };
    private static final String PER_USER = "O(N). Where N is the number of configured users.";

    private static final byte[] RESET = Call.word("reset");
    private static final int LOG_ENTRIES = 10;
    private static final int PASSWORD_BITS = 256;
    private static final int PASSWORD_BITS_MAX = 4096;
    private static final int BITS_PER_DIGIT = 4;
    private static final double MILLIS_PER_SECOND = 1000;

    private static final CommandException DEFAULT_STAYS =
            new CommandException("ERR The 'default' user cannot be removed");
    private static final CommandException BAD_PASSWORD_BITS =
            new CommandException(
                    "ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up to "
                            + PASSWORD_BITS_MAX);

    private static final SecureRandom RANDOM = new SecureRandom();

    private AclCommands() {}

    static void register(CommandTable table) {
        Command acl = container("acl").arity(-2);
        acl.docs(GROUP, "6.0.0", "Depends on subcommand.", "Holds the commands about users.");
        acl.sub(
                command("cat", AclCommands::categories)
                        .arity(-2)
                        .flags(ANYBODY)
                        .docs(
                                GROUP,
                                "6.0.0",
                                "O(1) since the categories and commands are a fixed set.",
                                "Lists the categories of commands, or the commands of one.")
                        .syntax("[category]"),
                command("deluser", AclCommands::deleteUsers)
                        .arity(-3)
                        .flags(ADMIN)
                        .tips(EVERYWHERE)
                        .docs(
                                GROUP,
                                "6.0.0",
                                "O(1) amortized time considering the typical user.",
                                "Removes users, and closes their connections.")
                        .syntax("username ..."),
                command("dryrun", AclCommands::dryRun)
                        .arity(-4)
                        .flags(ADMIN)
                        .docs(
                                GROUP,
                                "7.0.0",
                                "O(1).",
                                "Tells whether a user may run a command, without running it.")
                        .syntax("username command [arg ...]"),
                command("genpass", AclCommands::generatePassword)
                        .arity(-2)
                        .flags(ANYBODY)
                        .docs(GROUP, "6.0.0", "O(1)", "Makes up a password.")
                        .syntax("[bits:integer]"),
                command("getuser", AclCommands::getUser)
                        .arity(3)
                        .flags(ADMIN)
                        .docs(
                                GROUP,
                                "6.0.0",
                                "O(N). Where N is the number of password, command and pattern rules that the user has.",
                                "Returns what a user may do.")
                        .syntax("username")
                        .history(
                                "6.2.0 Added the patterns of channels.",
                                "7.0.0 Added selectors; the patterns of keys and channels are told as rules."),
                command("list", AclCommands::list)
                        .arity(2)
                        .flags(ADMIN)
                        .docs(GROUP, "6.0.0", PER_USER, "Returns all users as lines of a file."),
                command("load", AclCommands::load)
                        .arity(2)
                        .flags(ADMIN)
                        .docs(GROUP, "6.0.0", PER_USER, "Reads the users anew from the file."),
                command("log", AclCommands::log)
                        .arity(-2)
                        .flags(ADMIN)
                        .docs(
                                GROUP,
                                "6.0.0",
                                "O(N) with N being the number of entries shown.",
                                "Lists what users were refused lately.")
                        .syntax("[operation(count:integer | RESET)]")
                        .history(
                                "7.2.0 Added the ID of entries and when they were made and updated."),
                command("save", AclCommands::save)
                        .arity(2)
                        .flags(ADMIN)
                        .tips(EVERYWHERE)
                        .docs(GROUP, "6.0.0", PER_USER, "Writes the users to the file."),
                command("setuser", AclCommands::setUser)
                        .arity(-3)
                        .flags(ADMIN)
                        .tips(EVERYWHERE)
                        .docs(
                                GROUP,
                                "6.0.0",
                                "O(N). Where N is the number of rules provided.",
                                "Makes or changes a user.")
                        .syntax("username [rule ...]")
                        .history(
                                "6.2.0 Added the patterns of channels.",
                                "7.0.0 Added selectors, and permissions to read or write keys."),
                command("users", AclCommands::users)
                        .arity(2)
                        .flags(ADMIN)
                        .docs(GROUP, "6.0.0", PER_USER, "Lists the names of all users."),
                command("whoami", AclCommands::whoAmI)
                        .arity(2)
                        .flags(ANYBODY)
                        .docs(GROUP, "6.0.0", "O(1)", "Returns the connection's user."),
                Help.of("acl", GROUP, "6.0.0", HELP));
        table.add(acl);
    }

    private static final String[] HELP = {
        "CAT [<category>]", "Return the categories of commands, or the commands of one.",
        "DELUSER <username> [<username> ...]", "Remove users, and close their connections.",
        "DRYRUN <username> <command> [<arg> ...]",
                "Say whether a user may run a command, without running it.",
        "GETUSER <username>", "Return what a user may do.",
        "GENPASS [<bits>]", "Make up a password of so many bits (default: 256).",
        "LIST", "Return all users as lines of a file.",
        "LOAD", "Read the users anew from the ACL file.",
        "LOG [<count> | RESET]", "Return what users were refused lately, or forget it.",
        "SAVE", "Write the users to the ACL file.",
        "SETUSER <username> <attribute> [<attribute> ...]", "Make or change a user.",
        "USERS", "Return the names of all users.",
        "WHOAMI", "Return the user of this connection."
    };

    private static Users of(Call call) {
        return call.server().acl().users();
    }

    private static void text(ReplyBuffer reply, String text) {
        reply.bulk(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static CommandException wrongArguments(Call call) {
        return new CommandException(
                ErrorReplies.unknownSubcommandOrArity("acl", call.args().text(1)));
    }

    // ---- users ----

    private static void setUser(Call call) {
        Request args = call.args();
        List<String> rules = new ArrayList<>();
        for (int i = 3; i < args.argc(); i++) {
            rules.add(args.text(i));
        }
        of(call).set(args.text(2), rules);
        call.reply().ok();
    }

    private static void deleteUsers(Call call) {
        Request args = call.args();
        for (int i = 2; i < args.argc(); i++) {
            if (args.equals(i, Authentication.DEFAULT_USER)) {
                throw DEFAULT_STAYS;
            }
        }
        int deleted = 0;
        for (int i = 2; i < args.argc(); i++) {
            deleted += of(call).delete(args.text(i)) ? 1 : 0;
        }
        call.reply().integer(deleted);
    }

    private static void getUser(Call call) {
        User user = of(call).find(call.args().text(2));
        ReplyBuffer reply = call.reply();
        if (user == null) {
            reply.nullBulk();
            return;
        }
        List<User.SelectorRules> rules = user.rules();
        reply.map(6);
        reply.bulk("flags");
        List<String> flags = user.flags();
        reply.set(flags.size());
        flags.forEach(reply::bulk);
        reply.bulk("passwords");
        reply.array(user.passwordHashes().size());
        user.passwordHashes().forEach(reply::bulk);
        selector(reply, rules.get(0));
        reply.bulk("selectors");
        reply.array(rules.size() - 1);
        for (User.SelectorRules each : rules.subList(1, rules.size())) {
            reply.map(3);
            selector(reply, each);
        }
    }

    private static void selector(ReplyBuffer reply, User.SelectorRules rules) {
        reply.bulk("commands");
        text(reply, rules.commands());
        reply.bulk("keys");
        text(reply, rules.keys());
        reply.bulk("channels");
        text(reply, rules.channels());
    }

    private static void list(Call call) {
        call.reply().array(of(call).all().size());
        of(call).all().forEach(user -> text(call.reply(), user.line()));
    }

    private static void users(Call call) {
        call.reply().array(of(call).all().size());
        of(call).all().forEach(user -> text(call.reply(), user.name()));
    }

    private static void whoAmI(Call call) {
        User user = call.client().user;
        if (user == null) {
            call.reply().nullBulk();
        } else {
            text(call.reply(), user.name());
        }
    }

    private static void load(Call call) {
        of(call).load();
        call.reply().ok();
    }

    private static void save(Call call) {
        of(call).save();
        call.reply().ok();
    }

    // ---- what they may do ----

    private static void categories(Call call) {
        Request args = call.args();
        ReplyBuffer reply = call.reply();
        if (args.argc() > 3) {
            throw wrongArguments(call);
        }
        if (args.argc() == 2) {
            reply.array(Category.values().length);
            for (Category category : Category.values()) {
                reply.bulk(category.categoryName());
            }
            return;
        }
        String name = args.text(2).toLowerCase(Locale.ROOT);
        for (Category category : Category.values()) {
            if (category.categoryName().equals(name)) {
                commandsOf(call, category);
                return;
            }
        }
        throw new CommandException("ERR Unknown category '" + args.text(2) + "'");
    }

    private static void commandsOf(Call call, Category category) {
        List<Command> commands =
                call.server().commands().declared().stream()
                        .filter(command -> command.categories().contains(category))
                        .toList();
        call.reply().array(commands.size());
        commands.forEach(command -> call.reply().bulk(command.fullName()));
    }

    private static void dryRun(Call call) {
        Request args = call.args();
        User user = of(call).find(args.text(2));
        if (user == null) {
            throw new CommandException("ERR User '" + args.text(2) + "' not found");
        }
        Command command = call.server().commands().find(args.text(3));
        if (command != null && command.isContainer() && args.argc() > 4) {
            command = command.subcommand(args.text(4));
        }
        if (command == null) {
            throw new CommandException("ERR Command '" + args.text(3) + "' not found");
        }
        if (!command.acceptsArguments(args.argc() - 3)) {
            throw new CommandException(ErrorReplies.wrongArity(command.fullName()));
        }
        String refusal = call.server().acl().explain(user, command, args, 3);
        if (refusal == null) {
            call.reply().ok();
        } else {
            text(call.reply(), refusal);
        }
    }

    private static void generatePassword(Call call) {
        Request args = call.args();
        if (args.argc() > 3) {
            throw wrongArguments(call);
        }
        long bits = args.argc() == 3 ? call.longArg(2) : PASSWORD_BITS;
        if (bits <= 0 || bits > PASSWORD_BITS_MAX) {
            throw BAD_PASSWORD_BITS;
        }
        int digits = ((int) bits + BITS_PER_DIGIT - 1) / BITS_PER_DIGIT;
        byte[] random = new byte[(digits + 1) / 2];
        RANDOM.nextBytes(random);
        call.reply().bulk(HexFormat.of().formatHex(random).substring(0, digits));
    }

    // ---- what they were refused ----

    private static void log(Call call) {
        Request args = call.args();
        AclLog log = call.server().acl().log();
        if (args.argc() > 3) {
            throw wrongArguments(call);
        }
        if (args.argc() == 3 && args.is(2, RESET)) {
            log.reset();
            call.reply().ok();
            return;
        }
        long wanted = args.argc() == 3 ? call.longArg(2) : LOG_ENTRIES;
        int count = (int) Math.min(Math.max(wanted, 0), log.size());
        call.reply().array(count);
        for (AclLog.Entry entry : log.entries()) {
            if (count-- == 0) {
                break;
            }
            entry(call, entry);
        }
    }

    private static void entry(Call call, AclLog.Entry entry) {
        ReplyBuffer reply = call.reply();
        reply.map(10);
        reply.bulk("count");
        reply.integer(entry.count());
        reply.bulk("reason");
        reply.bulk(entry.reason.reason());
        reply.bulk("context");
        reply.bulk(entry.context.text());
        reply.bulk("object");
        text(reply, entry.object);
        reply.bulk("username");
        text(reply, entry.username);
        reply.bulk("age-seconds");
        reply.doubleValue((call.now() - entry.updatedMillis()) / MILLIS_PER_SECOND);
        reply.bulk("client-info");
        text(reply, entry.client());
        reply.bulk("entry-id");
        reply.integer(entry.id);
        reply.bulk("timestamp-created");
        reply.integer(entry.createdMillis);
        reply.bulk("timestamp-last-updated");
        reply.integer(entry.updatedMillis());
    }
}
