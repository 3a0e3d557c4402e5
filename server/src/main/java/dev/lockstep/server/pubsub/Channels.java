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
    /** About what a channel takes beside the bytes of its name, and what each subscription takes on both sides. */
    private static final int CHANNEL_BYTES = 256;

    private static final int SUBSCRIPTION_BYTES = 128;

    private final Map<Name, Channel> byName = new HashMap<>();
    private final Name sought = Name.forLookUp();
    private long bytes;

    Channels() {}

    public int size() {
        return byName.size();
    }

    public Collection<Channel> each() {
        return byName.values();
    }

    /** About what they and their subscriptions take in memory. */
    long bytes() {
        return bytes;
    }

    /** At most what one more subscription takes. */
    static long bytesFor(int nameLength) {
        return CHANNEL_BYTES + SUBSCRIPTION_BYTES + nameLength;
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
            bytes += CHANNEL_BYTES + length;
        }
        if (channel.subscribers().add(client)) {
            bytes += SUBSCRIPTION_BYTES;
        }
        return channel;
    }

    void unsubscribe(Client client, Channel channel) {
        channel.subscribers().remove(client);
        bytes -= SUBSCRIPTION_BYTES;
        if (channel.subscribers().isEmpty()) {
            byName.remove(channel.name());
            bytes -= CHANNEL_BYTES + channel.name().length();
        }
    }
}
