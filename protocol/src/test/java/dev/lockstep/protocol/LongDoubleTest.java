package dev.lockstep.protocol;

import static dev.lockstep.protocol.Recorded.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class LongDoubleTest {
    @Test
    void addsLikeStockIncrbyfloat() throws Exception {
        List<String[]> cases = Recorded.cases("incrbyfloat.txt");
        assertTrue(cases.size() > 200);
        for (String[] c : cases) {
            assertEquals(c[2], incrbyfloat(c[0], c[1]), c[0] + " + " + c[1]);
        }
    }

    @Test
    void roundsToSixtyFourBits() {
        assertEquals("3.09999999999999999", incrbyfloat("3", "0.09999999999999999"));
        assertEquals("0.3", incrbyfloat("0.1", "0.2"));
        assertEquals("18446744073709551616", incrbyfloat("18446744073709551615", "0.5"));
        assertEquals("18446744073709551615", incrbyfloat("18446744073709551615", "0.25"));
        assertEquals("5.2", incrbyfloat("5.0e0", "200e-3"));
        assertEquals("0", incrbyfloat("-1e-30", "0"));
    }

    @Test
    void knowsItsLimits() {
        assertTrue(LongDouble.parse(bytes("1.18973149535723176502e+4932")).isFinite());
        assertNull(LongDouble.parse(bytes("1.18973149535723176509e+4932")));
        assertNotNull(LongDouble.parse(bytes("1e-4950")));
        assertNull(LongDouble.parse(bytes("1e-4952")));
        assertNull(LongDouble.parse(bytes("1e999999999999999999999")));
        assertNull(LongDouble.parse(bytes("1e-999999999999999999999")));
        assertEquals("0", LongDouble.parse(bytes("0e999999999999999999999")).toString());
        LongDouble most = LongDouble.parse(bytes("1.18e4932"));
        assertFalse(most.add(most).isFinite());
    }

    @Test
    void infinityIsAValueAndNanIsNot() {
        LongDouble infinity = LongDouble.parse(bytes("+InFinity"));
        assertFalse(infinity.isFinite());
        assertNull(infinity.add(LongDouble.parse(bytes("-inf"))));
        assertEquals("inf", infinity.add(LongDouble.of(3)).toString());
        assertNull(LongDouble.parse(bytes("nan")));
        assertNull(LongDouble.parse(bytes("")));
        assertNull(LongDouble.parse(bytes("1 ")));
        assertNull(LongDouble.parse(bytes("1".repeat(LongDouble.TEXT_BYTES_MAX + 1))));
    }

    private static String incrbyfloat(String stored, String increment) {
        LongDouble a = LongDouble.parse(bytes(stored));
        LongDouble b = LongDouble.parse(bytes(increment));
        if (a == null || b == null) {
            return "-" + ErrorReplies.NOT_A_FLOAT;
        }
        LongDouble sum = a.add(b);
        return sum == null || !sum.isFinite()
                ? "-" + ErrorReplies.INCREMENT_NAN
                : new String(sum.format());
    }
}
