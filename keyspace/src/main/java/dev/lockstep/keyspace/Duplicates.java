package dev.lockstep.keyspace;

import java.util.Arrays;

/**
 * Looks for elements that a listpack holds twice, in less than quadratic time: listpacks from outside may be large. Reused;
 * one thread.
 */
final class Duplicates {
    private static final int FEW = 16;
    private static final int KEPT = 1 << 16;

    private final StringValue element = new StringValue();
    private final StringValue other = new StringValue();

    /** Of each element the hash, and where it is from the start of the listpack. */
    private long[] found = new long[64];

    /**
     * Whether any two of the elements 0, {@code step}, 2 * {@code step} ... of a valid listpack are the same string.
     *
     * @param step 1 for the members of a set, 2 for fields with values
     */
    boolean in(byte[] array, int at, int step) {
        int count = Listpack.count(array, at) / step;
        return count <= FEW ? anyOfFew(array, at, step) : anyOfMany(array, at, step, count);
    }

    private boolean anyOfFew(byte[] array, int at, int step) {
        int first = Listpack.first(array, at);
        for (int p = first; !Listpack.isEnd(array, p); p = skip(array, p, step)) {
            Listpack.get(array, p, element);
            if (Listpack.find(
                            array,
                            at,
                            first,
                            element.array,
                            element.offset,
                            element.length,
                            step - 1)
                    != p) {
                return true;
            }
        }
        return false;
    }

    private boolean anyOfMany(byte[] array, int at, int step, int count) {
        if (found.length < count || found.length > KEPT) {
            found = new long[Math.max(count, 64)];
        }
        int n = 0;
        for (int p = Listpack.first(array, at); n < count; p = skip(array, p, step)) {
            Listpack.get(array, p, element);
            int hash = KeyHash.of(element.array, element.offset, element.length);
            found[n++] = (long) hash << 32 | p - at;
        }
        Arrays.sort(found, 0, count);
        for (int i = 1; i < count; i++) {
            for (int j = i - 1; j >= 0 && found[j] >> 32 == found[i] >> 32; j--) {
                if (same(array, at + (int) found[i], at + (int) found[j])) {
                    return true;
                }
            }
        }
        return false;
    }

    private boolean same(byte[] array, int p, int q) {
        Listpack.get(array, p, element);
        Listpack.get(array, q, other);
        return Arrays.equals(
                element.array,
                element.offset,
                element.offset + element.length,
                other.array,
                other.offset,
                other.offset + other.length);
    }

    private static int skip(byte[] array, int p, int step) {
        int next = p;
        for (int i = 0; i < step && !Listpack.isEnd(array, next); i++) {
            next = Listpack.next(array, next);
        }
        return next;
    }
}
