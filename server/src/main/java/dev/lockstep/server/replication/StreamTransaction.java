package dev.lockstep.server.replication;

import dev.lockstep.protocol.ProtocolException;
import dev.lockstep.protocol.Request;
import dev.lockstep.protocol.RequestLimits;
import dev.lockstep.protocol.RequestParser;
import java.nio.charset.StandardCharsets;

/**
 * Holds back a transaction of the master's stream until it has arrived to its end. Executor only.
 *
 * <p>What a master sends between MULTI and EXEC must become visible at once, and the offset that a replica reports and
 * resumes from must not lie in the middle. So MULTI is not consumed before its EXEC is there; then all of it is executed in
 * one turn, in which no other client gets a word in.
 *
 * <p>One for each connection: after a cut link, the master sends the transaction anew from its MULTI on.
 */
final class StreamTransaction {
    private static final byte[] MULTI = "multi".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] EXEC = "exec".getBytes(StandardCharsets.US_ASCII);

    private final RequestParser parser = new RequestParser(RequestLimits.none());
    private final Request request = new Request();

    /** How far behind the start of MULTI was looked for EXEC already. */
    private int searched;

    private boolean open;

    static boolean isMulti(Request request) {
        return request.argc() == 1 && request.is(0, MULTI);
    }

    static boolean isExec(Request request) {
        return request.argc() == 1 && request.is(0, EXEC);
    }

    /**
     * Begins the transaction whose commands begin at {@code start}, if it is there in whole. When not, call again with the
     * same bytes and more, the start wherever they now are.
     *
     * @throws ProtocolException if what follows can't be a request
     */
    boolean begin(byte[] array, int start, int end) throws ProtocolException {
        while (parser.parse(array, start + searched, end, request)) {
            searched = parser.next() - start;
            if (isExec(request)) {
                searched = 0;
                open = true;
                return true;
            }
        }
        return false;
    }

    /** All of it has been executed. */
    void end() {
        open = false;
    }

    /** Whether its commands are being executed. */
    boolean isOpen() {
        return open;
    }
}
