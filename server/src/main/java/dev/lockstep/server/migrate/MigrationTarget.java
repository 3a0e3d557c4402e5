package dev.lockstep.server.migrate;

import java.util.function.Function;
import javax.net.ssl.SSLEngine;

/**
 * Where MIGRATE sends keys to, and how it gets in there.
 *
 * @param host a name or an address
 * @param port what cannot be one (0, 70000) fails like a port where nobody listens
 * @param database the number of the database there
 * @param timeoutMillis how long to wait for each step: the connection, a piece written, a reply
 * @param user who to authenticate as, or null for the default user
 * @param password null if there is nothing to authenticate with
 * @param tls makes what encrypts a connection, for which it is given the host; null for plain connections
 */
public record MigrationTarget(
        String host,
        int port,
        long database,
        long timeoutMillis,
        byte[] user,
        byte[] password,
        Function<String, SSLEngine> tls) {
    /** What connections are kept by. */
    String address() {
        return host + ":" + port + (tls == null ? "" : " (TLS)");
    }
}
