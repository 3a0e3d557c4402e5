package dev.lockstep.persistence;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Bytes of an array seen as integers, in both byte orders: the RDB format uses either. */
final class IntegerViews {
    static final VarHandle SHORT_LE = view(short[].class, ByteOrder.LITTLE_ENDIAN);
    static final VarHandle INT_LE = view(int[].class, ByteOrder.LITTLE_ENDIAN);
    static final VarHandle LONG_LE = view(long[].class, ByteOrder.LITTLE_ENDIAN);
    static final VarHandle SHORT_BE = view(short[].class, ByteOrder.BIG_ENDIAN);
    static final VarHandle INT_BE = view(int[].class, ByteOrder.BIG_ENDIAN);
    static final VarHandle LONG_BE = view(long[].class, ByteOrder.BIG_ENDIAN);

    private IntegerViews() {}

    private static VarHandle view(final Class<?> arrayType, final ByteOrder order) {
        return MethodHandles.byteArrayViewVarHandle(arrayType, order);
    }
}
