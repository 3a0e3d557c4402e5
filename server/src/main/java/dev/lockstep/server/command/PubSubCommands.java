package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;
import static dev.lockstep.server.command.Command.container;

import dev.lockstep.protocol.ErrorReplies;
import dev.lockstep.protocol.Glob;
import dev.lockstep.protocol.ReplyBuffer;
import dev.lockstep.protocol.Request;
import dev.lockstep.server.pubsub.Channel;
import dev.lockstep.server.pubsub.Channels;
import dev.lockstep.server.pubsub.Name;
import dev.lockstep.server.pubsub.PubSub;
import dev.lockstep.server.pubsub.SubscriptionKind;

/**
 * Pub/Sub: subscribing, publishing, and who is subscribed.
 *
 * <p>SUBSCRIBE and its kin answer with a message for each channel, which is a push in RESP3 and comes even after CLIENT
 * REPLY OFF. Messages that were published reach replicas as the requests stand, whether anybody here got them or not.
 */
final class PubSubCommands {
    private static final String GROUP = "pubsub";
    private static final Flag[] PUBLISHING = {
        Flag.PUBSUB, Flag.LOADING, Flag.STALE, Flag.FAST, Flag.MAY_REPLICATE
    };
    private static final Flag[] ASKING = {Flag.PUBSUB, Flag.LOADING, Flag.STALE};

    private static final CommandException NO_ROOM = new CommandException(ErrorReplies.OOM);

    private PubSubCommands() {}

    static void register(CommandTable table) {
        subscribing(table);
        table.add(
                command("publish", PubSubCommands::publish)
                        .arity(3)
                        .channels(1, 1)
                        .flags(PUBLISHING)
                        .docs(
                                GROUP,
                                "2.0.0",
                                "O(N+M) for N subscribers of the channel and M patterns",
                                "Sends a message to the subscribers of a channel.")
                        .syntax("channel message"),
                command("spublish", PubSubCommands::publishShard)
                        .arity(3)
                        .channels(1, 1)
                        .flags(PUBLISHING)
                        .keys(KeySpec.range(1, 0, 1, "not_key"))
                        .docs(
                                GROUP,
                                "7.0.0",
                                "O(N) for N subscribers of the channel",
                                "Sends a message to the subscribers of a shard channel.")
                        .syntax("shardchannel message"),
                pubSub());
    }

    private static void subscribing(CommandTable table) {
        String each = "O(N) for N channels";
        table.add(
                subscribing("subscribe", SubscriptionKind.CHANNEL)
                        .channels(1, -1)
                        .docs(GROUP, "2.0.0", each, "Has messages of channels sent here.")
                        .syntax("channel ..."),
                subscribing("psubscribe", SubscriptionKind.PATTERN)
                        .channelPatterns()
                        .docs(
                                GROUP,
                                "2.0.0",
                                "O(N) for N patterns",
                                "Has messages of all channels sent here whose names match.")
                        .syntax("pattern:pattern ..."),
                subscribing("ssubscribe", SubscriptionKind.SHARD_CHANNEL)
                        .channels(1, -1)
                        .keys(KeySpec.range(1, -1, 1, "not_key"))
                        .docs(GROUP, "7.0.0", each, "Has messages of shard channels sent here.")
                        .syntax("shardchannel ..."),
                unsubscribing("unsubscribe", SubscriptionKind.CHANNEL)
                        .docs(GROUP, "2.0.0", each, "Ends subscriptions to channels, or all.")
                        .syntax("[channel ...]"),
                unsubscribing("punsubscribe", SubscriptionKind.PATTERN)
                        .docs(
                                GROUP,
                                "2.0.0",
                                "O(N) for N patterns",
                                "Ends subscriptions to patterns, or all.")
                        .syntax("[pattern:pattern ...]"),
                unsubscribing("sunsubscribe", SubscriptionKind.SHARD_CHANNEL)
                        .keys(KeySpec.range(1, -1, 1, "not_key"))
                        .docs(GROUP, "7.0.0", each, "Ends subscriptions to shard channels, or all.")
                        .syntax("[shardchannel ...]"));
    }

    private static Command subscribing(String name, SubscriptionKind kind) {
        return subscription(name, call -> subscribe(call, kind)).arity(-2);
    }

    private static Command unsubscribing(String name, SubscriptionKind kind) {
        return subscription(name, call -> unsubscribe(call, kind)).arity(-1);
    }

    private static Command subscription(String name, Command.Handler handler) {
        return command(name, handler)
                .flags(
                        Flag.PUBSUB,
                        Flag.NOSCRIPT,
                        Flag.LOADING,
                        Flag.STALE,
                        Flag.WHILE_SUBSCRIBED,
                        Flag.REPLIES_BY_PUSH);
    }

    private static Command pubSub() {
        Command pubSub = container("pubsub").arity(-2);
        pubSub.docs(GROUP, "2.8.0", "Depends on subcommand.", "Holds the commands about Pub/Sub.");
        return pubSub.sub(
                asking("channels", call -> channels(call, SubscriptionKind.CHANNEL))
                        .docs(
                                GROUP,
                                "2.8.0",
                                "O(N) for N channels that have subscribers",
                                "Lists the channels that have subscribers.")
                        .syntax("[pattern:pattern]"),
                asking("numpat", PubSubCommands::patternCount)
                        .arity(2)
                        .docs(GROUP, "2.8.0", "O(1)", "Counts the patterns subscribed to."),
                asking("numsub", call -> subscriberCounts(call, SubscriptionKind.CHANNEL))
                        .docs(
                                GROUP,
                                "2.8.0",
                                "O(N) for N channels asked about",
                                "Counts the subscribers of channels.")
                        .syntax("[channel ...]"),
                asking("shardchannels", call -> channels(call, SubscriptionKind.SHARD_CHANNEL))
                        .docs(
                                GROUP,
                                "7.0.0",
                                "O(N) for N shard channels that have subscribers",
                                "Lists the shard channels that have subscribers.")
                        .syntax("[pattern:pattern]"),
                asking(
                                "shardnumsub",
                                call -> subscriberCounts(call, SubscriptionKind.SHARD_CHANNEL))
                        .docs(
                                GROUP,
                                "7.0.0",
                                "O(N) for N shard channels asked about",
                                "Counts the subscribers of shard channels.")
                        .syntax("[shardchannel ...]"),
                Help.of(GROUP, GROUP, "6.2.0", HELP));
    }

    private static Command asking(String name, Command.Handler handler) {
        return command(name, handler).arity(-2).flags(ASKING);
    }

    private static final String[] HELP = {
        "CHANNELS [<pattern>]",
                "Return the channels that have subscribers and match <pattern> (default: '*').",
        "NUMPAT", "Return how many patterns are subscribed to.",
        "NUMSUB [<channel> ...]",
                "Return how many subscribers the channels have, those of patterns not counted.",
        "SHARDCHANNELS [<pattern>]",
                "Return the shard channels that have subscribers and match <pattern> (default: '*').",
        "SHARDNUMSUB [<shardchannel> ...]", "Return how many subscribers the shard channels have."
    };

    // ---- subscribing ----

    private static void subscribe(Call call, SubscriptionKind kind) {
        PubSub pubSub = call.server().pubSub();
        Request args = call.args();
        int nameBytes = 0;
        for (int i = 1; i < args.argc(); i++) {
            nameBytes += args.length(i);
        }
        if (!pubSub.hasRoom(args.argc() - 1, nameBytes)) {
            throw NO_ROOM;
        }
        for (int i = 1; i < args.argc(); i++) {
            pubSub.subscribe(call.client(), kind, args.array(), args.offset(i), args.length(i));
            reply(call, kind.subscribed(), args.array(), args.offset(i), args.length(i), kind);
        }
    }

    private static void unsubscribe(Call call, SubscriptionKind kind) {
        PubSub pubSub = call.server().pubSub();
        Request args = call.args();
        for (int i = 1; i < args.argc(); i++) {
            pubSub.unsubscribe(call.client(), kind, args.array(), args.offset(i), args.length(i));
            reply(call, kind.unsubscribed(), args.array(), args.offset(i), args.length(i), kind);
        }
        if (args.argc() > 1) {
            return;
        }
        Name name = pubSub.unsubscribeAny(call.client(), kind);
        if (name == null) {
            reply(call, kind.unsubscribed(), null, 0, 0, kind);
        }
        for (; name != null; name = pubSub.unsubscribeAny(call.client(), kind)) {
            reply(call, kind.unsubscribed(), name.array(), name.offset(), name.length(), kind);
        }
    }

    private static void reply(
            Call call, byte[] what, byte[] name, int offset, int length, SubscriptionKind kind) {
        ReplyBuffer reply = call.reply();
        reply.push(3);
        reply.bulk(what);
        if (name == null) {
            reply.nullBulk();
        } else {
            reply.bulk(name, offset, length);
        }
        reply.integer(call.client().subscriptions.countWith(kind));
    }

    // ---- publishing ----

    private static void publish(Call call) {
        Request args = call.args();
        int receivers =
                call.server()
                        .pubSub()
                        .publish(
                                args.array(),
                                args.offset(1),
                                args.length(1),
                                args.array(),
                                args.offset(2),
                                args.length(2));
        call.propagateAnyway();
        call.reply().integer(receivers);
    }

    private static void publishShard(Call call) {
        Request args = call.args();
        int receivers =
                call.server()
                        .pubSub()
                        .publishShard(
                                args.array(),
                                args.offset(1),
                                args.length(1),
                                args.array(),
                                args.offset(2),
                                args.length(2));
        call.propagateAnyway();
        call.reply().integer(receivers);
    }

    // ---- asking ----

    private static void channels(Call call, SubscriptionKind kind) {
        Request args = call.args();
        if (args.argc() > 3) {
            throw new CommandException(ErrorReplies.unknownSubcommandOrArity(GROUP, args.text(1)));
        }
        int mark = call.reply().deferArray();
        int count = 0;
        for (Channel channel : call.server().pubSub().all(kind).each()) {
            Name name = channel.name();
            if (args.argc() == 2 || matches(args, name)) {
                call.reply().bulk(name.array(), name.offset(), name.length());
                count++;
            }
        }
        call.reply().endArray(mark, count);
    }

    private static boolean matches(Request args, Name name) {
        return Glob.matches(
                args.array(),
                args.offset(2),
                args.length(2),
                name.array(),
                name.offset(),
                name.length(),
                false);
    }

    private static void patternCount(Call call) {
        call.reply().integer(call.server().pubSub().all(SubscriptionKind.PATTERN).size());
    }

    private static void subscriberCounts(Call call, SubscriptionKind kind) {
        Request args = call.args();
        Channels channels = call.server().pubSub().all(kind);
        call.reply().array((args.argc() - 2) * 2);
        for (int i = 2; i < args.argc(); i++) {
            Channel channel = channels.find(args.array(), args.offset(i), args.length(i));
            call.reply().bulk(args.array(), args.offset(i), args.length(i));
            call.reply().integer(channel == null ? 0 : channel.subscriberCount());
        }
    }
}
