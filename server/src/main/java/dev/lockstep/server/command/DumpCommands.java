package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;

import dev.lockstep.keyspace.AccessClock;
import dev.lockstep.keyspace.MemoryLimitException;
import dev.lockstep.persistence.DumpPayload;
import dev.lockstep.persistence.RdbException;
import dev.lockstep.protocol.ErrorReplies;
import dev.lockstep.protocol.Request;
import dev.lockstep.protocol.RequestEncoder;
import dev.lockstep.server.Serialized;
import dev.lockstep.server.config.EventClass;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** DUMP and RESTORE: a key's value as bytes, and back. */
final class DumpCommands {
    private static final Logger LOG = LoggerFactory.getLogger(DumpCommands.class);
    private static final byte[] DEL = {'D', 'E', 'L'};
    private static final byte[] UNLINK = {'U', 'N', 'L', 'I', 'N', 'K'};
    private static final byte[] ABSTTL_OPTION = {'A', 'B', 'S', 'T', 'T', 'L'};

    private static final byte[] REPLACE = Call.word("replace");
    private static final byte[] ABSTTL = Call.word("absttl");
    private static final byte[] IDLETIME = Call.word("idletime");
    private static final byte[] FREQ = Call.word("freq");

    private static final CommandException BUSYKEY = new CommandException(ErrorReplies.BUSYKEY);
    private static final CommandException BAD_DUMP = new CommandException(ErrorReplies.BAD_DUMP);
    private static final CommandException BAD_DATA_FORMAT =
            new CommandException(ErrorReplies.BAD_DATA_FORMAT);
    private static final CommandException INVALID_TTL =
            new CommandException("ERR Invalid TTL value, must be >= 0");
    private static final CommandException INVALID_IDLETIME =
            new CommandException("ERR Invalid IDLETIME value, must be >= 0");
    private static final CommandException INVALID_FREQ =
            new CommandException("ERR Invalid FREQ value, must be >= 0 and <= 255");

    private final Serialized serialized = new Serialized();
    private final DumpPayload payload = new DumpPayload(false);
    private final RestoredValue restored = new RestoredValue();

    private DumpCommands() {}

    static void register(CommandTable table) {
        DumpCommands commands = new DumpCommands();
        table.add(
                command("dump", commands::dump)
                        .arity(2)
                        .flags(Flag.READONLY)
                        .acl(Category.KEYSPACE)
                        .key("RO", "ACCESS")
                        .tips("nondeterministic_output")
                        .docs(
                                "generic",
                                "2.6.0",
                                "O(N) where N is the size of the value",
                                "Returns a key's value as bytes that RESTORE takes.")
                        .syntax("key"),
                restore("restore", commands)
                        .docs(
                                "generic",
                                "2.6.0",
                                "O(N) where N is the size of the value",
                                "Makes a key of what DUMP returned."),
                restore("restore-asking", commands)
                        .flags(Flag.ASKING)
                        .system()
                        .docs(
                                "server",
                                "3.0.0",
                                "O(N) where N is the size of the value",
                                "RESTORE as the nodes of a cluster use it among themselves."));
    }

    private static Command restore(String name, DumpCommands commands) {
        return command(name, commands::restore)
                .arity(-4)
                .flags(Flag.WRITE, Flag.DENYOOM)
                .acl(Category.KEYSPACE, Category.DANGEROUS)
                .key("OW", "UPDATE")
                .syntax(
                        "key ttl:integer serialized-value [REPLACE@3.0.0] [ABSTTL@5.0.0]"
                                + " [IDLETIME seconds:integer@5.0.0] [FREQ frequency:integer@5.0.0]")
                .history(
                        "3.0.0 Added `REPLACE`.",
                        "5.0.0 Added `ABSTTL`.",
                        "5.0.0 Added `IDLETIME` and `FREQ`.");
    }

    private void dump(Call call) {
        int cell = call.read(1);
        if (cell == 0) {
            call.reply().nullBulk();
            return;
        }
        boolean compress = call.server().config().snapshots.rdbCompression.get();
        DumpPayload written = serialized.of(call.db(), cell, compress);
        call.reply().bulk(written.array(), 0, written.length());
    }

    private void restore(Call call) {
        Request args = call.args();
        boolean replace = false;
        boolean absolute = false;
        long idleSeconds = -1;
        long frequency = -1;
        for (int i = 4; i < args.argc(); i++) {
            boolean hasValue = i + 1 < args.argc();
            if (call.is(i, REPLACE)) {
                replace = true;
            } else if (call.is(i, ABSTTL)) {
                absolute = true;
            } else if (call.is(i, IDLETIME) && hasValue && frequency < 0) {
                idleSeconds = call.longArg(++i);
                if (idleSeconds < 0) {
                    throw INVALID_IDLETIME;
                }
            } else if (call.is(i, FREQ) && hasValue && idleSeconds < 0) {
                frequency = call.longArg(++i);
                if (frequency < 0 || frequency > 255) {
                    throw INVALID_FREQ;
                }
            } else {
                throw Call.SYNTAX;
            }
        }
        if (!replace && call.write(1) != 0) {
            throw BUSYKEY;
        }
        long deadline = deadline(call, absolute);
        verify(call);
        if (deadline != 0 && call.server().expiry().isPast(deadline)) {
            load(call, restored.discarding(call.server().keyspace()));
            replaceByNothing(call, replace);
            return;
        }
        long newDeadline = deadline == 0 ? -1 : Math.max(deadline, 0);
        load(call, restored.storing(call.server().keyspace(), call.db(), newDeadline));
        note(call, restored.cell(), idleSeconds, frequency);
        if (deadline != 0 && !absolute) {
            propagate(call, deadline);
        }
        call.created(1);
        call.modified(1);
        call.event(EventClass.GENERIC, "restore", 1);
        call.reply().ok();
    }

    /** Unix milliseconds, 0 for none. A TTL without bounds overflows, as in Redis, into the past. */
    private static void verify(Call call) {
        Request args = call.args();
        byte[] array = args.array();
        boolean isGood =
                call.server().snapshots().loading().skipsChecksums()
                        ? DumpPayload.verifyVersion(array, args.offset(3), args.length(3))
                        : DumpPayload.verify(array, args.offset(3), args.length(3));
        if (!isGood) {
            throw BAD_DUMP;
        }
    }

    private static long deadline(Call call, boolean absolute) {
        long ttl = call.longArg(2);
        if (ttl < 0) {
            throw INVALID_TTL;
        }
        return ttl == 0 || absolute ? ttl : ttl + call.now();
    }

    private void load(Call call, RestoredValue into) {
        Request args = call.args();
        try {
            payload.read(
                    args.array(),
                    args.offset(3),
                    args.length(3),
                    args.array(),
                    args.offset(1),
                    args.length(1),
                    into);
        } catch (RdbException e) {
            LOG.warn("RESTORE refused a payload: integrity check failed: {}", e.getMessage());
            into.discardBuilt();
            throw BAD_DATA_FORMAT;
        } catch (MemoryLimitException e) {
            into.discardBuilt();
            throw e;
        } catch (IOException e) {
            throw new AssertionError("an array doesn't fail", e);
        }
    }

    /** The value has expired before it came: it replaces a key by nothing. */
    private static void replaceByNothing(Call call, boolean replace) {
        int old = replace ? call.peek(1) : 0;
        if (old != 0) {
            call.db().delete(old);
            boolean lazy = call.server().config().memory.lazyServerDel.get();
            call.propagate(2).arg(lazy ? UNLINK : DEL).arg(call.args(), 1);
            call.modified(1);
            call.event(EventClass.GENERIC, "del", 1);
        }
        call.reply().ok();
    }

    private static void note(Call call, int cell, long idleSeconds, long frequency) {
        AccessClock clock = call.server().keyspace().clock();
        if (clock.isLfu() && frequency >= 0) {
            call.db().access(cell, clock.frequency((int) frequency));
        } else if (!clock.isLfu() && idleSeconds >= 0) {
            call.db().access(cell, clock.idle(idleSeconds));
        }
    }

    private static void propagate(Call call, long deadline) {
        Request args = call.args();
        RequestEncoder encoder =
                call.propagate(args.argc() + 1).arg(args, 0).arg(args, 1).arg(deadline);
        for (int i = 3; i < args.argc(); i++) {
            encoder.arg(args, i);
        }
        encoder.arg(ABSTTL_OPTION);
    }
}
