package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;

import dev.lockstep.keyspace.StringValue;
import dev.lockstep.keyspace.ValueType;
import dev.lockstep.protocol.ReplyBuffer;
import dev.lockstep.protocol.Request;
import java.util.Arrays;

/** LCS: the longest common subsequence of two strings, its length, or where it lies in them. */
final class LcsCommand {
    private static final byte[] LEN = Call.word("len");
    private static final byte[] IDX = Call.word("idx");
    private static final byte[] MINMATCHLEN = Call.word("minmatchlen");
    private static final byte[] WITHMATCHLEN = Call.word("withmatchlen");
    private static final byte[] MATCHES = Call.word("matches");

    private static final CommandException NO_STRINGS =
            new CommandException("ERR The specified keys must contain string values");
    private static final CommandException BOTH =
            new CommandException(
                    "ERR If you want both the length and indexes, please just use IDX.");
    private static final CommandException TOO_LARGE =
            new CommandException(
                    "ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len");
    private static final CommandException NO_MEMORY =
            new CommandException(
                    "ERR Insufficient memory, failed allocating transient memory for LCS");

    /** What Redis' table takes for each pair of bytes; its limit is about that table. */
    private static final int REDIS_TABLE_ITEM_BYTES = 4;

    private LcsCommand() {}

    static void register(CommandTable table) {
        table.add(
                command("lcs", LcsCommand::lcs)
                        .arity(-3)
                        .flags(Flag.READONLY)
                        .acl(Category.STRING)
                        .keys(KeySpec.range(1, 1, 1, "RO", "ACCESS"))
                        .docs(
                                "string",
                                "7.0.0",
                                "O(N*M) for strings of N and M bytes, 64 of M in one step.",
                                "Returns the longest common subsequence of two strings.")
                        .syntax(
                                "key1:key#0 key2:key#0 [LEN] [IDX] [MINMATCHLEN min-match-len:integer]"
                                        + " [WITHMATCHLEN]"));
    }

    private static void lcs(Call call) {
        Request args = call.args();
        int first = call.read(1);
        int second = call.read(2);
        if (!isStringOrNone(call, first) || !isStringOrNone(call, second)) {
            throw NO_STRINGS;
        }
        boolean length = false;
        boolean indexes = false;
        boolean withLengths = false;
        long shortest = 0;
        for (int i = 3; i < args.argc(); i++) {
            if (args.is(i, IDX)) {
                indexes = true;
            } else if (args.is(i, LEN)) {
                length = true;
            } else if (args.is(i, WITHMATCHLEN)) {
                withLengths = true;
            } else if (args.is(i, MINMATCHLEN) && i + 1 < args.argc()) {
                shortest = call.longArg(++i);
            } else {
                throw Call.SYNTAX;
            }
        }
        if (length && indexes) {
            throw BOTH;
        }
        byte[] a = copy(call, first);
        byte[] b = copy(call, second);
        checkMemory(call, a.length, b.length, !length);
        LongestCommonSubsequence common = new LongestCommonSubsequence(a, b, !length);
        if (length) {
            call.reply().integer(common.length());
        } else if (indexes) {
            replyIndexes(call.reply(), common, shortest, withLengths);
        } else {
            byte[] text = new byte[common.length()];
            int[] at = {text.length};
            common.backwards((inA, inB) -> text[--at[0]] = a[inA]);
            call.reply().bulk(text);
        }
    }

    private static boolean isStringOrNone(Call call, int cell) {
        return cell == 0 || call.db().type(cell) == ValueType.STRING;
    }

    private static byte[] copy(Call call, int cell) {
        if (cell == 0) {
            return new byte[0];
        }
        StringValue value = call.value(cell);
        int from = value.offset();
        return Arrays.copyOfRange(value.array(), from, from + value.length());
    }

    private static void checkMemory(Call call, int a, int b, boolean keepRows) {
        if ((a + 1L) * (b + 1L)
                > call.server().config().clients.protoMaxBulkLen.bytes() / REDIS_TABLE_ITEM_BYTES) {
            throw TOO_LARGE;
        }
        Runtime runtime = Runtime.getRuntime();
        long available = runtime.maxMemory() - runtime.totalMemory() + runtime.freeMemory();
        if (LongestCommonSubsequence.bytesNeeded(a, b, keepRows) > available / 2) {
            throw NO_MEMORY;
        }
    }

    private static void replyIndexes(
            ReplyBuffer reply,
            LongestCommonSubsequence common,
            long shortest,
            boolean withLengths) {
        reply.map(2);
        reply.bulk(MATCHES);
        int mark = reply.deferArray();
        Ranges ranges = new Ranges(reply, shortest, withLengths);
        common.backwards(ranges::pair);
        ranges.end();
        reply.endArray(mark, ranges.count);
        reply.bulk(LEN);
        reply.integer(common.length());
    }

    /** Joins pairs that follow each other in both strings, and replies each range that is long enough. */
    private static final class Ranges {
        private final ReplyBuffer reply;
        private final long shortest;
        private final boolean withLengths;
        private int startA;
        private int startB;
        private int length;
        private int count;

        Ranges(ReplyBuffer reply, long shortest, boolean withLengths) {
            this.reply = reply;
            this.shortest = shortest;
            this.withLengths = withLengths;
        }

        void pair(int inA, int inB) {
            if (inA != startA - 1 || inB != startB - 1) {
                end();
            }
            startA = inA;
            startB = inB;
            length++;
        }

        void end() {
            if (length > 0 && length >= shortest) {
                count++;
                reply.array(withLengths ? 3 : 2);
                range(startA);
                range(startB);
                if (withLengths) {
                    reply.integer(length);
                }
            }
            length = 0;
        }

        private void range(int start) {
            reply.array(2);
            reply.integer(start);
            reply.integer(start + length - 1);
        }
    }
}
