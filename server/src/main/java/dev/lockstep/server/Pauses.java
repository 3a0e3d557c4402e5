package dev.lockstep.server;

import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.Map;

/**
 * What holds commands back for a while: CLIENT PAUSE, a shutdown that waits for replicas, a failover. They may overlap; the
 * strictest counts. Executor only.
 */
public final class Pauses {
    /** What is held back. */
    public enum Kind {
        NONE,
        WRITES,
        ALL
    }

    /** What a pause is for; each has its own beginning and end. */
    public enum Purpose {
        CLIENT_COMMAND,
        SHUTDOWN,
        FAILOVER,
        SLOW_REPLICA
    }

    private final LockstepServer server;
    private final Map<Purpose, Kind> kinds = new EnumMap<>(Purpose.class);
    private final ArrayDeque<Client> held = new ArrayDeque<>();
    private Kind strictest = Kind.NONE;

    /** When CLIENT PAUSE is over, in Unix milliseconds. */
    private long endMillis;

    Pauses(LockstepServer server) {
        this.server = server;
    }

    /** Begins or prolongs CLIENT PAUSE: the stricter kind and the later end win. */
    public void begin(Kind kind, long end) {
        Kind before = kinds.getOrDefault(Purpose.CLIENT_COMMAND, Kind.NONE);
        begin(Purpose.CLIENT_COMMAND, kind.compareTo(before) > 0 ? kind : before);
        endMillis = Math.max(endMillis, end);
    }

    /** Begins a pause that lasts until its {@link #end}. */
    public void begin(Purpose purpose, Kind kind) {
        kinds.put(purpose, kind);
        findStrictest();
    }

    /** Ends a pause; who was held back goes on, unless another pause holds it back again. */
    public void end(Purpose purpose) {
        kinds.remove(purpose);
        findStrictest();
        if (purpose == Purpose.CLIENT_COMMAND) {
            endMillis = 0;
        }
        lookAgain();
        server.migrations().pauseEnded();
    }

    /** Looks again at what was held back: a pause has ended, or what else held it back. */
    public void lookAgain() {
        for (int i = held.size(); i > 0; i--) {
            server.clients().unblock(held.poll());
        }
        server.blockedKeys().pauseEnded();
    }

    private void findStrictest() {
        strictest = Kind.NONE;
        for (Kind kind : kinds.values()) {
            strictest = kind.compareTo(strictest) > 0 ? kind : strictest;
        }
    }

    void endIfOver(long nowMillis) {
        if (endMillis > 0 && nowMillis >= endMillis) {
            end(Purpose.CLIENT_COMMAND);
        }
    }

    /** What is held back now. */
    public Kind kind() {
        return strictest;
    }

    /** A client's request was not executed for now; {@link #lookAgain} looks at it again. */
    void hold(Client client) {
        client.block = Client.Block.PAUSE;
        held.add(client);
    }

    void disconnected(Client client) {
        held.remove(client);
    }
}
