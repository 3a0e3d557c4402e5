package dev.lockstep.server.hyperloglog;

import java.util.Arrays;

/** Registers of a byte each, which several HyperLogLogs are merged in: each becomes the greatest of theirs. */
public final class UnionRegisters implements SparseRegisters.RunVisitor {
    private final byte[] registers = new byte[HyperLogLogLayout.REGISTERS];

    /** Makes them registers of nothing. */
    public void clear() {
        Arrays.fill(registers, (byte) 0);
    }

    /** Adds a HyperLogLog; false if it is corrupt. */
    public boolean add(byte[] array, int offset, int length) {
        int at = offset + HyperLogLogLayout.HEADER_BYTES;
        if (HyperLogLogLayout.isSparse(array, offset)) {
            return SparseRegisters.walk(array, at, length - HyperLogLogLayout.HEADER_BYTES, this);
        }
        DenseRegisters.raise(array, at, registers);
        return true;
    }

    @Override
    public void run(int first, int span, int value) {
        if (value > 0) {
            for (int i = first; i < first + span; i++) {
                registers[i] = (byte) Math.max(registers[i], value);
            }
        }
    }

    public int get(int register) {
        return registers[register];
    }

    /** Writes them as the registers of a dense HyperLogLog. */
    public void putDense(byte[] array, int offset) {
        DenseRegisters.put(array, offset, registers);
    }

    void count(int[] counts) {
        for (byte value : registers) {
            counts[value]++;
        }
    }
}
