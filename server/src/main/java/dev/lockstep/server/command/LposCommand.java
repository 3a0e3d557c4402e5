package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;

import dev.lockstep.keyspace.ListCursor;
import dev.lockstep.keyspace.ListValue;
import dev.lockstep.keyspace.SoughtElement;
import dev.lockstep.keyspace.ValueType;
import dev.lockstep.protocol.ReplyBuffer;
import dev.lockstep.protocol.Request;

/** LPOS: where in a list an element is. */
final class LposCommand {
    private static final byte[] RANK = Call.word("rank");
    private static final byte[] COUNT = Call.word("count");
    private static final byte[] MAXLEN = Call.word("maxlen");
    private static final CommandException RANK_ZERO =
            new CommandException(
                    "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to"
                            + " start from the end of the list");
    private static final CommandException RANK_OUT_OF_RANGE =
            new CommandException(
                    "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807");
    private static final CommandException COUNT_NEGATIVE =
            new CommandException("ERR COUNT can't be negative");
    private static final CommandException MAXLEN_NEGATIVE =
            new CommandException("ERR MAXLEN can't be negative");

    /** No COUNT was given: the reply is one position, not an array of them. */
    private static final long ONE = -1;

    private final ListValue list = new ListValue();
    private final ListCursor cursor = new ListCursor();
    private final SoughtElement sought = new SoughtElement();
    private long rank;
    private long count;
    private long most;

    private LposCommand() {}

    static void register(CommandTable table) {
        LposCommand lpos = new LposCommand();
        table.add(
                command("lpos", lpos::run)
                        .arity(-3)
                        .flags(Flag.READONLY)
                        .acl(Category.LIST)
                        .key("RO", "ACCESS")
                        .docs(
                                "list",
                                "6.0.6",
                                "O(N) for the N elements that are compared, MAXLEN at most.",
                                "Returns where in a list an element is.")
                        .syntax(
                                "key element [RANK rank:integer] [COUNT num-matches:integer] [MAXLEN len:integer]"));
    }

    private void run(Call call) {
        Request args = call.args();
        readOptions(call);
        int cell = call.read(1, ValueType.LIST);
        ReplyBuffer reply = call.reply();
        if (cell == 0) {
            replyNothing(reply);
            return;
        }
        list.open(call.db(), cell);
        long size = list.size();
        boolean forwards = rank > 0;
        cursor.open(list, forwards ? 0 : size - 1, forwards);
        sought.set(args.array(), args.offset(2), args.length(2));
        long left = most == 0 ? size : Math.min(most, size);
        long skipped = Math.abs(rank) - 1;
        long found = 0;
        int mark = count == ONE ? 0 : reply.deferArray();
        long position;
        while (left > 0 && (position = cursor.find(sought, left)) >= 0) {
            long end = most == 0 ? size : Math.min(most, size);
            left = end - (forwards ? position + 1 : size - position);
            if (skipped > 0) {
                skipped--;
                continue;
            }
            reply.integer(position);
            found++;
            if (count == ONE || found == count) {
                break;
            }
        }
        if (count != ONE) {
            reply.endArray(mark, (int) found);
        } else if (found == 0) {
            reply.nullBulk();
        }
    }

    private void replyNothing(ReplyBuffer reply) {
        if (count == ONE) {
            reply.nullBulk();
        } else {
            reply.emptyArray();
        }
    }

    private void readOptions(Call call) {
        rank = 1;
        count = ONE;
        most = 0;
        for (int i = 3; i < call.args().argc(); i += 2) {
            boolean hasValue = i + 1 < call.args().argc();
            if (call.is(i, RANK) && hasValue) {
                rank = call.longArg(i + 1);
                if (rank == Long.MIN_VALUE) {
                    throw RANK_OUT_OF_RANGE;
                }
                if (rank == 0) {
                    throw RANK_ZERO;
                }
            } else if (call.is(i, COUNT) && hasValue) {
                count = notNegative(call, i + 1, COUNT_NEGATIVE);
            } else if (call.is(i, MAXLEN) && hasValue) {
                most = notNegative(call, i + 1, MAXLEN_NEGATIVE);
            } else {
                throw Call.SYNTAX;
            }
        }
    }

    private static long notNegative(Call call, int arg, CommandException refusal) {
        if (!call.args().isLong(arg) || call.args().longAt(arg) < 0) {
            throw refusal;
        }
        return call.args().longAt(arg);
    }
}
