package dev.lockstep.server.command;

import dev.lockstep.server.hyperloglog.DenseRegisters;
import dev.lockstep.server.hyperloglog.ElementHash;
import dev.lockstep.server.hyperloglog.HyperLogLogLayout;
import dev.lockstep.server.hyperloglog.RegisterHistogram;
import dev.lockstep.server.hyperloglog.SparseRegisters;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * PFSELFTEST: whether registers hold what they are given, dense and sparse ones agree, and estimates are as good as they
 * should be. Touches no data.
 */
final class HyperLogLogSelfTest {
    private static final int REGISTER_ROUNDS = 100;
    private static final int MAX_ELEMENTS = 1_000_000;
    private static final int MAX_SPARSE_BYTES = 3000;
    private static final int MAX_SPARSE_RANK = 32;
    private static final int REGISTERS_AT = HyperLogLogLayout.HEADER_BYTES;

    /** The standard error of the estimate. */
    private static final double ERROR = 1.04 / Math.sqrt(HyperLogLogLayout.REGISTERS);

    private final SplittableRandom random = new SplittableRandom();
    private final RegisterHistogram histogram = new RegisterHistogram();
    private final SparseRegisters sparseRegisters = new SparseRegisters();
    private final byte[] dense = new byte[HyperLogLogLayout.DENSE_BYTES];
    private final byte[] sparse = new byte[MAX_SPARSE_BYTES];
    private int sparseLength = HyperLogLogLayout.EMPTY_BYTES;

    private HyperLogLogSelfTest() {}

    static void run(Call call) {
        HyperLogLogSelfTest test = new HyperLogLogSelfTest();
        test.registers();
        test.estimates();
        call.reply().ok();
    }

    private static CommandException failed(String what) {
        return new CommandException("TESTFAILED " + what);
    }

    private void registers() {
        byte[] expected = new byte[HyperLogLogLayout.REGISTERS];
        for (int round = 0; round < REGISTER_ROUNDS; round++) {
            for (int i = 0; i < expected.length; i++) {
                expected[i] = (byte) random.nextInt(HyperLogLogLayout.MAX_RANK + 1);
                DenseRegisters.set(dense, REGISTERS_AT, i, expected[i]);
            }
            for (int i = 0; i < expected.length; i++) {
                int found = DenseRegisters.get(dense, REGISTERS_AT, i);
                if (found != expected[i]) {
                    throw failed("register " + i + " is " + found + ", not " + expected[i]);
                }
            }
        }
    }

    /** Adds distinct elements and looks at the estimates of 1, 10, 100, ... of them. */
    private void estimates() {
        HyperLogLogLayout.writeEmpty(sparse, 0);
        Arrays.fill(dense, (byte) 0);
        HyperLogLogLayout.writeDenseHeader(sparse, 0, dense);
        ByteBuffer element = ByteBuffer.allocate(Long.BYTES);
        long salt = random.nextLong();
        int checkpoint = 1;
        for (int count = 1; count <= MAX_ELEMENTS; count++) {
            element.putLong(0, salt + count);
            add(ElementHash.of(element.array(), 0, Long.BYTES));
            if (count == checkpoint) {
                check(count);
                checkpoint *= 10;
            }
        }
    }

    private void add(long hash) {
        int register = ElementHash.register(hash);
        int rank = ElementHash.rank(hash);
        if (DenseRegisters.get(dense, REGISTERS_AT, register) < rank) {
            DenseRegisters.set(dense, REGISTERS_AT, register, rank);
        }
        int length = sparseLength - REGISTERS_AT;
        if (sparseLength == 0 || rank > MAX_SPARSE_RANK) {
            sparseLength = 0;
            return;
        }
        sparseRegisters.rewind();
        if (!sparseRegisters.seek(sparse, REGISTERS_AT, length, register)) {
            throw failed("register " + register + " is in no opcode");
        }
        if (sparseRegisters.value() < rank) {
            boolean fits = sparseRegisters.plan(register, rank) + sparseLength <= sparse.length;
            sparseLength =
                    fits ? sparseRegisters.apply(sparse, REGISTERS_AT, length) + REGISTERS_AT : 0;
        }
    }

    private void check(int count) {
        long estimate = histogram.cardinality(dense, 0, dense.length);
        if (sparseLength > 0 && histogram.cardinality(sparse, 0, sparseLength) != estimate) {
            throw failed("dense and sparse registers disagree at " + count);
        }
        double allowed = Math.max(1, Math.ceil(count * ERROR * 6));
        if (Math.abs(estimate - count) > allowed) {
            throw failed("the estimate of " + count + " elements is " + estimate);
        }
    }
}
