package dev.lockstep.server;

import dev.lockstep.server.net.Connection;
import java.util.ArrayList;
import java.util.List;

/**
 * The connections whose replies wait for the append-only file: it is written once for all that one turn of the event loop has
 * executed, and then they are sent. Executor only.
 */
final class HeldReplies {
    private final Executor executor;
    private final java.util.concurrent.Executor loop;
    private final Runnable release = this::release;
    private List<Connection> held = new ArrayList<>();
    private List<Connection> released = new ArrayList<>();

    HeldReplies(Executor executor, java.util.concurrent.Executor loop) {
        this.executor = executor;
        this.loop = loop;
    }

    /** Has a connection flushed soon; always true. */
    boolean add(Connection connection) {
        if (held.isEmpty()) {
            loop.execute(release);
        }
        int last = held.size() - 1;
        if (last < 0 || held.get(last) != connection) {
            held.add(connection);
        }
        return true;
    }

    private void release() {
        List<Connection> now = held;
        held = released;
        released = now;
        boolean settled = false;
        try {
            executor.settle();
            settled = true;
        } finally {
            for (int i = 0; i < now.size(); i++) {
                if (settled) {
                    now.get(i).flush();
                } else {
                    now.get(i).close(); // what its replies tell of isn't in the file
                }
            }
            now.clear();
        }
    }
}
