package dev.lockstep.protocol;

/**
 * Splits a line into arguments by the quoting rules of Redis' inline commands, which are those of redis.conf too.
 *
 * <p>Space separates. Within double quotes {@code \n \r \t \b \a \xHH} are what they are in C and any other escaped
 * character is itself; within single quotes only {@code \'} is an escape. A quote may open anywhere in an argument, but
 * behind a closing one there must be space or the end. A zero byte ends the line, as in C.
 */
public final class InlineArguments {
    private InlineArguments() {}

    /**
     * Adds the arguments of a line, which an argument's unquoted bytes overwrite in place: they are never more than the
     * quoted ones. The request must have been {@link Request#set set} to this array.
     *
     * @return false if a quote isn't closed or something follows it at once
     */
    public static boolean split(byte[] line, int from, int end, Request into) {
        int p = from;
        while (true) {
            while (p < end && isSpace(line[p])) {
                p++;
            }
            if (p == end || line[p] == 0) {
                return true;
            }
            int argument = p;
            int to = p;
            while (p < end && !isSeparator(line[p])) {
                int c = line[p];
                if (c != '"' && c != '\'') {
                    line[to++] = line[p++];
                    continue;
                }
                int close = closingQuote(line, p, end);
                if (close < 0 || close + 1 < end && !endsQuoted(line[close + 1])) {
                    return false;
                }
                to =
                        c == '"'
                                ? unescape(line, p + 1, close, to)
                                : unescapeQuotes(line, p + 1, close, to);
                p = close + 1;
                break;
            }
            into.add(argument, to - argument);
        }
    }

    private static int closingQuote(byte[] line, int open, int end) {
        byte quote = line[open];
        for (int p = open + 1; p < end; p++) {
            if (line[p] == quote) {
                return p;
            }
            if (line[p] == 0) {
                return -1;
            }
            if (line[p] == '\\' && p + 1 < end && (quote == '"' || line[p + 1] == '\'')) {
                p++;
            }
        }
        return -1;
    }

    private static int unescape(byte[] line, int from, int end, int to) {
        int p = from;
        while (p < end) {
            byte c = line[p++];
            if (c == '\\') {
                c = line[p++];
                if (c == 'x' && end - p >= 2 && hex(line[p]) >= 0 && hex(line[p + 1]) >= 0) {
                    c = (byte) (hex(line[p]) << 4 | hex(line[p + 1]));
                    p += 2;
                } else {
                    c = escaped(c);
                }
            }
            line[to++] = c;
        }
        return to;
    }

    private static int unescapeQuotes(byte[] line, int from, int end, int to) {
        int p = from;
        while (p < end) {
            if (line[p] == '\\' && line[p + 1] == '\'') {
                p++;
            }
            line[to++] = line[p++];
        }
        return to;
    }

    private static byte escaped(byte c) {
        switch (c) {
            case 'n':
                return '\n';
            case 'r':
                return '\r';
            case 't':
                return '\t';
            case 'b':
                return '\b';
            case 'a':
                return 7;
            default:
                return c;
        }
    }

    private static int hex(byte c) {
        if (c >= '0' && c <= '9') {
            return c - '0';
        }
        int lower = c | 0x20;
        return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
    }

    private static boolean endsQuoted(byte c) {
        return c == 0 || isSpace(c);
    }

    /** C's isspace, which is what may stand before an argument and behind a closing quote. */
    private static boolean isSpace(byte c) {
        return c == ' ' || c >= '\t' && c <= '\r';
    }

    /** What ends an argument outside quotes: vertical tab and form feed don't. */
    private static boolean isSeparator(byte c) {
        return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == 0;
    }
}
