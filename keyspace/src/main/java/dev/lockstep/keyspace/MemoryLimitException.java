package dev.lockstep.keyspace;

/** The slab may not grow any further: what was asked for would bring the JVM too near its heap limit. */
public final class MemoryLimitException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Preallocated: thrown on a path that must not make garbage. */
    static final MemoryLimitException INSTANCE = new MemoryLimitException();

    private MemoryLimitException() {
        super("the memory limit is reached", null, false, false);
    }
}
