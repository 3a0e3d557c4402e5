package dev.lockstep.server.tracking;

import dev.lockstep.protocol.ByteArray;
import dev.lockstep.protocol.Request;
import dev.lockstep.server.Client;
import dev.lockstep.server.LockstepServer;
import dev.lockstep.server.Pushes;
import dev.lockstep.server.command.Command;
import dev.lockstep.server.command.CommandKeys;
import dev.lockstep.server.command.Flag;
import dev.lockstep.server.pubsub.Name;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.function.Consumer;

/**
 * Client-side caching: remembers which keys clients that track have read, and tells them when one changes, expires or is
 * evicted, or all are gone. Executor only.
 *
 * <p>A client is told once of a key, and again when it has read it again. How many keys are remembered is limited by {@code
 * tracking-table-max-keys} and by a share of the heap: beyond that clients are told of keys as if these had changed.
 *
 * <p>While nobody tracks keys, a command costs a look at one field.
 */
public final class Tracking {
    /** So much of the heap may remember keys. */
    private static final int HEAP_SHARE = 32;

    /** So many keys are forgotten at a time when there are too many, beside as many as have come. */
    private static final int FORGOTTEN_AT_A_TIME = 100;

    private final LockstepServer server;
    private final Pushes pushes;
    private final TrackedKeys keys = new TrackedKeys();
    private final Broadcasts broadcasts = new Broadcasts();
    private final Invalidation invalidation = new Invalidation();
    private final Invalidation invalidationOfOthers = new Invalidation();
    private final Runnable broadcast = this::broadcast;
    private final Consumer<ClientTracking> tellOfChange = this::tellOfChange;
    private int clients;

    private boolean inUse;

    /** Keys that the client whose command is running is told of when it has its reply; null stands for all. */
    private List<byte[]> pendingForRunning = new ArrayList<>();

    /** The key that {@link #tellOfChange} is about. */
    private byte[] keyArray;

    private int keyOffset;
    private int keyLength;
    private Client changedBy;

    public Tracking(LockstepServer server) {
        this.server = server;
        this.pushes = server.pushes();
        server.config()
                .clients
                .trackingTableMaxKeys
                .onChange(
                        () -> {
                            everyTick();
                            return null;
                        });
    }

    // ---- who tracks ----

    /** What a client has chosen; made if it has never chosen anything. */
    public static ClientTracking of(Client client) {
        if (client.tracking == null) {
            client.tracking = new ClientTracking(client);
        }
        return client.tracking;
    }

    /**
     * A client tracks keys from now on.
     *
     * @param redirectTo the ID of the client to tell, 0 for itself
     * @param prefixes with mode BCAST, more prefixes of keys to hear of
     */
    public void enable(
            Client client,
            ClientTracking.Mode mode,
            boolean noLoop,
            long redirectTo,
            Collection<Name> prefixes) {
        ClientTracking tracking = of(client);
        clients += tracking.isOn() ? 0 : 1;
        inUse = true;
        tracking.on(mode, noLoop, redirectTo);
        for (Name prefix : prefixes) {
            broadcasts.add(tracking, prefix);
        }
    }

    public void disable(Client client) {
        ClientTracking tracking = client.tracking;
        if (tracking != null && tracking.isOn()) {
            broadcasts.remove(tracking);
            tracking.off();
            clients--;
        }
    }

    public void disconnected(Client client) {
        if (client.tracking != null) {
            disable(client);
            client.tracking.disconnected();
        }
    }

    // ---- what is read ----

    /**
     * A request of a client that has tracked keys is about to be looked at: CLIENT CACHING held for the one before, or its
     * transaction.
     */
    public void requestBegins(Client client) {
        if (client.tracking.isCachingGiven()
                && !isClientCommand(client.lastCommand)
                && !server.transactions().isOpen(client)) {
            client.tracking.cachingGiven(false);
        }
    }

    private static boolean isClientCommand(Command command) {
        return command != null
                && command.parent() != null
                && command.parent().name().equals("client");
    }

    /** A client that has tracked keys has executed a command. */
    public void executed(Client client, Command command, Request request) {
        if (client.tracking.remembers() && command.has(Flag.READONLY) && !command.runsScript()) {
            remember(client.tracking, command, request);
        }
    }

    /** Remembers the keys that a script was called with: it has read something. */
    public void scriptReads(Client client, Command command, Request request) {
        if (client.tracking.remembers()) {
            remember(client.tracking, command, request);
        }
    }

    private void remember(ClientTracking tracking, Command command, Request request) {
        List<CommandKeys.Key> read = CommandKeys.of(command, request, 0);
        if (read == null) {
            return;
        }
        for (CommandKeys.Key key : read) {
            int argument = key.argument();
            keys.add(request.array(), request.offset(argument), request.length(argument), tracking);
        }
        forget(read.size() + FORGOTTEN_AT_A_TIME);
    }

    private boolean hasTooMany() {
        long most = server.config().clients.trackingTableMaxKeys.get();
        return most > 0 && keys.size() > most
                || keys.bytes() > server.memory().heapBytes() / HEAP_SHARE;
    }

    private void forget(int atMost) {
        for (int i = 0; i < atMost && hasTooMany(); i++) {
            Name name = keys.any();
            invalidate(null, name.array(), name.offset(), name.length());
        }
    }

    /** Makes the table as small as it must be, a step at a time. */
    public void everyTick() {
        int step = FORGOTTEN_AT_A_TIME;
        forget(Math.max(step, keys.size() / step));
    }

    // ---- what changes ----

    /**
     * A key was made, changed or removed; to be called if {@link #isInUse}.
     *
     * @param by the client whose command did it, or null if the key has expired or was evicted
     */
    public void changed(Client by, byte[] array, int offset, int length) {
        if (!broadcasts.isEmpty() && broadcasts.changed(by, array, offset, length)) {
            server.executor().submit(broadcast);
        }
        invalidate(current(), array, offset, length);
    }

    /**
     * Tells those who have read a key to forget it.
     *
     * @param by whose doing that is, or null
     */
    private void invalidate(Client by, byte[] array, int offset, int length) {
        Trackers readers = keys.size() == 0 ? null : keys.remove(array, offset, length);
        if (readers != null) {
            keyArray = array;
            keyOffset = offset;
            keyLength = length;
            changedBy = by;
            invalidation.of(array, offset, length);
            readers.forEach(tellOfChange);
        }
    }

    private void tellOfChange(ClientTracking tracking) {
        if (!tracking.isOn() || tracking.mode() == ClientTracking.Mode.BCAST) {
            return;
        }
        if (tracking.isNoLoop() && tracking.client() == changedBy) {
            return;
        }
        if (tracking.client() == pushes.running()) {
            pendingForRunning.add(Arrays.copyOfRange(keyArray, keyOffset, keyOffset + keyLength));
        } else {
            send(tracking, invalidation);
        }
    }

    /** Whether anybody tracks keys, or has: if not, nobody needs to hear of changes. */
    public boolean isInUse() {
        return inUse;
    }

    /** The client for which the server is at work, or null. */
    private Client current() {
        Client running = pushes.running();
        return running != null ? running : server.executor().serving();
    }

    /** All keys of a database are gone, or of all databases. */
    public void flushed() {
        if (!inUse) {
            return;
        }
        if (clients > 0) {
            for (Client client : server.clients().all()) {
                ClientTracking tracking = client.tracking;
                if (tracking != null && tracking.isOn()) {
                    if (client == pushes.running()) {
                        pendingForRunning.add(null);
                    } else {
                        send(tracking, invalidation.ofAll(client.protocol));
                    }
                }
            }
        }
        keys.clear();
    }

    /** The command that was running has its reply: its client is told what it has changed itself. */
    public void commandEnds(Client client) {
        if (pendingForRunning.isEmpty()) {
            return;
        }
        List<byte[]> pending = putAside();
        if (client.tracking == null || client.closed) {
            return;
        }
        for (byte[] key : pending) {
            send(
                    client.tracking,
                    key == null
                            ? invalidation.ofAll(client.protocol)
                            : invalidation.of(key, 0, key.length));
        }
    }

    /** Takes away what the client of the running command is still to be told. */
    public List<byte[]> putAside() {
        List<byte[]> pending = pendingForRunning;
        pendingForRunning = new ArrayList<>();
        return pending;
    }

    /** The command goes on that had been interrupted by others'. */
    public void goOn(List<byte[]> pending) {
        pendingForRunning = pending;
    }

    private void broadcast() {
        broadcasts.tell(this::broadcast);
    }

    private void broadcast(SortedMap<Name, Client> changed, Set<ClientTracking> hearers) {
        Set<Name> names = changed.keySet();
        invalidation.of(names);
        for (ClientTracking tracking : hearers) {
            if (tracking.isNoLoop() && changed.containsValue(tracking.client())) {
                broadcastOthers(changed, tracking);
            } else {
                send(tracking, invalidation);
            }
        }
    }

    /** Tells a client of the keys that it has not changed itself. */
    private void broadcastOthers(SortedMap<Name, Client> changed, ClientTracking tracking) {
        List<Name> others = new ArrayList<>();
        changed.forEach(
                (name, by) -> {
                    if (by != tracking.client()) {
                        others.add(name);
                    }
                });
        if (!others.isEmpty()) {
            send(tracking, invalidationOfOthers.of(others));
        }
    }

    // ---- telling ----

    private void send(ClientTracking tracking, Invalidation what) {
        Client to = tracking.client();
        if (tracking.redirection() != 0) {
            to = server.clients().find(tracking.redirection());
            if (to == null || to.closeAfterReply) { // who has said QUIT may have left already
                redirectionIsBroken(tracking);
                return;
            }
        }
        if (to.protocol == 3 || tracking.redirection() != 0 && to.isSubscribed()) {
            ByteArray bytes = what.bytesFor(to);
            pushes.send(to, bytes.array(), 0, bytes.length());
        }
    }

    /** The client that should be told has gone: the one that asked for it hears of that. */
    private void redirectionIsBroken(ClientTracking tracking) {
        tracking.redirectionIsBroken();
        Client client = tracking.client();
        if (client.protocol == 3) {
            ByteArray bytes = new ByteArray(64);
            bytes.appendLatin1(">2\r\n$21\r\ntracking-redir-broken\r\n:");
            bytes.appendDecimal(tracking.redirection());
            bytes.crlf();
            pushes.send(client, bytes.array(), 0, bytes.length());
        }
    }

    // ---- for INFO ----

    /** How many clients track keys. */
    public int clientCount() {
        return clients;
    }

    public int keyCount() {
        return keys.size();
    }

    /** How many times a key is remembered for a client. */
    public long itemCount() {
        return keys.items();
    }

    public int prefixCount() {
        return broadcasts.size();
    }
}
