package dev.lockstep.keyspace;

import java.security.SecureRandom;

/**
 * The keyed hash of keys: SipHash-1-3, by Aumasson and Bernstein, with a key drawn at process start.
 *
 * <p>Keyed so that nobody outside can choose keys that collide. One key serves the whole process, so that an entry keeps
 * its hash when it moves between databases and keyspaces.
 */
final class KeyHash {
    private static final long K0;
    private static final long K1;

    static {
        SecureRandom random = new SecureRandom();
        K0 = random.nextLong();
        K1 = random.nextLong();
    }

    private KeyHash() {}

    /** The upper 32 bits of the hash, as Dict uses them. */
    static int of(byte[] array, int offset, int length) {
        return (int) (sip13(K0, K1, array, offset, length) >>> 32);
    }

    static long sip13(long k0, long k1, byte[] array, int offset, int length) {
        long v0 = k0 ^ 0x736f6d6570736575L;
        long v1 = k1 ^ 0x646f72616e646f6dL;
        long v2 = k0 ^ 0x6c7967656e657261L;
        long v3 = k1 ^ 0x7465646279746573L;
        int wordsEnd = offset + (length & ~7);
        int at = offset;
        long word;
        boolean more;
        do {
            more = at < wordsEnd;
            word = more ? (long) Cells.LONG.get(array, at) : lastWord(array, at, length);
            at += 8;
            v3 ^= word;
            v0 += v1;
            v1 = Long.rotateLeft(v1, 13) ^ v0;
            v0 = Long.rotateLeft(v0, 32);
            v2 += v3;
            v3 = Long.rotateLeft(v3, 16) ^ v2;
            v0 += v3;
            v3 = Long.rotateLeft(v3, 21) ^ v0;
            v2 += v1;
            v1 = Long.rotateLeft(v1, 17) ^ v2;
            v2 = Long.rotateLeft(v2, 32);
            v0 ^= word;
        } while (more);
        v2 ^= 0xff;
        for (int round = 0; round < 3; round++) {
            v0 += v1;
            v1 = Long.rotateLeft(v1, 13) ^ v0;
            v0 = Long.rotateLeft(v0, 32);
            v2 += v3;
            v3 = Long.rotateLeft(v3, 16) ^ v2;
            v0 += v3;
            v3 = Long.rotateLeft(v3, 21) ^ v0;
            v2 += v1;
            v1 = Long.rotateLeft(v1, 17) ^ v2;
            v2 = Long.rotateLeft(v2, 32);
        }
        return v0 ^ v1 ^ v2 ^ v3;
    }

    private static long lastWord(byte[] array, int at, int length) {
        long word = (long) length << 56;
        for (int i = (length & 7) - 1; i >= 0; i--) {
            word |= (array[at + i] & 0xffL) << (8 * i);
        }
        return word;
    }
}
