package dev.lockstep.server.command;

import dev.lockstep.keyspace.StringValue;
import dev.lockstep.protocol.Glob;
import dev.lockstep.protocol.Request;

/** What follows the cursor of HSCAN, SSCAN and ZSCAN: MATCH, COUNT, NOVALUES. Reused; executor only. */
final class ScanOptions {
    private static final long DEFAULT_COUNT = 10;
    private static final byte[] MATCH = Call.word("match");
    private static final byte[] COUNT = Call.word("count");
    private static final byte[] NOVALUES = Call.word("novalues");

    private Request args;
    private int pattern;
    private long count;
    private boolean noValues;

    /**
     * Reads them, or throws the error that they deserve.
     *
     * @param first the argument behind the cursor
     * @param pairs whether the elements have values, which NOVALUES leaves out
     */
    ScanOptions read(Call call, int first, boolean pairs) {
        args = call.args();
        pattern = 0;
        count = DEFAULT_COUNT;
        noValues = false;
        for (int i = first; i < args.argc(); i++) {
            boolean hasValue = i + 1 < args.argc();
            if (hasValue && call.is(i, COUNT)) {
                count = call.longArg(++i);
                if (count < 1) {
                    throw Call.SYNTAX;
                }
            } else if (hasValue && call.is(i, MATCH)) {
                pattern = ++i;
            } else if (pairs && call.is(i, NOVALUES)) {
                noValues = true;
            } else {
                throw Call.SYNTAX;
            }
        }
        if (pattern != 0
                && args.length(pattern) == 1
                && args.array()[args.offset(pattern)] == '*') {
            pattern = 0;
        }
        return this;
    }

    long count() {
        return count;
    }

    boolean noValues() {
        return noValues;
    }

    /** Whether there is a pattern that not everything matches. */
    boolean filters() {
        return pattern != 0;
    }

    boolean matches(StringValue element) {
        return pattern == 0
                || Glob.matches(
                        args.array(),
                        args.offset(pattern),
                        args.length(pattern),
                        element.array(),
                        element.offset(),
                        element.length(),
                        false);
    }
}
