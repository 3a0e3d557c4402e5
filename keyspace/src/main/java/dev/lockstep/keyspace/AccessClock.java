package dev.lockstep.keyspace;

import java.util.SplittableRandom;

/**
 * The 24 bits by which entries remember their use: seconds of the LRU clock, or for LFU policies minutes and a
 * logarithmic counter, as Redis documents them.
 */
public final class AccessClock {
    /** What a new key's LFU counter starts at, so that it isn't evicted before it had a chance. */
    public static final int LFU_INITIAL = 5;

    private static final int CLOCK_MASK = (1 << 24) - 1;

    private final SplittableRandom random = new SplittableRandom();
    private boolean lfu;
    private int logFactor = 10;
    private int decayMinutes = 1;
    private long nowMillis;

    /** Sets the time, in Unix milliseconds. */
    public void now(long millis) {
        nowMillis = millis;
    }

    /** Chooses between LRU and LFU; entries that stand keep the bits they have, as in Redis. */
    public void policy(boolean lfu, int logFactor, int decayMinutes) {
        this.lfu = lfu;
        this.logFactor = logFactor;
        this.decayMinutes = decayMinutes;
    }

    public boolean isLfu() {
        return lfu;
    }

    int fresh() {
        return lfu ? minutes() << 8 | LFU_INITIAL : lruSeconds();
    }

    int touched(int access) {
        if (!lfu) {
            return lruSeconds();
        }
        int counter = decayed(access);
        if (counter < 255) {
            int base = Math.max(0, counter - LFU_INITIAL);
            if (random.nextDouble() < 1.0 / (base * (double) logFactor + 1)) {
                counter++;
            }
        }
        return minutes() << 8 | counter;
    }

    /** Seconds since the last use, by the LRU clock. */
    public long idleSeconds(int access) {
        return lruSeconds() - access & CLOCK_MASK;
    }

    /** The LFU counter as it is now, decayed by the minutes that passed. */
    public int decayed(int access) {
        int counter = access & 255;
        int passed = minutes() - (access >>> 8) & 0xffff;
        int periods = decayMinutes > 0 ? passed / decayMinutes : 0;
        return Math.max(0, counter - periods);
    }

    /** The bits for an entry that was idle for so many seconds. */
    public int idle(long seconds) {
        return (int) (lruSeconds() - seconds) & CLOCK_MASK;
    }

    /** The bits for an entry with a given LFU counter. */
    public int frequency(int counter) {
        return minutes() << 8 | counter;
    }

    /** The LRU clock: seconds, 24 bits. */
    public int lruSeconds() {
        return (int) (nowMillis / 1000) & CLOCK_MASK;
    }

    private int minutes() {
        return (int) (nowMillis / 60_000) & 0xffff;
    }
}
