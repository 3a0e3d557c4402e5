package dev.lockstep.server;

import io.netty.util.internal.PlatformDependent;

/**
 * How much of the JVM's direct memory is taken, where what waits to be sent lies, and the replication log beside it. At its
 * end an attempt to get more may hold the executor up for half a second, and the log gets none either: so clients' output
 * must end before. Executor only.
 */
final class OutputMemory {
    private final long limitBytes = PlatformDependent.maxDirectMemory();

    /** Whether so many bytes more leave an eighth of it free. */
    boolean fits(long bytes) {
        return PlatformDependent.usedDirectMemory() + bytes <= limitBytes - limitBytes / 8;
    }

    /** Whether less than a quarter is free. */
    boolean isScarce() {
        return PlatformDependent.usedDirectMemory() > limitBytes - limitBytes / 4;
    }

    /** Whether so much is next to nothing, so that it can't be what makes memory scarce. */
    boolean isLittle(long bytes) {
        return bytes <= limitBytes / 16;
    }
}
