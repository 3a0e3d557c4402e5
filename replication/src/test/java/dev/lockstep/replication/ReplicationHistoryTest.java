package dev.lockstep.replication;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReplicationHistoryTest {
    private static final String FIRST = "1".repeat(40);
    private static final String SECOND = "ab".repeat(20);
    private static final String OTHER = "3".repeat(40);

    /** A replica of FIRST that was promoted at offset 1000: the two histories share 1000 bytes, the next is 1001. */
    private static ReplicationHistory promoted() {
        ReplicationHistory history = new ReplicationHistory();
        history.adopt(FIRST);
        history.continueAs(SECOND, 1000);
        return history;
    }

    @ParameterizedTest
    @CsvSource({
        "second, 1, true",
        "second, 1001, true",
        "second, 999999, true",
        "SECOND, 5, true",
        "first, 1, true",
        "first, 1000, true",
        "first, 1001, true",
        "first, 1002, false",
        "other, 1, false",
        "none, 1, false",
        "?, -1, false",
    })
    void coversWhatBothHistoriesShare(String asked, long next, boolean covered) {
        String id =
                switch (asked) {
                    case "first" -> FIRST;
                    case "second" -> SECOND;
                    case "SECOND" -> SECOND.toUpperCase(java.util.Locale.ROOT);
                    case "other" -> OTHER;
                    case "none" -> ReplicationHistory.NO_ID;
                    default -> asked;
                };
        assertEquals(covered, promoted().covers(id, next));
    }

    @Test
    void aMasterOfItsOwnHasNoSecondId() {
        ReplicationHistory history = new ReplicationHistory();
        assertTrue(history.id().matches("[0-9a-f]{40}"));
        assertEquals(ReplicationHistory.NO_ID, history.secondId());
        assertEquals(-1, history.secondOffset());
        assertTrue(history.covers(history.id(), 1));
        assertFalse(history.covers(ReplicationHistory.NO_ID, -1));
    }

    @Test
    void adoptingAndRestartingForgetThePast() {
        ReplicationHistory history = promoted();
        assertEquals(1001, history.secondOffset());
        history.adopt(OTHER);
        assertFalse(history.covers(FIRST, 1));
        assertTrue(history.covers(OTHER, 1));
        history.continueAs(FIRST, 5);
        history.restart();
        assertFalse(history.covers(OTHER, 1));
        assertFalse(history.covers(FIRST, 1));
        assertNotEquals(FIRST, history.id());
    }
}
