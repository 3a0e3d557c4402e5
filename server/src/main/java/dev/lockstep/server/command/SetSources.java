package dev.lockstep.server.command;

import dev.lockstep.keyspace.ElementCursor;
import dev.lockstep.keyspace.SetValue;
import dev.lockstep.keyspace.StringValue;
import dev.lockstep.keyspace.ValueType;
import java.util.Arrays;
import java.util.Comparator;

/**
 * The sets that SINTER, SUNION, SDIFF and their kin work on, in the order of their arguments; keys that are not there are left
 * out. Used again for every command; executor only.
 */
final class SetSources {
    private static final int KEPT = 16;
    private static final Comparator<SetValue> BY_SIZE = Comparator.comparingLong(SetValue::size);
    private static final Comparator<SetValue> BIGGEST_FIRST = BY_SIZE.reversed();

    private final ElementCursor members = new ElementCursor();
    private SetValue[] sets = new SetValue[KEPT];
    private int count;
    private boolean hasFirst;
    private boolean hasAll;

    /** Opens the sets of so many arguments. */
    void open(Call call, int firstKey, int keys) {
        count = 0;
        hasFirst = false;
        hasAll = true;
        if (keys > sets.length || sets.length > KEPT && keys <= KEPT) {
            sets = Arrays.copyOf(sets, Math.max(keys, KEPT));
        }
        for (int i = 0; i < keys; i++) {
            int cell = call.read(firstKey + i, ValueType.SET);
            if (cell == 0) {
                hasAll = false;
                continue;
            }
            hasFirst |= i == 0;
            if (sets[count] == null) {
                sets[count] = new SetValue();
            }
            sets[count++].open(call.db(), cell);
        }
    }

    /** How many sets there are. */
    int count() {
        return count;
    }

    SetValue get(int i) {
        return sets[i];
    }

    /** Whether every key is there. */
    boolean hasAll() {
        return hasAll;
    }

    /** Whether the first key is there: then its set is number 0. */
    boolean hasFirst() {
        return hasFirst;
    }

    /** Whether the first set is among the others too. */
    boolean firstIsRepeated() {
        for (int i = 1; i < count; i++) {
            if (sets[i].cell() == sets[0].cell()) {
                return true;
            }
        }
        return false;
    }

    /** The sizes of all sets together. */
    long size() {
        long sum = 0;
        for (int i = 0; i < count; i++) {
            sum += sets[i].size();
        }
        return sum;
    }

    void smallestFirst() {
        Arrays.sort(sets, 0, count, BY_SIZE);
    }

    /** Puts the sets behind the first in the order of their sizes, so that most members are found in the one asked first. */
    void largestSecond() {
        if (count > 2) {
            Arrays.sort(sets, 1, count, BIGGEST_FIRST);
        }
    }

    /** Begins with the members of one set. */
    ElementCursor members(int set) {
        return membersOf(sets[set]);
    }

    /** Begins with the members of any set. */
    ElementCursor membersOf(SetValue set) {
        return members.open(set.database(), set.cell());
    }

    /** Goes on to the next of the {@link #members} of set 0 that all others have; null at the end. */
    StringValue nextInAll() {
        while (members.next()) {
            int i = 1;
            while (i < count && isIn(i, members.element())) {
                i++;
            }
            if (i == count) {
                return members.element();
            }
        }
        return null;
    }

    /** Goes on to the next of the {@link #members} of set 0 that no other has; null at the end. */
    StringValue nextInNoOther() {
        while (members.next()) {
            int i = 1;
            while (i < count && !isIn(i, members.element())) {
                i++;
            }
            if (i == count) {
                return members.element();
            }
        }
        return null;
    }

    private boolean isIn(int set, StringValue member) {
        return sets[set].cell() == sets[0].cell() || sets[set].contains(member);
    }
}
