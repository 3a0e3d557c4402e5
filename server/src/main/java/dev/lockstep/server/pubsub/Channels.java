package dev.lockstep.server.pubsub;

import dev.lockstep.server.Client;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/**
 * The channels of one kind by name: those that have subscribers, and no others. Executor only.
 *
 * <p>Patterns are kept the same way. Looking up copies nothing.
 */
public final class Channels {
    private final Map<Name, Channel> byName = new HashMap<>();
    private final Name sought = Name.forLookUp();

    Channels() {}

    public int size() {
        return byName.size();
    }

    public Collection<Channel> each() {
        return byName.values();
    }

    /** The channel of this name, or null if it has no subscriber. */
    public Channel find(byte[] array, int offset, int length) {
        return byName.isEmpty() ? null : byName.get(sought.at(array, offset, length));
    }

    /** The channel of this name with one more subscriber. */
    Channel subscribe(Client client, byte[] array, int offset, int length) {
        Channel channel = byName.get(sought.at(array, offset, length));
        if (channel == null) {
            channel = new Channel(sought.copy());
            byName.put(channel.name(), channel);
        }
        channel.subscribers().add(client);
        return channel;
    }

    void unsubscribe(Client client, Channel channel) {
        channel.subscribers().remove(client);
        if (channel.subscribers().isEmpty()) {
            byName.remove(channel.name());
        }
    }
}
