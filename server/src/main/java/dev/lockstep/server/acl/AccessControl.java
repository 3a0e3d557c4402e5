package dev.lockstep.server.acl;

import dev.lockstep.protocol.Request;
import dev.lockstep.server.Client;
import dev.lockstep.server.LockstepServer;
import dev.lockstep.server.command.Command;
import dev.lockstep.server.process.StartupFailure;
import java.nio.charset.StandardCharsets;

/**
 * Whether a client's user may do what it asks for, the users there are, and the log of what was refused. Executor only.
 *
 * <p>Most users may do everything: whoever asks this should look at {@link User#isUnrestricted} first.
 */
public final class AccessControl {
    private final Users users;
    private final AclLog log;
    private final AccessCheck check = new AccessCheck();

    public AccessControl(LockstepServer server) {
        users = new Users(server);
        log = new AclLog(server);
        server.config().userLines(users::configurationLines);
    }

    /** Takes over the configured users; before there are clients. */
    public void start() throws StartupFailure {
        users.start();
    }

    public Users users() {
        return users;
    }

    public AclLog log() {
        return log;
    }

    /** What of a request is refused to the client's user, which is logged then; or null. */
    public Denied refuses(Client client, Command command, Request request, AclLog.Context context) {
        User user = client.user;
        if (user == null || user.isUnrestricted()) {
            return null;
        }
        Denied denied = check.refuses(user, command, request, 0);
        if (denied != null) {
            String object =
                    denied == Denied.COMMAND ? command.fullName() : request.text(check.argument());
            log.add(client, denied, context, object, user.name());
        }
        return denied;
    }

    /** Whether the client's user may send a request; nothing is logged. */
    public boolean allows(Client client, Command command, Request request) {
        User user = client.user;
        return user == null
                || user.isUnrestricted()
                || check.refuses(user, command, request, 0) == null;
    }

    /**
     * Why a user may not send a request, in words that name the key or the channel; or null if he may.
     *
     * @param start the argument with the command's name
     */
    public String explain(User user, Command command, Request request, int start) {
        Denied denied = check.refuses(user, command, request, start);
        if (denied == null) {
            return null;
        }
        return denied == Denied.COMMAND
                ? message(denied, user, command)
                : "User "
                        + user.name()
                        + " has no permissions to access the '"
                        + request.text(check.argument())
                        + "' "
                        + denied.reason();
    }

    /** What a client is told of a refusal, without a code. */
    public static String message(Denied denied, User user, Command command) {
        return switch (denied) {
            case COMMAND ->
                    "User "
                            + user.name()
                            + " has no permissions to run the '"
                            + command.fullName()
                            + "' command";
            case KEY -> "No permissions to access a key";
            case CHANNEL -> "No permissions to access a channel";
            case AUTH -> throw new IllegalArgumentException("no refusal of a command");
        };
    }

    /**
     * Lets a client be another user.
     *
     * @param attempt the argument 0 of the command that authenticates, for the log
     * @return false if the password is wrong or there is no such user, who may come in; the client is then as it was
     */
    public boolean authenticate(Client client, byte[] name, byte[] password, String attempt) {
        String username = new String(name, StandardCharsets.ISO_8859_1);
        User user = users.authenticate(username, password);
        if (user == null) {
            AclLog.Context context =
                    client.isInTransaction() ? AclLog.Context.MULTI : AclLog.Context.TOPLEVEL;
            log.add(client, Denied.AUTH, context, attempt, username);
            return false;
        }
        become(client, user, true);
        return true;
    }

    /** Makes a client the default user, as it was when it came in. */
    public void reset(Client client) {
        become(client, users.defaultUser(), users.defaultUser().isOpen());
    }

    private void become(Client client, User user, boolean authenticated) {
        client.user = user;
        client.authenticated = authenticated;
        client.wasAuthenticated |= authenticated;
        client.connection()
                .parser()
                .setAuthenticated(authenticated || users.defaultUser().isOpen());
    }
}
