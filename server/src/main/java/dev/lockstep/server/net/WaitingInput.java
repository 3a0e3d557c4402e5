package dev.lockstep.server.net;

import io.netty.buffer.ByteBuf;

/**
 * Bytes of one connection's requests that wait in an array: the rest of an incomplete request, or everything while the
 * client is blocked. There is no array where nothing waits and the connection is idle. Executor only.
 */
final class WaitingInput {
    private static final int KEPT_ARRAY_BYTES = 32 * 1024;
    private static final int FIRST_RESERVE_BYTES = 64 * 1024;

    /** No array holds more. */
    static final int BYTES_MAX = Integer.MAX_VALUE - 64;

    private final InputArrays arrays;
    private byte[] array;
    private int length;

    WaitingInput(InputArrays arrays) {
        this.arrays = arrays;
    }

    /** What holds the bytes, from its start on; null if there is no array. */
    byte[] array() {
        return array;
    }

    int length() {
        return length;
    }

    boolean isEmpty() {
        return length == 0;
    }

    /** Room in the array beyond what waits. */
    int room() {
        return array == null ? 0 : array.length - length;
    }

    /** Adds bytes behind those that wait; there is {@link #room}. */
    void add(byte[] from, int start, int bytes) {
        System.arraycopy(from, start, array, length, bytes);
        length += bytes;
    }

    /** Adds bytes behind those that wait; there is {@link #room}. */
    void add(ByteBuf from, int bytes) {
        from.readBytes(array, length, bytes);
        length += bytes;
    }

    /**
     * Makes a part of an array, perhaps of this one, what waits.
     *
     * @param expected as many bytes as the request will have
     */
    void keep(byte[] from, int start, int end, int expected) {
        int bytes = end - start;
        if (array == null || array.length < bytes) {
            widen(Math.max(bytes, Math.min(expected, FIRST_RESERVE_BYTES)));
        }
        System.arraycopy(from, start, array, 0, bytes);
        length = bytes;
    }

    /**
     * Makes room for so many bytes more. It grows towards what the request is known to need, but never far ahead of what has
     * arrived.
     *
     * @param expected as many bytes as the request will have, where that is known
     * @throws OutOfMemoryError if the heap can't hold it; nothing has changed then
     */
    void reserve(int bytes, int expected) {
        int whole = length + bytes;
        if (array.length < whole) {
            long wanted =
                    expected >= whole
                            ? Math.min(expected, Math.max(4L * whole, FIRST_RESERVE_BYTES))
                            : 2L * whole;
            widen((int) Math.min(wanted, BYTES_MAX));
        }
    }

    /** Adds bytes of which it isn't known how many will follow. */
    void hold(byte[] from, int start, int bytes) {
        if (array == null) {
            widen(Math.max(bytes, KEPT_ARRAY_BYTES));
        }
        if (room() < bytes) {
            widen((int) Math.min(Math.max((long) length + bytes, 2L * array.length), BYTES_MAX));
        }
        add(from, start, bytes);
    }

    /** Nothing waits any more; a long array isn't kept. */
    void allConsumed() {
        length = 0;
        if (array.length > KEPT_ARRAY_BYTES) {
            release();
        }
    }

    /** Nothing waits any more. */
    void drop() {
        length = 0;
        release();
    }

    /** Lets go of the array of an idle connection. */
    void releaseIfEmpty() {
        if (length == 0) {
            release();
        }
    }

    /** Takes a longer array in the place of the one that is there, if there is one, with what waits in it. */
    private void widen(int bytes) {
        byte[] wider = arrays.take(bytes);
        if (array != null) {
            System.arraycopy(array, 0, wider, 0, length);
            release();
        }
        array = wider;
    }

    private void release() {
        if (array != null) {
            arrays.giveBack(array);
            array = null;
        }
    }
}
