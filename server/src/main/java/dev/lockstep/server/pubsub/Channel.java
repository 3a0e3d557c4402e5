package dev.lockstep.server.pubsub;

import dev.lockstep.server.Client;
import java.util.LinkedHashSet;
import java.util.Set;

/** A channel, or a pattern of channels, that at least one client is subscribed to. */
public final class Channel {
    private final Name name;
    private final Set<Client> subscribers = new LinkedHashSet<>(2);

    Channel(Name name) {
        this.name = name;
    }

    public Name name() {
        return name;
    }

    Set<Client> subscribers() {
        return subscribers;
    }

    public int subscriberCount() {
        return subscribers.size();
    }
}
