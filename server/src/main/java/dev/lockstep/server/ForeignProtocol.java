package dev.lockstep.server;

import dev.lockstep.protocol.Request;
import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Recognises HTTP: a web page that makes a browser send commands to this port inside a POST.
 *
 * <p>The request line or the Host header reaches the server as a command before anything the page wrote in the body, so a
 * connection that sends either is closed at once, without a reply, and the log says so once a minute at most. Executor only.
 */
final class ForeignProtocol {
    private static final Logger LOG = LoggerFactory.getLogger(ForeignProtocol.class);
    private static final byte[] POST = "post".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] HOST = "host:".getBytes(StandardCharsets.US_ASCII);
    private static final long LOG_INTERVAL_MILLIS = 60_000;

    private long loggedMillis = -LOG_INTERVAL_MILLIS;

    boolean isSpokenIn(Request request) {
        return request.is(0, POST) || request.is(0, HOST);
    }

    void log(Client client, long nowMillis) {
        if (nowMillis - loggedMillis >= LOG_INTERVAL_MILLIS) {
            loggedMillis = nowMillis;
            LOG.warn(
                    "Possible SECURITY ATTACK detected. {} speaks HTTP (POST or Host:), as a browser does that a web page"
                            + " misuses to reach this server. Connection aborted.",
                    ClientLine.remoteAddress(client));
        }
    }
}
