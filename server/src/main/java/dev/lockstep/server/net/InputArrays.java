package dev.lockstep.server.net;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * Arrays for requests that arrive in pieces. Those of 64 KiB to 1 MiB are used again, a few megabytes of them, since a new
 * one costs as much as copying its value does. Executor only.
 */
public final class InputArrays {
    static final int POOLED_BYTES_MIN = 64 * 1024;
    static final int POOLED_BYTES_MAX = 1 << 20;
    private static final int KEPT_BYTES_MAX = 8 << 20;

    private static final int SIZES =
            Integer.numberOfTrailingZeros(POOLED_BYTES_MAX / POOLED_BYTES_MIN) + 1;

    private final List<ArrayDeque<byte[]>> free = new ArrayList<>(SIZES);

    private int keptBytes;

    public InputArrays() {
        for (int i = 0; i < SIZES; i++) {
            free.add(new ArrayDeque<>());
        }
    }

    /** An array of at least so many bytes, which may hold anything. */
    byte[] take(int bytes) {
        if (bytes <= POOLED_BYTES_MIN / 2 || bytes > POOLED_BYTES_MAX) {
            return new byte[bytes];
        }
        int size = Math.max(POOLED_BYTES_MIN, Integer.highestOneBit(bytes - 1) << 1);
        byte[] array = free.get(index(size)).pollFirst();
        if (array == null) {
            return new byte[size];
        }
        keptBytes -= size;
        return array;
    }

    /** Nothing of the array is needed any more. */
    void giveBack(byte[] array) {
        int size = array.length;
        if (size >= POOLED_BYTES_MIN
                && size <= POOLED_BYTES_MAX
                && Integer.bitCount(size) == 1
                && keptBytes + size <= KEPT_BYTES_MAX) {
            keptBytes += size;
            free.get(index(size)).addFirst(array);
        }
    }

    private static int index(int size) {
        return Integer.numberOfTrailingZeros(size / POOLED_BYTES_MIN);
    }
}
