package dev.lockstep.server.command;

import dev.lockstep.protocol.ErrorReplies;
import dev.lockstep.server.acl.Users;
import java.nio.charset.StandardCharsets;

/** Whether a name and a password let a client in: what AUTH and HELLO have in common. */
final class Authentication {
    static final byte[] DEFAULT_USER = Users.DEFAULT.getBytes(StandardCharsets.US_ASCII);

    private static final CommandException WRONGPASS = new CommandException(ErrorReplies.WRONGPASS);

    private Authentication() {}

    /**
     * Lets the calling client in.
     *
     * @throws CommandException if the name or the password is wrong; the client is then as it was
     */
    static void authenticate(Call call, byte[] user, byte[] password) {
        String attempt = call.args().text(0);
        if (!call.server().acl().authenticate(call.client(), user, password, attempt)) {
            throw WRONGPASS;
        }
    }
}
