package dev.lockstep.server.pubsub;

import dev.lockstep.protocol.Glob;
import dev.lockstep.server.Client;
import dev.lockstep.server.LockstepServer;
import java.util.Iterator;

/**
 * Who is subscribed to what, and what is published: to the subscribers of the channel, and to those of every pattern that
 * its name matches. Executor only.
 *
 * <p>Shard channels are names of their own kind: no pattern matches them.
 */
public final class PubSub {
    /** So much of the heap may be taken by subscriptions: they are no data, and {@code maxmemory} doesn't limit them. */
    private static final int HEAP_SHARE = 16;

    private static final byte[] MESSAGE = {'m', 'e', 's', 's', 'a', 'g', 'e'};
    private static final byte[] PATTERN_MESSAGE = {'p', 'm', 'e', 's', 's', 'a', 'g', 'e'};
    private static final byte[] SHARD_MESSAGE = {'s', 'm', 'e', 's', 's', 'a', 'g', 'e'};

    private final Channels channels = new Channels();
    private final Channels patterns = new Channels();
    private final Channels shardChannels = new Channels();
    private final LockstepServer server;
    private final PushMessage message;

    public PubSub(LockstepServer server) {
        this.server = server;
        message = new PushMessage(server.pushes());
    }

    /** All channels of a kind that have subscribers. */
    public Channels all(SubscriptionKind kind) {
        return switch (kind) {
            case CHANNEL -> channels;
            case PATTERN -> patterns;
            case SHARD_CHANNEL -> shardChannels;
        };
    }

    /** Whether nobody is subscribed to anything but shard channels: what is published goes nowhere then. */
    public boolean isEmpty() {
        return channels.size() == 0 && patterns.size() == 0;
    }

    /** Whether nobody is subscribed to anything at all. */
    public boolean hasNoSubscribers() {
        return isEmpty() && shardChannels.size() == 0;
    }

    // ---- subscribing ----

    /** Whether there is room for so many more subscriptions whose names have so many bytes together. */
    public boolean hasRoom(int subscriptions, int nameBytes) {
        long more = subscriptions * Channels.bytesFor(0) + nameBytes;
        return channels.bytes() + patterns.bytes() + shardChannels.bytes() + more
                <= server.memory().heapBytes() / HEAP_SHARE;
    }

    /** Subscribes a client; nothing happens if it is subscribed already. */
    public void subscribe(
            Client client, SubscriptionKind kind, byte[] name, int offset, int length) {
        if (client.subscriptions == Subscriptions.NONE) {
            client.subscriptions = new Subscriptions();
        }
        client.subscriptions.of(kind).add(all(kind).subscribe(client, name, offset, length));
    }

    /** Ends a subscription of a client, if it has it. */
    public void unsubscribe(
            Client client, SubscriptionKind kind, byte[] name, int offset, int length) {
        Channel channel = all(kind).find(name, offset, length);
        if (channel != null && client.subscriptions.of(kind).remove(channel)) {
            all(kind).unsubscribe(client, channel);
        }
    }

    /** Ends the oldest subscription of a kind that a client has; returns its name, or null if there is none. */
    public Name unsubscribeAny(Client client, SubscriptionKind kind) {
        Iterator<Channel> own = client.subscriptions.of(kind).iterator();
        if (!own.hasNext()) {
            return null;
        }
        Channel channel = own.next();
        own.remove();
        all(kind).unsubscribe(client, channel);
        return channel.name();
    }

    /** Ends all subscriptions of a client, without a word to it. */
    public void unsubscribeAll(Client client) {
        for (SubscriptionKind kind : SubscriptionKind.values()) {
            for (Channel channel : client.subscriptions.of(kind)) {
                all(kind).unsubscribe(client, channel);
            }
        }
        client.subscriptions = Subscriptions.NONE;
    }

    // ---- publishing ----

    /** Publishes a message; returns how many times it was sent to a client. */
    public int publish(
            byte[] channel,
            int channelOffset,
            int channelLength,
            byte[] payload,
            int offset,
            int length) {
        int receivers =
                send(
                        MESSAGE,
                        channels.find(channel, channelOffset, channelLength),
                        payload,
                        offset,
                        length);
        if (patterns.size() > 0) {
            for (Channel pattern : patterns.each()) {
                Name glob = pattern.name();
                if (Glob.matches(
                        glob.array(),
                        glob.offset(),
                        glob.length(),
                        channel,
                        channelOffset,
                        channelLength,
                        false)) {
                    message.begin(4)
                            .bulk(PATTERN_MESSAGE)
                            .bulk(glob)
                            .bulk(channel, channelOffset, channelLength)
                            .payload(payload, offset, length);
                    receivers += message.send(pattern.subscribers());
                }
            }
        }
        return receivers;
    }

    /** Publishes a message on a shard channel. */
    public int publishShard(
            byte[] channel,
            int channelOffset,
            int channelLength,
            byte[] payload,
            int offset,
            int length) {
        return send(
                SHARD_MESSAGE,
                shardChannels.find(channel, channelOffset, channelLength),
                payload,
                offset,
                length);
    }

    private int send(byte[] kind, Channel channel, byte[] payload, int offset, int length) {
        if (channel == null) {
            return 0;
        }
        message.begin(3).bulk(kind).bulk(channel.name()).payload(payload, offset, length);
        return message.send(channel.subscribers());
    }
}
