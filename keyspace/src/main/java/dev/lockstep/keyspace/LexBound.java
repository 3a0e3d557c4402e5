package dev.lockstep.keyspace;

import java.util.Arrays;

/**
 * One end of a range of members by their bytes: the bytes themselves, or what is less or greater than all. Reused; the bytes
 * are a slice.
 */
public final class LexBound {
    private byte[] array;
    private int offset;
    private int length;
    private boolean exclusive;

    /** -1 for what is less than every member, 1 for what is greater, 0 for bytes. */
    private int infinity;

    /** Makes this a member's bytes, which the range leaves out if {@code isExclusive}. */
    public void set(byte[] bytes, int from, int count, boolean isExclusive) {
        array = bytes;
        offset = from;
        length = count;
        exclusive = isExclusive;
        infinity = 0;
    }

    /** Makes this less than every member. */
    public void setLowest() {
        infinity = -1;
        exclusive = false;
    }

    /** Makes this greater than every member. */
    public void setHighest() {
        infinity = 1;
        exclusive = false;
    }

    /** Whether a range from this to {@code max} can hold nothing. */
    boolean isAbove(LexBound max) {
        int order = infinity - max.infinity;
        if (infinity == 0 && max.infinity == 0) {
            order = max.compare(array, offset, length);
        } else if (order == 0) {
            return false;
        }
        return order > 0 || order == 0 && (exclusive || max.exclusive);
    }

    /** Whether a member is within a range that begins here. */
    boolean begins(byte[] member, int from, int count) {
        int order = compare(member, from, count);
        return exclusive ? order > 0 : order >= 0;
    }

    /** Whether a member is within a range that ends here. */
    boolean ends(byte[] member, int from, int count) {
        int order = compare(member, from, count);
        return exclusive ? order < 0 : order <= 0;
    }

    private int compare(byte[] member, int from, int count) {
        return infinity != 0
                ? -infinity
                : Arrays.compareUnsigned(
                        member, from, from + count, array, offset, offset + length);
    }

    /** How many items of a tree are before this, or, if {@code through}, before or at it. */
    long boundary(CountedTree tree, MemberOrder order, boolean through) {
        if (infinity != 0) {
            return infinity < 0 ? 0 : tree.size();
        }
        order.seek(array, offset, length);
        return tree.boundaryOfTies(0, through);
    }

    boolean isExclusive() {
        return exclusive;
    }
}
