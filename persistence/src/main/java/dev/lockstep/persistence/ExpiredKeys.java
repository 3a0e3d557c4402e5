package dev.lockstep.persistence;

import java.io.ByteArrayOutputStream;

/**
 * The keys that a load left out because they had expired. Replicas that go on from the offset of what was loaded still hold
 * them, so they must hear of it. Filled on the loading thread, read once the load is over.
 */
public final class ExpiredKeys {
    /** Takes keys one by one. */
    public interface Visitor {
        void visit(int database, byte[] key, int offset, int length);
    }

    private final long mostBytes;
    private final ByteArrayOutputStream keys = new ByteArrayOutputStream(0);
    private final ByteArrayOutputStream lengths = new ByteArrayOutputStream(0);
    private boolean complete = true;

    /**
     * @param mostBytes how much is kept; a backlog as small as that has no room for more
     */
    ExpiredKeys(long mostBytes) {
        this.mostBytes = mostBytes;
    }

    void add(int database, RdbEntry entry) {
        if (!complete) {
            return;
        }
        if (keys.size() + (long) lengths.size() + entry.keyLength() > mostBytes) {
            complete = false;
            keys.reset();
            lengths.reset();
            return;
        }
        keys.write(entry.keyArray(), entry.keyOffset(), entry.keyLength());
        writeInt(database);
        writeInt(entry.keyLength());
    }

    private void writeInt(int value) {
        for (int shift = 0; shift < 32; shift += 8) {
            lengths.write(value >>> shift);
        }
    }

    /** Whether all of them were kept; if not, none is. */
    public boolean isComplete() {
        return complete;
    }

    /** Visits the keys in the order of the file. */
    public void forEach(Visitor visitor) {
        byte[] array = keys.toByteArray();
        byte[] numbers = lengths.toByteArray();
        int offset = 0;
        for (int at = 0; at < numbers.length; at += 8) {
            int database = (int) IntegerViews.INT_LE.get(numbers, at);
            int length = (int) IntegerViews.INT_LE.get(numbers, at + 4);
            visitor.visit(database, array, offset, length);
            offset += length;
        }
    }
}
