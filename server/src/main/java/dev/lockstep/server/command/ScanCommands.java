package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;

import dev.lockstep.keyspace.Database;
import dev.lockstep.keyspace.ValueType;
import dev.lockstep.protocol.ErrorReplies;
import dev.lockstep.protocol.Glob;
import dev.lockstep.protocol.ReplyBuffer;
import dev.lockstep.protocol.Request;
import dev.lockstep.server.Expiry;

/** Commands that look for keys nobody named: SCAN, KEYS, RANDOMKEY. */
final class ScanCommands {
    /** Up to so many keys KEYS walks the live data at once, which takes about a millisecond. */
    private static final int WALKED_AT_ONCE = 10_000;

    private static final int RANDOM_TRIES = 100;
    private static final long DEFAULT_COUNT = 10;
    private static final long LAST_CURSOR = 0xffffffffL;
    private static final int ANY_TYPE = -1;
    private static final int NO_TYPE = -2;

    private static final byte[] MATCH = Call.word("match");
    private static final byte[] COUNT = Call.word("count");
    private static final byte[] TYPE = Call.word("type");

    private static final byte[][] TYPES = new byte[ValueType.count()][];

    static {
        for (int type = 0; type < TYPES.length; type++) {
            TYPES[type] = Call.word(ValueType.typeName(type));
        }
    }

    private static final CommandException INVALID_CURSOR =
            new CommandException(ErrorReplies.INVALID_CURSOR);

    private final FoundCells found = new FoundCells();

    private ScanCommands() {}

    static void register(CommandTable table) {
        ScanCommands commands = new ScanCommands();
        table.add(
                command("scan", commands::scan)
                        .arity(-2)
                        .flags(Flag.READONLY)
                        .acl(Category.KEYSPACE)
                        .tips(
                                "nondeterministic_output",
                                "request_policy:special",
                                "response_policy:special")
                        .docs(
                                "generic",
                                "2.8.0",
                                "O(1) for each call, O(N) for a whole iteration over N keys",
                                "Iterates over the keys of the selected database.")
                        .syntax(
                                "cursor:integer [MATCH pattern:pattern] [COUNT count:integer]"
                                        + " [TYPE type@6.0.0]")
                        .history("6.0.0 Added `TYPE`."),
                command("keys", commands::keys)
                        .arity(2)
                        .flags(Flag.READONLY)
                        .acl(Category.KEYSPACE, Category.DANGEROUS)
                        .tips("request_policy:all_shards", "nondeterministic_output_order")
                        .docs(
                                "generic",
                                "1.0.0",
                                "O(N) where N is the number of keys, off the main thread",
                                "Returns all keys that match a pattern.")
                        .syntax("pattern:pattern"),
                command("randomkey", ScanCommands::randomKey)
                        .arity(1)
                        .flags(Flag.READONLY)
                        .acl(Category.KEYSPACE)
                        .tips(
                                "request_policy:all_shards",
                                "response_policy:special",
                                "nondeterministic_output")
                        .docs("generic", "1.0.0", "O(1)", "Returns a key chosen at random."));
    }

    // ---- SCAN ----

    private void scan(Call call) {
        long cursor = cursorArg(call, 1);
        Request args = call.args();
        long count = DEFAULT_COUNT;
        int pattern = 0;
        int type = ANY_TYPE;
        for (int i = 2; i < args.argc(); i += 2) {
            if (i + 1 == args.argc()) {
                throw Call.SYNTAX;
            }
            if (call.is(i, COUNT)) {
                count = call.longArg(i + 1);
                if (count < 1) {
                    throw Call.SYNTAX;
                }
            } else if (call.is(i, MATCH)) {
                pattern = i + 1;
            } else if (call.is(i, TYPE)) {
                type = type(args, i + 1);
            } else {
                throw Call.SYNTAX;
            }
        }
        long next = call.db().scan(cursor, count, found.begin());
        filter(call.db(), args, pattern, ANY_TYPE);
        hideExpired(call, true);
        filter(call.db(), args, 0, type);
        call.reply().array(2);
        call.reply().bulkInteger(next);
        reply(call);
    }

    /** Replies as SSCAN and its kin do of a key that isn't there: the iteration is over. */
    static void replyNothing(Call call) {
        call.reply().array(2);
        call.reply().bulkInteger(0);
        call.reply().emptyArray();
    }

    /** The cursor of SCAN and its kin, or the error "invalid cursor": a number as C's strtoul reads it. */
    static long cursorArg(Call call, int arg) {
        Request args = call.args();
        byte[] array = args.array();
        int at = args.offset(arg);
        int end = at + args.length(arg);
        boolean signed = at < end && (array[at] == '-' || array[at] == '+');
        boolean negative = signed && array[at] == '-';
        if (signed && ++at == end) {
            throw INVALID_CURSOR;
        }
        long cursor = 0;
        for (; at < end; at++) {
            int digit = array[at] - '0';
            if (digit < 0
                    || digit > 9
                    || Long.compareUnsigned(cursor, Long.divideUnsigned(-1L - digit, 10)) > 0) {
                throw INVALID_CURSOR;
            }
            cursor = cursor * 10 + digit;
        }
        cursor = negative ? -cursor : cursor;
        return Long.compareUnsigned(cursor, LAST_CURSOR) > 0 ? LAST_CURSOR + 1 : cursor;
    }

    /** The type of this name; one that there isn't is no error, it just matches nothing. */
    private static int type(Request args, int arg) {
        for (int type = 0; type < TYPES.length; type++) {
            if (args.is(arg, TYPES[type])) {
                return type;
            }
        }
        return NO_TYPE;
    }

    // ---- KEYS ----

    private void keys(Call call) {
        Request args = call.args();
        byte[] array = args.array();
        int offset = args.offset(1);
        int length = args.length(1);
        found.begin();
        if (Glob.isLiteral(array, offset, length)) {
            int cell = call.db().find(array, offset, length);
            if (cell != 0) {
                found.visit(cell);
            }
        } else if (call.db().size() > WALKED_AT_ONCE && call.mayBlock()) {
            call.server().reads().keys(call.client(), args.copy(1));
            return;
        } else {
            call.db().scan(0, Long.MAX_VALUE, found);
            filter(call.db(), args, 1, ANY_TYPE);
        }
        hideExpired(call, false);
        reply(call);
    }

    // ---- RANDOMKEY ----

    /**
     * Where expired keys may not be removed and every key may have expired, gives up looking for a living one at some
     * point.
     */
    private static void randomKey(Call call) {
        call.propagateSeparately();
        Database db = call.db();
        Expiry expiry = call.server().expiry();
        int tries = 0;
        while (true) {
            int cell = db.randomEntry();
            if (cell == 0) {
                call.reply().nullBulk();
                return;
            }
            long deadline = db.deadline(cell);
            boolean hidden = deadline >= 0 && expiry.hides(call.client(), deadline);
            if (hidden && expiry.found(call.client().database, cell)) {
                continue;
            }
            if (!hidden || db.volatileCount() == db.size() && ++tries == RANDOM_TRIES) {
                call.reply().bulk(db.keyArray(cell), db.keyOffset(cell), db.keyLength(cell));
                return;
            }
        }
    }

    // ---- what was found ----

    private void filter(Database db, Request args, int pattern, int type) {
        boolean all = pattern == 0 || args.length(pattern) == 1 && isStar(args, pattern);
        if (all && type == ANY_TYPE) {
            return;
        }
        int kept = 0;
        for (int i = 0; i < found.count(); i++) {
            int cell = found.get(i);
            if ((type == ANY_TYPE || db.type(cell) == type)
                    && (all
                            || Glob.matches(
                                    args.array(),
                                    args.offset(pattern),
                                    args.length(pattern),
                                    db.keyArray(cell),
                                    db.keyOffset(cell),
                                    db.keyLength(cell),
                                    false))) {
                found.set(kept++, cell);
            }
        }
        found.keep(kept);
    }

    private static boolean isStar(Request args, int arg) {
        return args.array()[args.offset(arg)] == '*';
    }

    private void hideExpired(Call call, boolean remove) {
        Database db = call.db();
        if (db.volatileCount() == 0) {
            return;
        }
        call.propagateSeparately();
        Expiry expiry = call.server().expiry();
        int kept = 0;
        for (int i = 0; i < found.count(); i++) {
            int cell = found.get(i);
            long deadline = db.deadline(cell);
            if (deadline < 0 || !expiry.hides(call.client(), deadline)) {
                found.set(kept++, cell);
            } else if (remove) {
                expiry.found(call.client().database, cell);
            }
        }
        found.keep(kept);
    }

    private void reply(Call call) {
        Database db = call.db();
        ReplyBuffer reply = call.reply();
        reply.array(found.count());
        for (int i = 0; i < found.count(); i++) {
            int cell = found.get(i);
            reply.bulk(db.keyArray(cell), db.keyOffset(cell), db.keyLength(cell));
        }
    }
}
