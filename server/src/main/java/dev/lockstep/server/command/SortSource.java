package dev.lockstep.server.command;

import dev.lockstep.keyspace.Database;
import dev.lockstep.keyspace.ElementCursor;
import dev.lockstep.keyspace.ListCursor;
import dev.lockstep.keyspace.ListValue;
import dev.lockstep.keyspace.MemberWalk;
import dev.lockstep.keyspace.SetValue;
import dev.lockstep.keyspace.SortedSetValue;
import dev.lockstep.keyspace.ValueType;

/** The list, set or sorted set that SORT sorts, or nothing. Reused; executor only. */
final class SortSource {
    private static final SortItem[] NONE = {};

    private final ListValue list = new ListValue();
    private final ListCursor listCursor = new ListCursor();
    private final SetValue set = new SetValue();
    private final ElementCursor elements = new ElementCursor();
    private final SortedSetValue zset = new SortedSetValue();
    private final MemberWalk walk = new MemberWalk();
    private Database db;
    private int cell;
    private int type;
    private int size;

    /** Opens the value of a key, which may not be there (0); WRONGTYPE if it can't be sorted. */
    void open(Call call, int newCell) {
        db = call.db();
        cell = newCell;
        type = cell == 0 ? ValueType.LIST : db.type(cell);
        if (cell == 0) {
            size = 0;
            return;
        }
        size =
                Math.toIntExact(
                        switch (type) {
                            case ValueType.LIST -> list.open(db, cell).size();
                            case ValueType.SET -> set.open(db, cell).size();
                            case ValueType.ZSET -> zset.open(db, cell).size();
                            default -> throw Call.WRONGTYPE;
                        });
    }

    int type() {
        return type;
    }

    int size() {
        return size;
    }

    /**
     * A range of the elements, which there is, in the order of the list, or by score; from the end on if backwards. The order of
     * a set has no end.
     */
    SortItem[] range(int start, int count, boolean backwards) {
        if (count == 0) {
            return NONE;
        }
        SortItem[] items = new SortItem[count];
        int first = backwards ? size - 1 - start : start;
        switch (type) {
            case ValueType.LIST -> {
                listCursor.open(list, first, !backwards);
                for (int i = 0; i < count; i++) {
                    listCursor.next();
                    items[i] = new SortItem(listCursor.element());
                }
            }
            case ValueType.ZSET -> {
                walk.open(db, cell).seek(first);
                for (int i = 0; i < count; i++) {
                    items[i] = new SortItem(walk.member());
                    boolean more = backwards ? walk.previous() : walk.next();
                    assert more || i == count - 1 : "a range beyond the end";
                }
            }
            default -> {
                elements.open(db, cell);
                for (int i = 0; i < start + count; i++) {
                    elements.next();
                    if (i >= start) {
                        items[i - start] = new SortItem(elements.element());
                    }
                }
            }
        }
        return items;
    }
}
