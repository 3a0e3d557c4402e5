package dev.lockstep.server.command;

import dev.lockstep.protocol.Request;
import dev.lockstep.server.Client;
import dev.lockstep.server.ClientLine;
import dev.lockstep.server.acl.User;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.Predicate;

/** CLIENT KILL: closes the connection from one address, or all that some filters apply to. */
final class ClientKill {
    private static final byte[] YES = "yes".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] NO = "no".getBytes(StandardCharsets.US_ASCII);
    private static final CommandException NO_SUCH_CLIENT =
            new CommandException("ERR No such client");
    private static final CommandException BAD_ID =
            new CommandException("ERR client-id should be greater than 0");
    private static final CommandException AGE_NOT_AN_INTEGER =
            new CommandException("ERR maxage is not an integer or out of range");
    private static final CommandException AGE_TOO_SMALL =
            new CommandException("ERR maxage should be greater than 0");

    private final Call call;
    private Predicate<Client> chosen = client -> true;
    private boolean skipMe = true;

    private ClientKill(Call call) {
        this.call = call;
    }

    static void run(Call call) {
        ClientKill kill = new ClientKill(call);
        if (call.args().argc() == 3) {
            kill.skipMe = false;
            kill.where(ClientLine::remoteAddress, call.args().text(2));
            if (kill.closeAll() == 0) {
                throw NO_SUCH_CLIENT;
            }
            call.reply().ok();
        } else {
            kill.readFilters();
            call.reply().integer(kill.closeAll());
        }
    }

    private void where(Function<Client, String> property, String wanted) {
        chosen = chosen.and(client -> property.apply(client).equals(wanted));
    }

    private void readFilters() {
        Request args = call.args();
        for (int i = 2; i < args.argc(); i += 2) {
            if (i + 1 == args.argc()) {
                throw Call.SYNTAX;
            }
            String value = args.text(i + 1);
            switch (args.text(i).toLowerCase(Locale.ROOT)) {
                case "id" -> {
                    if (!args.isLong(i + 1) || args.longAt(i + 1) < 1) {
                        throw BAD_ID;
                    }
                    long id = args.longAt(i + 1);
                    chosen = chosen.and(client -> client.id() == id);
                }
                case "type" -> where(Client::kind, ClientCommands.kind(args, i + 1));
                case "addr" -> where(ClientLine::remoteAddress, value);
                case "laddr" -> where(ClientLine::localAddress, value);
                case "user" -> {
                    User user = call.server().acl().users().find(value);
                    if (user == null) {
                        throw new CommandException("ERR No such user '" + value + "'");
                    }
                    chosen = chosen.and(client -> client.user == user);
                }
                case "maxage" -> olderThan(i + 1);
                case "skipme" -> {
                    skipMe = args.is(i + 1, YES);
                    if (!skipMe && !args.is(i + 1, NO)) {
                        throw Call.SYNTAX;
                    }
                }
                default -> throw Call.SYNTAX;
            }
        }
    }

    private void olderThan(int arg) {
        Request args = call.args();
        if (!args.isLong(arg)) {
            throw AGE_NOT_AN_INTEGER;
        }
        long seconds = args.longAt(arg);
        if (seconds < 1) {
            throw AGE_TOO_SMALL;
        }
        long now = call.now();
        chosen = chosen.and(client -> (now - client.createdMillis()) / 1000 >= seconds);
    }

    private int closeAll() {
        int count = 0;
        for (Client client : call.server().clients().snapshot()) {
            if (client.closed || !chosen.test(client)) {
                continue;
            }
            if (client != call.client()) {
                call.server().clients().close(client);
                count++;
            } else if (!skipMe) {
                call.closeAfterReply();
                count++;
            }
        }
        return count;
    }
}
