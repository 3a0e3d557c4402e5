package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;

import dev.lockstep.keyspace.Database;
import dev.lockstep.keyspace.EntryFields;
import dev.lockstep.keyspace.StreamId;
import dev.lockstep.keyspace.StreamValue;
import dev.lockstep.keyspace.ValueType;
import dev.lockstep.protocol.ErrorReplies;
import dev.lockstep.protocol.Request;
import dev.lockstep.server.config.EventClass;

/** Commands on the entries of streams: adding, removing, counting and returning them. */
final class StreamCommands {
    private static final String GROUP = "stream";

    private static final byte[] ANY_ID = Call.word("*");
    private static final byte[] COUNT = Call.word("count");
    private static final byte[] ENTRIESADDED = Call.word("entriesadded");
    private static final byte[] MAXDELETEDID = Call.word("maxdeletedid");

    private static final CommandException XADD_ARITY =
            new CommandException(ErrorReplies.wrongArity("xadd"));
    private static final CommandException ID_ZERO =
            new CommandException("ERR The ID specified in XADD must be greater than 0-0");
    private static final CommandException EXHAUSTED =
            new CommandException(
                    "ERR The stream has exhausted the last possible ID, unable to add more items");
    private static final CommandException ID_TOO_SMALL =
            new CommandException(
                    "ERR The ID specified in XADD is equal or smaller than the target stream top item");
    private static final CommandException TOO_LARGE =
            new CommandException("ERR Elements are too large to be stored");
    private static final CommandException ENTRIES_ADDED_NEGATIVE =
            new CommandException("ERR entries_added must be positive");
    private static final CommandException BELOW_GIVEN_DELETED =
            new CommandException(
                    "ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id");
    private static final CommandException BELOW_DELETED =
            new CommandException(
                    "ERR The ID specified in XSETID is smaller than current max_deleted_entry_id");
    private static final CommandException BELOW_TOP =
            new CommandException(
                    "ERR The ID specified in XSETID is smaller than the target stream top item");
    private static final CommandException FEWER_THAN_LENGTH =
            new CommandException(
                    "ERR The entries_added specified in XSETID is smaller than the target stream length");

    /** The fields of XADD where they stand in the request. */
    private static final class RequestFields implements EntryFields {
        private Request args;
        private int first;

        RequestFields of(Request request, int firstField) {
            args = request;
            first = firstField;
            return this;
        }

        @Override
        public int fields() {
            return (args.argc() - first) / 2;
        }

        @Override
        public byte[] array() {
            return args.array();
        }

        @Override
        public int offset(int element) {
            return args.offset(first + element);
        }

        @Override
        public int length(int element) {
            return args.length(first + element);
        }
    }

    private final StreamValue stream = new StreamValue();
    private final StreamReplies replies = new StreamReplies();
    private final TrimOptions options = new TrimOptions();
    private final RequestFields fields = new RequestFields();
    private final StreamId id = new StreamId();
    private final StreamId other = new StreamId();
    private final StreamId there = new StreamId();

    private StreamCommands() {}

    static void register(CommandTable table) {
        StreamCommands commands = new StreamCommands();
        table.add(
                command("xadd", commands::xadd)
                        .arity(-5)
                        .flags(Flag.WRITE, Flag.DENYOOM, Flag.FAST)
                        .acl(Category.STREAM)
                        .key("RW", "UPDATE")
                        .tips("nondeterministic_output")
                        .docs(
                                GROUP,
                                "5.0.0",
                                "O(1), and O(N) with trimming where N entries go.",
                                "Adds an entry to a stream, which is made if there is none.")
                        .syntax(
                                "key [NOMKSTREAM@6.2.0] [trim{strategy(MAXLEN | MINID@6.2.0)"
                                        + " [operator(equal='=' | approximately='~')] threshold"
                                        + " [LIMIT count:integer@6.2.0]}] id-selector(auto-id='*' | id)"
                                        + " data{field value} ...")
                        .history(
                                "6.2.0 Added `NOMKSTREAM`, `MINID` and `LIMIT`.",
                                "7.0.0 Added IDs of which only the time is given: `<ms>-*`."),
                command("xtrim", commands::xtrim)
                        .arity(-4)
                        .flags(Flag.WRITE)
                        .acl(Category.STREAM)
                        .key("RW", "DELETE")
                        .tips("nondeterministic_output")
                        .docs(
                                GROUP,
                                "5.0.0",
                                "O(N) where N entries go.",
                                "Removes the first entries of a stream.")
                        .syntax(
                                "key trim{strategy(MAXLEN | MINID@6.2.0) [operator(equal='='"
                                        + " | approximately='~')] threshold [LIMIT count:integer@6.2.0]}")
                        .history("6.2.0 Added `MINID` and `LIMIT`."),
                command("xdel", commands::xdel)
                        .arity(-3)
                        .flags(Flag.WRITE, Flag.FAST)
                        .acl(Category.STREAM)
                        .key("RW", "DELETE")
                        .docs(
                                GROUP,
                                "5.0.0",
                                "O(N log M) for N of M entries.",
                                "Removes entries of a stream.")
                        .syntax("key id ..."),
                command("xlen", commands::xlen)
                        .arity(2)
                        .flags(Flag.READONLY, Flag.FAST)
                        .acl(Category.STREAM)
                        .key("RO")
                        .docs(GROUP, "5.0.0", "O(1)", "Returns how many entries a stream has.")
                        .syntax("key"),
                command("xrange", call -> commands.range(call, false))
                        .arity(-4)
                        .flags(Flag.READONLY)
                        .acl(Category.STREAM)
                        .key("RO", "ACCESS")
                        .docs(
                                GROUP,
                                "5.0.0",
                                "O(log M + N) where N of M entries are returned.",
                                "Returns the entries whose IDs lie in a range.")
                        .syntax("key start end [COUNT count:integer]")
                        .history("6.2.0 Added bounds that do not belong to the range."),
                command("xrevrange", call -> commands.range(call, true))
                        .arity(-4)
                        .flags(Flag.READONLY)
                        .acl(Category.STREAM)
                        .key("RO", "ACCESS")
                        .docs(
                                GROUP,
                                "5.0.0",
                                "O(log M + N) where N of M entries are returned.",
                                "Returns the entries whose IDs lie in a range, from the last one back.")
                        .syntax("key end start [COUNT count:integer]")
                        .history("6.2.0 Added bounds that do not belong to the range."),
                command("xsetid", commands::xsetid)
                        .arity(-3)
                        .flags(Flag.WRITE, Flag.DENYOOM, Flag.FAST)
                        .acl(Category.STREAM)
                        .key("RW", "UPDATE")
                        .docs(
                                GROUP,
                                "5.0.0",
                                "O(1)",
                                "Sets the last ID of a stream; meant for replication.")
                        .syntax(
                                "key last-id [ENTRIESADDED entries-added:integer@7.0.0]"
                                        + " [MAXDELETEDID max-deleted-id@7.0.0]")
                        .history("7.0.0 Added `ENTRIESADDED` and `MAXDELETEDID`."));
    }

    // ---- adding ----

    private void xadd(Call call) {
        Request args = call.args();
        int idArg = options.parse(call, true);
        boolean anyId = idArg < args.argc() && args.equals(idArg, ANY_ID);
        boolean anySeq = !anyId && idArg < args.argc() && parseId(call, idArg);
        options.check(call, true);
        int first = idArg + 1;
        if (args.argc() - first < 2 || (args.argc() - first) % 2 != 0) {
            throw XADD_ARITY;
        }
        if (!anyId && !anySeq && id.isMin()) {
            throw ID_ZERO;
        }
        int cell = call.write(1, ValueType.STREAM);
        if (cell == 0 && options.onlyIfThere()) {
            call.reply().nullBulk();
            return;
        }
        fields.of(args, first);
        openOrCreate(call, cell, anyId, anySeq);
        stream.add(id, fields);
        if (cell == 0) {
            call.created(1);
        }
        replies.id(call, id);
        call.modified(1);
        call.event(EventClass.STREAM, "xadd", 1);
        if (options.trims() && options.trim(stream) > 0) {
            call.event(EventClass.STREAM, "xtrim", 1);
        }
        if (call.propagates() && (anyId || anySeq || options.isRewritten())) {
            options.propagate(call, stream, anyId || anySeq ? idArg : 0, id);
        }
    }

    /** Reads an ID whose second number may be "*"; tells whether it is. */
    private boolean parseId(Call call, int arg) {
        Request args = call.args();
        byte[] array = args.array();
        int offset = args.offset(arg);
        int length = args.length(arg);
        if (length > 2 && array[offset + length - 1] == '*' && array[offset + length - 2] == '-') {
            if (!id.parse(array, offset, length - 2, 0)
                    || contains(array, offset, length - 2, '-')) {
                throw StreamArguments.INVALID_ID;
            }
            return true;
        }
        StreamArguments.id(call, arg, id);
        return false;
    }

    private static boolean contains(byte[] array, int offset, int length, char c) {
        for (int i = offset; i < offset + length; i++) {
            if (array[i] == c) {
                return true;
            }
        }
        return false;
    }

    /** Opens the stream and gives the entry to be added its ID; nothing is made if that may not be added. */
    private void openOrCreate(Call call, int cell, boolean anyId, boolean anySeq) {
        Database db = call.db();
        if (cell != 0) {
            stream.open(db, cell).lastId(other);
            if (other.isMax()) {
                throw EXHAUSTED;
            }
        } else {
            other.setMin();
        }
        boolean available = true;
        if (anyId) {
            long now = call.now();
            id.set(other);
            if (Long.compareUnsigned(now, other.ms()) > 0) {
                id.set(now, 0);
            } else {
                available = id.increment();
            }
        } else if (anySeq && id.ms() == other.ms()) {
            available = other.seq() != -1;
            id.set(other.ms(), other.seq() + 1);
        }
        if (!available || id.compareTo(other) <= 0) {
            throw ID_TOO_SMALL;
        }
        if (!StreamValue.fits(fields)) {
            throw TOO_LARGE;
        }
        if (cell == 0) {
            Request args = call.args();
            db.admit(Database.bytesFor(args.length(1), StreamValue.bytesForFirst(fields)));
            stream.create(db, args.array(), args.offset(1), args.length(1));
        }
    }

    // ---- removing ----

    private void xtrim(Call call) {
        options.parse(call, false);
        options.check(call, false);
        int cell = call.write(1, ValueType.STREAM);
        long removed = cell == 0 ? 0 : options.trim(stream.open(call.db(), cell));
        if (removed > 0) {
            call.event(EventClass.STREAM, "xtrim", 1);
            call.modified(1);
            call.changed(removed - 1);
            if (options.isRewritten() && call.propagates()) {
                options.propagate(call, stream, 0, null);
            }
        }
        call.reply().integer(removed);
    }

    private void xdel(Call call) {
        int cell = call.write(1, ValueType.STREAM);
        if (cell == 0) {
            call.reply().integer(0);
            return;
        }
        StreamArguments.checkIds(call, 2, id);
        stream.open(call.db(), cell).greatestDeletedId(other);
        long removed = 0;
        for (int i = 2; i < call.args().argc(); i++) {
            if (stream.remove(StreamArguments.id(call, i, id))) {
                removed++;
                if (id.compareTo(other) > 0) {
                    stream.setGreatestDeletedId(other.set(id));
                }
            }
        }
        if (removed > 0) {
            call.modified(1);
            call.event(EventClass.STREAM, "xdel", 1);
            call.changed(removed - 1);
        }
        call.reply().integer(removed);
    }

    // ---- reading ----

    private void xlen(Call call) {
        int cell = call.read(1, ValueType.STREAM);
        call.reply().integer(cell == 0 ? 0 : stream.open(call.db(), cell).size());
    }

    private void range(Call call, boolean backward) {
        StreamArguments.start(call, backward ? 3 : 2, id);
        StreamArguments.end(call, backward ? 2 : 3, other);
        long count = -1;
        for (int i = 4; i < call.args().argc(); i++) {
            if (!call.is(i, COUNT) || i + 1 == call.args().argc()) {
                throw Call.SYNTAX;
            }
            count = Math.max(0, call.longArg(++i));
        }
        int cell = call.read(1, ValueType.STREAM);
        if (cell == 0) {
            call.reply().emptyArray();
        } else if (count == 0) {
            call.reply().nullArray();
        } else {
            stream.open(call.db(), cell);
            replies.range(call, stream, id, other, Math.max(count, 0), backward);
        }
    }

    // ---- XSETID ----

    private void xsetid(Call call) {
        StreamArguments.id(call, 2, id);
        long entriesAdded = -1;
        other.setMin();
        for (int i = 3; i < call.args().argc(); i += 2) {
            boolean more = i + 1 < call.args().argc();
            if (more && call.is(i, ENTRIESADDED)) {
                entriesAdded = call.longArg(i + 1);
                if (entriesAdded < 0) {
                    throw ENTRIES_ADDED_NEGATIVE;
                }
            } else if (more && call.is(i, MAXDELETEDID)) {
                if (id.compareTo(StreamArguments.id(call, i + 1, other)) < 0) {
                    throw BELOW_GIVEN_DELETED;
                }
            } else {
                throw Call.SYNTAX;
            }
        }
        int cell = call.write(1, ValueType.STREAM);
        if (cell == 0) {
            throw Call.NO_SUCH_KEY;
        }
        checkLastId(stream.open(call.db(), cell), entriesAdded);
        stream.setLastId(id);
        if (entriesAdded != -1) {
            stream.setEntriesAdded(entriesAdded);
        }
        if (!other.isMin()) {
            stream.setGreatestDeletedId(other);
        }
        call.reply().ok();
        call.changed(1);
        call.event(EventClass.STREAM, "xsetid", 1);
    }

    private void checkLastId(StreamValue of, long entriesAdded) {
        if (id.compareTo(of.greatestDeletedId(there)) < 0) {
            throw BELOW_DELETED;
        }
        if (of.size() > 0) {
            if (id.compareTo(of.topId(there)) < 0) {
                throw BELOW_TOP;
            }
            if (entriesAdded != -1 && of.size() > entriesAdded) {
                throw FEWER_THAN_LENGTH;
            }
        }
    }
}
