package dev.lockstep.server.pubsub;

import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Set;

/** What one client is subscribed to. Executor only. */
public final class Subscriptions {
    /** Nothing; for clients that never subscribed. Never changed. */
    public static final Subscriptions NONE = new Subscriptions();

    /** About what one subscription takes, in the sets of both sides. */
    private static final int BYTES_EACH = 128;

    private final Set<Channel> channels = new LinkedHashSet<>();
    private final Set<Channel> patterns = new LinkedHashSet<>();
    private final Set<Channel> shardChannels = new LinkedHashSet<>();

    Set<Channel> of(SubscriptionKind kind) {
        return switch (kind) {
            case CHANNEL -> channels;
            case PATTERN -> patterns;
            case SHARD_CHANNEL -> shardChannels;
        };
    }

    /** What it is subscribed to of a kind, for looking at. */
    public Set<Channel> all(SubscriptionKind kind) {
        return Collections.unmodifiableSet(of(kind));
    }

    public int count(SubscriptionKind kind) {
        return of(kind).size();
    }

    /** How many there are of a kind; channels and patterns are counted together, as the confirmations tell them. */
    public int countWith(SubscriptionKind kind) {
        return kind == SubscriptionKind.SHARD_CHANNEL
                ? shardChannels.size()
                : channels.size() + patterns.size();
    }

    public boolean isEmpty() {
        return channels.isEmpty() && patterns.isEmpty() && shardChannels.isEmpty();
    }

    /** About what they take in memory. */
    public long bytes() {
        return (long) BYTES_EACH * (channels.size() + patterns.size() + shardChannels.size());
    }
}
