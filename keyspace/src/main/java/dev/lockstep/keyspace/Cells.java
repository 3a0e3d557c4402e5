package dev.lockstep.keyspace;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The addressing of slab memory: which array and which offset a cell address means.
 *
 * <p>A cell address is an {@code int} read as unsigned that counts 16-byte units. Chunks hold 2^18 units (4 MiB), so
 * the upper 14 bits name the chunk and the lower 18 the unit in it. Address 0 is never given out: it means "none".
 *
 * <p>The live slab has one of these and so has every view: a view's copy is taken at its freeze, and the arrays it
 * names are not written at any place the view can reach.
 */
final class Cells {
    static final int UNIT_SHIFT = 4;
    static final int UNIT_BYTES = 1 << UNIT_SHIFT;
    static final int CHUNK_UNIT_BITS = 18;
    static final int UNIT_MASK = (1 << CHUNK_UNIT_BITS) - 1;

    static final VarHandle SHORT =
            MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    static final VarHandle INT =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    static final VarHandle LONG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    /** Chunks by number; an entry is null while its chunk is not in use. */
    byte[][] chunks;

    /** Values that have an array of their own, by handle; entry 0 is not used. */
    byte[][] large;

    Cells(byte[][] chunks, byte[][] large) {
        this.chunks = chunks;
        this.large = large;
    }

    byte[] array(int cell) {
        return chunks[cell >>> CHUNK_UNIT_BITS];
    }

    static int offset(int cell) {
        return (cell & UNIT_MASK) << UNIT_SHIFT;
    }

    int getInt(int cell, int at) {
        return (int) INT.get(array(cell), offset(cell) + at);
    }

    long getLong(int cell, int at) {
        return (long) LONG.get(array(cell), offset(cell) + at);
    }

    void putInt(int cell, int at, int value) {
        INT.set(array(cell), offset(cell) + at, value);
    }

    void putLong(int cell, int at, long value) {
        LONG.set(array(cell), offset(cell) + at, value);
    }
}
