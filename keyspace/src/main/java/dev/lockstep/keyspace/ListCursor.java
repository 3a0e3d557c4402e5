package dev.lockstep.keyspace;

/**
 * Steps through the elements of a live list from any position on, forwards or backwards. The list must not change meanwhile.
 * Reused; on the keyspace's thread.
 */
public final class ListCursor extends ArrayWindow {
    private final ListBlockWalk walk = new ListBlockWalk();
    private final StringValue element = new StringValue();
    private boolean inBlocks;
    private boolean forwards;
    private int at;

    /** Forwards, the next element; backwards, the one before which the next is. */
    private int next;

    /** The position of the next element. */
    private long position;

    /** Begins with the element at a position, which there is. */
    public ListCursor open(ListValue list, long first, boolean goesForwards) {
        inBlocks = list.isInBlocks();
        forwards = goesForwards;
        position = first;
        int within = (int) first;
        if (inBlocks) {
            list.seek(walk, first);
            within = walk.within();
            enter();
        } else {
            lookInto(list.array);
            at = list.at;
        }
        next = Listpack.seek(array, at, within);
        if (!forwards) {
            next = Listpack.next(array, next);
        }
        return this;
    }

    private void enter() {
        lookInto(walk.array());
        at = walk.offset();
        next = forwards ? Listpack.first(array, at) : Listpack.end(array, at);
    }

    /** Goes on to the next element; false at the end. */
    public boolean next() {
        if (forwards) {
            if (Listpack.isEnd(array, next) && !enterNext()) {
                return false;
            }
            next = Listpack.read(array, next, element);
            position++;
        } else {
            if (Listpack.previous(array, at, next) == Listpack.NONE && !enterNext()) {
                return false;
            }
            next = Listpack.previous(array, at, next);
            Listpack.get(array, next, element);
            position--;
        }
        return true;
    }

    private boolean enterNext() {
        boolean more = inBlocks && (forwards ? walk.next() : walk.previous());
        if (more) {
            enter();
        }
        return more;
    }

    /**
     * Goes on to the next element that is a sought one; false if it is not among the next {@code most}.
     *
     * @return the element's position, or -1
     */
    public long find(SoughtElement sought, long most) {
        return forwards ? findForwards(sought, most) : findBackwards(sought, most);
    }

    private long findForwards(SoughtElement sought, long most) {
        for (long left = most; left > 0; left--) {
            if (Listpack.isEnd(array, next) && !enterNext()) {
                return -1;
            }
            int p = next;
            next = Listpack.next(array, p);
            position++;
            if (sought.isAt(array, p)) {
                return position - 1;
            }
        }
        return -1;
    }

    private long findBackwards(SoughtElement sought, long most) {
        for (long left = most; left > 0; left--) {
            int p = Listpack.previous(array, at, next);
            if (p == Listpack.NONE) {
                if (!enterNext()) {
                    return -1;
                }
                p = Listpack.previous(array, at, next);
            }
            next = p;
            position--;
            if (sought.isAt(array, p)) {
                return position + 1;
            }
        }
        return -1;
    }

    /** The element gone to; the same object every time. */
    public StringValue element() {
        return element;
    }
}
