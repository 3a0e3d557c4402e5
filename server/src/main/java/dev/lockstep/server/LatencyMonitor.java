package dev.lockstep.server;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What took longer than {@code latency-monitor-threshold}, by kind of event: the worst of each second, for the last {@value
 * #SAMPLES_MAX} seconds that had any. Executor only.
 */
public final class LatencyMonitor {
    private static final int SAMPLES_MAX = 160;

    /** A command that is not among the fast ones was slow. */
    public static final String COMMAND = "command";

    /** A command was slow that should never be. */
    public static final String FAST_COMMAND = "fast-command";

    /** Removing expired keys took long. */
    public static final String EXPIRE_CYCLE = "expire-cycle";

    /** Freezing the keyspace took long; Redis' name for what it does instead. */
    public static final String FORK = "fork";

    /** Handing changes of the append-only file to the operating system took long. */
    public static final String AOF_WRITE = "aof-write";

    /** Forcing them to disk before replying took long. */
    public static final String AOF_FSYNC_ALWAYS = "aof-fsync-always";

    /** A second and the longest event in it. */
    public record Sample(long unixSeconds, long millis) {}

    /** The samples of one kind of event, the oldest first, and the longest event ever. */
    public static final class Series {
        private final Deque<Sample> samples = new ArrayDeque<>();
        private long worstMillis;

        private void add(long unixSeconds, long millis) {
            worstMillis = Math.max(worstMillis, millis);
            Sample last = samples.peekLast();
            if (last != null && last.unixSeconds() == unixSeconds) {
                samples.removeLast();
                millis = Math.max(millis, last.millis());
            }
            samples.addLast(new Sample(unixSeconds, millis));
            if (samples.size() > SAMPLES_MAX) {
                samples.removeFirst();
            }
        }

        public List<Sample> samples() {
            return new ArrayList<>(samples);
        }

        public Sample last() {
            return samples.peekLast();
        }

        public long worstMillis() {
            return worstMillis;
        }
    }

    private final LockstepServer server;
    private final Map<String, Series> series = new LinkedHashMap<>();

    LatencyMonitor(LockstepServer server) {
        this.server = server;
    }

    /** Notes an event if it took too long. */
    public void observe(String event, long nanos) {
        long threshold = server.config().monitoring.latencyMonitorThreshold.get();
        if (threshold > 0 && nanos >= threshold * 1_000_000) {
            series.computeIfAbsent(event, name -> new Series())
                    .add(server.clock().millis() / 1000, nanos / 1_000_000);
        }
    }

    /** By event. */
    public Map<String, Series> series() {
        return series;
    }
}
