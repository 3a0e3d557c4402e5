package dev.lockstep.keyspace;

import java.util.ArrayList;
import java.util.List;

/**
 * The windows of a thread, such as {@link StringValue} and {@link CollectionValue}, that look into the array of one long value.
 * Closed after each command, so that a deleted value is free.
 */
public final class ArrayWindows {
    private static final ThreadLocal<ArrayWindows> OF_THREAD = new ThreadLocal<>();

    private final List<ArrayWindow> open = new ArrayList<>();

    private ArrayWindows() {}

    /** Has the windows of the calling thread noted from now on; those of other threads go with their work. */
    public static ArrayWindows ofThisThread() {
        ArrayWindows windows = OF_THREAD.get();
        if (windows == null) {
            windows = new ArrayWindows();
            OF_THREAD.set(windows);
        }
        return windows;
    }

    /** Whether the window will be closed. */
    static boolean add(ArrayWindow window) {
        ArrayWindows windows = OF_THREAD.get();
        return windows != null && windows.open.add(window);
    }

    /** Closes all: what they showed is used no more. */
    public void close() {
        if (!open.isEmpty()) {
            for (ArrayWindow window : open) {
                window.close();
            }
            open.clear();
        }
    }
}
