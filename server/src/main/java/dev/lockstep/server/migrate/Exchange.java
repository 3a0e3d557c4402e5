package dev.lockstep.server.migrate;

import dev.lockstep.protocol.ByteArray;
import dev.lockstep.protocol.RequestEncoder;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.BitSet;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is said to a target in one MIGRATE: the keys, as RESTORE commands, and its reply to each. Errors have Redis' texts.
 *
 * <p>Made by the executor, run by one thread, which waits for the target; read by the executor when that is done.
 */
public final class Exchange {
    private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);
    private static final String NOT_CONNECTED = "IOERR error or timeout connecting to the client";
    private static final String NOT_WRITTEN = "IOERR error or timeout writing to target instance";
    private static final String NOT_READ = "IOERR error or timeout reading to target instance";

    private final TargetConnections connections;
    private final MigrationTarget target;
    private final List<ByteArray> commands;
    private final BitSet acknowledged = new BitSet();
    private String error;

    /**
     * Nothing is said yet.
     *
     * @param commands one for each key
     */
    public Exchange(
            TargetConnections connections, MigrationTarget target, List<ByteArray> commands) {
        this.connections = connections;
        this.target = target;
        this.commands = commands;
    }

    /** What went wrong, or null. Some keys may have arrived all the same. */
    public String error() {
        return error;
    }

    /** Whether the target has said that it has the i-th key. */
    public boolean isAcknowledged(int i) {
        return acknowledged.get(i);
    }

    /**
     * Says it, and waits for all replies. A connection that turns out to be dead, as one that was kept may be, is replaced by
     * another one, once, as long as no key can have arrived.
     */
    public void run() {
        try {
            if (!attempt(true)) {
                attempt(false);
            }
        } catch (RuntimeException | Error e) {
            LOG.error("Keys could not be sent to {}", target.address(), e);
            fail(NOT_READ);
        }
    }

    /** Nobody can run it: nothing was said. */
    public void notBegun() {
        error = NOT_CONNECTED;
    }

    /** Returns false if nothing came of it and another connection may do better. */
    private boolean attempt(boolean mayRetry) {
        TargetConnection connection;
        try {
            connection = connections.take(target);
        } catch (SocketTimeoutException | UnknownHostException e) {
            error = NOT_CONNECTED;
            return true;
        } catch (IOException e) {
            // As Redis, which notices a refused connection at the first write, or else in the
            // handshake.
            error = target.tls() == null ? NOT_WRITTEN : NOT_CONNECTED;
            return true;
        }
        boolean selects = connection.database != target.database();
        try {
            connection.write(opening(selects), target.timeoutMillis());
            for (ByteArray command : commands) {
                connection.write(command, target.timeoutMillis());
            }
        } catch (IOException e) {
            connections.discard(connection);
            return mayRetry && !isTimeout(e) ? false : fail(NOT_WRITTEN);
        }
        try {
            readReplies(connection, selects);
        } catch (IOException e) {
            connections.discard(connection);
            boolean nothingCame = error == null && acknowledged.isEmpty();
            return mayRetry && nothingCame && !isTimeout(e) ? false : fail(NOT_READ);
        }
        connection.database = error == null ? target.database() : TargetConnection.NO_DATABASE;
        connections.giveBack(connection);
        return true;
    }

    /** What goes before the keys: AUTH each time it is asked for, SELECT where the target hasn't selected the database. */
    private ByteArray opening(boolean selects) {
        RequestEncoder opening = new RequestEncoder(128);
        if (target.password() != null) {
            opening.begin(target.user() == null ? 2 : 3).arg("AUTH");
            if (target.user() != null) {
                opening.arg(target.user());
            }
            opening.arg(target.password());
        }
        if (selects) {
            opening.begin(2).arg("SELECT").arg(target.database());
        }
        return opening.bytes();
    }

    /** A key that the target took in spite of an error before is none that it acknowledged: who knows where it is. */
    private void readReplies(TargetConnection connection, boolean selects) throws IOException {
        if (target.password() != null) {
            take(connection);
        }
        if (selects) {
            take(connection);
        }
        boolean isReady = error == null;
        for (int i = 0; i < commands.size(); i++) {
            if (take(connection) && isReady) {
                acknowledged.set(i);
            }
        }
    }

    /** Reads one reply; whether it says that all is well. The first that doesn't is what is told. */
    private boolean take(TargetConnection connection) throws IOException {
        String reply = connection.readLine(target.timeoutMillis());
        if (reply.startsWith("+")) {
            return true;
        }
        if (!reply.startsWith("-")) {
            throw new IOException("no reply to RESTORE: " + reply);
        }
        if (error == null) {
            error = "ERR Target instance replied with error: " + reply.substring(1);
        }
        return false;
    }

    private boolean fail(String text) {
        if (error == null) {
            error = text;
        }
        return true;
    }

    private static boolean isTimeout(IOException e) {
        return e instanceof SocketTimeoutException;
    }
}
