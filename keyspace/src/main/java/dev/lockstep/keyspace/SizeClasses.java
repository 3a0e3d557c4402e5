package dev.lockstep.keyspace;

/**
 * The sizes cells come in: every multiple of 16 bytes up to 1 KiB, then eight sizes a doubling (at most 12.5 % apart)
 * up to 32 KiB.
 */
final class SizeClasses {
    /** The largest cell, in bytes. */
    static final int MAX_BYTES = 32 * 1024;

    private static final int EXACT_UNITS = 64;
    private static final int MAX_UNITS = MAX_BYTES / Cells.UNIT_BYTES;
    private static final int STEPS_PER_DOUBLING = 8;

    /** How many classes there are. */
    static final int COUNT = EXACT_UNITS + 5 * STEPS_PER_DOUBLING;

    private static final short[] UNITS = new short[COUNT];
    private static final byte[] CLASS_OF_UNITS = new byte[MAX_UNITS + 1];

    static {
        int sizeClass = 0;
        for (int units = 1; units <= EXACT_UNITS; units++) {
            UNITS[sizeClass++] = (short) units;
        }
        for (int base = EXACT_UNITS; base < MAX_UNITS; base *= 2) {
            for (int step = 1; step <= STEPS_PER_DOUBLING; step++) {
                UNITS[sizeClass++] = (short) (base + base / STEPS_PER_DOUBLING * step);
            }
        }
        int of = 0;
        for (int units = 1; units <= MAX_UNITS; units++) {
            if (units > UNITS[of]) {
                of++;
            }
            CLASS_OF_UNITS[units] = (byte) of;
        }
    }

    private SizeClasses() {}

    /** The smallest class that holds {@code bytes}, which is from 1 to {@link #MAX_BYTES}. */
    static int of(int bytes) {
        return CLASS_OF_UNITS[(bytes + Cells.UNIT_BYTES - 1) >> Cells.UNIT_SHIFT];
    }

    static int units(int sizeClass) {
        return UNITS[sizeClass];
    }

    static int bytes(int sizeClass) {
        return UNITS[sizeClass] << Cells.UNIT_SHIFT;
    }

    /** What a cell for {@code bytes} really holds. */
    static int roundUp(int bytes) {
        return bytes(of(bytes));
    }
}
