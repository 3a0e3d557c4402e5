package dev.lockstep.keyspace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class SizeClassesTest {
    @Test
    void everySizeGetsTheSmallestClassThatHoldsIt() {
        for (int bytes = 1; bytes <= SizeClasses.MAX_BYTES; bytes++) {
            int sizeClass = SizeClasses.of(bytes);
            assertTrue(SizeClasses.bytes(sizeClass) >= bytes, "too small for " + bytes);
            if (sizeClass > 0) {
                assertTrue(SizeClasses.bytes(sizeClass - 1) < bytes, "too large for " + bytes);
            }
            assertEquals(SizeClasses.bytes(sizeClass), SizeClasses.roundUp(bytes));
        }
    }

    @Test
    void classesAreExactToOneKilobyteAndAtMostAnEighthApartAboveIt() {
        for (int sizeClass = 0; sizeClass < 64; sizeClass++) {
            assertEquals(16 * (sizeClass + 1), SizeClasses.bytes(sizeClass));
        }
        for (int sizeClass = 64; sizeClass < SizeClasses.COUNT; sizeClass++) {
            int below = SizeClasses.bytes(sizeClass - 1);
            int step = SizeClasses.bytes(sizeClass) - below;
            assertTrue(step > 0 && step * 8 <= below, "step " + step + " above " + below);
        }
        assertEquals(SizeClasses.MAX_BYTES, SizeClasses.bytes(SizeClasses.COUNT - 1));
    }
}
