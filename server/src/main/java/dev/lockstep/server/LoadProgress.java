package dev.lockstep.server;

/** How far loading is, for INFO. Asked on the executor; a load on another thread answers from what may be read on any. */
public interface LoadProgress {
    long bytesRead();

    /** How many bytes there are, or a negative number if that isn't known. */
    long bytesTotal();

    /** used_memory of the server that wrote the snapshot, 0 if that isn't known. */
    long writersUsedMemory();

    /** When the load began, Unix milliseconds. */
    long startedMillis();

    double elapsedSeconds();
}
