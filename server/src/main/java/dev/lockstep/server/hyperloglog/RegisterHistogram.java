package dev.lockstep.server.hyperloglog;

import java.util.Arrays;

/**
 * How many registers hold which value, and how many distinct elements that makes probable.
 *
 * <p>The estimate is the improved raw estimator of Otmar Ertl, "New cardinality estimation algorithms for HyperLogLog
 * sketches" (arXiv:1702.01284), as Redis computes it, in the same order of operations, so that the same number comes out.
 */
public final class RegisterHistogram implements SparseRegisters.RunVisitor {
    private static final double REGISTERS = HyperLogLogLayout.REGISTERS;

    /** 1 / (2 ln 2), the constant for infinitely many registers. */
    private static final double ALPHA = 0.721347520444481703680;

    private final int[] counts = new int[64];

    /** The estimate for a HyperLogLog, or -1 if it is corrupt. */
    public long cardinality(byte[] array, int offset, int length) {
        Arrays.fill(counts, 0);
        int at = offset + HyperLogLogLayout.HEADER_BYTES;
        if (!HyperLogLogLayout.isSparse(array, offset)) {
            DenseRegisters.count(array, at, counts);
        } else if (!SparseRegisters.walk(
                array, at, length - HyperLogLogLayout.HEADER_BYTES, this)) {
            return -1;
        }
        return cardinality();
    }

    /** The estimate for several HyperLogLogs together. */
    public long cardinality(UnionRegisters registers) {
        Arrays.fill(counts, 0);
        registers.count(counts);
        return cardinality();
    }

    @Override
    public void run(int first, int span, int value) {
        counts[value] += span;
    }

    private long cardinality() {
        double z = REGISTERS * tau((REGISTERS - counts[HyperLogLogLayout.MAX_RANK]) / REGISTERS);
        for (int value = HyperLogLogLayout.MAX_RANK - 1; value > 0; value--) {
            z = (z + counts[value]) * 0.5;
        }
        z += REGISTERS * sigma(counts[0] / REGISTERS);
        return Math.round(ALPHA * REGISTERS * REGISTERS / z);
    }

    /** The paper's sigma: x + the sum, for k from 1 on, of x^(2^k) * 2^(k-1). */
    private static double sigma(double x) {
        if (x == 1) {
            return Double.POSITIVE_INFINITY;
        }
        double power = x;
        double factor = 1;
        double sum = x;
        double before;
        do {
            before = sum;
            power *= power;
            sum += power * factor;
            factor += factor;
        } while (sum != before);
        return sum;
    }

    /** The paper's tau: a third of 1 - x - the sum, for k from 1 on, of (1 - x^(2^-k))^2 * 2^-k. */
    private static double tau(double x) {
        if (x == 0 || x == 1) {
            return 0;
        }
        double root = x;
        double factor = 1;
        double sum = 1 - x;
        double before;
        do {
            before = sum;
            root = Math.sqrt(root);
            factor *= 0.5;
            sum -= (1 - root) * (1 - root) * factor;
        } while (sum != before);
        return sum / 3;
    }
}
