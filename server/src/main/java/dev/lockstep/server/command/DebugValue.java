package dev.lockstep.server.command;

import dev.lockstep.keyspace.Database;
import dev.lockstep.keyspace.Listpack;
import dev.lockstep.keyspace.StringValue;
import dev.lockstep.keyspace.ValueType;
import dev.lockstep.protocol.ErrorReplies;
import dev.lockstep.protocol.Quoted;
import dev.lockstep.protocol.Request;
import dev.lockstep.server.ObjectFacts;
import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The subcommands of DEBUG that tell how one key's value is stored. What Redis prints on its standard output goes to the log
 * here; replies name a place as Redis does.
 */
final class DebugValue {
    private static final Logger LOG = LoggerFactory.getLogger(DebugValue.class);
    private static final byte[] FAST = Call.word("fast");

    private static final CommandException NOT_A_LISTPACK =
            new CommandException("ERR Not a listpack encoded object.");
    private static final CommandException NOT_A_QUICKLIST =
            new CommandException("ERR Not a quicklist encoded object.");
    private static final CommandException NOT_AN_SDS =
            new CommandException("ERR Not an sds encoded string.");
    private static final CommandException NOT_A_TABLE =
            new CommandException(
                    "ERR The value stored at the specified key is not represented using an hash"
                            + " table");

    private DebugValue() {}

    /** The entry of the key, whether expired or not. */
    private static int find(Call call) {
        Request args = call.args();
        int cell = call.db().find(args.array(), args.offset(2), args.length(2));
        if (cell == 0) {
            throw Call.NO_SUCH_KEY;
        }
        return cell;
    }

    static void object(Call call) {
        boolean fast = call.args().argc() == 4;
        if (fast && !call.is(3, FAST)) {
            throw new CommandException(
                    ErrorReplies.unknownSubcommandOrArity("debug", call.args().text(1)));
        }
        int cell = find(call);
        call.reply().simple(ObjectFacts.debugLine(call.server(), call.db(), cell, fast));
    }

    static void tableFacts(Call call) {
        Database db = call.db();
        int cell = find(call);
        int encoding = db.encoding(cell);
        if (encoding != ValueType.HASHTABLE && encoding != ValueType.SKIPLIST) {
            throw NOT_A_TABLE;
        }
        String text = "[Dictionary HT]\nbytes: " + db.memoryUsage(cell) + "\n";
        call.reply().verbatim("txt", text.getBytes(StandardCharsets.US_ASCII));
    }

    static void listpack(Call call) {
        Database db = call.db();
        int cell = find(call);
        if (db.encoding(cell) != ValueType.LISTPACK) {
            throw NOT_A_LISTPACK;
        }
        byte[] array = db.valueArray(cell);
        int at = db.valueOffset(cell);
        LOG.info("Listpack: {} bytes, {} entries", db.valueLength(cell), Listpack.count(array, at));
        StringValue element = new StringValue();
        for (int p = Listpack.first(array, at);
                !Listpack.isEnd(array, p);
                p = Listpack.next(array, p)) {
            Listpack.get(array, p, element);
            LOG.info(
                    "  {}",
                    Quoted.of(
                            element.array(),
                            element.offset(),
                            element.offset() + element.length()));
        }
        call.reply().simple("Listpack structure printed on stdout");
    }

    static void quicklist(Call call) {
        Database db = call.db();
        int cell = find(call);
        if (db.encoding(cell) != ValueType.QUICKLIST) {
            throw NOT_A_QUICKLIST;
        }
        LOG.info("Quicklist: {} bytes", db.memoryUsage(cell));
        call.reply().simple("Quicklist structure printed on stdout");
    }

    static void stringLengths(Call call) {
        Database db = call.db();
        int cell = find(call);
        if (db.type(cell) != ValueType.STRING || db.encoding(cell) == ValueType.INT) {
            throw NOT_AN_SDS;
        }
        int keyLength = db.keyLength(cell);
        int length = db.stringLength(cell);
        call.reply()
                .simple(
                        "key_sds_len:"
                                + keyLength
                                + ", key_sds_avail:0, key_zmalloc: "
                                + keyLength
                                + ", val_sds_len:"
                                + length
                                + ", val_sds_avail:0, val_zmalloc: "
                                + (db.memoryUsage(cell) - keyLength));
    }
}
