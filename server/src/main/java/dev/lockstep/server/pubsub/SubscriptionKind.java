package dev.lockstep.server.pubsub;

import java.nio.charset.StandardCharsets;

/** What a client can be subscribed to; each kind has names of its own. */
public enum SubscriptionKind {
    CHANNEL(""),
    PATTERN("p"),
    /** In a cluster these belong to one shard; here they are channels that no pattern matches. */
    SHARD_CHANNEL("s");

    private final byte[] subscribed;
    private final byte[] unsubscribed;

    SubscriptionKind(String letter) {
        subscribed = (letter + "subscribe").getBytes(StandardCharsets.US_ASCII);
        unsubscribed = (letter + "unsubscribe").getBytes(StandardCharsets.US_ASCII);
    }

    /** The first element of the message that confirms a subscription. */
    public byte[] subscribed() {
        return subscribed;
    }

    /** The first element of the message that confirms the end of a subscription. */
    public byte[] unsubscribed() {
        return unsubscribed;
    }
}
