package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;

import dev.lockstep.keyspace.StreamCursor;
import dev.lockstep.keyspace.StreamGroup;
import dev.lockstep.keyspace.StreamId;
import dev.lockstep.keyspace.StreamValue;
import dev.lockstep.keyspace.ValueType;
import dev.lockstep.protocol.ReplyBuffer;
import dev.lockstep.protocol.Request;
import java.util.ArrayList;
import java.util.List;

/**
 * XREAD and XREADGROUP: the entries behind given IDs of several streams, now or when there are any.
 *
 * <p>A client that waits has its command executed again; so "$" is replaced by what it meant when the client came. "+" is the
 * last entry, then as now. What
 * XREADGROUP delivers is passed on entry by entry, see {@link StreamChanges}.
 */
final class StreamReadCommands {
    private static final byte[] BLOCK = Call.word("block");
    private static final byte[] COUNT = Call.word("count");
    private static final byte[] STREAMS = Call.word("streams");
    private static final byte[] GROUP = Call.word("group");
    private static final byte[] NOACK = Call.word("noack");
    private static final byte[] LAST = Call.word("$");
    private static final byte[] LAST_ENTRY = Call.word("+");
    private static final byte[] NEW = Call.word(">");

    private static final CommandException GROUP_IN_XREAD =
            new CommandException(
                    "ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead.");
    private static final CommandException NOACK_IN_XREAD =
            new CommandException(
                    "ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead.");
    private static final CommandException NO_GROUP =
            new CommandException("ERR Missing GROUP option for XREADGROUP");
    private static final CommandException LAST_IN_GROUP = meaninglessInGroup("$");
    private static final CommandException LAST_ENTRY_IN_GROUP = meaninglessInGroup("+");
    private static final CommandException NEW_IN_XREAD =
            new CommandException(
                    "ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer>"
                            + " option.");

    private final StreamValue stream = new StreamValue();
    private final StreamGroup group = new StreamGroup();
    private final StreamGroups groups = new StreamGroups();
    private final StreamReplies replies = new StreamReplies();
    private final StreamChanges changes = new StreamChanges();
    private final StreamCursor cursor = new StreamCursor();
    private final StreamId from = new StreamId();
    private final StreamId id = new StreamId();
    private final StreamId before = new StreamId();
    private final StreamId first = new StreamId();
    private final StreamId top = new StreamId();
    private final StreamId max = new StreamId().setMax();

    /** What is wanted of each stream: what is greater; the greatest ID there is stands for ">". */
    private final List<StreamId> ids = new ArrayList<>();

    private boolean blocks;
    private long endMillis;
    private long count;
    private boolean noAck;

    /** The arguments with the group, behind which its consumer stands, and with the first key; 0 for none. */
    private int groupArg;

    private int firstKey;
    private int streams;

    private StreamReadCommands() {}

    static void register(CommandTable table) {
        StreamReadCommands commands = new StreamReadCommands();
        table.add(
                command("xread", call -> commands.read(call, false))
                        .arity(-4)
                        .flags(Flag.READONLY, Flag.BLOCKING)
                        .acl(Category.STREAM)
                        .keys(keys(1))
                        .docs(
                                "stream",
                                "5.0.0",
                                "O(log M + N) for each stream, N of M entries of which are returned.",
                                "Returns the entries of several streams that are behind given IDs.")
                        .syntax(
                                "[COUNT count:integer]"
                                        + " [BLOCK milliseconds:integer] STREAMS streams{key ... id ...}"),
                command("xreadgroup", call -> commands.read(call, true))
                        .arity(-7)
                        .flags(Flag.WRITE, Flag.BLOCKING)
                        .acl(Category.STREAM)
                        .keys(keys(4))
                        .docs(
                                "stream",
                                "5.0.0",
                                "O(N log M) for each stream, N of M entries of which are returned.",
                                "Delivers new entries of streams to a consumer, or returns what is pending with it.")
                        .syntax(
                                "GROUP group-block{group consumer} [COUNT count:integer]"
                                        + " [BLOCK milliseconds:integer] [NOACK] STREAMS streams{key ... id ...}"));
    }

    private static KeySpec keys(int startFrom) {
        return new KeySpec(
                List.of("RO", "ACCESS"),
                new KeySpec.Keyword("STREAMS", startFrom),
                new KeySpec.Range(-1, 1, 2));
    }

    private static CommandException meaninglessInGroup(String id) {
        return new CommandException(
                "ERR The "
                        + id
                        + " ID is meaningless in the context of XREADGROUP: you want to read the history of this"
                        + " consumer by specifying a proper ID, or use the > ID to get new messages. The "
                        + id
                        + " ID would just return an empty result set.");
    }

    private void read(Call call, boolean ofGroup) {
        parse(call, ofGroup);
        for (int i = 0; i < streams; i++) {
            parseId(call, i, ofGroup);
        }
        if (ofGroup) {
            call.preventPropagation();
        }
        if (ofGroup ? deliver(call) : reply(call)) {
            return;
        }
        if (!blocks || !call.mayBlock()) {
            call.reply().nullArray();
            return;
        }
        fixLastIds(call);
        if (ofGroup) {
            call.blockOrGone(ValueType.STREAM, firstKey, streams, endMillis);
        } else {
            call.block(ValueType.STREAM, firstKey, streams, endMillis);
        }
    }

    // ---- arguments ----

    private void parse(Call call, boolean ofGroup) {
        Request args = call.args();
        blocks = false;
        count = 0;
        noAck = false;
        groupArg = 0;
        firstKey = 0;
        for (int i = 1; i < args.argc() && firstKey == 0; i++) {
            int more = args.argc() - 1 - i;
            if (more > 0 && call.is(i, BLOCK)) {
                endMillis = Timeouts.endOfMillis(call, ++i);
                blocks = true;
            } else if (more > 0 && call.is(i, COUNT)) {
                count = Math.max(0, call.longArg(++i));
            } else if (more > 0 && call.is(i, STREAMS)) {
                firstKey = i + 1;
            } else if (more > 1 && call.is(i, GROUP)) {
                if (!ofGroup) {
                    throw GROUP_IN_XREAD;
                }
                groupArg = i + 1;
                i += 2;
            } else if (call.is(i, NOACK)) {
                if (!ofGroup) {
                    throw NOACK_IN_XREAD;
                }
                noAck = true;
            } else {
                throw Call.SYNTAX;
            }
        }
        if (firstKey == 0) {
            throw Call.SYNTAX;
        }
        streams = (args.argc() - firstKey) / 2;
        if (firstKey + 2 * streams != args.argc()) {
            throw unbalanced(ofGroup);
        }
        if (ofGroup && groupArg == 0) {
            throw NO_GROUP;
        }
    }

    private static CommandException unbalanced(boolean ofGroup) {
        return new CommandException(
                "ERR Unbalanced '"
                        + (ofGroup ? "xreadgroup" : "xread")
                        + "' list of streams: for each stream key an ID or '"
                        + (ofGroup ? '>' : '$')
                        + "' must be specified.");
    }

    private void parseId(Call call, int index, boolean ofGroup) {
        Request args = call.args();
        int keyArg = firstKey + index;
        int idArg = keyArg + streams;
        int cell = call.read(keyArg, ValueType.STREAM);
        if (ofGroup && !groups.open(call, cell, groupArg, stream, group)) {
            throw StreamGroups.missing(call, keyArg, groupArg, " in XREADGROUP with GROUP option");
        }
        if (index == ids.size()) {
            ids.add(new StreamId());
        }
        StreamId into = ids.get(index);
        if (args.equals(idArg, LAST)) {
            if (ofGroup) {
                throw LAST_IN_GROUP;
            }
            into.setMin();
            if (cell != 0) {
                stream.open(call.db(), cell).lastId(into);
            }
        } else if (args.equals(idArg, LAST_ENTRY)) {
            if (ofGroup) {
                throw LAST_ENTRY_IN_GROUP;
            }
            into.setMin();
            if (cell != 0 && stream.open(call.db(), cell).size() > 0) {
                stream.topId(into).decrement();
            }
        } else if (args.equals(idArg, NEW)) {
            if (!ofGroup) {
                throw NEW_IN_XREAD;
            }
            into.setMax();
        } else {
            StreamArguments.id(call, idArg, into);
        }
    }

    /** Replaces "$", for when the request is executed again. */
    private void fixLastIds(Call call) {
        Request args = call.args();
        boolean any = false;
        for (int i = firstKey + streams; i < args.argc(); i++) {
            any |= args.equals(i, LAST);
        }
        if (any) {
            call.rewriteArgs(withFixedIds(args));
        }
    }

    private Request withFixedIds(Request args) {
        int bytes = 0;
        for (int i = 0; i < args.argc(); i++) {
            bytes += Math.max(args.length(i), StreamId.TEXT_BYTES_MAX);
        }
        byte[] array = new byte[bytes];
        Request fixed = new Request();
        fixed.set(array);
        int at = 0;
        for (int i = 0; i < args.argc(); i++) {
            int end = at + args.length(i);
            if (i >= firstKey + streams && args.equals(i, LAST)) {
                end = ids.get(i - firstKey - streams).write(array, at);
            } else {
                System.arraycopy(args.array(), args.offset(i), array, at, args.length(i));
            }
            fixed.add(at, end - at);
            at = end;
        }
        return fixed;
    }

    // ---- XREAD ----

    private boolean reply(Call call) {
        int served = 0;
        for (int i = 0; i < streams; i++) {
            served += hasMore(call, i) ? 1 : 0;
        }
        if (served == 0) {
            return false;
        }
        beginStreams(call, served);
        for (int i = 0; i < streams; i++) {
            if (hasMore(call, i)) {
                beginStream(call, firstKey + i);
                from.set(ids.get(i)).increment();
                replies.range(call, stream, from, max, count, false);
            }
        }
        return true;
    }

    /** Opens a stream; whether it has entries behind the ID given for it. */
    private boolean hasMore(Call call, int index) {
        int cell = call.peek(firstKey + index);
        return cell != 0
                && stream.open(call.db(), cell).size() > 0
                && stream.topId(top).compareTo(ids.get(index)) > 0;
    }

    private static void beginStreams(Call call, int streams) {
        if (call.reply().protocol() == 3) {
            call.reply().map(streams);
        } else {
            call.reply().array(streams);
        }
    }

    private static void beginStream(Call call, int keyArg) {
        if (call.reply().protocol() == 2) {
            call.reply().array(2);
        }
        Request args = call.args();
        call.reply().bulk(args.array(), args.offset(keyArg), args.length(keyArg));
    }

    // ---- XREADGROUP ----

    private boolean deliver(Call call) {
        ReplyBuffer reply = call.reply();
        int served = 0;
        int mark = 0;
        admitDelivery(call);
        for (int i = 0; i < streams; i++) {
            int keyArg = firstKey + i;
            groups.open(call, call.peek(keyArg), groupArg, stream, group);
            boolean history = !ids.get(i).isMax();
            boolean serves = history || hasNew();
            int consumer = consumer(call, keyArg);
            if (serves) {
                if (served++ == 0) {
                    mark = reply.protocol() == 3 ? reply.deferMap() : reply.deferArray();
                }
                beginStream(call, keyArg);
                if (history) {
                    history(call, consumer, ids.get(i));
                } else {
                    newEntries(call, keyArg, consumer);
                }
                call.changed(1);
            }
        }
        if (served > 0 && reply.protocol() == 3) {
            reply.endMap(mark, served);
        } else if (served > 0) {
            reply.endArray(mark, served);
        }
        return served > 0;
    }

    /** Asks for the memory that all deliveries take before the first is made. */
    private void admitDelivery(Call call) {
        long entries = 0;
        int newConsumers = 0;
        for (int i = 0; i < streams; i++) {
            groups.open(call, call.peek(firstKey + i), groupArg, stream, group);
            if (ids.get(i).isMax() && !noAck && hasNew()) {
                entries += newEntries();
            }
            newConsumers += StreamGroups.find(call, group, groupArg + 1) == 0 ? 1 : 0;
        }
        group.admit(entries, newConsumers, call.args().length(groupArg + 1));
    }

    private boolean hasNew() {
        return stream.size() > 0 && stream.topId(top).compareTo(group.lastId(from)) > 0;
    }

    private long newEntries() {
        group.lastId(from).increment();
        long there = stream.count(from, max);
        return count == 0 ? there : Math.min(count, there);
    }

    private int consumer(Call call, int keyArg) {
        int found = StreamGroups.find(call, group, groupArg + 1);
        if (found != 0) {
            return group.setSeen(found, call.now());
        }
        int made = StreamGroups.create(call, group, keyArg, groupArg + 1);
        if (noAck) {
            changes.createConsumer(call, keyArg, groupArg, groupArg + 1);
        }
        return made;
    }

    /** Delivers entries that were delivered to nobody. */
    private void newEntries(Call call, int keyArg, int consumer) {
        long left = newEntries();
        long entriesRead = group.entriesRead();
        group.lastId(before);
        stream.firstId(first);
        call.reply().array((int) left);
        cursor.open(stream, from, max, false);
        for (; left > 0 && cursor.next(); left--) {
            boolean goesOn =
                    entriesRead != StreamGroup.UNKNOWN
                            && before.compareTo(first) >= 0
                            && !stream.hasDeletedFrom(before);
            id.set(cursor.ms(), cursor.seq());
            before.set(id);
            if (goesOn) {
                entriesRead++;
            } else if (stream.entriesAdded() > 0) {
                entriesRead = stream.entriesUpTo(id);
            }
            replies.entry(call, cursor);
            if (!noAck) {
                int entry = group.find(id);
                entry =
                        entry == 0
                                ? group.add(id, consumer, call.now(), 1)
                                : group.deliver(entry, consumer, call.now(), 1);
                changes.claim(call, keyArg, groupArg, stream, group, entry, id);
            }
        }
        group.setLast(id, entriesRead);
        if (noAck) {
            changes.setId(call, keyArg, groupArg, group);
        } else {
            group.setActive(consumer, call.now());
        }
    }

    /** Delivers once more what is pending with the consumer. */
    private void history(Call call, int consumer, StreamId behind) {
        long position = from.set(behind).increment() ? group.positionOf(consumer, from) : 0;
        long there = group.pendingOf(consumer) - position;
        long left = count == 0 ? there : Math.min(count, there);
        call.reply().array((int) left);
        for (; left > 0; left--, position++) {
            int entry = group.atOf(consumer, position);
            if (replies.entry(call, stream, group.id(entry, id))) {
                group.deliver(entry, consumer, call.now(), group.deliveries(entry) + 1);
            } else {
                replies.gone(call, id);
            }
        }
    }
}
