package dev.lockstep.server.pubsub;

import java.util.LinkedHashSet;
import java.util.Set;

/** What one client is subscribed to. Executor only. */
public final class Subscriptions {
    /** Nothing; for clients that never subscribed. Never changed. */
    public static final Subscriptions NONE = new Subscriptions();

    /** About what the sets of one subscription take on both sides. */
    private static final int BYTES_EACH = 120;

    final Set<Channel> channels = new LinkedHashSet<>();
    final Set<Channel> patterns = new LinkedHashSet<>();
    final Set<Channel> shardChannels = new LinkedHashSet<>();

    public int channelCount() {
        return channels.size();
    }

    public int patternCount() {
        return patterns.size();
    }

    public int shardChannelCount() {
        return shardChannels.size();
    }

    public boolean isEmpty() {
        return channels.isEmpty() && patterns.isEmpty() && shardChannels.isEmpty();
    }

    /** About what they take in memory. */
    public long bytes() {
        return (long) BYTES_EACH * (channels.size() + patterns.size() + shardChannels.size());
    }
}
