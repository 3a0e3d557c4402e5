package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;
import static dev.lockstep.server.command.Command.container;

import dev.lockstep.keyspace.StreamGroup;
import dev.lockstep.keyspace.StreamId;
import dev.lockstep.keyspace.StreamValue;
import dev.lockstep.keyspace.StringValue;
import dev.lockstep.keyspace.ValueType;
import dev.lockstep.protocol.ErrorReplies;
import dev.lockstep.protocol.ReplyBuffer;
import java.util.List;

/** XINFO: what streams, consumer groups and consumers are like. */
final class StreamInfoCommands {
    private static final String GROUP = "stream";
    private static final byte[] FULL = Call.word("full");
    private static final byte[] COUNT = Call.word("count");
    private static final long COUNT_BY_DEFAULT = 10;

    private final StreamValue stream = new StreamValue();
    private final StreamGroup group = new StreamGroup();
    private final StreamGroups groups = new StreamGroups();
    private final StreamReplies replies = new StreamReplies();
    private final StreamId id = new StreamId();
    private final StreamId min = new StreamId();
    private final StreamId max = new StreamId().setMax();
    private final StringValue name = new StringValue();

    private StreamInfoCommands() {}

    static void register(CommandTable table) {
        StreamInfoCommands commands = new StreamInfoCommands();
        table.add(
                container("xinfo")
                        .arity(-2)
                        .docs(
                                GROUP,
                                "5.0.0",
                                "Depends on subcommand.",
                                "Commands that describe streams.")
                        .sub(
                                sub("stream", -3, commands::describe)
                                        .docs(
                                                GROUP,
                                                "5.0.0",
                                                "O(1), with FULL O(N) for N entries returned.",
                                                "Describes a stream.")
                                        .syntax("key [full-block{FULL [COUNT count:integer]}]")
                                        .history(
                                                "6.0.0 Added `FULL`.",
                                                "7.0.0 Added `max-deleted-entry-id`, `entries-added`, `recorded-first-entry-id`, `entries-read` and `lag`.",
                                                "7.2.0 Added `active-time`; `seen-time` is that of any attempt."),
                                sub("groups", 3, commands::describeGroups)
                                        .docs(
                                                GROUP,
                                                "5.0.0",
                                                "O(N log N) for N groups.",
                                                "Describes the consumer groups of a stream.")
                                        .syntax("key")
                                        .history("7.0.0 Added `entries-read` and `lag`."),
                                sub("consumers", 4, commands::describeConsumers)
                                        .tips("nondeterministic_output")
                                        .docs(
                                                GROUP,
                                                "5.0.0",
                                                "O(N log N) for N consumers.",
                                                "Describes the consumers of a group.")
                                        .syntax("key group")
                                        .history("7.2.0 Added `inactive`."),
                                help()));
    }

    private static Command sub(String name, int arity, Command.Handler handler) {
        return command(name, handler)
                .arity(arity)
                .flags(Flag.READONLY)
                .acl(Category.STREAM)
                .keys(KeySpec.range(2, 0, 1, "RO", "ACCESS"));
    }

    private static Command help() {
        return Help.of(
                        "xinfo",
                        GROUP,
                        "5.0.0",
                        "CONSUMERS <key> <groupname>",
                        "Show consumers of <groupname>.",
                        "GROUPS <key>",
                        "Show the stream consumer groups.",
                        "STREAM <key> [FULL [COUNT <count>]",
                        "Show information about the stream.")
                .acl(Category.STREAM);
    }

    private void open(Call call) {
        int cell = call.read(2, ValueType.STREAM);
        if (cell == 0) {
            throw Call.NO_SUCH_KEY;
        }
        stream.open(call.db(), cell);
    }

    private void integer(Call call, String field, long value) {
        call.reply().bulk(field);
        call.reply().integer(value);
    }

    private void id(Call call, String field, StreamId value) {
        call.reply().bulk(field);
        replies.id(call, value);
    }

    private static void name(Call call, StreamGroups.Named part) {
        call.reply().bulk("name");
        call.reply().bulk(part.name());
    }

    // ---- XINFO STREAM ----

    private void describe(Call call) {
        open(call);
        long count = COUNT_BY_DEFAULT;
        int argc = call.args().argc();
        boolean full = argc > 3;
        if (full) {
            if (argc != 4 && argc != 6 || !call.is(3, FULL) || argc == 6 && !call.is(4, COUNT)) {
                throw new CommandException(
                        ErrorReplies.unknownSubcommandOrArity("xinfo", call.args().text(1)));
            }
            if (argc == 6) {
                long given = call.longArg(5);
                count = given < 0 ? COUNT_BY_DEFAULT : given;
            }
        }
        call.reply().map(full ? 9 : 10);
        integer(call, "length", stream.size());
        integer(call, "radix-tree-keys", stream.blocks());
        integer(call, "radix-tree-nodes", stream.blocks() + 1L);
        id(call, "last-generated-id", stream.lastId(id));
        id(call, "max-deleted-entry-id", stream.greatestDeletedId(id));
        integer(call, "entries-added", stream.entriesAdded());
        id(call, "recorded-first-entry-id", stream.firstId(id));
        if (full) {
            call.reply().bulk("entries");
            replies.range(call, stream, min, max, count, false);
            call.reply().bulk("groups");
            fullGroups(call, count);
        } else {
            integer(call, "groups", stream.groups());
            call.reply().bulk("first-entry");
            replies.edge(call, stream, false);
            call.reply().bulk("last-entry");
            replies.edge(call, stream, true);
        }
    }

    private void fullGroups(Call call, long count) {
        List<StreamGroups.Named> all = groups.all(stream);
        call.reply().array(all.size());
        for (StreamGroups.Named of : all) {
            group.open(stream, of.part());
            call.reply().map(7);
            name(call, of);
            progress(call);
            integer(call, "pel-count", group.pending());
            call.reply().bulk("pending");
            fullPending(call, count);
            call.reply().bulk("consumers");
            List<StreamGroups.Named> consumers = groups.consumers(stream, group);
            call.reply().array(consumers.size());
            for (StreamGroups.Named consumer : consumers) {
                fullConsumer(call, consumer, count);
            }
        }
    }

    private void fullPending(Call call, long count) {
        ReplyBuffer reply = call.reply();
        long shown = count == 0 ? group.pending() : Math.min(count, group.pending());
        reply.array((int) shown);
        for (long i = 0; i < shown; i++) {
            int entry = group.at(i);
            reply.array(4);
            replies.id(call, group.id(entry, id));
            stream.readName(group.consumerOf(entry), name);
            call.bulk(name);
            reply.integer(group.deliveredAt(entry));
            reply.integer(group.deliveries(entry));
        }
    }

    private void fullConsumer(Call call, StreamGroups.Named named, long count) {
        ReplyBuffer reply = call.reply();
        int consumer = named.part();
        long pending = group.pendingOf(consumer);
        reply.map(5);
        name(call, named);
        integer(call, "seen-time", group.seen(consumer));
        integer(call, "active-time", group.active(consumer));
        integer(call, "pel-count", pending);
        reply.bulk("pending");
        long shown = count == 0 ? pending : Math.min(count, pending);
        reply.array((int) shown);
        for (long i = 0; i < shown; i++) {
            int entry = group.atOf(consumer, i);
            reply.array(3);
            replies.id(call, group.id(entry, id));
            reply.integer(group.deliveredAt(entry));
            reply.integer(group.deliveries(entry));
        }
    }

    // ---- XINFO GROUPS and CONSUMERS ----

    private void describeGroups(Call call) {
        open(call);
        List<StreamGroups.Named> all = groups.all(stream);
        call.reply().array(all.size());
        for (StreamGroups.Named of : all) {
            group.open(stream, of.part());
            call.reply().map(6);
            name(call, of);
            integer(call, "consumers", group.consumers());
            integer(call, "pending", group.pending());
            progress(call);
        }
    }

    /** How far a group has read, and how far it is behind, where that is known. */
    private void progress(Call call) {
        id(call, "last-delivered-id", group.lastId(id));
        long read = group.entriesRead();
        orNull(call, "entries-read", read != StreamGroup.UNKNOWN, read);
        long known = stream.size() == 0 ? stream.entriesAdded() : entriesReadNow();
        orNull(call, "lag", known != StreamGroup.UNKNOWN, stream.entriesAdded() - known);
    }

    /** What the group's own counter says, unless entries behind the last one it read were deleted; or what is left. */
    private long entriesReadNow() {
        group.lastId(id);
        if (stream.isAhead(id)) {
            return stream.entriesAdded() - stream.size();
        }
        return group.entriesRead() != StreamGroup.UNKNOWN && !stream.hasDeletedFrom(id)
                ? group.entriesRead()
                : stream.entriesUpTo(id);
    }

    private static void orNull(Call call, String field, boolean known, long value) {
        call.reply().bulk(field);
        if (known) {
            call.reply().integer(value);
        } else {
            call.reply().nullBulk();
        }
    }

    private void describeConsumers(Call call) {
        open(call);
        if (!groups.open(call, stream.cell(), 3, stream, group)) {
            throw StreamGroups.missingGroup(call, 2, 3);
        }
        List<StreamGroups.Named> consumers = groups.consumers(stream, group);
        call.reply().array(consumers.size());
        long now = call.now();
        for (StreamGroups.Named of : consumers) {
            int consumer = of.part();
            long active = group.active(consumer);
            call.reply().map(4);
            name(call, of);
            integer(call, "pending", group.pendingOf(consumer));
            integer(call, "idle", Math.max(0, now - group.seen(consumer)));
            integer(
                    call,
                    "inactive",
                    active == StreamGroup.NEVER ? StreamGroup.NEVER : now - active);
        }
    }
}
