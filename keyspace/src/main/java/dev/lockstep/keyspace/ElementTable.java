package dev.lockstep.keyspace;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * The elements of a hash, set or sorted set that is not packed: a {@link Dict} of entries, each an element's name with its
 * value, like a database of its own.
 *
 * <p>An element is named by its cell, which holds until the next change of that element. Opened on what a structure
 * names, and stored there again by its owner after a change. Reused; owned by the keyspace's thread.
 */
final class ElementTable {
    private Slab slab;
    private Cells cells;
    private Dict dict;
    private EntryMemory entries;
    private int soughtFingerprint;
    private int found;

    void open(Slab newSlab, int root, int depth, long count) {
        if (slab != newSlab) {
            slab = newSlab;
            cells = newSlab.cells;
            dict = new Dict(newSlab);
            entries = new EntryMemory(newSlab);
        }
        dict.open(root, depth, count);
    }

    Dict dict() {
        return dict;
    }

    long count() {
        return dict.count();
    }

    /** The element with this name, or 0. */
    int find(byte[] name, int offset, int length) {
        soughtFingerprint = KeyHash.of(name, offset, length);
        found = dict.find(soughtFingerprint, name, offset, length);
        return found;
    }

    /** What {@link #find} answered last. */
    int found() {
        return found;
    }

    /** The hash of the name sought last. */
    int soughtFingerprint() {
        return soughtFingerprint;
    }

    /**
     * Adds the element that {@link #find} was asked for last and that is not there, or gives it a new value.
     *
     * @param old what it found, or 0
     * @param deadline Unix milliseconds at which the element ends, or -1
     * @return the element's cell
     * @throws MemoryLimitException with nothing changed
     */
    int put(
            int old,
            byte[] name,
            int nameOffset,
            int nameLength,
            byte[] value,
            int valueOffset,
            int valueLength,
            long deadline) {
        int cell = place(old, name, nameOffset, nameLength, valueLength, deadline);
        int word = cells.getInt(cell, Entry.KEY_WORD);
        boolean large = (word & Entry.LARGE_VALUE) != 0;
        int at = Entry.keyOffset(word) + Entry.keyBytes(word);
        byte[] to = large ? cells.large[cells.getInt(cell, at)] : cells.array(cell);
        System.arraycopy(value, valueOffset, to, large ? 0 : Cells.offset(cell) + at, valueLength);
        index(old, cell);
        return cell;
    }

    /** {@link #put} of 8 bytes, little-endian: a score. */
    int putLong(int old, byte[] name, int nameOffset, int nameLength, long value) {
        int cell = place(old, name, nameOffset, nameLength, Long.BYTES, -1);
        cells.putLong(cell, Structure.at(cells, cell), value);
        index(old, cell);
        return cell;
    }

    /** Adds the element that {@link #find} was asked for last and that is not there: a name without a value. */
    int add(byte[] name, int offset, int length) {
        int cell = entries.member(name, offset, length);
        dict.insert(soughtFingerprint, cell);
        return cell;
    }

    /**
     * Adds the element that {@link #find} was asked for last and that is not there: a {@link Structure} of zeros.
     *
     * @param kind as an {@link Entry} has it
     */
    int addStructure(byte[] name, int offset, int length, int kind, int bytes) {
        int cell = entries.place(0, name, offset, length, bytes, -1, kind);
        int at = Cells.offset(cell) + Structure.at(cells, cell);
        Arrays.fill(cells.array(cell), at, at + bytes, (byte) 0);
        dict.insert(soughtFingerprint, cell);
        return cell;
    }

    private int place(
            int old, byte[] name, int offset, int length, int valueLength, long deadline) {
        int cell = entries.place(old, name, offset, length, valueLength, deadline, Entry.NONE);
        if (deadline >= 0) {
            Entry.deadline(cells, cell, deadline);
        }
        return cell;
    }

    private void index(int old, int cell) {
        if (old == 0) {
            dict.insert(soughtFingerprint, cell);
        } else if (old != cell) {
            locate(old);
            dict.replaceFound(cell);
            entries.free(old);
        }
    }

    /** Gives an element a deadline, or none with -1; the expiry tree is the owner's business. */
    int setDeadline(int cell, long deadline) {
        boolean has = Entry.deadline(cells, cell) >= 0;
        if (has && deadline >= 0 && slab.writable(cell)) {
            Entry.deadline(cells, cell, deadline);
            return cell;
        }
        int copy = entries.copyWithDeadline(cell, deadline);
        locate(cell);
        dict.replaceFound(copy);
        slab.free(cell);
        return copy;
    }

    /** The element itself if its value may be changed in place, else a copy that is now in its place. */
    int writable(int cell) {
        if (slab.writable(cell)) {
            return cell;
        }
        int copy = entries.copyOf(cell);
        locate(cell);
        dict.replaceFound(copy);
        slab.free(cell);
        return copy;
    }

    void remove(int cell) {
        locate(cell);
        dict.removeFound();
        entries.free(cell);
    }

    /** Points {@code into} at an element's name. */
    void name(int cell, StringValue into) {
        into.slice(
                EntryReader.keyArray(cells, cell),
                EntryReader.keyOffset(cells, cell),
                Entry.keyLength(cells, cell));
    }

    /** The hash of an element's name. */
    int fingerprint(int cell) {
        return KeyHash.of(
                EntryReader.keyArray(cells, cell),
                EntryReader.keyOffset(cells, cell),
                Entry.keyLength(cells, cell));
    }

    private void locate(int cell) {
        if (!dict.isFound(cell)) {
            dict.locate(fingerprint(cell), cell);
        }
    }

    /** The element with this hash and deadline, which is there. */
    int byDeadline(int fingerprint, long deadline) {
        return dict.byDeadline(fingerprint, deadline);
    }

    /** An element, each as likely as any other; 0 when there is none. */
    int random(SplittableRandom random) {
        return dict.random(random);
    }

    /** Visits elements in hash order, as {@link Database#scan} does. */
    long scan(long cursor, long count, CellVisitor visitor) {
        return new ScanWalk(cells, dict.root(), dict.depth()).scan(cursor, count, visitor);
    }
}
