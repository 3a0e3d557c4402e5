package dev.lockstep.server.command;

import dev.lockstep.keyspace.CellVisitor;
import dev.lockstep.keyspace.ElementCursor;
import dev.lockstep.keyspace.StringValue;
import dev.lockstep.protocol.Glob;
import dev.lockstep.protocol.ReplyBuffer;
import dev.lockstep.protocol.Request;
import java.util.Arrays;

/**
 * What SSCAN has from SCAN: the options MATCH and COUNT, and a reply of the next cursor and the elements that match.
 *
 * <p>A packed collection is walked as a whole at once, whatever cursor and COUNT say, as in Redis. Used again for every
 * command; executor only.
 */
final class ElementScan {
    /** Reads an element that a walk met. */
    interface Reader {
        void read(int cell, StringValue into);
    }

    private static final byte[] MATCH = Call.word("match");
    private static final byte[] COUNT = Call.word("count");
    private static final long DEFAULT_COUNT = 10;
    private static final int KEPT_CELLS = 16 * 1024;

    private final StringValue element = new StringValue();
    private final CellVisitor add = this::add;
    private int[] cells = new int[64];
    private int met;
    private long count;
    private int pattern;

    /** Reads the options, which begin at argument 3. */
    void options(Call call) {
        Request args = call.args();
        count = DEFAULT_COUNT;
        pattern = 0;
        met = 0;
        for (int i = 3; i < args.argc(); i += 2) {
            if (i + 1 < args.argc() && call.is(i, COUNT)) {
                count = call.longArg(i + 1);
                if (count < 1) {
                    throw Call.SYNTAX;
                }
            } else if (i + 1 < args.argc() && call.is(i, MATCH)) {
                boolean all = args.length(i + 1) == 1 && args.array()[args.offset(i + 1)] == '*';
                pattern = all ? 0 : i + 1;
            } else {
                throw Call.SYNTAX;
            }
        }
    }

    /** How many elements are asked for. */
    long count() {
        return count;
    }

    /** What the walk gives the elements it meets to. */
    CellVisitor found() {
        return add;
    }

    private void add(int cell) {
        if (met == cells.length) {
            cells = Arrays.copyOf(cells, met * 2);
        }
        cells[met++] = cell;
    }

    /** The reply for a key that is not there. */
    void replyEmpty(Call call) {
        call.reply().array(2);
        call.reply().bulkInteger(0);
        call.reply().emptyArray();
    }

    /** Replies with what a walk over a table met. */
    void replyOfTable(Call call, long next, Reader reader) {
        int kept = 0;
        for (int i = 0; i < met; i++) {
            reader.read(cells[i], element);
            if (matches(call.args(), element)) {
                cells[kept++] = cells[i];
            }
        }
        ReplyBuffer reply = call.reply();
        reply.array(2);
        reply.bulkInteger(next);
        reply.array(kept);
        for (int i = 0; i < kept; i++) {
            reader.read(cells[i], element);
            reply.bulk(element.array(), element.offset(), element.length());
        }
        if (cells.length > KEPT_CELLS) {
            cells = new int[KEPT_CELLS];
        }
    }

    /** Replies with all elements of a packed collection. */
    void replyAll(Call call, ElementCursor elements) {
        ReplyBuffer reply = call.reply();
        reply.array(2);
        reply.bulkInteger(0);
        int mark = reply.deferArray();
        int kept = 0;
        while (elements.next()) {
            StringValue text = elements.element();
            if (matches(call.args(), text)) {
                reply.bulk(text.array(), text.offset(), text.length());
                kept++;
            }
        }
        reply.endArray(mark, kept);
    }

    private boolean matches(Request args, StringValue text) {
        return pattern == 0
                || Glob.matches(
                        args.array(),
                        args.offset(pattern),
                        args.length(pattern),
                        text.array(),
                        text.offset(),
                        text.length(),
                        false);
    }
}
