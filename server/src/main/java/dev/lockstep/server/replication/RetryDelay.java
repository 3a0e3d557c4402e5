package dev.lockstep.server.replication;

import java.util.random.RandomGenerator;

/**
 * How long a replica waits before it tries its master again: longer each time, and never the same for all who lost their master
 * together. Executor only.
 */
final class RetryDelay {
    private static final long FIRST_MILLIS = 500;

    /** Not longer, so that a master that is there again is found within seconds. */
    private static final long LONGEST_MILLIS = 4_000;

    private final RandomGenerator random;
    private long ceilingMillis = FIRST_MILLIS;

    RetryDelay(RandomGenerator random) {
        this.random = random;
    }

    /** An attempt has succeeded: the next one that fails is the first again. */
    void reset() {
        ceilingMillis = FIRST_MILLIS;
    }

    /** An attempt has failed: how long to wait, in milliseconds, between half of a ceiling that doubles and all of it. */
    long next() {
        long wait = random.nextLong(ceilingMillis / 2, ceilingMillis + 1);
        ceilingMillis = Math.min(LONGEST_MILLIS, 2 * ceilingMillis);
        return wait;
    }
}
