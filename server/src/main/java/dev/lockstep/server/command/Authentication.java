package dev.lockstep.server.command;

import dev.lockstep.protocol.ErrorReplies;
import dev.lockstep.server.Client;
import dev.lockstep.server.LockstepServer;
import dev.lockstep.server.config.TextSetting;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/** Whether a name and a password let a client in: there is one user, {@code default}, with {@code requirepass}. */
final class Authentication {
    static final byte[] DEFAULT_USER = "default".getBytes(StandardCharsets.US_ASCII);

    private static final CommandException WRONGPASS = new CommandException(ErrorReplies.WRONGPASS);

    private Authentication() {}

    /**
     * Lets the calling client in.
     *
     * @throws CommandException if the name or the password is wrong; the client is then as it was
     */
    static void authenticate(Call call, byte[] user, byte[] password) {
        LockstepServer server = call.server();
        TextSetting required = server.config().security.requirePass;
        boolean right =
                MessageDigest.isEqual(user, DEFAULT_USER)
                        && (required.isEmpty()
                                || MessageDigest.isEqual(required.bytes(), password));
        if (!right) {
            server.stats().deniedAuthentications++;
            throw WRONGPASS;
        }
        set(call.client(), true);
    }

    /** Makes a client what it was when it came in. */
    static void reset(Call call) {
        set(call.client(), call.server().config().security.requirePass.isEmpty());
    }

    private static void set(Client client, boolean authenticated) {
        client.authenticated = authenticated;
        client.connection().parser().setAuthenticated(authenticated);
    }
}
