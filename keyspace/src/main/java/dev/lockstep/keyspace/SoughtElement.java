package dev.lockstep.keyspace;

/** An element that is looked for in listpacks: its text, and the integer which that is if it is one. Reused; one thread. */
public final class SoughtElement {
    private byte[] array;
    private int offset;
    private int length;
    private boolean isInteger;
    private long number;

    /** Makes this the element with that text; the bytes are not copied. */
    public SoughtElement set(byte[] text, int from, int count) {
        array = text;
        offset = from;
        length = count;
        number = IntegerText.parse(text, from, count);
        isInteger = number != IntegerText.NONE || IntegerText.isNone(text, from, count);
        return this;
    }

    /** Whether the entry of a listpack at {@code p} is this element. */
    boolean isAt(byte[] a, int p) {
        return ListpackEntry.isString(a[p])
                ? ListpackEntry.equalsString(a, p, array, offset, length)
                : isInteger && ListpackEntry.integer(a, p) == number;
    }

    /** How often it is in a listpack. */
    int countIn(byte[] a, int at) {
        int count = 0;
        for (int p = Listpack.first(a, at); !Listpack.isEnd(a, p); p = Listpack.next(a, p)) {
            if (isAt(a, p)) {
                count++;
            }
        }
        return count;
    }
}
