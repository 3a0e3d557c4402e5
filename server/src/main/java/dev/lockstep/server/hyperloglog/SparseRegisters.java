package dev.lockstep.server.hyperloglog;

/**
 * Finds a register among sparse ones and changes it, as Redis does it: opcode for opcode the same bytes come of it.
 *
 * <p>In three steps, because the string that holds the opcodes may have to grow, and then lies elsewhere: {@link #seek},
 * {@link #plan}, {@link #apply}. Opcodes are the {@code length} bytes from {@code offset} on. One object serves all
 * strings, one after the other.
 *
 * <p>Registers may be sought in rising order, between {@link #rewind}s, of one string that only this object changes; each
 * search then goes on near where the last one ended.
 */
public final class SparseRegisters {
    /** Takes what {@link #walk} meets. */
    interface RunVisitor {
        /** The next so many registers, from {@code first} on, have this value. */
        void run(int first, int span, int value);
    }

    private static final int NONE = -1;

    /** How many opcodes, from the one before the change on, may be joined with their neighbours. */
    private static final int OPCODES_JOINED = 5;

    /** The opcode found, where it begins, and its first register; and where the one before it begins, or NONE. */
    private byte opcode;

    private int at;
    private int first;
    private int span;
    private int previous;

    private int resumeAt;
    private int resumeFirst;

    private final byte[] replacement = new byte[5];
    private int replacementBytes;

    /** Visits all registers; false if the opcodes are not {@value HyperLogLogLayout#REGISTERS} registers. */
    static boolean walk(byte[] array, int offset, int length, RunVisitor visitor) {
        int end = offset + length;
        int register = 0;
        for (int i = offset; i < end; i += SparseOpcode.bytes(array[i])) {
            if (i + SparseOpcode.bytes(array[i]) > end) {
                return false;
            }
            int covered = SparseOpcode.span(array, i);
            if (register + covered > HyperLogLogLayout.REGISTERS) {
                return false;
            }
            visitor.run(register, covered, SparseOpcode.value(array[i]));
            register += covered;
        }
        return register == HyperLogLogLayout.REGISTERS;
    }

    /** The next search begins at the first register. */
    public void rewind() {
        resumeAt = 0;
        resumeFirst = 0;
    }

    /** Finds the opcode of a register; false if there is none, because the opcodes are corrupt. */
    public boolean seek(byte[] array, int offset, int length, int register) {
        int beforePrevious = NONE;
        int beforePreviousFirst = 0;
        int previousFirst = 0;
        previous = NONE;
        at = resumeAt;
        first = resumeFirst;
        while (at < length) {
            opcode = array[offset + at];
            int next = at + SparseOpcode.bytes(opcode);
            if (next > length) {
                return false;
            }
            span = SparseOpcode.span(array, offset + at);
            if (register < first + span) {
                assert previous != NONE || at == 0 : register;
                resumeAt = beforePrevious == NONE ? 0 : beforePrevious;
                resumeFirst = beforePreviousFirst;
                return true;
            }
            beforePrevious = previous;
            beforePreviousFirst = previousFirst;
            previous = at;
            previousFirst = first;
            at = next;
            first += span;
        }
        return false;
    }

    /** What the register that was found holds. */
    public int value() {
        return SparseOpcode.value(opcode);
    }

    /**
     * Prepares to set the register that was found, whose opcode is split where it covers more than that one.
     *
     * @param value more than it holds, at most {@link SparseOpcode#MAX_VALUE}
     * @return how many bytes more the opcodes will take before neighbours are joined
     */
    public int plan(int register, int value) {
        replacementBytes = 0;
        putRun(register - first);
        replacement[replacementBytes++] = SparseOpcode.ofValue(value, 1);
        putRun(first + span - 1 - register);
        return replacementBytes - SparseOpcode.bytes(opcode);
    }

    private void putRun(int registers) {
        if (registers == 0) {
            return;
        }
        if (SparseOpcode.isValue(opcode)) {
            replacement[replacementBytes++] = SparseOpcode.ofValue(value(), registers);
        } else {
            replacementBytes += SparseOpcode.putZeros(replacement, replacementBytes, registers);
        }
    }

    /** Carries out what was planned, in an array that has room for it; returns the new length of the opcodes. */
    public int apply(byte[] array, int offset, int length) {
        int tail = at + SparseOpcode.bytes(opcode);
        int newTail = at + replacementBytes;
        System.arraycopy(array, offset + tail, array, offset + newTail, length - tail);
        System.arraycopy(replacement, 0, array, offset + at, replacementBytes);
        return join(array, offset, length + newTail - tail);
    }

    private int join(byte[] array, int offset, int length) {
        int end = offset + length;
        int i = offset + Math.max(previous, 0);
        for (int looked = 0; looked < OPCODES_JOINED && i < end; looked++) {
            if (i + 1 < end && joinable(array[i], array[i + 1])) {
                int registers = SparseOpcode.span(array, i) + SparseOpcode.span(array, i + 1);
                array[i] = SparseOpcode.ofValue(SparseOpcode.value(array[i]), registers);
                System.arraycopy(array, i + 2, array, i + 1, end - i - 2);
                end--;
            } else {
                i += SparseOpcode.bytes(array[i]);
            }
        }
        return end - offset;
    }

    private static boolean joinable(byte a, byte b) {
        return SparseOpcode.isValue(a)
                && SparseOpcode.isValue(b)
                && SparseOpcode.value(a) == SparseOpcode.value(b)
                && (a & 3) + (b & 3) + 2 <= SparseOpcode.MAX_VALUE_SPAN;
    }
}
