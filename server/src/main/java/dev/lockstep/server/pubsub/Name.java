package dev.lockstep.server.pubsub;

import java.util.Arrays;

/**
 * Bytes as the key of a map: the name of a channel, a pattern or a prefix.
 *
 * <p>A name that is in a map doesn't change. One that is only for looking up is pointed at the slice in question instead
 * of copying that. Names compare, so that a map copes with any number of them that clients have chosen to have one hash.
 */
public final class Name implements Comparable<Name> {
    private byte[] array;
    private int offset;
    private int length;
    private int hash;

    private Name() {}

    /** A name for looking up; see {@link #at}. */
    public static Name forLookUp() {
        return new Name();
    }

    /** Points this name, which is in no map, at a slice. */
    public Name at(byte[] newArray, int newOffset, int newLength) {
        array = newArray;
        offset = newOffset;
        length = newLength;
        int sum = 1;
        for (int i = newOffset; i < newOffset + newLength; i++) {
            sum = 31 * sum + newArray[i];
        }
        hash = sum;
        return this;
    }

    /** A name with bytes of its own. */
    public Name copy() {
        return of(Arrays.copyOfRange(array, offset, offset + length));
    }

    /** A name of an array that nobody changes any more. */
    public static Name of(byte[] bytes) {
        return new Name().at(bytes, 0, bytes.length);
    }

    public byte[] array() {
        return array;
    }

    public int offset() {
        return offset;
    }

    public int length() {
        return length;
    }

    public boolean startsWith(Name prefix) {
        return length >= prefix.length
                && Arrays.equals(
                        array,
                        offset,
                        offset + prefix.length,
                        prefix.array,
                        prefix.offset,
                        prefix.offset + prefix.length);
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Name name
                && hash == name.hash
                && Arrays.equals(
                        array,
                        offset,
                        offset + length,
                        name.array,
                        name.offset,
                        name.offset + name.length);
    }

    @Override
    public int compareTo(Name other) {
        return Arrays.compareUnsigned(
                array,
                offset,
                offset + length,
                other.array,
                other.offset,
                other.offset + other.length);
    }
}
