package dev.lockstep.server.replication;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class TransferPaceTest {
    private long rate;
    private final TransferPace pace = new TransferPace(() -> rate);

    @Test
    void withoutALimitNothingIsHeldBack() {
        assertEquals(128 * 1024, pace.piece(128 * 1024));
        assertEquals(0, pace.sent(128 * 1024));
    }

    @Test
    void piecesAreATenthOfASecondAndAsLongApart() {
        rate = 1_000_000;
        assertEquals(100_000, pace.piece(128 * 1024));
        pace.sent(100_000);
        long wait = pace.sent(100_000);
        assertTrue(wait > 90_000_000 && wait <= 200_000_000, wait + " ns");
    }

    /** The link is never silent for longer than a second, whatever was sent before. */
    @Test
    void aLowerRateNeedNotMakeUpForWhatWasSentAtTheOldOne() {
        pace.sent(4 << 20);
        rate = 1_000;
        assertTrue(pace.sent(4 << 20) <= 1_000_000_000L);
        assertEquals(100, pace.piece(4 << 20));
        rate = 0;
        assertEquals(0, pace.sent(100));
    }
}
