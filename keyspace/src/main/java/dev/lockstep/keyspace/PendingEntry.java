package dev.lockstep.keyspace;

/**
 * The layout of a stream's entry that was delivered to a consumer and not acknowledged: a cell of its own.
 *
 * <pre>
 *   0          8           16               22            28          32
 *   +----------+-----------+----------------+-------------+-----------+
 *   | ID ms: 8 | ID seq: 8 | delivered at:6 | times: 6    | consumer:4|
 *   +----------+-----------+----------------+-------------+-----------+
 *   delivered at   Unix milliseconds, signed
 *   times          how often it was delivered
 *   consumer       the number it has in the group
 * </pre>
 *
 * 48 bits hold the time for 4,000 years and any count that comes about by counting; what is beyond them is cut to the
 * nearest number that fits.
 */
final class PendingEntry {
    static final int BYTES = 32;

    private static final int MS = 0;
    private static final int SEQ = 8;
    private static final int TIME = 16;
    private static final int TIMES_HIGH = 24;
    private static final int CONSUMER = 28;

    private static final long MAX_TIME = (1L << 47) - 1;
    private static final long MAX_TIMES = (1L << 48) - 1;

    private PendingEntry() {}

    static long ms(Cells cells, int cell) {
        return cells.getLong(cell, MS);
    }

    static long seq(Cells cells, int cell) {
        return cells.getLong(cell, SEQ);
    }

    static void id(Cells cells, int cell, long ms, long seq) {
        cells.putLong(cell, MS, ms);
        cells.putLong(cell, SEQ, seq);
    }

    static long time(Cells cells, int cell) {
        return cells.getLong(cell, TIME) << 16 >> 16;
    }

    static long times(Cells cells, int cell) {
        return cells.getLong(cell, TIME) >>> 48
                | (cells.getInt(cell, TIMES_HIGH) & 0xffffffffL) << 16;
    }

    static void delivered(Cells cells, int cell, long time, long times) {
        long fittingTime = Math.max(-MAX_TIME, Math.min(time, MAX_TIME));
        long fittingTimes = Math.max(0, Math.min(times, MAX_TIMES));
        cells.putLong(cell, TIME, fittingTime & MAX_TIMES | fittingTimes << 48);
        cells.putInt(cell, TIMES_HIGH, (int) (fittingTimes >>> 16));
    }

    static int consumer(Cells cells, int cell) {
        return cells.getInt(cell, CONSUMER);
    }

    static void consumer(Cells cells, int cell, int number) {
        cells.putInt(cell, CONSUMER, number);
    }
}
