package dev.lockstep.server;

import dev.lockstep.keyspace.View;
import dev.lockstep.server.process.ThreadStart;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commands that walk a whole database, done on a frozen view by a thread of their own, so that no other client waits for
 * them.
 *
 * <p>The client is blocked meanwhile. One read runs at a time, and the keyspace is frozen when its turn comes: what it sees
 * is then no older than the request, and not more than one view is open for reads however many clients ask. Each waits in
 * line once at most, since a blocked client sends no second one.
 *
 * <p>The reply comes back in pieces. The reader waits while {@value #PIECES_IN_FLIGHT} of them have not been taken; what the
 * client leaves unread is limited by {@code client-output-buffer-limit}, as for every reply.
 *
 * <p>Executor only, but for the reader's own thread.
 */
public final class KeyspaceReads {
    private static final Logger LOG = LoggerFactory.getLogger(KeyspaceReads.class);
    private static final int PIECES_IN_FLIGHT = 16;
    private static final String NO_READER =
            "ERR no thread could be started to read the keyspace; the server's log says why";

    private final LockstepServer server;
    private final ArrayDeque<KeysRead> waiting = new ArrayDeque<>();
    private final BlockingQueue<KeysRead> next = new ArrayBlockingQueue<>(1);
    private final Semaphore pieces = new Semaphore(PIECES_IN_FLIGHT);
    private Thread reader;
    private KeysRead running;
    private View view;

    KeyspaceReads(LockstepServer server) {
        this.server = server;
    }

    /** Answers KEYS on the client's selected database; blocks the client until it has its reply. */
    public void keys(Client client, byte[] pattern) {
        if (client.replyOff || client.replySkip) {
            return;
        }
        client.block = Client.Block.VIEW;
        server.pushes().hold(client);
        waiting.add(new KeysRead(client, client.database, pattern));
        startNext();
    }

    private void startNext() {
        while (running == null && !waiting.isEmpty()) {
            KeysRead read = waiting.poll();
            if (!read.client().closed) {
                running = read;
                view = server.keyspace().freeze();
                read.begin(view, server.expiry().hiddenBefore(read.client()));
                if (isReaderThere()) {
                    next.add(read);
                } else {
                    server.executor().submitBetweenCommands(() -> refuse(read));
                }
            }
        }
    }

    private boolean isReaderThere() {
        if (reader == null) {
            Thread thread = new Thread(this::readAll, "lockstep-snapshot-reads");
            thread.setDaemon(true);
            try {
                ThreadStart.start(thread);
            } catch (IOException e) {
                LOG.warn("The keyspace can't be read as a whole: {}", e.getMessage());
                return false;
            }
            reader = thread;
        }
        return true;
    }

    // ---- on the reader's thread ----

    private void readAll() {
        try {
            while (true) {
                KeysRead read = next.take();
                boolean complete = false;
                try {
                    read.run(this::hand);
                    complete = true;
                } catch (RuntimeException | Error e) {
                    LOG.error("A read of the whole keyspace failed", e);
                }
                boolean succeeded = complete;
                server.executor().submitBetweenCommands(() -> done(read, succeeded));
            }
        } catch (InterruptedException e) {
            LOG.debug("No more reads of the whole keyspace");
        }
    }

    private void hand(KeysRead read, byte[] piece) {
        pieces.acquireUninterruptibly();
        server.executor().submit(() -> take(read, piece));
    }

    // ---- back on the executor ----

    private void take(KeysRead read, byte[] piece) {
        pieces.release();
        Client client = read.client();
        if (client.closed) {
            read.abandon();
            return;
        }
        server.stats().netOutputBytes += piece.length;
        client.connection().send(piece, 0, piece.length);
        client.connection().flush();
    }

    private void refuse(KeysRead read) {
        if (!read.client().closed) {
            server.stats().countError(NO_READER);
            read.client().lastCommand.stats.failedCalls++;
            server.executor().replyTo(read.client(), reply -> reply.error(NO_READER));
        }
        done(read, true);
    }

    private void done(KeysRead read, boolean succeeded) {
        view.close();
        view = null;
        running = null;
        Client client = read.client();
        if (!succeeded) {
            server.clients().close(client);
        } else if (!client.closed) {
            server.clock().update();
            client.lastInteractionMillis = server.clock().millis();
            server.clients().unblock(client);
        }
        startNext();
    }
}
