package dev.lockstep.server.net;

import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class InputArraysTest {
    private final InputArrays arrays = new InputArrays();

    @Test
    void whatPassesFitsFromASingleByteOn() {
        for (int bytes : new int[] {1, 2, 3, 65536, 65537, 1 << 20, (1 << 20) + 1}) {
            assertTrue(arrays.passing(bytes).length >= bytes, bytes + " bytes");
            arrays.leavePassing();
        }
    }

    @Test
    void oneArrayServesUntilItIsLeft() {
        byte[] first = arrays.passing(100_000);
        assertSame(first, arrays.passing(10));
        arrays.leavePassing();
        assertNotSame(first, arrays.passing(10));
    }
}
