package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;
import static dev.lockstep.server.command.Command.container;

import dev.lockstep.protocol.ErrorReplies;
import dev.lockstep.protocol.Request;
import dev.lockstep.server.Client;
import dev.lockstep.server.ClientLine;
import dev.lockstep.server.Clients;
import dev.lockstep.server.Pauses;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** CLIENT: who is connected, and what a connection may be told about itself or do to others. */
final class ClientCommands {
    private static final String GROUP = "connection";
    private static final Flag[] OWN = {Flag.NOSCRIPT, Flag.LOADING, Flag.STALE};
    private static final Flag[] ADMIN = {Flag.ADMIN, Flag.NOSCRIPT, Flag.LOADING, Flag.STALE};

    private static final byte[] ON = word("on");
    private static final byte[] OFF = word("off");
    private static final byte[] SKIP = word("skip");
    private static final byte[] ALL = word("all");
    private static final byte[] WRITE = word("write");
    private static final byte[] TYPE = word("type");
    private static final byte[] ID = word("id");
    private static final byte[] ERROR = word("error");
    private static final byte[] TIMEOUT = word("timeout");
    private static final byte[] LIB_NAME = word("lib-name");
    private static final byte[] LIB_VERSION = word("lib-ver");

    private static final CommandException BAD_NAME =
            new CommandException(
                    "ERR Client names cannot contain spaces, newlines or special characters.");
    private static final CommandException BAD_ID = new CommandException("ERR Invalid client ID");
    private static final CommandException PAUSE_NOT_AN_INTEGER =
            new CommandException("ERR timeout is not an integer or out of range");
    private static final CommandException PAUSE_NEGATIVE =
            new CommandException(ErrorReplies.TIMEOUT_NEGATIVE);
    private static final CommandException PAUSE_MODE =
            new CommandException("ERR CLIENT PAUSE mode must be WRITE or ALL");
    private static final CommandException UNBLOCK_REASON =
            new CommandException("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR");

    private ClientCommands() {}

    private static byte[] word(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    static void register(CommandTable table) {
        Command client = container("client").arity(-2);
        client.docs(
                GROUP, "2.4.0", "Depends on subcommand.", "Holds the commands about connections.");
        client.sub(
                command("id", call -> call.reply().integer(call.client().id()))
                        .arity(2)
                        .flags(OWN)
                        .docs(GROUP, "5.0.0", "O(1)", "Returns the connection's ID."),
                command("getname", ClientCommands::getName)
                        .arity(2)
                        .flags(OWN)
                        .docs(GROUP, "2.6.9", "O(1)", "Returns the connection's name."),
                command("setname", ClientCommands::setName)
                        .arity(3)
                        .flags(OWN)
                        .tips("request_policy:all_nodes", "response_policy:all_succeeded")
                        .docs(GROUP, "2.6.9", "O(1)", "Names the connection.")
                        .syntax("connection-name"),
                command("setinfo", ClientCommands::setInfo)
                        .arity(4)
                        .flags(OWN)
                        .tips("request_policy:all_nodes", "response_policy:all_succeeded")
                        .docs(GROUP, "7.2.0", "O(1)", "Notes what library the client uses.")
                        .syntax("attr(LIB-NAME libname | LIB-VER libver)"),
                command("info", ClientCommands::info)
                        .arity(2)
                        .flags(OWN)
                        .tips("nondeterministic_output")
                        .docs(GROUP, "6.2.0", "O(1)", "Returns what is known of the connection."),
                command("list", ClientCommands::list)
                        .arity(-2)
                        .flags(ADMIN)
                        .tips("nondeterministic_output")
                        .docs(
                                GROUP,
                                "2.4.0",
                                "O(N) where N is the number of client connections",
                                "Lists the connections.")
                        .syntax(
                                "[TYPE client-type(NORMAL | MASTER | REPLICA | PUBSUB)@5.0.0]"
                                        + " [ID client-id:integer@6.2.0 ...]")
                        .history(
                                "2.8.12 Added the field `id`.",
                                "5.0.0 Added `TYPE`.",
                                "6.0.0 Added the field `user`.",
                                "6.2.0 Added `ID` and the fields `argv-mem`, `tot-mem`, `laddr` and `redir`.",
                                "7.0.0 Added the fields `resp`, `multi-mem`, `rbs` and `rbp`.",
                                "7.0.3 Added the field `ssub`."),
                command("kill", ClientKill::run)
                        .arity(-3)
                        .flags(ADMIN)
                        .docs(
                                GROUP,
                                "2.4.0",
                                "O(N) where N is the number of client connections",
                                "Closes connections.")
                        .syntax(
                                "filter(old-format<ip:port>@-2.8.12"
                                        + " | new-format([ID client-id:integer@2.8.12] | [TYPE client-type("
                                        + "NORMAL | MASTER@3.2.0 | SLAVE | REPLICA@5.0.0 | PUBSUB)@2.8.12]"
                                        + " | [USER username] | [ADDR addr<ip:port>]"
                                        + " | [LADDR laddr<ip:port>@6.2.0] | [SKIPME skipme(YES | NO)]"
                                        + " | [MAXAGE maxage:integer@7.4.0]) ...)")
                        .history(
                                "2.8.12 Added filters.",
                                "2.8.12 Added `ID`.",
                                "3.2.0 Added the type `master`.",
                                "5.0.0 Added the type `replica`; `slave` means the same.",
                                "6.2.0 Added `LADDR`."),
                command("reply", ClientCommands::reply)
                        .arity(3)
                        .flags(OWN)
                        .docs(GROUP, "3.2.0", "O(1)", "Says whether commands are to be answered.")
                        .syntax("action(ON | OFF | SKIP)"),
                command("no-evict", ClientCommands::noEvict)
                        .arity(3)
                        .flags(ADMIN)
                        .docs(GROUP, "7.0.0", "O(1)", "Spares the connection from eviction.")
                        .syntax("enabled(ON | OFF)"),
                command("no-touch", ClientCommands::noTouch)
                        .arity(3)
                        .flags(OWN)
                        .docs(
                                GROUP,
                                "7.2.0",
                                "O(1)",
                                "Says whether the connection's reads count as use of the keys.")
                        .syntax("enabled(ON | OFF)"),
                command("pause", ClientCommands::pause)
                        .arity(-3)
                        .flags(ADMIN)
                        .docs(GROUP, "3.0.0", "O(1)", "Holds back commands for a while.")
                        .syntax("timeout:integer [mode(WRITE | ALL)@6.2.0]")
                        .history("6.2.0 Added the mode, and with it `WRITE`."),
                command("unpause", ClientCommands::unpause)
                        .arity(2)
                        .flags(ADMIN)
                        .docs(
                                GROUP,
                                "6.2.0",
                                "O(N) Where N is the number of paused clients",
                                "Ends a pause."),
                command("unblock", ClientCommands::unblock)
                        .arity(-3)
                        .flags(ADMIN)
                        .docs(
                                GROUP,
                                "5.0.0",
                                "O(log N) where N is the number of client connections",
                                "Ends the waiting of a client in a blocking command.")
                        .syntax("client-id:integer [unblock-type(TIMEOUT | ERROR)]"),
                Help.of("client", GROUP, "5.0.0", HELP));
        client.sub(TrackingCommands.all());
        client.subcommands().forEach(sub -> sub.acl(Category.CONNECTION));
        table.add(client);
    }

    private static final String[] HELP = {
        "CACHING (YES|NO)",
                "Say whether the keys of the next command are tracked, in the modes OPTIN and OPTOUT.",
        "GETREDIR", "Return the ID that invalidation messages are redirected to, or -1.",
        "GETNAME", "Return the name of this connection.",
        "ID", "Return the ID of this connection.",
        "INFO", "Return what is known of this connection.",
        "KILL <ip:port>", "Close the connection from <ip:port>.",
        "KILL <option> <value> [<option> <value> [...]]",
                "Close the connections that all options apply to:\n"
                        + "* ADDR (<ip:port>|<unixsocket>:0): made from this address\n"
                        + "* LADDR (<ip:port>|<unixsocket>:0): made to this address\n"
                        + "* TYPE (NORMAL|MASTER|REPLICA|PUBSUB): of this type\n"
                        + "* USER <username>: authenticated by this name\n"
                        + "* ID <clientid>: with this ID\n"
                        + "* SKIPME (YES|NO): whether to spare this connection (default: yes)\n"
                        + "* MAXAGE <seconds>: those that are connected for so long",
        "LIST [options ...]",
                "Return what is known of all connections, or of some:\n"
                        + "* TYPE (NORMAL|MASTER|REPLICA|PUBSUB): those of this type\n"
                        + "* ID <clientid> [<clientid> [...]]: those with these IDs",
        "UNPAUSE", "End a pause.",
        "PAUSE <timeout> [WRITE|ALL]",
                "Hold back writes, or all commands, for <timeout> milliseconds.",
        "REPLY (ON|OFF|SKIP)", "Say whether this connection wants replies.",
        "SETNAME <name>", "Name this connection.",
        "SETINFO <option> <value>",
                "Note for CLIENT LIST what this client is:\n"
                        + "* LIB-NAME: the client library's name\n"
                        + "* LIB-VER: the client library's version",
        "TRACKING (ON|OFF) [REDIRECT <id>] [BCAST] [PREFIX <prefix> [...]]",
                "    [OPTIN] [OPTOUT] [NOLOOP]\n"
                        + "Say whether this connection is told of changes to the keys that it has read.",
        "TRACKINGINFO", "Return what this connection has chosen with TRACKING.",
        "UNBLOCK <clientid> [TIMEOUT|ERROR]", "End the waiting of a client in a blocking command.",
        "NO-EVICT (ON|OFF)", "Spare this connection from eviction.",
        "NO-TOUCH (ON|OFF)", "Have this connection's reads not count as use of the keys."
    };

    // ---- about oneself ----

    private static void getName(Call call) {
        byte[] name = call.client().name;
        if (name == null) {
            call.reply().nullBulk();
        } else {
            call.reply().bulk(name);
        }
    }

    private static void setName(Call call) {
        Request args = call.args();
        checkName(args, 2);
        call.client().name = args.length(2) == 0 ? null : args.copy(2);
        call.reply().ok();
    }

    /** A name may hold printable ASCII without blanks, since CLIENT LIST is parsed by blanks. */
    static void checkName(Request args, int arg) {
        if (!isPrintable(args, arg)) {
            throw BAD_NAME;
        }
    }

    private static boolean isPrintable(Request args, int arg) {
        int from = args.offset(arg);
        for (int i = from; i < from + args.length(arg); i++) {
            if (args.array()[i] < '!' || args.array()[i] > '~') {
                return false;
            }
        }
        return true;
    }

    private static void setInfo(Call call) {
        Request args = call.args();
        boolean name = args.is(2, LIB_NAME);
        if (!name && !args.is(2, LIB_VERSION)) {
            throw new CommandException("ERR Unrecognized option '" + args.text(2) + "'");
        }
        if (!isPrintable(args, 3)) {
            throw new CommandException(
                    "ERR "
                            + args.text(2)
                            + " cannot contain spaces, newlines or special characters.");
        }
        byte[] value = args.length(3) == 0 ? null : args.copy(3);
        if (name) {
            call.client().libraryName = value;
        } else {
            call.client().libraryVersion = value;
        }
        call.reply().ok();
    }

    private static void reply(Call call) {
        Client client = call.client();
        if (call.is(2, ON)) {
            client.replyOff = false;
            client.replySkip = false;
            call.reply().ok();
        } else if (call.is(2, OFF)) {
            client.replyOff = true;
        } else if (call.is(2, SKIP)) {
            client.replySkipNext = !client.replyOff;
        } else {
            throw Call.SYNTAX;
        }
    }

    private static void noEvict(Call call) {
        call.client().noEvict = onOrOff(call);
        call.server().executor().listener().buffersChanged(call.client());
        call.reply().ok();
    }

    private static void noTouch(Call call) {
        call.client().noTouch = onOrOff(call);
        call.reply().ok();
    }

    private static boolean onOrOff(Call call) {
        boolean on = call.is(2, ON);
        if (!on && !call.is(2, OFF)) {
            throw Call.SYNTAX;
        }
        return on;
    }

    // ---- about all ----

    private static void info(Call call) {
        text(call, ClientLine.of(call.server(), call.client()) + "\n");
    }

    private static void list(Call call) {
        StringBuilder lines = new StringBuilder();
        for (Client client : listed(call)) {
            if (!client.closed) {
                lines.append(ClientLine.of(call.server(), client)).append('\n');
            }
        }
        text(call, lines.toString());
    }

    private static Iterable<Client> listed(Call call) {
        Request args = call.args();
        Clients clients = call.server().clients();
        if (args.argc() == 2) {
            return clients.all();
        }
        List<Client> chosen = new ArrayList<>();
        if (args.argc() == 4 && args.is(2, TYPE)) {
            String kind = kind(args, 3);
            for (Client client : clients.all()) {
                if (client.kind().equals(kind)) {
                    chosen.add(client);
                }
            }
        } else if (args.argc() > 3 && args.is(2, ID)) {
            for (int i = 3; i < args.argc(); i++) {
                if (!args.isLong(i)) {
                    throw BAD_ID;
                }
                Client client = clients.find(args.longAt(i));
                if (client != null) {
                    chosen.add(client);
                }
            }
        } else {
            throw Call.SYNTAX;
        }
        return chosen;
    }

    /** The kind that TYPE names, as {@link Client#kind} says it. */
    static String kind(Request args, int arg) {
        String kind = args.text(arg).toLowerCase(Locale.ROOT);
        return switch (kind) {
            case "normal", "replica", "pubsub", "master" -> kind;
            case "slave" -> "replica";
            default ->
                    throw new CommandException("ERR Unknown client type '" + args.text(arg) + "'");
        };
    }

    private static void text(Call call, String text) {
        call.reply().verbatim("txt", text.getBytes(StandardCharsets.ISO_8859_1));
    }

    // ---- pausing and waiting ----

    private static void pause(Call call) {
        Request args = call.args();
        Pauses.Kind kind = Pauses.Kind.ALL;
        if (args.argc() == 4) {
            if (args.is(3, WRITE)) {
                kind = Pauses.Kind.WRITES;
            } else if (!args.is(3, ALL)) {
                throw PAUSE_MODE;
            }
        } else if (args.argc() > 4) {
            throw new CommandException(
                    ErrorReplies.unknownSubcommandOrArity("client", args.text(1)));
        }
        if (!args.isLong(2)) {
            throw PAUSE_NOT_AN_INTEGER;
        }
        long millis = args.longAt(2);
        if (millis < 0) {
            throw PAUSE_NEGATIVE;
        }
        if (millis > Long.MAX_VALUE - call.now()) {
            throw PAUSE_NOT_AN_INTEGER;
        }
        call.server().pauses().begin(kind, call.now() + millis);
        call.reply().ok();
    }

    private static void unpause(Call call) {
        call.server().pauses().end(Pauses.Purpose.CLIENT_COMMAND);
        call.reply().ok();
    }

    private static void unblock(Call call) {
        Request args = call.args();
        boolean withError = false;
        if (args.argc() == 4) {
            withError = args.is(3, ERROR);
            if (!withError && !args.is(3, TIMEOUT)) {
                throw UNBLOCK_REASON;
            }
        } else if (args.argc() > 4) {
            throw new CommandException(
                    ErrorReplies.unknownSubcommandOrArity("client", args.text(1)));
        }
        Client client = call.server().clients().find(call.longArg(2));
        boolean released = client != null && call.server().blocked().release(client, withError);
        call.reply().integer(released ? 1 : 0);
    }
}
