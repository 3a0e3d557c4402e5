package dev.lockstep.server.tracking;

import dev.lockstep.server.Client;
import dev.lockstep.server.pubsub.Name;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/**
 * The prefixes that clients in mode BCAST have asked for, and the keys with each that have changed in this turn of the event
 * loop: they are told in one message. Executor only.
 */
final class Broadcasts {
    private static final class Prefix {
        final Set<ClientTracking> clients = new LinkedHashSet<>();

        /** Who changed the key last, or null if it was no client. */
        final SortedMap<Name, Client> changed = new TreeMap<>();
    }

    private final SortedMap<Name, Prefix> prefixes = new TreeMap<>();
    private final Name key = Name.forLookUp();
    private boolean changed;

    boolean isEmpty() {
        return prefixes.isEmpty();
    }

    /** How many prefixes there are. */
    int size() {
        return prefixes.size();
    }

    void add(ClientTracking client, Name prefix) {
        prefixes.computeIfAbsent(prefix, none -> new Prefix()).clients.add(client);
        client.prefixes().add(prefix);
    }

    /** A client hears of nothing any more. */
    void remove(ClientTracking client) {
        for (Name name : client.prefixes()) {
            Prefix prefix = prefixes.get(name);
            prefix.clients.remove(client);
            if (prefix.clients.isEmpty()) {
                prefixes.remove(name);
            }
        }
        client.prefixes().clear();
    }

    /**
     * A key has changed.
     *
     * @param by the client that changed it, or null
     * @return whether it is the first one of this turn that anybody hears of
     */
    boolean changed(Client by, byte[] array, int offset, int length) {
        boolean first = !changed;
        key.at(array, offset, length);
        Name copy = null;
        for (Map.Entry<Name, Prefix> prefix : prefixes.entrySet()) {
            if (key.startsWith(prefix.getKey())) {
                copy = copy == null ? key.copy() : copy;
                prefix.getValue().changed.put(copy, by);
                changed = true;
            }
        }
        return first && changed;
    }

    /** Hands over what has changed, and who wants to hear of it, for each prefix; and forgets it. */
    void tell(BiConsumer<SortedMap<Name, Client>, Set<ClientTracking>> teller) {
        changed = false;
        for (Prefix prefix : prefixes.values()) {
            if (!prefix.changed.isEmpty()) {
                teller.accept(prefix.changed, prefix.clients);
                prefix.changed.clear();
            }
        }
    }
}
