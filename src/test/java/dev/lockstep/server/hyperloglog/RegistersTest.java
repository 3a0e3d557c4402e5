package dev.lockstep.server.hyperloglog;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Registers hold what they are given, however they are stored, and corrupt ones are told from good ones. */
class RegistersTest {
    private static final int REGISTERS = HyperLogLogLayout.REGISTERS;
    private static final int OFFSET = 5;
    private static final int SPARSE_BYTES = OFFSET + 2 * REGISTERS + 5;

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);
    private final byte[] model = new byte[REGISTERS];
    private final SparseRegisters sparse = new SparseRegisters();

    @Test
    void denseRegistersHoldWhatTheyAreGiven() {
        byte[] dense = new byte[OFFSET + DenseRegisters.BYTES];
        for (int i = 0; i < 100_000; i++) {
            int register = random.nextInt(REGISTERS);
            model[register] = (byte) random.nextInt(64);
            DenseRegisters.set(dense, OFFSET, register, model[register]);
        }
        for (int i = 0; i < REGISTERS; i++) {
            assertEquals(model[i], DenseRegisters.get(dense, OFFSET, i), "seed " + seed);
        }
        int[] counts = new int[64];
        DenseRegisters.count(dense, OFFSET, counts);
        assertArrayEquals(countsOfModel(), counts, "seed " + seed);
        byte[] raised = new byte[REGISTERS];
        DenseRegisters.raise(dense, OFFSET, raised);
        assertArrayEquals(model, raised, "seed " + seed);
        byte[] written = new byte[dense.length];
        DenseRegisters.put(written, OFFSET, model);
        assertArrayEquals(dense, written, "seed " + seed);
    }

    private int[] countsOfModel() {
        int[] counts = new int[64];
        for (byte value : model) {
            counts[value]++;
        }
        return counts;
    }

    @Test
    void sparseRegistersHoldWhatTheyAreGiven() {
        byte[] array = new byte[SPARSE_BYTES];
        for (int span : new int[] {REGISTERS, 600, 8}) {
            Arrays.fill(model, (byte) 0);
            int length = SparseOpcode.putZeros(array, OFFSET, REGISTERS);
            for (int i = 0; i < 5_000; i++) {
                int register = random.nextInt(span);
                length = raise(array, length, register, random.nextInt(32) + 1);
                sparse.rewind();
                if (i % 100 == 0) {
                    assertEquals(length, checked(array, length));
                }
            }
        }
    }

    @Test
    void registersInRisingOrderComeOutAsInAnyOrder() {
        for (int round = 0; round < 50; round++) {
            byte[] resumed = new byte[SPARSE_BYTES];
            byte[] rewound = new byte[SPARSE_BYTES];
            int length = SparseOpcode.putZeros(resumed, OFFSET, REGISTERS);
            SparseOpcode.putZeros(rewound, OFFSET, REGISTERS);
            Arrays.fill(model, (byte) 0);
            sparse.rewind();
            for (int pass = 0; pass < 4; pass++) {
                int step = 1 << random.nextInt(10);
                int before = length;
                for (int i = random.nextInt(step); i < REGISTERS; i += 1 + random.nextInt(step)) {
                    byte[] values = {1, 1, 2, 2, 2, 3};
                    int value = values[random.nextInt(values.length)] + pass / 2;
                    byte held = model[i];
                    length = raise(resumed, length, i, value);
                    model[i] = held;
                    SparseRegisters fresh = new SparseRegisters();
                    before = raise(fresh, rewound, before, i, value);
                    assertEquals(before, length, "seed " + seed);
                }
                sparse.rewind();
                assertArrayEquals(
                        Arrays.copyOf(rewound, OFFSET + length),
                        Arrays.copyOf(resumed, OFFSET + length),
                        "seed " + seed);
                checked(resumed, length);
            }
        }
    }

    private int raise(byte[] array, int length, int register, int value) {
        return raise(sparse, array, length, register, value);
    }

    private int raise(
            SparseRegisters registers, byte[] array, int length, int register, int value) {
        assertTrue(registers.seek(array, OFFSET, length, register), "seed " + seed);
        assertEquals(model[register], registers.value(), "seed " + seed);
        if (value <= model[register]) {
            return length;
        }
        model[register] = (byte) value;
        int growth = registers.plan(register, value);
        array[OFFSET + length + Math.max(growth, 0)] = 0x55;
        int after = registers.apply(array, OFFSET, length);
        assertEquals(0x55, array[OFFSET + length + Math.max(growth, 0)], "seed " + seed);
        return after;
    }

    /** Compares all registers with the model; returns the length. */
    private int checked(byte[] array, int length) {
        byte[] found = new byte[REGISTERS];
        boolean complete =
                SparseRegisters.walk(
                        array,
                        OFFSET,
                        length,
                        (first, span, value) ->
                                Arrays.fill(found, first, first + span, (byte) value));
        assertTrue(complete, "seed " + seed);
        assertArrayEquals(model, found, "seed " + seed);
        return length;
    }

    @Test
    void anythingButAllRegistersIsCorrupt() {
        byte[] array = new byte[SPARSE_BYTES];
        int length = SparseOpcode.putZeros(array, OFFSET, REGISTERS);
        assertTrue(SparseRegisters.walk(array, OFFSET, length, (first, span, value) -> {}));
        assertFalse(SparseRegisters.walk(array, OFFSET, 0, (first, span, value) -> {}));
        assertFalse(SparseRegisters.walk(array, OFFSET, 1, (first, span, value) -> {}));
        assertFalse(SparseRegisters.walk(array, OFFSET, length + 1, (first, span, value) -> {}));
        assertFalse(sparse.seek(array, OFFSET, 1, 0));
        assertFalse(sparse.seek(array, OFFSET, 0, 0));
        SparseOpcode.putZeros(array, OFFSET, REGISTERS - 1);
        assertFalse(SparseRegisters.walk(array, OFFSET, length, (first, span, value) -> {}));
        assertTrue(sparse.seek(array, OFFSET, length, REGISTERS - 2));
        assertFalse(sparse.seek(array, OFFSET, length, REGISTERS - 1));
    }

    @Test
    void randomBytesNeverGoBeyondTheirEnd() {
        UnionRegisters union = new UnionRegisters();
        RegisterHistogram histogram = new RegisterHistogram();
        for (int round = 0; round < 20_000; round++) {
            byte[] bytes = new byte[HyperLogLogLayout.HEADER_BYTES + random.nextInt(40)];
            random.nextBytes(bytes);
            bytes[4] = 1;
            int opcodes = bytes.length - HyperLogLogLayout.HEADER_BYTES;
            boolean valid = union.add(bytes, 0, bytes.length);
            assertEquals(valid, histogram.cardinality(bytes, 0, bytes.length) >= 0);
            byte[] roomy = Arrays.copyOf(bytes, bytes.length + 5);
            sparse.rewind();
            int register = random.nextInt(REGISTERS);
            if (sparse.seek(roomy, HyperLogLogLayout.HEADER_BYTES, opcodes, register)
                    && sparse.value() < 32) {
                sparse.plan(register, sparse.value() + 1);
                sparse.apply(roomy, HyperLogLogLayout.HEADER_BYTES, opcodes);
            }
        }
    }

    @Test
    void nothingIsEstimatedAsNothingAndAllAsNearlyAll() {
        byte[] empty = new byte[HyperLogLogLayout.EMPTY_BYTES];
        HyperLogLogLayout.writeEmpty(empty, 0);
        assertEquals(0, new RegisterHistogram().cardinality(empty, 0, empty.length));
        assertEquals(0, new RegisterHistogram().cardinality(new UnionRegisters()));
        byte[] dense = new byte[HyperLogLogLayout.DENSE_BYTES];
        HyperLogLogLayout.writeDenseHeader(empty, 0, dense);
        assertEquals(0, new RegisterHistogram().cardinality(dense, 0, dense.length));
        Arrays.fill(dense, HyperLogLogLayout.HEADER_BYTES, dense.length, (byte) -1);
        assertTrue(new RegisterHistogram().cardinality(dense, 0, dense.length) >= 0);
    }
}
