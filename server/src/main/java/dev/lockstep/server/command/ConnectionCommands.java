package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;

import dev.lockstep.protocol.ErrorReplies;
import dev.lockstep.protocol.Replies;
import dev.lockstep.protocol.ReplyBuffer;
import dev.lockstep.protocol.Request;
import dev.lockstep.server.Client;
import dev.lockstep.server.process.Version;
import java.nio.charset.StandardCharsets;

/** Commands about the connection itself. */
final class ConnectionCommands {
    private static final byte[] AUTH = "auth".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] PONG = "pong".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] SETNAME = "setname".getBytes(StandardCharsets.US_ASCII);

    private static final CommandException NO_PASSWORD_SET =
            new CommandException(ErrorReplies.PASSWORD_NOT_SET);
    private static final CommandException PROTOCOL_NOT_AN_INTEGER =
            new CommandException("ERR Protocol version is not an integer or out of range");
    private static final CommandException NOPROTO = new CommandException(ErrorReplies.NOPROTO);
    private static final CommandException NOAUTH_HELLO =
            new CommandException(ErrorReplies.NOAUTH_HELLO);
    private static final CommandException NOT_NORMAL =
            new CommandException("ERR can only reset normal client connections");

    private ConnectionCommands() {}

    static void register(CommandTable table) {
        table.add(
                command("auth", ConnectionCommands::auth)
                        .arity(-2)
                        .flags(
                                Flag.NOSCRIPT,
                                Flag.LOADING,
                                Flag.STALE,
                                Flag.FAST,
                                Flag.NO_AUTH,
                                Flag.ALLOW_BUSY)
                        .acl(Category.CONNECTION)
                        .docs(
                                "connection",
                                "1.0.0",
                                "O(N) where N is the number of passwords defined for the user",
                                "Authenticates the connection.")
                        .syntax("[username@6.0.0] password")
                        .history("6.0.0 Added user names."),
                command("echo", ConnectionCommands::echo)
                        .arity(2)
                        .flags(Flag.LOADING, Flag.STALE, Flag.FAST)
                        .acl(Category.CONNECTION)
                        .docs("connection", "1.0.0", "O(1)", "Returns the given string.")
                        .syntax("message"),
                command("hello", ConnectionCommands::hello)
                        .arity(-1)
                        .flags(
                                Flag.NOSCRIPT,
                                Flag.LOADING,
                                Flag.STALE,
                                Flag.FAST,
                                Flag.NO_AUTH,
                                Flag.ALLOW_BUSY)
                        .acl(Category.CONNECTION)
                        .docs(
                                "connection",
                                "6.0.0",
                                "O(1)",
                                "Chooses the protocol and tells who answers.")
                        .syntax(
                                "[arguments{protover:integer [AUTH auth{username password}]"
                                        + " [SETNAME clientname]}]")
                        .history("6.2.0 Without arguments it tells of the connection as it is."),
                command("ping", ConnectionCommands::ping)
                        .arity(-1)
                        .flags(Flag.FAST, Flag.WHILE_SUBSCRIBED)
                        .acl(Category.CONNECTION)
                        .tips("request_policy:all_shards", "response_policy:all_succeeded")
                        .docs("connection", "1.0.0", "O(1)", "Returns a sign of life.")
                        .syntax("[message]"),
                command("quit", ConnectionCommands::quit)
                        .arity(-1)
                        .flags(
                                Flag.NOSCRIPT,
                                Flag.LOADING,
                                Flag.STALE,
                                Flag.FAST,
                                Flag.NO_AUTH,
                                Flag.ALLOW_BUSY,
                                Flag.WHILE_SUBSCRIBED,
                                Flag.NOT_QUEUED)
                        .acl(Category.CONNECTION)
                        .deprecated("7.2.0", "just closing the connection")
                        .docs("connection", "1.0.0", "O(1)", "Closes the connection."),
                command("reset", ConnectionCommands::reset)
                        .arity(1)
                        .flags(
                                Flag.NOSCRIPT,
                                Flag.LOADING,
                                Flag.STALE,
                                Flag.FAST,
                                Flag.NO_AUTH,
                                Flag.ALLOW_BUSY,
                                Flag.WHILE_SUBSCRIBED,
                                Flag.NOT_QUEUED)
                        .acl(Category.CONNECTION)
                        .docs(
                                "connection",
                                "6.2.0",
                                "O(1)",
                                "Makes the connection as it was when it was new."),
                command("select", ConnectionCommands::select)
                        .arity(2)
                        .flags(Flag.LOADING, Flag.STALE, Flag.FAST)
                        .acl(Category.CONNECTION)
                        .docs("connection", "1.0.0", "O(1)", "Changes the selected database.")
                        .syntax("index:integer"));
    }

    private static void auth(Call call) {
        Request args = call.args();
        if (args.argc() > 3) {
            throw Call.SYNTAX;
        }
        if (args.argc() == 2) {
            if (call.server().acl().users().defaultUser().hasNoPassword()) {
                throw NO_PASSWORD_SET;
            }
            Authentication.authenticate(call, Authentication.DEFAULT_USER, args.copy(1));
        } else {
            Authentication.authenticate(call, args.copy(1), args.copy(2));
        }
        call.reply().ok();
    }

    private static void echo(Call call) {
        call.reply().bulk(call.args().array(), call.args().offset(1), call.args().length(1));
    }

    private static void hello(Call call) {
        Request args = call.args();
        Client client = call.client();
        int version = args.argc() > 1 ? protocol(args) : client.protocol;
        int user = 0;
        int name = 0;
        for (int i = 2; i < args.argc(); i++) {
            int more = args.argc() - 1 - i;
            if (args.is(i, AUTH) && more >= 2) {
                user = i + 1;
                i += 2;
            } else if (args.is(i, SETNAME) && more >= 1) {
                name = ++i;
                ClientCommands.checkName(args, name);
            } else {
                throw new CommandException(
                        "ERR Syntax error in HELLO option '" + args.text(i) + "'");
            }
        }
        if (user > 0) {
            Authentication.authenticate(call, args.copy(user), args.copy(user + 1));
        }
        if (!client.authenticated) {
            throw NOAUTH_HELLO;
        }
        if (name > 0) {
            client.name = args.length(name) == 0 ? null : args.copy(name);
        }
        client.protocol = version;
        call.reply().protocol(version);
        introduce(call, call.reply());
    }

    private static int protocol(Request args) {
        if (!args.isLong(1)) {
            throw PROTOCOL_NOT_AN_INTEGER;
        }
        long version = args.longAt(1);
        if (version < 2 || version > 3) {
            throw NOPROTO;
        }
        return (int) version;
    }

    private static void introduce(Call call, ReplyBuffer reply) {
        reply.map(7);
        reply.bulk("server");
        reply.bulk("redis");
        reply.bulk("version");
        reply.bulk(Version.REDIS);
        reply.bulk("proto");
        reply.integer(call.client().protocol);
        reply.bulk("id");
        reply.integer(call.client().id());
        reply.bulk("mode");
        reply.bulk("standalone");
        reply.bulk("role");
        reply.bulk(call.server().replication().isReplica() ? "replica" : "master");
        reply.bulk("modules");
        reply.emptyArray();
    }

    private static void ping(Call call) {
        if (call.args().argc() > 2) {
            throw new CommandException(ErrorReplies.wrongArity("ping"));
        }
        Client client = call.client();
        if (client.isSubscribed() && client.protocol == 2) {
            pong(call);
        } else if (call.args().argc() == 1) {
            call.reply().simple(Replies.PONG);
        } else {
            echo(call);
        }
    }

    /** What a subscribed RESP2 client gets, who expects nothing but messages: a message of its own kind. */
    private static void pong(Call call) {
        call.reply().array(2);
        call.reply().bulk(PONG);
        if (call.args().argc() == 1) {
            call.reply().simple(Replies.EMPTY_BULK);
        } else {
            echo(call);
        }
    }

    private static void quit(Call call) {
        call.reply().ok();
        call.closeAfterReply();
    }

    private static void reset(Call call) {
        Client client = call.client();
        if (client.isMaster || client.isReplica) {
            throw NOT_NORMAL;
        }
        call.server().transactions().discard(client);
        call.server().monitors().remove(client);
        call.server().pubSub().unsubscribeAll(client);
        call.server().tracking().disable(client);
        client.database = 0;
        client.protocol = 2;
        client.name = null;
        client.replyOff = false;
        client.replySkipNext = false;
        client.noTouch = false;
        client.noEvict = false;
        call.server().acl().reset(client);
        call.reply().simple(Replies.RESET);
    }

    private static void select(Call call) {
        call.client().database = call.databaseArg(1);
        call.reply().ok();
    }
}
