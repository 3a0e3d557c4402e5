package dev.lockstep.server.command;

import dev.lockstep.protocol.ErrorReplies;
import dev.lockstep.protocol.Request;

/**
 * The options behind SET and GETEX, read from one request and then asked; one object serves all requests.
 *
 * <p>Each option excludes the others that Redis says it excludes. The four that set a deadline may be repeated, and then the
 * last counts.
 */
final class StringOptions {
    private static final byte[] NX = Call.word("nx");
    private static final byte[] XX = Call.word("xx");
    private static final byte[] GET = Call.word("get");
    private static final byte[] KEEPTTL = Call.word("keepttl");
    private static final byte[] PERSIST = Call.word("persist");
    private static final byte[] EX = Call.word("ex");
    private static final byte[] PX = Call.word("px");
    private static final byte[] EXAT = Call.word("exat");
    private static final byte[] PXAT = Call.word("pxat");

    private static final int HAS_NX = 1;
    private static final int HAS_XX = 1 << 1;
    private static final int HAS_GET = 1 << 2;
    private static final int HAS_KEEPTTL = 1 << 3;
    private static final int HAS_PERSIST = 1 << 4;
    private static final int HAS_EX = 1 << 5;
    private static final int HAS_PX = 1 << 6;
    private static final int HAS_EXAT = 1 << 7;
    private static final int HAS_PXAT = 1 << 8;
    private static final int ABOUT_TIME =
            HAS_KEEPTTL | HAS_PERSIST | HAS_EX | HAS_PX | HAS_EXAT | HAS_PXAT;

    private int has;
    private int timeArg;

    /** Reads SET's options, which begin at argument 3; throws the syntax error. */
    void parseSet(Request args) {
        has = 0;
        for (int i = 3; i < args.argc(); i++) {
            if (args.is(i, NX)) {
                add(HAS_NX, HAS_XX);
            } else if (args.is(i, XX)) {
                add(HAS_XX, HAS_NX);
            } else if (args.is(i, GET)) {
                add(HAS_GET, 0);
            } else if (args.is(i, KEEPTTL)) {
                add(HAS_KEEPTTL, ABOUT_TIME & ~HAS_KEEPTTL);
            } else {
                i = parseTime(args, i);
            }
        }
    }

    /** Reads GETEX's options, which begin at argument 2; throws the syntax error. */
    void parseGetex(Request args) {
        has = 0;
        for (int i = 2; i < args.argc(); i++) {
            if (args.is(i, PERSIST)) {
                add(HAS_PERSIST, ABOUT_TIME & ~HAS_PERSIST);
            } else {
                i = parseTime(args, i);
            }
        }
    }

    private int parseTime(Request args, int i) {
        int option =
                args.is(i, EX)
                        ? HAS_EX
                        : args.is(i, PX)
                                ? HAS_PX
                                : args.is(i, EXAT) ? HAS_EXAT : args.is(i, PXAT) ? HAS_PXAT : 0;
        if (option == 0 || i + 1 == args.argc()) {
            throw Call.SYNTAX;
        }
        add(option, ABOUT_TIME & ~option);
        timeArg = i + 1;
        return i + 1;
    }

    private void add(int option, int excluded) {
        if ((has & excluded) != 0) {
            throw Call.SYNTAX;
        }
        has |= option;
    }

    boolean onlyIfMissing() {
        return (has & HAS_NX) != 0;
    }

    boolean onlyIfThere() {
        return (has & HAS_XX) != 0;
    }

    boolean get() {
        return (has & HAS_GET) != 0;
    }

    boolean keepsDeadline() {
        return (has & HAS_KEEPTTL) != 0;
    }

    boolean persists() {
        return (has & HAS_PERSIST) != 0;
    }

    /** Whether one of EX, PX, EXAT and PXAT is there. */
    boolean setsDeadline() {
        return (has & (HAS_EX | HAS_PX | HAS_EXAT | HAS_PXAT)) != 0;
    }

    /** Whether the time given is a point in time, not a span. */
    boolean isAbsolute() {
        return (has & (HAS_EXAT | HAS_PXAT)) != 0;
    }

    /** The deadline in Unix milliseconds; throws the error of a time that can't be. */
    long deadline(Call call) {
        return deadline(call, timeArg, (has & (HAS_EX | HAS_EXAT)) != 0, !isAbsolute());
    }

    /** The deadline that an argument gives, in seconds or milliseconds, from now on or since 1970. */
    static long deadline(Call call, int arg, boolean seconds, boolean fromNow) {
        long time = call.longArg(arg);
        if (time <= 0 || seconds && time > Long.MAX_VALUE / 1000) {
            throw invalid(call);
        }
        long millis = seconds ? time * 1000 : time;
        if (fromNow) {
            millis += call.now();
        }
        if (millis <= 0) {
            throw invalid(call);
        }
        return millis;
    }

    private static CommandException invalid(Call call) {
        return new CommandException(ErrorReplies.invalidExpireTime(call.command().fullName()));
    }

    /** Whether an argument of SET is the word GET, which replicas need not see. */
    static boolean isGet(Request args, int i) {
        return args.is(i, GET);
    }
}
