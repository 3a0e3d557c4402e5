package dev.lockstep.protocol;

/**
 * Finds requests, RESP arrays of bulk strings or inline commands, in a connection's input; resumes where the input ended.
 *
 * <p>One per connection. Between calls it keeps a few numbers relative to the request's first byte, and no slices, so that
 * one {@link Request} may serve every connection of a thread and the bytes may move. The price is that a request that
 * arrived in pieces has its (already checked) headers walked once more when it is complete.
 *
 * <p>Redis' corners are kept: a line ends at the first CR and the byte behind it isn't looked at, nor are the two bytes
 * behind an argument; a zero byte hides a line's end (Redis searches with strchr); an inline line ends at LF.
 */
public final class RequestParser {
    /** An inline request, or the line of a count or length, may not be longer. */
    public static final int LINE_BYTES_MAX = 64 * 1024;

    /** The most arguments that a client may send before it has authenticated itself. */
    public static final int UNAUTHENTICATED_ARGUMENTS_MAX = 10;

    /** The longest argument that a client may send before it has authenticated itself. */
    public static final int UNAUTHENTICATED_BULK_BYTES_MAX = 16 * 1024;

    /** From here on an argument is read into an array of its own, with as few copies as can be. */
    public static final int LONG_ARGUMENT_BYTES = 32 * 1024;

    /** What one request can have in a Java array; more is refused like a bulk that is too long. */
    private static final int REQUEST_BYTES_MAX = Integer.MAX_VALUE - 64;

    /** "$0", CR LF, and the CR LF behind no bytes. */
    private static final int ARGUMENT_BYTES_MIN = 6;

    private static final int NO_BULK = -1;
    private static final int INCOMPLETE = -1;

    private final RequestLimits limits;
    private boolean authenticated = true;

    /** Where parsing goes on, relative to the request's start; 0 is a request not begun. */
    private int position;

    /** How far the line at {@link #position} was searched for its end, relative to the request's start. */
    private int scanned;

    private int argc;
    private int remaining;
    private int bulkLength = NO_BULK;

    private int next;
    private int expected;

    /** What is still to come of an argument that nobody wants. */
    private int unwanted;

    private boolean dropping;

    public RequestParser() {
        this(new RequestLimits());
    }

    public RequestParser(RequestLimits limits) {
        this.limits = limits;
    }

    /** Whether the client may send more than the few small arguments that AUTH and HELLO need. Initially it may. */
    public void setAuthenticated(boolean authenticated) {
        this.authenticated = authenticated;
    }

    /** The index behind the request that {@link #parse} has just completed. */
    public int next() {
        return next;
    }

    /**
     * After an incomplete parse that ended within an argument of known length: how many bytes, counted from the request's
     * start, the request has at least. Else 0.
     */
    public int expected() {
        return expected;
    }

    /**
     * After an incomplete parse that ended within a long argument: how many bytes of the request are in front of that, what
     * Redis has taken out of its query buffer by then. Else 0.
     */
    public int bytesBeforeLongArgument() {
        return bulkLength >= LONG_ARGUMENT_BYTES ? position : 0;
    }

    /** Whether the last parse stopped within a request. */
    public boolean isWithinRequest() {
        return position != 0 || scanned != 0;
    }

    /** Forgets an incomplete request. */
    public void reset() {
        position = 0;
        scanned = 0;
        remaining = 0;
        bulkLength = NO_BULK;
        expected = 0;
        dropping = false;
    }

    /** Whether the last parse stopped within an argument, so that it is known where the request goes on. */
    public boolean isWithinArgument() {
        return bulkLength != NO_BULK;
    }

    /**
     * The request whose argument is arriving will not be executed: what is still to come of it goes to {@link #drop}.
     *
     * @param arrived how many of its bytes the last parse was given
     */
    public void dropRest(int arrived) {
        assert isWithinArgument();
        unwanted = position + bulkLength + 2 - arrived;
        position = 0;
        scanned = 0;
        expected = 0;
        remaining--;
        bulkLength = NO_BULK;
        dropping = true;
    }

    /** Whether what comes next belongs to a request that is being dropped. */
    public boolean isDropping() {
        return dropping;
    }

    /**
     * Passes over what there is of a request that is being dropped.
     *
     * @return the index behind it; what follows is the next request, or, if the one is {@link #isDropping} still, a
     *     line of it that has not arrived as a whole and is to be given once more with what follows
     * @throws ProtocolException if no argument can begin like this
     */
    public int drop(byte[] buffer, int start, int end) throws ProtocolException {
        int p = start;
        while (true) {
            int dropped = Math.min(unwanted, end - p);
            p += dropped;
            unwanted -= dropped;
            if (unwanted > 0) {
                return p;
            }
            if (remaining == 0) {
                dropping = false;
                return p;
            }
            int length = parseBulkLength(buffer, p, end);
            if (length == INCOMPLETE) {
                return p;
            }
            p += position;
            position = 0;
            scanned = 0;
            unwanted = length + 2;
            remaining--;
        }
    }

    /**
     * Parses one request from the bytes {@code start} to {@code end}, excluding {@code end}.
     *
     * <p>If it is complete, {@code into} has its slices and {@link #next} the index behind it. An empty request ("*0", an
     * empty inline line) is complete with no arguments. If not, call again with the same bytes and more, the start wherever
     * they now are. An inline argument with quotes or escapes is unquoted in place: the input's bytes change.
     *
     * @throws ProtocolException if no request can begin like this; the connection is of no use any more
     */
    public boolean parse(byte[] buffer, int start, int end, Request into) throws ProtocolException {
        into.set(buffer);
        expected = 0;
        if (start == end) {
            return false;
        }
        if (buffer[start] != '*') {
            return parseInline(buffer, start, end, into);
        }
        boolean resumed = position != 0;
        if (!resumed && !parseCount(buffer, start, end)) {
            return false;
        }
        if (!parseArguments(buffer, start, end, resumed ? null : into)) {
            into.set(buffer);
            return false;
        }
        next = start + position;
        if (resumed) {
            collect(buffer, start, into);
        }
        finish(start, into);
        return true;
    }

    private void finish(int start, Request into) {
        into.wireLength(next - start);
        position = 0;
        scanned = 0;
    }

    private boolean parseCount(byte[] buffer, int start, int end) throws ProtocolException {
        if (end - start >= 4 && buffer[start + 2] == '\r') {
            int digit = buffer[start + 1] - '0';
            if (digit >= 0 && digit <= 9) {
                argc = digit;
                remaining = digit;
                position = 4;
                return true;
            }
        }
        int lineEnd = findLineEnd(buffer, start, end, start);
        if (lineEnd == INCOMPLETE) {
            if (end - start > LINE_BYTES_MAX) {
                throw new ProtocolException("too big mbulk count string");
            }
            return false;
        }
        if (!Decimal.isLong(buffer, start + 1, lineEnd - start - 1)) {
            throw new ProtocolException("invalid multibulk length");
        }
        long count = Decimal.parseLong(buffer, start + 1, lineEnd - start - 1);
        if (count > Integer.MAX_VALUE) {
            throw new ProtocolException("invalid multibulk length");
        }
        if (count > UNAUTHENTICATED_ARGUMENTS_MAX && !authenticated) {
            throw new ProtocolException("unauthenticated multibulk length");
        }
        argc = (int) Math.max(0, count);
        remaining = argc;
        position = lineEnd + 2 - start;
        return true;
    }

    /**
     * The loop over arguments. A header of up to nine digits, which is nearly all there are, is read in one pass; anything
     * else goes through {@link #parseBulkLength}, which knows every error.
     */
    private boolean parseArguments(byte[] buffer, int start, int end, Request into)
            throws ProtocolException {
        int p = start + position;
        int left = remaining;
        while (left > 0) {
            int length = bulkLength;
            if (length == NO_BULK) {
                int q = p + 1;
                length = 0;
                boolean plain = false;
                if (end - p >= ARGUMENT_BYTES_MIN && buffer[p] == '$') {
                    int limit = Math.min(p + 10, end - 2);
                    int digit;
                    while (q < limit && (digit = buffer[q] - '0') >= 0 && digit <= 9) {
                        length = length * 10 + digit;
                        q++;
                    }
                    plain =
                            q > p + 1
                                    && buffer[q] == '\r'
                                    && length <= UNAUTHENTICATED_BULK_BYTES_MAX;
                }
                if (plain && (buffer[p + 1] != '0' || q == p + 2)) {
                    p = q + 2;
                } else {
                    remember(p - start, left, NO_BULK);
                    length = parseBulkLength(buffer, start, end);
                    if (length == INCOMPLETE) {
                        return false;
                    }
                    p = start + position;
                }
            }
            if (end - p < length + 2) {
                remember(p - start, left, length);
                expected = position + length + 2;
                return false;
            }
            if (into != null) {
                into.add(p, length);
            }
            p += length + 2;
            bulkLength = NO_BULK;
            left--;
        }
        remember(p - start, 0, NO_BULK);
        return true;
    }

    private void remember(int position, int remaining, int bulkLength) {
        this.position = position;
        this.remaining = remaining;
        this.bulkLength = bulkLength;
    }

    /** Reads the line at {@link #position} and moves behind it; the length, or {@link #INCOMPLETE}. */
    private int parseBulkLength(byte[] buffer, int start, int end) throws ProtocolException {
        int lineStart = start + position;
        int lineEnd = findLineEnd(buffer, start, end, lineStart);
        if (lineEnd == INCOMPLETE) {
            if (end - lineStart > LINE_BYTES_MAX) {
                throw new ProtocolException("too big bulk count string");
            }
            return INCOMPLETE;
        }
        if (buffer[lineStart] != '$') {
            throw new ProtocolException(
                    "expected '$', got '" + (char) (buffer[lineStart] & 0xFF) + "'");
        }
        int digits = lineEnd - lineStart - 1;
        if (!Decimal.isLong(buffer, lineStart + 1, digits)) {
            throw new ProtocolException("invalid bulk length");
        }
        long length = Decimal.parseLong(buffer, lineStart + 1, digits);
        int behind = lineEnd + 2 - start;
        if (length < 0 || length > limits.maxBulkLength() || length > REQUEST_BYTES_MAX - behind) {
            throw new ProtocolException("invalid bulk length");
        }
        if (length > UNAUTHENTICATED_BULK_BYTES_MAX && !authenticated) {
            throw new ProtocolException("unauthenticated bulk length");
        }
        position = behind;
        return (int) length;
    }

    /**
     * The index of the line's CR once the byte behind it is there too, else {@link #INCOMPLETE}. A line that comes in drips
     * is searched once: {@link #scanned} stops at its end so far, or at a zero byte for good.
     */
    private int findLineEnd(byte[] buffer, int start, int end, int lineStart) {
        int p = Math.max(lineStart, start + scanned);
        while (p < end && buffer[p] != '\r' && buffer[p] != 0) {
            p++;
        }
        scanned = p - start;
        return p < end - 1 && buffer[p] == '\r' ? p : INCOMPLETE;
    }

    /** Fills in the slices of a complete request whose headers have been checked. */
    private void collect(byte[] buffer, int start, Request into) {
        int p = start;
        while (buffer[p] != '\r') {
            p++;
        }
        p += 2;
        for (int i = 0; i < argc; i++) {
            int length = 0;
            for (p++; buffer[p] != '\r'; p++) {
                length = length * 10 + (buffer[p] - '0');
            }
            p += 2;
            into.add(p, length);
            p += length + 2;
        }
        assert p == next;
    }

    private boolean parseInline(byte[] buffer, int start, int end, Request into)
            throws ProtocolException {
        int p = start + scanned;
        while (p < end && buffer[p] != '\n' && buffer[p] != 0) {
            p++;
        }
        boolean found = p < end && buffer[p] == '\n';
        if (found ? p - start > LINE_BYTES_MAX : end - start > LINE_BYTES_MAX) {
            throw new ProtocolException("too big inline request");
        }
        if (!found) {
            scanned = p - start;
            return false;
        }
        int lineEnd = p > start && buffer[p - 1] == '\r' ? p - 1 : p;
        if (!InlineArguments.split(buffer, start, lineEnd, into)) {
            throw new ProtocolException("unbalanced quotes in request");
        }
        next = p + 1;
        finish(start, into);
        return true;
    }
}
