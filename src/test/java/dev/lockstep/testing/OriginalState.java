package dev.lockstep.testing;

import java.util.Map;

/**
 * A server's configuration as it was at its start, to which it can be brought back between cases.
 *
 * <p>Only directives that differ are set, so a case that changes nothing costs two commands.
 */
public final class OriginalState {
    /** The one password that cases set with requirepass. */
    public static final String CASE_PASSWORD = "secret";

    private final ServerProcess server;
    private final Map<String, Reply> configuration;

    public OriginalState(ServerProcess server) {
        this.server = server;
        this.configuration = server.call("CONFIG", "GET", "*").fields();
    }

    public ServerProcess server() {
        return server;
    }

    /** No data, no statistics, no pause, no users, the configuration of the start. */
    public void restore() {
        if (!server.isAlive()) {
            throw new AssertionError(server + " has ended; " + server.logTail());
        }
        try (RespClient admin = server.connect()) {
            if (admin.call("PING").isError()) {
                admin.ok("AUTH", CASE_PASSWORD);
            }
            admin.ok("CLIENT", "UNPAUSE");
            Map<String, Reply> now = admin.ok("CONFIG", "GET", "*").fields();
            configuration.forEach(
                    (name, value) -> {
                        if (!value.equals(now.get(name))) {
                            admin.ok("CONFIG", "SET", name, value.text());
                        }
                    });
            for (Reply user : admin.ok("ACL", "USERS").items()) {
                if (!user.text().equals("default")) {
                    admin.ok("ACL", "DELUSER", user.text());
                }
            }
            admin.ok("ACL", "SETUSER", "default", "reset", "on", "nopass", "+@all", "~*", "&*");
            admin.ok("ACL", "LOG", "RESET");
            admin.ok("FLUSHALL");
            admin.awaitSaved(); // stock ends a save then, and goes on to call it one for a moment
            admin.ok("CONFIG", "RESETSTAT");
            admin.ok("SLOWLOG", "RESET");
        }
    }
}
