package dev.lockstep.server.command;

import dev.lockstep.server.LatencyMonitor.Sample;
import dev.lockstep.server.LatencyMonitor.Series;
import java.util.List;
import java.util.Locale;

/** The events of LATENCY GRAPH and DOCTOR as text: a bar for each, with its age written downwards below it. */
final class LatencyGraph {
    private static final int ROWS = 4;
    private static final int COLUMNS_MAX = 80;

    /** How the top of a bar looks, by how much of its row it fills. */
    private static final char[] TOPS = {'_', 'o', '#'};

    private LatencyGraph() {}

    static String of(String event, Series series, long nowSeconds) {
        List<Sample> samples = series.samples();
        samples = samples.subList(Math.max(0, samples.size() - COLUMNS_MAX), samples.size());
        long low = samples.stream().mapToLong(Sample::millis).min().orElse(0);
        long high = samples.stream().mapToLong(Sample::millis).max().orElse(0);
        StringBuilder text = new StringBuilder();
        text.append(event).append(" - high ").append(high).append(" ms, low ").append(low);
        text.append(" ms (all time high ").append(series.worstMillis()).append(" ms)\n");
        text.append("-".repeat(COLUMNS_MAX)).append('\n');
        for (int row = ROWS - 1; row >= 0; row--) {
            for (Sample sample : samples) {
                text.append(piece(sample.millis(), low, high, row));
            }
            text.append('\n');
        }
        ages(text, samples, nowSeconds);
        return text.toString();
    }

    private static char piece(long value, long low, long high, int row) {
        int steps = ROWS * TOPS.length;
        double share = high == low ? 0 : (double) (value - low) / (high - low);
        int step = Math.min(steps - 1, (int) (share * steps)) - row * TOPS.length;
        if (step < 0) {
            return ' ';
        }
        return step < TOPS.length ? TOPS[step] : '|';
    }

    private static void ages(StringBuilder text, List<Sample> samples, long nowSeconds) {
        List<String> ages =
                samples.stream().map(sample -> age(nowSeconds - sample.unixSeconds())).toList();
        int longest = ages.stream().mapToInt(String::length).max().orElse(0);
        for (int i = 0; i < longest; i++) {
            for (String age : ages) {
                text.append(i < age.length() ? age.charAt(i) : ' ');
            }
            text.append('\n');
        }
    }

    private static String age(long seconds) {
        if (seconds < 60) {
            return seconds + "s";
        }
        if (seconds < 3600) {
            return seconds / 60 + "m";
        }
        return seconds < 86_400 ? seconds / 3600 + "h" : seconds / 86_400 + "d";
    }

    /** A line on one kind of event, with its newline. */
    static String summary(String event, Series series) {
        List<Sample> samples = series.samples();
        double mean = samples.stream().mapToLong(Sample::millis).average().orElse(0);
        return String.format(
                Locale.ROOT,
                "%s: %d latency spikes (average %.0f ms, worst ever %d ms).%n",
                event,
                samples.size(),
                mean,
                series.worstMillis());
    }
}
