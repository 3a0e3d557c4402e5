package dev.lockstep.server.pubsub;

import dev.lockstep.protocol.Glob;
import dev.lockstep.server.Client;
import dev.lockstep.server.LockstepServer;
import java.util.Set;

/**
 * Who is subscribed to what, and what is published: to the subscribers of the channel, and to those of every pattern that
 * its name matches. Executor only.
 *
 * <p>Shard channels are names of their own kind: no pattern matches them.
 */
public final class PubSub {
    private final Channels channels = new Channels();
    private final Channels patterns = new Channels();
    private final Channels shardChannels = new Channels();
    private final PushMessage message;

    public PubSub(LockstepServer server) {
        message = new PushMessage(server.pushes());
    }

    public Channels channels() {
        return channels;
    }

    public Channels patterns() {
        return patterns;
    }

    public Channels shardChannels() {
        return shardChannels;
    }

    /** Whether nobody is subscribed to anything but shard channels: what is published goes nowhere then. */
    public boolean isEmpty() {
        return channels.size() == 0 && patterns.size() == 0;
    }

    // ---- subscribing ----

    /** Returns false if the client is subscribed to this channel already; so do the methods like it. */
    public boolean subscribe(Client client, byte[] name, int offset, int length) {
        return subscribe(client, channels, own(client).channels, name, offset, length);
    }

    public boolean subscribePattern(Client client, byte[] pattern, int offset, int length) {
        return subscribe(client, patterns, own(client).patterns, pattern, offset, length);
    }

    public boolean subscribeShard(Client client, byte[] name, int offset, int length) {
        return subscribe(client, shardChannels, own(client).shardChannels, name, offset, length);
    }

    private static Subscriptions own(Client client) {
        if (client.subscriptions == Subscriptions.NONE) {
            client.subscriptions = new Subscriptions();
        }
        return client.subscriptions;
    }

    private static boolean subscribe(
            Client client, Channels all, Set<Channel> own, byte[] name, int offset, int length) {
        return own.add(all.subscribe(client, name, offset, length));
    }

    /** Returns false if the client is not subscribed to this channel; so do the methods like it. */
    public boolean unsubscribe(Client client, byte[] name, int offset, int length) {
        Channel channel = channels.find(name, offset, length);
        return unsubscribe(client, channels, client.subscriptions.channels, channel);
    }

    public boolean unsubscribePattern(Client client, byte[] pattern, int offset, int length) {
        Channel channel = patterns.find(pattern, offset, length);
        return unsubscribe(client, patterns, client.subscriptions.patterns, channel);
    }

    public boolean unsubscribeShard(Client client, byte[] name, int offset, int length) {
        Channel channel = shardChannels.find(name, offset, length);
        return unsubscribe(client, shardChannels, client.subscriptions.shardChannels, channel);
    }

    private static boolean unsubscribe(
            Client client, Channels all, Set<Channel> own, Channel channel) {
        if (channel == null || !own.remove(channel)) {
            return false;
        }
        all.unsubscribe(client, channel);
        return true;
    }

    /** Ends all subscriptions of a client, without a word to it. */
    public void unsubscribeAll(Client client) {
        Subscriptions own = client.subscriptions;
        unsubscribeAll(client, channels, own.channels);
        unsubscribeAll(client, patterns, own.patterns);
        unsubscribeAll(client, shardChannels, own.shardChannels);
        client.subscriptions = Subscriptions.NONE;
    }

    private static void unsubscribeAll(Client client, Channels all, Set<Channel> own) {
        for (Channel channel : own) {
            all.unsubscribe(client, channel);
        }
        own.clear();
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
                        "message",
                        channels.find(channel, channelOffset, channelLength),
                        payload,
                        offset,
                        length);
        if (patterns.size() > 0) {
            for (Channel pattern : patterns.all()) {
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
                            .bulk("pmessage")
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
                "smessage",
                shardChannels.find(channel, channelOffset, channelLength),
                payload,
                offset,
                length);
    }

    private int send(String kind, Channel channel, byte[] payload, int offset, int length) {
        if (channel == null) {
            return 0;
        }
        message.begin(3).bulk(kind).bulk(channel.name()).payload(payload, offset, length);
        return message.send(channel.subscribers());
    }
}
