package dev.lockstep.server.command;

import dev.lockstep.keyspace.Database;
import dev.lockstep.keyspace.ValueType;
import dev.lockstep.protocol.ErrorReplies;
import dev.lockstep.protocol.Request;
import dev.lockstep.server.ObjectFacts;
import java.nio.charset.StandardCharsets;

/**
 * The subcommands of DEBUG that tell how one key's value is stored. What Redis prints on its standard output goes to the log
 * here; replies name a place as Redis does.
 */
final class DebugValue {
    private static final byte[] FAST = Call.word("fast");

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
        String text = "[Dictionary HT]\nbytes: " + db.memoryUsage(cell, 0) + "\n";
        call.reply().verbatim("txt", text.getBytes(StandardCharsets.US_ASCII));
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
                                + (db.memoryUsage(cell, 0) - keyLength));
    }
}
