package dev.lockstep.server.command;

import dev.lockstep.keyspace.Database;
import dev.lockstep.keyspace.Keyspace;
import dev.lockstep.keyspace.ListBlockWalk;
import dev.lockstep.keyspace.Listpack;
import dev.lockstep.keyspace.StringValue;
import dev.lockstep.keyspace.ValueType;
import dev.lockstep.keyspace.ViewCursor;
import dev.lockstep.protocol.Quoted;
import dev.lockstep.protocol.Request;
import dev.lockstep.server.config.Numbers;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The subcommands of DEBUG that are about listpacks, those of lists among them. */
final class DebugPacked {
    private static final Logger LOG = LoggerFactory.getLogger(DebugPacked.class);
    private static final CommandException NO_LISTPACK =
            new CommandException("ERR Not a listpack encoded object.");
    private static final CommandException NO_QUICKLIST =
            new CommandException("ERR Not a quicklist encoded object.");
    private static final CommandException THRESHOLD =
            new CommandException(
                    "ERR argument must be a memory value bigger than 1 and smaller than 4gb");

    /** The largest threshold that Redis takes. */
    private static final long THRESHOLD_MAX = (1L << 32) - (1 << 20);

    /** So much of an element goes to the log. */
    private static final int SHOWN_BYTES = 64;

    private DebugPacked() {}

    static void listpack(Call call) {
        Database db = call.db();
        int cell = find(call, ValueType.LISTPACK, NO_LISTPACK);
        log(db.valueArray(cell), db.valueOffset(cell), true);
        call.reply().simple("Listpack structure printed on stdout");
    }

    static void quicklist(Call call) {
        int cell = find(call, ValueType.QUICKLIST, NO_QUICKLIST);
        boolean elements = call.args().argc() > 3 && !call.args().text(3).equals("0");
        ListBlockWalk blocks = new ViewCursor().at(call.db(), cell).blocks();
        while (blocks.next()) {
            log(blocks.array(), blocks.offset(), elements);
        }
        call.reply().simple("Quicklist structure printed on stdout");
    }

    private static int find(Call call, int encoding, CommandException otherEncoding) {
        Request args = call.args();
        int cell = call.db().find(args.array(), args.offset(2), args.length(2));
        if (cell == 0) {
            throw Call.NO_SUCH_KEY;
        }
        if (call.db().encoding(cell) != encoding) {
            throw otherEncoding;
        }
        return cell;
    }

    private static void log(byte[] array, int at, boolean elements) {
        LOG.warn(
                "{total bytes {}} {num entries {}}",
                Listpack.bytes(array, at),
                Listpack.count(array, at));
        StringValue element = new StringValue();
        for (int p = Listpack.first(array, at); elements && !Listpack.isEnd(array, p); ) {
            int next = Listpack.read(array, p, element);
            int shown = Math.min(element.length(), SHOWN_BYTES);
            LOG.warn(
                    "{hdr entrylen: {}} {} {}",
                    next - p,
                    element.isInteger() ? "[int]" : "[str]",
                    Quoted.of(element.array(), element.offset(), element.offset() + shown));
            p = next;
        }
    }

    static void packedThreshold(Call call) {
        OptionalLong bytes = Numbers.memory(call.args().text(2));
        if (bytes.isEmpty() || bytes.getAsLong() < 0 || bytes.getAsLong() > THRESHOLD_MAX) {
            throw THRESHOLD;
        }
        long threshold =
                bytes.getAsLong() == 0 ? Keyspace.LIST_PACKED_THRESHOLD : bytes.getAsLong();
        call.server().listPackedThreshold((int) Math.min(threshold, Integer.MAX_VALUE));
        call.reply().ok();
    }
}
