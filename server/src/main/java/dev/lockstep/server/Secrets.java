package dev.lockstep.server;

import dev.lockstep.protocol.Request;
import dev.lockstep.server.command.Command;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/** Which arguments are passwords, so that MONITOR and SLOWLOG don't show them. */
final class Secrets {
    private static final byte[] AUTH = "auth".getBytes(StandardCharsets.US_ASCII);
    private static final Set<String> SECRET_SETTINGS =
            Set.of("requirepass", "masterauth", "masteruser", "tls-key-file-pass");

    private Secrets() {}

    static boolean isSecret(Command command, Request request, int arg) {
        return switch (command.fullName()) {
            case "auth" -> arg > 0;
            case "hello" ->
                    arg > 2 && (request.is(arg - 1, AUTH) || arg > 3 && request.is(arg - 2, AUTH));
            case "config|set" ->
                    arg > 2
                            && arg % 2 == 1
                            && SECRET_SETTINGS.contains(
                                    request.text(arg - 1).toLowerCase(java.util.Locale.ROOT));
            default -> false;
        };
    }
}
