package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;
import static dev.lockstep.server.command.Command.container;

import dev.lockstep.keyspace.Database;
import dev.lockstep.keyspace.StreamGroup;
import dev.lockstep.keyspace.StreamId;
import dev.lockstep.keyspace.StreamValue;
import dev.lockstep.keyspace.StringValue;
import dev.lockstep.keyspace.ValueType;
import dev.lockstep.protocol.ErrorReplies;
import dev.lockstep.protocol.ReplyBuffer;
import dev.lockstep.protocol.Request;
import dev.lockstep.server.config.EventClass;

/** XGROUP, XACK and XPENDING: consumer groups themselves, and what is pending in them. */
final class StreamGroupCommands {
    private static final String GROUP = "stream";

    /** Each option once. */
    private static final int CREATE_ARGUMENTS_MAX = 8;

    private static final byte[] MKSTREAM = Call.word("mkstream");
    private static final byte[] ENTRIESREAD = Call.word("entriesread");
    private static final byte[] IDLE = Call.word("idle");
    private static final byte[] LAST = Call.word("$");

    private static final CommandException NO_STREAM =
            new CommandException(
                    "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the"
                            + " MKSTREAM option to create an empty stream automatically.");
    private static final CommandException GROUP_EXISTS =
            new CommandException("BUSYGROUP Consumer Group name already exists");
    private static final CommandException ENTRIES_READ_NEGATIVE =
            new CommandException("ERR value for ENTRIESREAD must be positive or -1");

    private final StreamValue stream = new StreamValue();
    private final StreamGroup group = new StreamGroup();
    private final StreamGroups groups = new StreamGroups();
    private final StreamReplies replies = new StreamReplies();
    private final StreamId id = new StreamId();
    private final StreamId end = new StreamId();
    private final StringValue name = new StringValue();
    private boolean makesStream;
    private long entriesRead;

    private StreamGroupCommands() {}

    static void register(CommandTable table) {
        StreamGroupCommands commands = new StreamGroupCommands();
        table.add(
                container("xgroup")
                        .arity(-2)
                        .docs(
                                GROUP,
                                "5.0.0",
                                "Depends on subcommand.",
                                "Commands on consumer groups.")
                        .sub(
                                sub("create", -5, commands::create, Flag.WRITE, Flag.DENYOOM)
                                        .keys(key("INSERT"))
                                        .docs(GROUP, "5.0.0", "O(1)", "Makes a consumer group.")
                                        .syntax(
                                                "key group id-selector(id | new-id='$') [MKSTREAM]"
                                                        + " [ENTRIESREAD entries-read:integer]")
                                        .history("7.0.0 Added `ENTRIESREAD`."),
                                sub("setid", -5, commands::setId, Flag.WRITE)
                                        .keys(key("UPDATE"))
                                        .docs(
                                                GROUP,
                                                "5.0.0",
                                                "O(1)",
                                                "Sets which entry a consumer group delivered last.")
                                        .syntax(
                                                "key group id-selector(id | new-id='$')"
                                                        + " [ENTRIESREAD entriesread:integer<entries-read>]")
                                        .history("7.0.0 Added `ENTRIESREAD`."),
                                sub("destroy", 4, commands::destroy, Flag.WRITE)
                                        .keys(key("DELETE"))
                                        .docs(GROUP, "5.0.0", "O(1)", "Removes a consumer group.")
                                        .syntax("key group"),
                                sub(
                                                "createconsumer",
                                                5,
                                                commands::createConsumer,
                                                Flag.WRITE,
                                                Flag.DENYOOM)
                                        .keys(key("INSERT"))
                                        .docs(
                                                GROUP,
                                                "6.2.0",
                                                "O(1)",
                                                "Makes a consumer in a consumer group.")
                                        .syntax("key group consumer"),
                                sub("delconsumer", 5, commands::deleteConsumer, Flag.WRITE)
                                        .keys(key("DELETE"))
                                        .docs(
                                                GROUP,
                                                "5.0.0",
                                                "O(N log M) for N of M pending entries.",
                                                "Removes a consumer and what is pending with it.")
                                        .syntax("key group consumer"),
                                help()),
                command("xack", commands::acknowledge)
                        .arity(-4)
                        .flags(Flag.WRITE, Flag.FAST)
                        .acl(Category.STREAM)
                        .key("RW", "UPDATE")
                        .docs(
                                GROUP,
                                "5.0.0",
                                "O(N log M) for N of M pending entries.",
                                "Acknowledges entries: they are pending no more.")
                        .syntax("key group id ..."),
                command("xpending", commands::pending)
                        .arity(-3)
                        .flags(Flag.READONLY)
                        .acl(Category.STREAM)
                        .key("RO", "ACCESS")
                        .tips("nondeterministic_output")
                        .docs(
                                GROUP,
                                "5.0.0",
                                "O(log M + N) where N of M pending entries are looked at.",
                                "Tells what is pending in a consumer group.")
                        .syntax(
                                "key group"
                                        + " [filters{[IDLE min-idle-time:integer@6.2.0] start end count:integer"
                                        + " [consumer]}]")
                        .history(
                                "6.2.0 Added `IDLE`, and bounds that do not belong to the range."));
    }

    private static Command sub(String name, int arity, Command.Handler handler, Flag... flags) {
        return command(name, handler).arity(arity).flags(flags).acl(Category.STREAM);
    }

    private static KeySpec key(String flag) {
        return KeySpec.range(2, 0, 1, "RW", flag);
    }

    private static Command help() {
        return Help.of(
                        "xgroup",
                        GROUP,
                        "5.0.0",
                        "CREATE <key> <groupname> <id|$> [option]",
                        "Create a new consumer group. Options are:\n"
                                + "* MKSTREAM\n"
                                + "  Create the empty stream if it does not exist.\n"
                                + "* ENTRIESREAD entries_read\n"
                                + "  Set the group's entries_read counter (internal use).",
                        "CREATECONSUMER <key> <groupname> <consumer>",
                        "Create a new consumer in the specified group.",
                        "DELCONSUMER <key> <groupname> <consumer>",
                        "Remove the specified consumer.",
                        "DESTROY <key> <groupname>",
                        "Remove the specified group.",
                        "SETID <key> <groupname> <id|$> [ENTRIESREAD entries_read]",
                        "Set the current group ID and entries_read counter.")
                .acl(Category.STREAM);
    }

    // ---- XGROUP ----

    private void parseOptions(Call call, boolean ofCreate) {
        Request args = call.args();
        makesStream = false;
        entriesRead = StreamGroup.UNKNOWN;
        int most = ofCreate ? CREATE_ARGUMENTS_MAX : CREATE_ARGUMENTS_MAX - 1;
        for (int i = 5; i < args.argc(); i++) {
            if (ofCreate && args.argc() <= most && call.is(i, MKSTREAM)) {
                makesStream = true;
            } else if (args.argc() <= most && call.is(i, ENTRIESREAD) && i + 1 < args.argc()) {
                entriesRead = call.longArg(++i);
                if (entriesRead < 0 && entriesRead != StreamGroup.UNKNOWN) {
                    throw ENTRIES_READ_NEGATIVE;
                }
            } else {
                throw new CommandException(
                        ErrorReplies.unknownSubcommandOrArity("xgroup", args.text(1)));
            }
        }
    }

    /** Opens the stream and, if it is there, the group; tells whether that is. */
    private boolean openGroup(Call call) {
        int cell = call.write(2, ValueType.STREAM);
        if (cell == 0) {
            throw NO_STREAM;
        }
        return groups.open(call, cell, 3, stream, group);
    }

    private void openExistingGroup(Call call) {
        if (!openGroup(call)) {
            throw StreamGroups.missingGroup(call, 2, 3);
        }
    }

    private void create(Call call) {
        Request args = call.args();
        Database db = call.db();
        byte[] array = args.array();
        parseOptions(call, true);
        int cell = call.write(2, ValueType.STREAM);
        if (cell == 0 && !makesStream) {
            throw NO_STREAM;
        }
        id.setMin();
        if (cell != 0) {
            stream.open(db, cell).lastId(id);
        }
        if (!args.equals(4, LAST)) {
            StreamArguments.id(call, 4, id);
        }
        if (cell == 0) {
            db.admit(2 * Database.bytesFor(args.length(2) + args.length(3), 0));
            stream.create(db, array, args.offset(2), args.length(2));
            call.created(2);
            call.modified(2);
            call.changed(-1);
        }
        if (stream.findGroup(array, args.offset(3), args.length(3)) != 0) {
            throw GROUP_EXISTS;
        }
        group.open(stream, stream.addGroup(array, args.offset(3), args.length(3)));
        group.setLast(id, entriesRead);
        call.reply().ok();
        call.changed(1);
        call.event(EventClass.STREAM, "xgroup-create", 2);
    }

    private void setId(Call call) {
        parseOptions(call, false);
        openExistingGroup(call);
        if (call.args().equals(4, LAST)) {
            stream.lastId(id);
        } else {
            StreamArguments.idOrEdge(call, 4, id, 0);
        }
        group.setLast(id, entriesRead);
        call.reply().ok();
        call.changed(1);
        call.event(EventClass.STREAM, "xgroup-setid", 2);
    }

    private void destroy(Call call) {
        boolean found = openGroup(call);
        if (found) {
            stream.removeGroup(group.cell());
            call.changed(1);
            call.event(EventClass.STREAM, "xgroup-destroy", 2);
            call.wakeWaiting(2);
        }
        call.reply().integer(found ? 1 : 0);
    }

    private void createConsumer(Call call) {
        openExistingGroup(call);
        boolean isNew = StreamGroups.find(call, group, 4) == 0;
        if (isNew) {
            StreamGroups.create(call, group, 2, 4);
        }
        call.reply().integer(isNew ? 1 : 0);
    }

    private void deleteConsumer(Call call) {
        openExistingGroup(call);
        int consumer = StreamGroups.find(call, group, 4);
        long pending = 0;
        if (consumer != 0) {
            pending = group.pendingOf(consumer);
            group.removeConsumer(consumer);
            call.changed(1);
            call.event(EventClass.STREAM, "xgroup-delconsumer", 2);
        }
        call.reply().integer(pending);
    }

    // ---- XACK ----

    private void acknowledge(Call call) {
        int cell = call.read(1, ValueType.STREAM);
        if (!groups.open(call, cell, 2, stream, group)) {
            call.reply().integer(0);
            return;
        }
        StreamArguments.checkIds(call, 3, id);
        long acknowledged = 0;
        for (int i = 3; i < call.args().argc(); i++) {
            int entry = group.find(StreamArguments.id(call, i, id));
            if (entry != 0) {
                group.remove(entry);
                acknowledged++;
            }
        }
        call.changed(acknowledged);
        call.reply().integer(acknowledged);
    }

    // ---- XPENDING ----

    private void pending(Call call) {
        int argc = call.args().argc();
        if (argc != 3 && (argc < 6 || argc > 9)) {
            throw Call.SYNTAX;
        }
        long minIdle = 0;
        long count = 0;
        int start = 3;
        if (argc > 3) {
            if (call.is(3, IDLE)) {
                minIdle = call.longArg(4);
                if (argc < 8) {
                    throw Call.SYNTAX;
                }
                start = 5;
            }
            count = Math.max(0, call.longArg(start + 2));
            StreamArguments.start(call, start, id);
            StreamArguments.end(call, start + 1, end);
        }
        int cell = call.read(1, ValueType.STREAM);
        if (!groups.open(call, cell, 2, stream, group)) {
            throw StreamGroups.missing(call, 1, 2, "");
        }
        if (argc == 3) {
            summary(call);
        } else if (start + 3 == argc) {
            pendingEntries(call, 0, minIdle, count);
        } else {
            int consumer = StreamGroups.find(call, group, start + 3);
            if (consumer == 0) {
                call.reply().emptyArray();
            } else {
                pendingEntries(call, consumer, minIdle, count);
            }
        }
    }

    private void summary(Call call) {
        ReplyBuffer reply = call.reply();
        long pending = group.pending();
        reply.array(4);
        reply.integer(pending);
        if (pending == 0) {
            reply.nullBulk();
            reply.nullBulk();
            reply.nullArray();
            return;
        }
        replies.id(call, group.id(group.at(0), id));
        replies.id(call, group.id(group.at(pending - 1), id));
        int mark = reply.deferArray();
        int consumers = 0;
        for (StreamGroups.Named consumer : groups.consumers(stream, group)) {
            long pendingWith = group.pendingOf(consumer.part());
            if (pendingWith > 0) {
                reply.array(2);
                reply.bulk(consumer.name());
                reply.bulkInteger(pendingWith);
                consumers++;
            }
        }
        reply.endArray(mark, consumers);
    }

    /** What is pending in a range of IDs, with a consumer or, if that is 0, with any. */
    private void pendingEntries(Call call, int consumer, long minIdle, long count) {
        ReplyBuffer reply = call.reply();
        long there = consumer == 0 ? group.pending() : group.pendingOf(consumer);
        long position = consumer == 0 ? group.position(id) : group.positionOf(consumer, id);
        int mark = reply.deferArray();
        int replied = 0;
        for (; position < there && replied < count; position++) {
            int entry = consumer == 0 ? group.at(position) : group.atOf(consumer, position);
            if (group.id(entry, id).compareTo(end) > 0) {
                break;
            }
            long idle = call.now() - group.deliveredAt(entry);
            if (minIdle == 0 || idle >= minIdle) {
                reply.array(4);
                replies.id(call, id);
                stream.readName(group.consumerOf(entry), name);
                call.bulk(name);
                reply.integer(Math.max(0, idle));
                reply.integer(group.deliveries(entry));
                replied++;
            }
        }
        reply.endArray(mark, replied);
    }
}
