package dev.lockstep.keyspace;

import java.util.Arrays;

/** Finds members that are twice in a listpack of members and scores, in time that isn't quadratic. Reused; one thread. */
final class MemberHashes {
    private static final int KEPT = 1024;

    private final StringValue one = new StringValue();
    private final StringValue other = new StringValue();

    /** Hash in the upper half, place in the listpack in the lower. */
    private long[] words = new long[64];

    /** Whether a listpack of so many members has one of them twice. */
    boolean hasDuplicates(byte[] array, int at, int members) {
        if (words.length < members) {
            words = new long[members];
        }
        int count = 0;
        for (int p = Listpack.first(array, at); !Listpack.isEnd(array, p); ) {
            Listpack.get(array, p, one);
            long hash = KeyHash.of(one.array, one.offset, one.length);
            words[count++] = hash << 32 | p;
            p = Listpack.next(array, Listpack.next(array, p));
        }
        Arrays.sort(words, 0, count);
        boolean duplicates = false;
        for (int i = 1; i < count && !duplicates; i++) {
            for (int j = i - 1; j >= 0 && words[j] >>> 32 == words[i] >>> 32; j--) {
                duplicates |= areEqual(array, (int) words[i], (int) words[j]);
            }
        }
        if (words.length > KEPT) {
            words = new long[KEPT];
        }
        return duplicates;
    }

    private boolean areEqual(byte[] array, int p, int q) {
        Listpack.get(array, p, one);
        Listpack.get(array, q, other);
        return Arrays.equals(
                one.array,
                one.offset,
                one.offset + one.length,
                other.array,
                other.offset,
                other.offset + other.length);
    }
}
