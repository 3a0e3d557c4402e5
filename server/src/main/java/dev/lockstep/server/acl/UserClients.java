package dev.lockstep.server.acl;

import dev.lockstep.server.Client;
import dev.lockstep.server.LockstepServer;
import dev.lockstep.server.pubsub.Channel;
import dev.lockstep.server.pubsub.Name;
import dev.lockstep.server.pubsub.SubscriptionKind;
import java.util.ArrayList;
import java.util.List;

/** The clients that are connected as some user, when what he may do changes. Executor only. */
final class UserClients {
    private final LockstepServer server;

    UserClients(LockstepServer server) {
        this.server = server;
    }

    /** Closes the clients of a user who is no more; the one that had him removed still gets its reply. */
    void close(User user) {
        for (Client client : server.clients().snapshot()) {
            if (client.user == user) {
                close(client);
            }
        }
    }

    /** Closes the clients of all users but one. */
    void closeAllBut(User user) {
        for (Client client : server.clients().snapshot()) {
            if (client.user != null && client.user != user) {
                close(client);
            }
        }
    }

    private void close(Client client) {
        client.user = server.acl().users().defaultUser();
        client.authenticated = false;
        if (client == server.executor().current()) {
            client.closeAfterReply = true;
        } else {
            server.clients().close(client);
        }
    }

    /** Closes the clients of a user that are subscribed to what he may not be subscribed to any more. */
    void closeSubscribers(User user, User becoming) {
        if (server.pubSub().hasNoSubscribers()) {
            return;
        }
        List<KeyPattern> channels = new ArrayList<>();
        for (Selector selector : becoming.selectors()) {
            if (selector.allowsAllChannels()) {
                return;
            }
            channels.addAll(selector.channels());
        }
        if (keepsAll(user, channels)) {
            return;
        }
        for (Client client : server.clients().snapshot()) {
            if (client.user == user && isSubscribedBeyond(client, channels)) {
                close(client);
            }
        }
    }

    private static boolean keepsAll(User user, List<KeyPattern> channels) {
        List<String> texts = channels.stream().map(KeyPattern::text).toList();
        return user.selectors().stream()
                .allMatch(
                        selector ->
                                !selector.allowsAllChannels()
                                        && selector.channels().stream()
                                                .allMatch(each -> texts.contains(each.text())));
    }

    private static boolean isSubscribedBeyond(Client client, List<KeyPattern> channels) {
        for (SubscriptionKind kind : SubscriptionKind.values()) {
            for (Channel channel : client.subscriptions.all(kind)) {
                Name name = channel.name();
                if (!Selector.matches(
                        channels,
                        name.array(),
                        name.offset(),
                        name.length(),
                        kind == SubscriptionKind.PATTERN)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** What a password is needed for may have changed: the small limits before AUTH begin or end. */
    void limitUnauthenticated() {
        for (Client client : server.clients().all()) {
            if (client.connection() != null) {
                client.connection().parser().setAuthenticated(client.mayExecute(server));
            }
        }
    }
}
