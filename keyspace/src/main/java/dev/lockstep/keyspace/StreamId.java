package dev.lockstep.keyspace;

import dev.lockstep.protocol.Decimal;

/**
 * The ID of a stream's entry: milliseconds and a number among the entries of the same millisecond, both unsigned 64-bit; its
 * text is "ms-seq". Reused, not allocated.
 */
public final class StreamId {
    /** The most bytes the text of an ID has. */
    public static final int TEXT_BYTES_MAX = 2 * Decimal.LONG_BYTES_MAX + 1;

    private static final int LONGEST_PARSED = 127;
    private static final long TENTH_OF_MAX = Long.divideUnsigned(-1, 10);

    private long ms;
    private long seq;
    private long parsed;

    public long ms() {
        return ms;
    }

    public long seq() {
        return seq;
    }

    public StreamId set(long newMs, long newSeq) {
        ms = newMs;
        seq = newSeq;
        return this;
    }

    public StreamId set(StreamId other) {
        return set(other.ms, other.seq);
    }

    public StreamId setMin() {
        return set(0, 0);
    }

    public StreamId setMax() {
        return set(-1, -1);
    }

    public boolean isMin() {
        return ms == 0 && seq == 0;
    }

    public boolean isMax() {
        return ms == -1 && seq == -1;
    }

    public int compareTo(StreamId other) {
        return compare(ms, seq, other.ms, other.seq);
    }

    static int compare(long ms, long seq, long otherMs, long otherSeq) {
        return ms != otherMs
                ? Long.compareUnsigned(ms, otherMs)
                : Long.compareUnsigned(seq, otherSeq);
    }

    /** Makes it the ID that follows; false, and no change, if it is the last one there can be. */
    public boolean increment() {
        if (isMax()) {
            return false;
        }
        seq++;
        ms += seq == 0 ? 1 : 0;
        return true;
    }

    /** Makes it the ID that goes before; false, and no change, if it is 0-0. */
    public boolean decrement() {
        if (isMin()) {
            return false;
        }
        ms -= seq == 0 ? 1 : 0;
        seq--;
        return true;
    }

    /**
     * Reads "ms-seq" or "ms".
     *
     * @param missingSeq what stands for the second number if the text has none
     * @return false if the text is no ID; it may be changed then
     */
    public boolean parse(byte[] text, int offset, int length, long missingSeq) {
        if (length > LONGEST_PARSED) {
            return false;
        }
        int dash = 0;
        while (dash < length && text[offset + dash] != '-') {
            dash++;
        }
        if (!parseNumber(text, offset, offset + dash)) {
            return false;
        }
        ms = parsed;
        seq = missingSeq;
        if (dash == length) {
            return true;
        }
        boolean valid = parseNumber(text, offset + dash + 1, offset + length);
        seq = parsed;
        return valid;
    }

    /** An unsigned number, with zeros or a plus sign before it if that pleases: what C's strtoull takes. */
    private boolean parseNumber(byte[] text, int from, int end) {
        int at = from;
        if (at < end && text[at] == '+') {
            at++;
        }
        if (at == end) {
            return false;
        }
        long number = 0;
        for (; at < end; at++) {
            int digit = text[at] - '0';
            if (digit < 0 || digit > 9 || Long.compareUnsigned(number, TENTH_OF_MAX) > 0) {
                return false;
            }
            number *= 10;
            if (Long.compareUnsigned(number, -1L - digit) > 0) {
                return false;
            }
            number += digit;
        }
        parsed = number;
        return true;
    }

    /** Writes the text; returns where it ends. */
    public int write(byte[] into, int at) {
        int dash = writeNumber(ms, into, at);
        into[dash] = '-';
        return writeNumber(seq, into, dash + 1);
    }

    private static int writeNumber(long number, byte[] into, int at) {
        if (number >= 0) {
            return Decimal.write(number, into, at);
        }
        long tenth = Long.divideUnsigned(number, 10);
        int end = Decimal.write(tenth, into, at);
        into[end] = (byte) ('0' + (number - tenth * 10));
        return end + 1;
    }

    @Override
    public String toString() {
        return Long.toUnsignedString(ms) + '-' + Long.toUnsignedString(seq);
    }
}
