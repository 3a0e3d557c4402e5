package dev.lockstep.server.command;

import dev.lockstep.keyspace.StreamId;
import dev.lockstep.keyspace.StreamValue;
import dev.lockstep.protocol.Request;
import dev.lockstep.protocol.RequestEncoder;

/**
 * What XADD and XTRIM are told about removing the first entries of a stream: MAXLEN or MINID, exactly or (with ~) only whole
 * blocks, and LIMIT. XADD's other options are read along. Reused.
 *
 * <p>What was done with ~ depends on where blocks begin, which may be elsewhere on a replica: it is passed on as what came
 * out, with "=".
 */
final class TrimOptions {
    private static final byte[] MAXLEN = Call.word("maxlen");
    private static final byte[] MINID = Call.word("minid");
    private static final byte[] LIMIT = Call.word("limit");
    private static final byte[] NOMKSTREAM = Call.word("nomkstream");
    private static final byte[] EXACT = Call.word("=");
    private static final byte[] APPROXIMATE = Call.word("~");
    private static final byte[] ANY_ID = Call.word("*");

    private static final CommandException BOTH =
            new CommandException(
                    "ERR syntax error, MAXLEN and MINID options at the same time are not compatible");
    private static final CommandException NEGATIVE_MAXLEN =
            new CommandException("ERR The MAXLEN argument must be >= 0.");
    private static final CommandException NEGATIVE_LIMIT =
            new CommandException("ERR The LIMIT argument must be >= 0.");
    private static final CommandException LIMIT_ALONE =
            new CommandException(
                    "ERR syntax error, LIMIT cannot be used without specifying a trimming strategy");
    private static final CommandException NO_STRATEGY =
            new CommandException("ERR syntax error, XTRIM must be called with a trimming strategy");
    private static final CommandException LIMIT_EXACT =
            new CommandException(
                    "ERR syntax error, LIMIT cannot be used without the special ~ option");

    private static final int BLOCKS_BY_DEFAULT = 100;
    private static final long LIMIT_BY_DEFAULT = 10_000;
    private static final long LIMIT_MAX = 1_000_000;

    private final StreamId minId = new StreamId();
    private final StreamId scratch = new StreamId();
    private final byte[] text = new byte[StreamId.TEXT_BYTES_MAX];
    private boolean byId;
    private long maxLength;
    private boolean approximate;
    private boolean limited;
    private long limit;
    private boolean onlyIfThere;

    /** The argument that says how far to trim; 0 if none does. */
    private int strategyArg;

    /**
     * Reads the options.
     *
     * @return for XADD the argument that is the ID, or takes its place; else where the arguments end
     */
    int parse(Call call, boolean xadd) {
        Request args = call.args();
        strategyArg = 0;
        approximate = false;
        limited = false;
        limit = 0;
        onlyIfThere = false;
        int i = 2;
        for (; i < args.argc(); i++) {
            boolean more = i + 1 < args.argc();
            if (xadd && args.equals(i, ANY_ID)) {
                break;
            } else if (more && call.is(i, MAXLEN)) {
                i = parseStrategy(call, i, false);
            } else if (more && call.is(i, MINID)) {
                i = parseStrategy(call, i, true);
            } else if (more && call.is(i, LIMIT)) {
                limit = call.longArg(++i);
                if (limit < 0) {
                    throw NEGATIVE_LIMIT;
                }
                limited = true;
            } else if (xadd && call.is(i, NOMKSTREAM)) {
                onlyIfThere = true;
            } else if (xadd) {
                break;
            } else {
                throw Call.SYNTAX;
            }
        }
        return i;
    }

    private int parseStrategy(Call call, int option, boolean minIdOption) {
        Request args = call.args();
        if (strategyArg != 0) {
            throw BOTH;
        }
        byId = minIdOption;
        int i = option + 1;
        boolean more = i + 1 < args.argc();
        approximate = more && args.equals(i, APPROXIMATE);
        if (approximate || more && args.equals(i, EXACT)) {
            i++;
        }
        if (byId) {
            StreamArguments.id(call, i, minId);
        } else {
            maxLength = call.longArg(i);
            if (maxLength < 0) {
                throw NEGATIVE_MAXLEN;
            }
        }
        strategyArg = i;
        return i;
    }

    /** Judges the options as a whole; when all else has been read. */
    void check(Call call, boolean xadd) {
        if (limit > 0 && strategyArg == 0) {
            throw LIMIT_ALONE;
        }
        if (!xadd && strategyArg == 0) {
            throw NO_STRATEGY;
        }
        if (call.client().isMaster) {
            limit = 0;
        } else if (limited && !approximate) {
            throw LIMIT_EXACT;
        } else if (!limited && approximate) {
            long blockEntries = call.server().keyspace().encodingLimits().streamNodeMaxEntries();
            limit = blockEntries <= 0 ? LIMIT_BY_DEFAULT : BLOCKS_BY_DEFAULT * blockEntries;
            limit = Math.min(limit <= 0 ? LIMIT_BY_DEFAULT : limit, LIMIT_MAX);
        }
    }

    /** Whether the stream must be there already. */
    boolean onlyIfThere() {
        return onlyIfThere;
    }

    boolean trims() {
        return strategyArg != 0;
    }

    /** Trims; returns how many entries went. */
    long trim(StreamValue stream) {
        return byId
                ? stream.trimBefore(minId, approximate, limit)
                : stream.trimToLength(maxLength, approximate, limit);
    }

    /** Whether the request can't be passed on as it stands. */
    boolean isRewritten() {
        return trims() && approximate;
    }

    /**
     * Passes the request on with what came out in place of what was asked for.
     *
     * @param idArg the argument that {@code id} takes the place of; 0 if none
     */
    void propagate(Call call, StreamValue stream, int idArg, StreamId id) {
        Request args = call.args();
        RequestEncoder change = call.propagate(args.argc());
        for (int i = 0; i < args.argc(); i++) {
            if (i > 0 && i == idArg) {
                id(change, id);
            } else if (isRewritten() && i == strategyArg - 1) {
                change.arg(EXACT);
            } else if (isRewritten() && i == strategyArg) {
                if (byId) {
                    id(change, stream.oldestId(scratch));
                } else {
                    change.arg(stream.size());
                }
            } else {
                change.arg(args, i);
            }
        }
    }

    private void id(RequestEncoder change, StreamId id) {
        change.arg(text, 0, id.write(text, 0));
    }
}
