package dev.lockstep.server.command;

import dev.lockstep.keyspace.HashValue;
import dev.lockstep.keyspace.StringValue;
import dev.lockstep.keyspace.ValueType;
import dev.lockstep.protocol.Request;

/**
 * A pattern that SORT looks values up by: the first star stands for the element, and what follows an arrow is the field of a
 * hash, so that {@code user_*->name} finds the field name of a key that the element is part of. A pattern without a star finds
 * nothing, but for {@code #}, which is the element itself.
 *
 * <p>Stars and arrows behind a zero byte are not seen, as in Redis. Executor only.
 */
final class SortPattern {
    private static final int NONE = -1;

    private final HashValue hash = new HashValue();
    private final byte[] array;
    private final int offset;
    private final int end;
    private final int star;
    private final int arrow;
    private byte[] key = new byte[64];

    SortPattern(Request args, int arg) {
        array = args.array();
        offset = args.offset(arg);
        end = offset + args.length(arg);
        star = find(offset, '*', 0);
        int found = star == NONE ? NONE : find(star + 1, '-', '>');
        arrow = found + 2 < end && found != NONE && array[found + 2] != 0 ? found : NONE;
    }

    /** Where one or two characters are, before the first zero byte, or {@link #NONE}. */
    private int find(int from, char first, int second) {
        for (int i = from; i < end && array[i] != 0; i++) {
            if (array[i] == first && (second == 0 || i + 1 < end && array[i + 1] == second)) {
                return i;
            }
        }
        return NONE;
    }

    /** Whether there is no star in it: then it is the same for every element. */
    boolean isConstant() {
        return star == NONE;
    }

    private boolean isElement() {
        return end - offset == 1 && array[offset] == '#';
    }

    /** Points {@code into} at what the pattern finds for an element; false if that is nothing. */
    boolean find(Call call, SortItem element, StringValue into) {
        if (isElement()) {
            into.slice(element.array, element.offset, element.length);
            return true;
        }
        if (star == NONE) {
            return false;
        }
        int length = substitute(element);
        int cell = call.read(key, 0, length);
        if (cell == 0) {
            return false;
        }
        int type = call.db().type(cell);
        if (arrow == NONE) {
            if (type == ValueType.STRING) {
                call.db().read(cell, into);
            }
            return type == ValueType.STRING;
        }
        return type == ValueType.HASH && findField(call, cell, into);
    }

    private boolean findField(Call call, int cell, StringValue into) {
        hash.open(call.db(), cell);
        if (hash.hasDeadlines()) {
            hash.hideBefore(call.server().expiry().hiddenBefore(call.client()));
        }
        int field = arrow + 2;
        return hash.get(array, field, end - field, into);
    }

    /** Makes the key for an element; returns its length. */
    private int substitute(SortItem element) {
        int before = star - offset;
        int behind = (arrow == NONE ? end : arrow) - (star + 1);
        int length = before + element.length + behind;
        if (key.length < length) {
            key = new byte[2 * length];
        }
        System.arraycopy(array, offset, key, 0, before);
        System.arraycopy(element.array, element.offset, key, before, element.length);
        System.arraycopy(array, star + 1, key, before + element.length, behind);
        return length;
    }
}
