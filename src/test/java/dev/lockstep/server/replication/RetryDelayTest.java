package dev.lockstep.server.replication;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class RetryDelayTest {
    @Test
    void waitsLongerEachTimeUpToFourSecondsAndStartsAgainAfterASuccess() {
        Set<Long> firsts = new HashSet<>();
        for (long seed = 0; seed < 200; seed++) {
            RetryDelay delay = new RetryDelay(new SplittableRandom(seed));
            for (int round = 0; round < 2; round++) {
                long ceiling = 500;
                for (int i = 0; i < 10; i++) {
                    long wait = delay.next();
                    assertTrue(
                            wait >= ceiling / 2 && wait <= ceiling, "seed " + seed + ": " + wait);
                    if (i == 0) {
                        firsts.add(wait);
                    }
                    ceiling = Math.min(4_000, 2 * ceiling);
                }
                delay.reset();
            }
        }
        assertTrue(firsts.size() > 100, "they would come back in step: " + firsts.size());
    }
}
