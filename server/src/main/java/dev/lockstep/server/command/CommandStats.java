package dev.lockstep.server.command;

/** What INFO commandstats and latencystats know of one command. Executor only. */
public final class CommandStats {
    private static final int SUB_BUCKET_BITS = 4;
    private static final int SUB_BUCKETS = 1 << SUB_BUCKET_BITS;
    private static final int BUCKETS = (64 - SUB_BUCKET_BITS) * SUB_BUCKETS;

    public long calls;
    public long nanos;
    public long rejectedCalls;
    public long failedCalls;

    /** Counts of durations in nanoseconds: sixteen buckets a doubling, so within 6 %. Made at the first call. */
    private int[] latency;

    /** Notes one execution. */
    public void add(long durationNanos, boolean track) {
        calls++;
        nanos += durationNanos;
        if (track) {
            if (latency == null) {
                latency = new int[BUCKETS];
            }
            latency[bucket(durationNanos)]++;
        }
    }

    private static int bucket(long nanos) {
        long value = Math.max(nanos, 0);
        if (value < SUB_BUCKETS) {
            return (int) value;
        }
        int shift = 63 - Long.numberOfLeadingZeros(value) - SUB_BUCKET_BITS;
        return (shift << SUB_BUCKET_BITS) + (int) (value >>> shift);
    }

    private static long highest(int bucket) {
        if (bucket < 2 * SUB_BUCKETS) {
            return bucket;
        }
        int shift = (bucket >>> SUB_BUCKET_BITS) - 1;
        long value = bucket - ((long) shift << SUB_BUCKET_BITS);
        return (value + 1 << shift) - 1;
    }

    public boolean hasLatency() {
        return latency != null;
    }

    /** How many executions' durations were kept. */
    public long latencyCount() {
        return countBelow(BUCKETS);
    }

    /** How many of them took less than so many nanoseconds, a power of two. */
    public long latencyCountBelow(long nanos) {
        return countBelow(bucket(nanos));
    }

    private long countBelow(int end) {
        long total = 0;
        for (int bucket = 0; bucket < end && latency != null; bucket++) {
            total += latency[bucket];
        }
        return total;
    }

    /** The duration in nanoseconds that {@code percent} of the executions did not exceed. */
    public long percentileNanos(double percent) {
        long total = latencyCount();
        long wanted = Math.max(1, (long) Math.ceil(total * percent / 100));
        long seen = 0;
        for (int bucket = 0; bucket < BUCKETS; bucket++) {
            seen += latency[bucket];
            if (seen >= wanted) {
                return highest(bucket);
            }
        }
        return 0;
    }

    public void reset() {
        calls = 0;
        nanos = 0;
        rejectedCalls = 0;
        failedCalls = 0;
        latency = null;
    }
}
