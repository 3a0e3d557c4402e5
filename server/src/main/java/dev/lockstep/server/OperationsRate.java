package dev.lockstep.server;

import java.util.Arrays;

/** Rates over the last sixteen samples of at least 100 ms each. Executor only. */
public final class OperationsRate {
    private static final int SAMPLES = 16;
    private static final int SAMPLE_MILLIS = 100;

    private static final int COMMANDS = 0;
    private static final int INPUT = 1;
    private static final int OUTPUT = 2;
    private static final int REPLICATION_INPUT = 3;
    private static final int REPLICATION_OUTPUT = 4;
    private static final int BATCHES = 5;
    private static final int BATCH_NANOS = 6;
    private static final int KINDS = 7;

    private final double[][] perSecond = new double[KINDS][SAMPLES];
    private final long[] last = new long[KINDS];
    private final long[] current = new long[KINDS];
    private int next;
    private long lastMillis;

    void sample(Stats stats, long nowMillis) {
        long passed = nowMillis - lastMillis;
        if (passed < SAMPLE_MILLIS) {
            return;
        }
        current[COMMANDS] = stats.commandsProcessed;
        current[INPUT] = stats.netInputBytes + stats.netReplicationInputBytes;
        current[OUTPUT] = stats.netOutputBytes + stats.netReplicationOutputBytes;
        current[REPLICATION_INPUT] = stats.netReplicationInputBytes;
        current[REPLICATION_OUTPUT] = stats.netReplicationOutputBytes;
        current[BATCHES] = stats.batches;
        current[BATCH_NANOS] = stats.batchNanos;
        for (int kind = 0; kind < KINDS; kind++) {
            perSecond[kind][next] = Math.max(0, current[kind] - last[kind]) * 1000.0 / passed;
            last[kind] = current[kind];
        }
        next = (next + 1) % SAMPLES;
        lastMillis = nowMillis;
    }

    /** CONFIG RESETSTAT: forgets all samples. */
    public void reset() {
        for (double[] samples : perSecond) {
            Arrays.fill(samples, 0);
        }
        Arrays.fill(last, 0);
    }

    private double mean(int kind) {
        double sum = 0;
        for (double sample : perSecond[kind]) {
            sum += sample;
        }
        return sum / SAMPLES;
    }

    public long commandsPerSecond() {
        return Math.round(mean(COMMANDS));
    }

    /** KiB a second. */
    public double inputKbps() {
        return mean(INPUT) / 1024;
    }

    public double outputKbps() {
        return mean(OUTPUT) / 1024;
    }

    public double replicationInputKbps() {
        return mean(REPLICATION_INPUT) / 1024;
    }

    public double replicationOutputKbps() {
        return mean(REPLICATION_OUTPUT) / 1024;
    }

    public long batchesPerSecond() {
        return Math.round(mean(BATCHES));
    }

    /** Microseconds that a batch takes. */
    public long batchMicros() {
        double batches = mean(BATCHES);
        return batches == 0 ? 0 : Math.round(mean(BATCH_NANOS) / batches / 1000);
    }
}
