package dev.lockstep.keyspace;

/** The slab may not grow any further: what was asked for would bring the JVM too near its heap limit. */
public final class MemoryLimitException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Preallocated: thrown on a path that must not make garbage. */
    static final MemoryLimitException INSTANCE =
            new MemoryLimitException("the memory limit is reached", false);

    /** The limit would allow it, but the heap has no stretch free that is as long. */
    static final MemoryLimitException HEAP_FULL =
            new MemoryLimitException("the Java heap has no room for an array", true);

    private final boolean isUnforeseen;

    private MemoryLimitException(String message, boolean isUnforeseen) {
        super(message, null, false, false);
        this.isUnforeseen = isUnforeseen;
    }

    /** Whether a part of the change may have been made: unlike the limit, which is asked before, this shows up when it shows up. */
    public boolean isUnforeseen() {
        return isUnforeseen;
    }
}
