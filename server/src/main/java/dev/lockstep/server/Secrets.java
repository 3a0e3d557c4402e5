package dev.lockstep.server;

import dev.lockstep.protocol.Request;
import dev.lockstep.server.command.Command;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/** Which arguments are passwords, so that MONITOR and SLOWLOG don't show them. */
final class Secrets {
    private static final byte[] AUTH = "auth".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] AUTH2 = "auth2".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] KEYS = "keys".getBytes(StandardCharsets.US_ASCII);

    /** Where the options of MIGRATE begin. */
    private static final int MIGRATION_OPTIONS = 6;

    private static final Set<String> SECRET_SETTINGS =
            Set.of(
                    "requirepass",
                    "masterauth",
                    "masteruser",
                    "tls-key-file-pass",
                    "tls-client-key-file-pass");

    private Secrets() {}

    static boolean isSecret(Command command, Request request, int arg) {
        return switch (command.fullName()) {
            case "auth" -> arg > 0;
            case "migrate" -> isMigrationSecret(request, arg);
            case "acl|setuser", "acl|deluser", "acl|getuser" -> arg > 1;
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

    /** What follows AUTH and AUTH2, but not among the keys at the end. */
    private static boolean isMigrationSecret(Request request, int arg) {
        for (int i = MIGRATION_OPTIONS; i < arg && !request.is(i, KEYS); i++) {
            int secrets = request.is(i, AUTH) ? 1 : request.is(i, AUTH2) ? 2 : 0;
            if (arg <= i + secrets) {
                return true;
            }
            i += secrets;
        }
        return false;
    }
}
