package dev.lockstep.protocol;

/**
 * Finds the first arguments of the requests that wait in a buffer, which are keys in most commands, and the two behind them, one
 * of which names an element in many: a look ahead that consumes nothing. What is known early can be brought near while it is
 * waited for only once.
 *
 * <p>It stops at whatever isn't plain (inline commands, a request that is incomplete, lengths of many digits): that is the
 * parser's business. Reused; allocates nothing.
 */
public final class KeyScanner {
    /** How many requests are looked at. */
    public static final int MOST = 32;

    private static final int DIGITS_MAX = 6;
    private static final int NONE = -1;

    /** So many arguments are noted of each request. */
    private static final int NOTED = 3;

    private final int[] offsets = new int[MOST * NOTED];
    private final int[] lengths = new int[MOST * NOTED];
    private int count;
    private int end;

    /** The length read last. */
    private int number;

    /**
     * Looks at the requests from {@code start} on, up to {@code limit}.
     *
     * @return how many requests with arguments were found
     */
    public int scan(byte[] buffer, int start, int limit) {
        count = 0;
        end = start;
        while (count < MOST) {
            int p = header(buffer, end, limit, '*');
            if (p == NONE || number == 0) {
                break;
            }
            int next = request(buffer, p, limit, number);
            if (next == NONE) {
                break;
            }
            end = next;
        }
        return count;
    }

    /** Where the first request begins that was not looked at. */
    public int end() {
        return end;
    }

    /**
     * Where an argument begins.
     *
     * @param index of the request among those found
     * @param argument 1 to 3; only where {@link #length} is not negative
     */
    public int offset(int index, int argument) {
        return offsets[index * NOTED + argument - 1];
    }

    /** The length of an argument, negative if the request has none there; the first is always there. */
    public int length(int index, int argument) {
        return lengths[index * NOTED + argument - 1];
    }

    private int request(byte[] buffer, int start, int limit, int argc) {
        int p = start;
        int note = count * NOTED - 1;
        for (int i = 0; i < argc; i++) {
            p = header(buffer, p, limit, '$');
            if (p == NONE || limit - p < number + 2) {
                return NONE;
            }
            if (i > 0 && i <= NOTED) {
                offsets[note + i] = p;
                lengths[note + i] = number;
            }
            p += number + 2;
        }
        if (argc > 1) {
            for (int i = argc; i <= NOTED; i++) {
                lengths[note + i] = NONE;
            }
            count++;
        }
        return p;
    }

    /** Reads a mark and a length into {@link #number}; where its line ends, or {@link #NONE}. */
    private int header(byte[] buffer, int start, int limit, char mark) {
        if (limit - start < 4 || buffer[start] != mark) {
            return NONE;
        }
        int last = Math.min(start + 1 + DIGITS_MAX, limit - 2);
        int value = 0;
        int p = start + 1;
        int digit;
        while (p <= last && (digit = buffer[p] - '0') >= 0 && digit <= 9) {
            value = value * 10 + digit;
            p++;
        }
        number = value;
        return p <= last && p > start + 1 && buffer[p] == '\r' ? p + 2 : NONE;
    }
}
