package dev.lockstep.keyspace;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Some members of a set chosen at random, all different, every choice as likely as any other. Reused; owned by the
 * keyspace's thread.
 *
 * <p>Where much of the set is wanted, the set is walked, and of n members left of which k are wanted each is taken with
 * probability k/n. Where little of a big set is wanted, members are drawn one by one, and those drawn already are drawn
 * again.
 */
public final class MemberSample {
    /** Members are drawn if the set has at least so many times as many as are wanted. */
    private static final int FEW = 3;

    private static final int KEPT = 1 << 14;

    /** 2^32 divided by the golden ratio. */
    private static final int HASH = 0x9e3779b9;

    private final SplittableRandom random = new SplittableRandom();
    private final ElementCursor walk = new ElementCursor();
    private final StringValue drawn = new StringValue();
    private SetValue set;
    private boolean draws;
    private long wanted;
    private long left;

    /** The places drawn so far: a hash table, 0 where there is none. */
    private int[] places = new int[64];

    /** Of a place's hash this many bits are not used. */
    private int shift;

    /** Chooses from a set that does not change meanwhile; it has at least so many members. */
    public void open(SetValue newSet, long count) {
        set = newSet;
        wanted = count;
        left = newSet.size();
        draws = newSet.encoding() != ValueType.LISTPACK && count <= left / FEW;
        if (draws) {
            int length = Integer.highestOneBit((int) Math.max(count, 16)) << 2;
            if (places.length < length || places.length > KEPT && length <= KEPT) {
                places = new int[length];
            } else {
                Arrays.fill(places, 0, length, 0);
            }
            shift = Integer.numberOfLeadingZeros(length) + 1;
        } else {
            walk.open(newSet.db, newSet.cell);
        }
    }

    /** Goes on to the next member chosen; false at the end. */
    public boolean next() {
        if (wanted == 0) {
            return false;
        }
        if (draws) {
            do {
                set.choose(drawn);
            } while (!addPlace(set.chosenPlace()));
        } else {
            do {
                walk.next();
            } while (random.nextLong(left--) >= wanted);
        }
        wanted--;
        return true;
    }

    /** Notes a place; false if it was noted before. */
    private boolean addPlace(int place) {
        int i = place * HASH >>> shift;
        while (places[i] != 0) {
            if (places[i] == place) {
                return false;
            }
            i = i + 1 & (1 << 32 - shift) - 1;
        }
        places[i] = place;
        return true;
    }

    /** The member gone on to; the same object every time, or one of two. */
    public StringValue member() {
        return draws ? drawn : walk.element();
    }
}
