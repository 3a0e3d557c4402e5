package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;

import dev.lockstep.keyspace.StreamGroup;
import dev.lockstep.keyspace.StreamId;
import dev.lockstep.keyspace.StreamValue;
import dev.lockstep.keyspace.ValueType;
import dev.lockstep.protocol.ReplyBuffer;
import dev.lockstep.protocol.Request;
import java.util.ArrayList;
import java.util.List;

/**
 * XCLAIM and XAUTOCLAIM: what is pending with one consumer becomes another's. What is not in the stream any more isn't given
 * to anybody; it is pending no longer.
 */
final class StreamClaimCommands {
    private static final byte[] FORCE = Call.word("force");
    private static final byte[] JUSTID = Call.word("justid");
    private static final byte[] IDLE = Call.word("idle");
    private static final byte[] TIME = Call.word("time");
    private static final byte[] RETRYCOUNT = Call.word("retrycount");
    private static final byte[] LASTID = Call.word("lastid");
    private static final byte[] COUNT = Call.word("count");

    private static final CommandException COUNT_NOT_POSITIVE =
            new CommandException("ERR COUNT must be > 0");
    private static final int ATTEMPTS_FOR_EACH = 10;
    private static final long MAX_COUNT = Long.MAX_VALUE / 16;
    private static final int COUNT_BY_DEFAULT = 100;

    private final StreamValue stream = new StreamValue();
    private final StreamGroup group = new StreamGroup();
    private final StreamGroups groups = new StreamGroups();
    private final StreamReplies replies = new StreamReplies();
    private final StreamChanges changes = new StreamChanges();
    private final StreamId id = new StreamId();
    private final StreamId last = new StreamId();
    private final StreamId givenLast = new StreamId();

    private long minIdle;
    private boolean force;
    private boolean justId;
    private long retryCount;
    private long deliveredAt;
    private int consumer;

    private StreamClaimCommands() {}

    static void register(CommandTable table) {
        StreamClaimCommands commands = new StreamClaimCommands();
        table.add(
                command("xclaim", commands::claim)
                        .arity(-6)
                        .flags(Flag.WRITE, Flag.FAST)
                        .acl(Category.STREAM)
                        .key("RW", "UPDATE")
                        .tips("nondeterministic_output")
                        .docs(
                                "stream",
                                "5.0.0",
                                "O(N log M) for N of M pending entries.",
                                "Gives entries that are pending to another consumer.")
                        .syntax(
                                "key group consumer min-idle-time id ... [IDLE ms:integer]"
                                        + " [TIME unix-time-milliseconds:unix-time] [RETRYCOUNT count:integer]"
                                        + " [FORCE] [JUSTID] [LASTID lastid]"),
                command("xautoclaim", commands::autoClaim)
                        .arity(-6)
                        .flags(Flag.WRITE, Flag.FAST)
                        .acl(Category.STREAM)
                        .key("RW", "DELETE")
                        .tips("nondeterministic_output")
                        .docs(
                                "stream",
                                "6.2.0",
                                "O(N log M) for N, as COUNT says, of M pending entries.",
                                "Gives entries that are pending for long to another consumer.")
                        .syntax(
                                "key group consumer min-idle-time start [COUNT count:integer] [JUSTID]")
                        .history("7.0.0 Added to the reply the entries that were deleted."));
    }

    private static long longArg(Call call, int arg, String what, String command) {
        if (!call.args().isLong(arg)) {
            throw new CommandException("ERR Invalid " + what + " argument for " + command);
        }
        return call.args().longAt(arg);
    }

    private void openGroup(Call call, int cell) {
        if (!groups.open(call, cell, 2, stream, group)) {
            throw StreamGroups.missing(call, 1, 2, "");
        }
    }

    // ---- XCLAIM ----

    private void claim(Call call) {
        Request args = call.args();
        openGroup(call, call.read(1, ValueType.STREAM));
        minIdle = Math.max(0, longArg(call, 4, "min-idle-time", "XCLAIM"));
        int option = 5;
        while (option < args.argc() && StreamArguments.isId(call, option, id)) {
            option++;
        }
        parseClaim(call, option);
        int newConsumers = StreamGroups.find(call, group, 3) == 0 ? 1 : 0;
        group.admit(force ? option - 5L : 0, newConsumers, args.length(3));
        boolean lastIdMoved = givenLast.compareTo(group.lastId(last)) > 0;
        if (lastIdMoved) {
            group.setLast(last.set(givenLast), group.entriesRead());
        }
        consumer = StreamGroups.findOrCreate(call, group, 1, 3);
        int mark = call.reply().deferArray();
        int claimed = 0;
        long before = call.changes();
        for (int i = 5; i < option; i++) {
            claimed += claimOne(call, StreamArguments.id(call, i, id)) ? 1 : 0;
        }
        if (lastIdMoved && call.changes() == before) {
            changes.setId(call, 1, 2, group);
            call.changed(1);
        }
        call.reply().endArray(mark, claimed);
        call.preventPropagation();
    }

    private void parseClaim(Call call, int first) {
        Request args = call.args();
        long now = call.now();
        force = false;
        justId = false;
        retryCount = -1;
        deliveredAt = -1;
        givenLast.setMin();
        for (int i = first; i < args.argc(); i++) {
            boolean more = i + 1 < args.argc();
            if (call.is(i, FORCE)) {
                force = true;
            } else if (call.is(i, JUSTID)) {
                justId = true;
            } else if (more && call.is(i, IDLE)) {
                deliveredAt = now - longArg(call, ++i, "IDLE option", "XCLAIM");
            } else if (more && call.is(i, TIME)) {
                deliveredAt = longArg(call, ++i, "TIME option", "XCLAIM");
            } else if (more && call.is(i, RETRYCOUNT)) {
                retryCount = longArg(call, ++i, "RETRYCOUNT option", "XCLAIM");
            } else if (more && call.is(i, LASTID)) {
                StreamArguments.id(call, ++i, givenLast);
            } else {
                throw new CommandException("ERR Unrecognized XCLAIM option '" + args.text(i) + "'");
            }
        }
        if (deliveredAt < 0 || deliveredAt > now) {
            deliveredAt = now;
        }
    }

    /** Claims the entry {@link #id}; whether it was replied. */
    private boolean claimOne(Call call, StreamId of) {
        int entry = group.find(of);
        if (!stream.contains(of)) {
            if (entry != 0) {
                drop(call, entry);
            }
            return false;
        }
        long deliveries = 1;
        if (entry == 0) {
            if (!force) {
                return false;
            }
            entry = group.add(of, consumer, deliveredAt, deliveries);
        } else {
            if (minIdle > 0 && call.now() - group.deliveredAt(entry) < minIdle) {
                return false;
            }
            deliveries = group.deliveries(entry);
        }
        long counted = retryCount >= 0 ? retryCount : justId ? deliveries : deliveries + 1;
        give(call, entry, deliveredAt, counted);
        reply(call, of);
        return true;
    }

    private void reply(Call call, StreamId of) {
        if (justId) {
            replies.id(call, of);
        } else {
            replies.entry(call, stream, of);
        }
    }

    /** Gives an entry to the consumer. */
    private void give(Call call, int entry, long time, long deliveries) {
        int given = group.deliver(entry, consumer, time, deliveries);
        consumer = group.setActive(consumer, call.now());
        changes.claim(call, 1, 2, stream, group, given, group.lastId(last));
        call.changed(1);
    }

    /** An entry that is not in the stream is pending no more. Others learn that in the same way, by XCLAIM. */
    private void drop(Call call, int entry) {
        changes.claim(call, 1, 2, stream, group, entry, group.lastId(last));
        group.remove(entry);
        call.changed(1);
    }

    // ---- XAUTOCLAIM ----

    private void autoClaim(Call call) {
        minIdle = Math.max(0, longArg(call, 4, "min-idle-time", "XAUTOCLAIM"));
        StreamArguments.start(call, 5, id);
        long count = parseAutoClaim(call);
        openGroup(call, call.read(1, ValueType.STREAM));
        consumer = StreamGroups.findOrCreate(call, group, 1, 3);
        List<StreamId> taken = new ArrayList<>();
        List<StreamId> gone = new ArrayList<>();
        long position = claimFrom(call, group.position(id), count, taken, gone);
        ReplyBuffer reply = call.reply();
        reply.array(3);
        replies.id(call, nextId(position));
        reply.array(taken.size());
        for (StreamId of : taken) {
            reply(call, of);
        }
        reply.array(gone.size());
        for (StreamId of : gone) {
            replies.id(call, of);
        }
        call.preventPropagation();
    }

    private StreamId nextId(long position) {
        return position < group.pending() ? group.id(group.at(position), id) : id.setMin();
    }

    private long parseAutoClaim(Call call) {
        Request args = call.args();
        long count = COUNT_BY_DEFAULT;
        justId = false;
        for (int i = 6; i < args.argc(); i++) {
            if (call.is(i, COUNT) && i + 1 < args.argc()) {
                i++;
                count = args.isLong(i) ? args.longAt(i) : 0;
                if (count < 1 || count > MAX_COUNT) {
                    throw COUNT_NOT_POSITIVE;
                }
            } else if (call.is(i, JUSTID)) {
                justId = true;
            } else {
                throw Call.SYNTAX;
            }
        }
        return count;
    }

    /** Claims what is pending from a position on; returns the position of what was not looked at. */
    private long claimFrom(
            Call call, long first, long count, List<StreamId> taken, List<StreamId> gone) {
        long position = first;
        long left = count;
        for (long attempts = count * ATTEMPTS_FOR_EACH;
                attempts > 0 && left > 0 && position < group.pending();
                attempts--) {
            int entry = group.at(position);
            group.id(entry, id);
            if (!stream.contains(id)) {
                drop(call, entry);
                gone.add(new StreamId().set(id));
                left--;
            } else {
                position++;
                if (minIdle == 0 || call.now() - group.deliveredAt(entry) >= minIdle) {
                    give(call, entry, call.now(), group.deliveries(entry) + (justId ? 0 : 1));
                    taken.add(new StreamId().set(id));
                    left--;
                }
            }
        }
        return position;
    }
}
