package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;

import dev.lockstep.keyspace.Keyspace;
import dev.lockstep.protocol.ErrorReplies;

/** Commands on whole databases. */
final class DatabaseCommands {
    private static final byte[] SYNC = Call.word("sync");
    private static final byte[] ASYNC = Call.word("async");
    private static final CommandException INVALID_FIRST =
            new CommandException("ERR invalid first DB index");
    private static final CommandException INVALID_SECOND =
            new CommandException("ERR invalid second DB index");

    private DatabaseCommands() {}

    static void register(CommandTable table) {
        table.add(
                command("dbsize", DatabaseCommands::size)
                        .arity(1)
                        .flags(Flag.READONLY, Flag.FAST)
                        .acl(Category.KEYSPACE)
                        .tips("request_policy:all_shards", "response_policy:agg_sum")
                        .docs(
                                "server",
                                "1.0.0",
                                "O(1)",
                                "Counts the keys of the selected database."),
                flush("flushall", DatabaseCommands::flushAll, "Removes the keys of all databases.")
                        .syntax("[flush-type(ASYNC@4.0.0 | SYNC@6.2.0)]")
                        .history("4.0.0 Added `ASYNC`.", "6.2.0 Added `SYNC`."),
                flush(
                                "flushdb",
                                DatabaseCommands::flush,
                                "Removes the keys of the selected database.")
                        .syntax("[flush-type(ASYNC@4.0.0 | SYNC@6.2.0)]")
                        .history("4.0.0 Added `ASYNC`.", "6.2.0 Added `SYNC`."),
                command("swapdb", DatabaseCommands::swap)
                        .arity(3)
                        .flags(Flag.WRITE, Flag.FAST)
                        .acl(Category.KEYSPACE, Category.DANGEROUS)
                        .docs("server", "4.0.0", "O(1)", "Lets two databases trade places.")
                        .syntax("index1:integer index2:integer"));
    }

    private static Command flush(String name, Command.Handler handler, String summary) {
        return command(name, handler)
                .arity(-1)
                .flags(Flag.WRITE)
                .acl(Category.KEYSPACE, Category.DANGEROUS)
                .tips("request_policy:all_shards", "response_policy:all_succeeded")
                .docs("server", "1.0.0", "O(1)", summary);
    }

    private static void size(Call call) {
        call.reply().integer(call.db().size());
    }

    /** SYNC and ASYNC are the same here: what was dropped is given back in the background. */
    private static void checkFlushMode(Call call) {
        int argc = call.args().argc();
        if (argc > 2 || argc == 2 && !call.is(1, SYNC) && !call.is(1, ASYNC)) {
            throw Call.SYNTAX;
        }
    }

    private static void flushAll(Call call) {
        checkFlushMode(call);
        Keyspace keyspace = call.server().keyspace();
        long removed = keyspace.totalSize();
        call.changed(removed);
        call.server().signals().flushingAll();
        keyspace.clear();
        call.server().snapshots().allFlushed(removed);
        call.propagateAnyway();
        call.reply().ok();
    }

    private static void flush(Call call) {
        checkFlushMode(call);
        call.changed(call.db().size());
        call.server().signals().flushing(call.client().database);
        call.server().keyspace().clear(call.client().database);
        call.propagateAnyway();
        call.reply().ok();
    }

    private static void swap(Call call) {
        int first = index(call, 1, INVALID_FIRST);
        int second = index(call, 2, INVALID_SECOND);
        Keyspace keyspace = call.server().keyspace();
        int count = keyspace.databases();
        if (first < 0 || first >= count || second < 0 || second >= count) {
            throw new CommandException(ErrorReplies.DB_INDEX_OUT_OF_RANGE);
        }
        call.server().signals().swapping(first, second);
        keyspace.swap(first, second);
        call.changed(1);
        call.reply().ok();
    }

    private static int index(Call call, int arg, CommandException otherwise) {
        if (!call.args().isLong(arg)) {
            throw otherwise;
        }
        long index = call.args().longAt(arg);
        if (index != (int) index) {
            throw otherwise;
        }
        return (int) index;
    }
}
