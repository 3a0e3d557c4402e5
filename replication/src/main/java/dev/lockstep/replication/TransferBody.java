package dev.lockstep.replication;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Where a transferred snapshot ends: after a number of bytes, or at a mark of 40 bytes that the master chose.
 *
 * <p>A marked transfer holds back the last 40 bytes received, because they may be the mark. The master sends nothing behind
 * it until the replica has answered. Executor only.
 */
public final class TransferBody {
    /** Takes the snapshot's bytes. */
    public interface Sink {
        void bytes(byte[] array, int offset, int length);
    }

    private final byte[] mark;
    private final byte[] held;
    private final long expected;
    private int heldLength;
    private long received;
    private boolean complete;

    private TransferBody(byte[] mark, long expected) {
        this.mark = mark;
        this.held = mark == null ? null : new byte[mark.length];
        this.expected = expected;
        this.complete = mark == null && expected == 0;
    }

    /** A transfer of exactly so many bytes. */
    public static TransferBody ofLength(long bytes) {
        return new TransferBody(null, bytes);
    }

    /** A transfer that ends with a mark. */
    public static TransferBody untilMark(String mark) {
        return new TransferBody(mark.getBytes(StandardCharsets.ISO_8859_1), -1);
    }

    /** Total bytes, or -1 where only the mark tells. */
    public long expected() {
        return expected;
    }

    /** Bytes of the snapshot received so far; with a mark, the held back ones are counted. */
    public long received() {
        return received;
    }

    public boolean isComplete() {
        return complete;
    }

    /** Takes what arrived; returns how many of the bytes belong to the transfer. */
    public int accept(byte[] array, int offset, int length, Sink sink) {
        if (mark == null) {
            int some = (int) Math.min(length, expected - received);
            sink.bytes(array, offset, some);
            received += some;
            complete = received == expected;
            return some;
        }
        received += length;
        if (length >= mark.length) {
            sink.bytes(held, 0, heldLength);
            sink.bytes(array, offset, length - mark.length);
            System.arraycopy(array, offset + length - mark.length, held, 0, mark.length);
            heldLength = mark.length;
        } else {
            int out = Math.max(0, heldLength + length - mark.length);
            sink.bytes(held, 0, out);
            System.arraycopy(held, out, held, 0, heldLength - out);
            System.arraycopy(array, offset, held, heldLength - out, length);
            heldLength += length - out;
        }
        complete = heldLength == mark.length && Arrays.equals(held, mark);
        return length;
    }
}
