package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;

import dev.lockstep.keyspace.ElementCursor;
import dev.lockstep.keyspace.HashValue;
import dev.lockstep.keyspace.StringValue;
import dev.lockstep.protocol.ReplyBuffer;

/** Commands that return fields of hashes that nobody named, all or in turn: HGETALL, HKEYS, HVALS, HSCAN. */
final class HashWalkCommands {
    private static final String[] ANY_ORDER = {"nondeterministic_output_order"};
    private static final String O_OF_SIZE = "O(N) where N is the size of the hash.";

    private final OpenHash open = new OpenHash();
    private final ElementCursor fields = new ElementCursor();
    private final StringValue text = new StringValue();
    private final ScanOptions options = new ScanOptions();
    private final FoundCells found = new FoundCells();

    private HashWalkCommands() {}

    static void register(CommandTable table) {
        HashWalkCommands commands = new HashWalkCommands();
        table.add(
                reading("hgetall", call -> commands.all(call, true, true))
                        .arity(2)
                        .tips(ANY_ORDER)
                        .docs(
                                "hash",
                                "2.0.0",
                                O_OF_SIZE,
                                "Returns all fields of a hash with values.")
                        .syntax("key"),
                reading("hkeys", call -> commands.all(call, true, false))
                        .arity(2)
                        .tips(ANY_ORDER)
                        .docs("hash", "2.0.0", O_OF_SIZE, "Returns the names of a hash's fields.")
                        .syntax("key"),
                reading("hvals", call -> commands.all(call, false, true))
                        .arity(2)
                        .tips(ANY_ORDER)
                        .docs("hash", "2.0.0", O_OF_SIZE, "Returns the values of a hash's fields.")
                        .syntax("key"),
                reading("hscan", commands::hscan)
                        .arity(-3)
                        .tips("nondeterministic_output")
                        .docs(
                                "hash",
                                "2.8.0",
                                "O(1) for every call. O(N) for a complete iteration, including enough command calls"
                                        + " for the cursor to return back to 0. N is the number of elements inside the"
                                        + " collection.",
                                "Iterates over the fields of a hash.")
                        .syntax(
                                "key cursor:integer [MATCH pattern:pattern] [COUNT count:integer]"
                                        + " [NOVALUES]"));
    }

    private static Command reading(String name, Command.Handler handler) {
        return command(name, handler).flags(Flag.READONLY).acl(Category.HASH).key("RO", "ACCESS");
    }

    private void all(Call call, boolean names, boolean values) {
        HashValue hash = open.read(call);
        int count = hash == null ? 0 : (int) hash.visibleSize();
        ReplyBuffer reply = call.reply();
        if (names && values) {
            reply.map(count);
        } else {
            reply.array(count);
        }
        if (count == 0) {
            return;
        }
        fields.open(call.db(), hash.cell());
        while (fields.next()) {
            if (!open.hides(fields.deadline())) {
                if (names) {
                    call.bulk(fields.element());
                }
                if (values) {
                    call.bulk(fields.value());
                }
            }
        }
    }

    private void hscan(Call call) {
        long cursor = ScanCommands.cursorArg(call, 2);
        HashValue hash = open.read(call);
        ReplyBuffer reply = call.reply();
        if (hash == null) {
            ScanCommands.replyNothing(call);
            return;
        }
        options.read(call, 3, true);
        long next = hash.scan(cursor, options.count(), found.begin());
        filter(hash);
        reply.array(2);
        reply.bulkInteger(next);
        reply.array(options.noValues() ? found.count() : 2 * found.count());
        for (int i = 0; i < found.count(); i++) {
            hash.readName(found.get(i), text);
            call.bulk(text);
            if (!options.noValues()) {
                hash.readValue(found.get(i), text);
                call.bulk(text);
            }
        }
    }

    private void filter(HashValue hash) {
        if (!options.filters() && !hash.hasDeadlines()) {
            return;
        }
        int kept = 0;
        for (int i = 0; i < found.count(); i++) {
            int field = found.get(i);
            hash.readName(field, text);
            if (!hash.isHidden(field) && options.matches(text)) {
                found.set(kept++, field);
            }
        }
        found.keep(kept);
    }
}
