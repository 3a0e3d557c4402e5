package dev.lockstep.server.net;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * Arrays for requests that arrive in pieces, or are too long for {@link PendingReads}. Those of up to 1 MiB, in steps of
 * 64 KiB, are used again, a few megabytes of them, since a new one costs as much as copying its value does. Executor only.
 */
public final class InputArrays {
    static final int STEP_BYTES = 64 * 1024;
    static final int POOLED_BYTES_MAX = 1 << 20;
    private static final int KEPT_BYTES_MAX = 8 << 20;

    private final List<ArrayDeque<byte[]>> free = new ArrayList<>();
    private int keptBytes;

    private byte[] passing = new byte[0];

    /** What of the long ones is in use. */
    private long longBytes;

    public InputArrays() {
        for (int i = 0; i <= POOLED_BYTES_MAX / STEP_BYTES; i++) {
            free.add(new ArrayDeque<>());
        }
    }

    /** An array of at least so many bytes, which may hold anything. */
    byte[] take(int bytes) {
        if (bytes <= STEP_BYTES / 2 || bytes > POOLED_BYTES_MAX) {
            byte[] array = new byte[bytes];
            longBytes += bytes > POOLED_BYTES_MAX ? bytes : 0;
            return array;
        }
        int steps = (bytes + STEP_BYTES - 1) / STEP_BYTES;
        byte[] array = free.get(steps).pollFirst();
        if (array == null) {
            return new byte[steps * STEP_BYTES];
        }
        keptBytes -= array.length;
        return array;
    }

    /** An array for input that is executed at once; the same one each time, if it isn't too long. */
    byte[] passing(int bytes) {
        if (bytes > passing.length) {
            if (bytes > POOLED_BYTES_MAX) {
                return new byte[bytes];
            }
            passing = new byte[Math.max(STEP_BYTES, Integer.highestOneBit(bytes - 1) << 1)];
        }
        return passing;
    }

    /** What is being executed from {@link #passing} stays where it is: other input gets another array. */
    public void leavePassing() {
        passing = new byte[0];
    }

    /** What the arrays take that are too long to be used again, and are in use. */
    public long longBytes() {
        return longBytes;
    }

    /** Nothing of the array is needed any more. */
    void giveBack(byte[] array) {
        longBytes -= array.length > POOLED_BYTES_MAX ? array.length : 0;
        assert longBytes >= 0;
        if (array.length == 0
                || array.length > POOLED_BYTES_MAX
                || array.length % STEP_BYTES != 0) {
            return;
        }
        if (keptBytes + array.length > KEPT_BYTES_MAX) {
            free.forEach(ArrayDeque::clear); // of lengths that are not asked for now, perhaps
            keptBytes = 0;
        }
        keptBytes += array.length;
        free.get(array.length / STEP_BYTES).addFirst(array);
    }
}
