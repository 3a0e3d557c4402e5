package dev.lockstep.server.command;

import dev.lockstep.keyspace.CellVisitor;
import java.util.Arrays;

/** The entries, or the elements of a collection, that the walk of a command has found. Reused; executor only. */
final class FoundCells implements CellVisitor {
    private static final int KEPT = 64 * 1024;

    private int[] cells = new int[256];
    private int count;

    /** Forgets everything. */
    FoundCells begin() {
        count = 0;
        if (cells.length > KEPT) {
            cells = new int[KEPT];
        }
        return this;
    }

    @Override
    public void visit(int cell) {
        if (count == cells.length) {
            cells = Arrays.copyOf(cells, count * 2);
        }
        cells[count++] = cell;
    }

    int count() {
        return count;
    }

    int get(int index) {
        return cells[index];
    }

    /** Keeps the first so many, which {@link #set} has put there. */
    void keep(int first) {
        count = first;
    }

    void set(int index, int cell) {
        cells[index] = cell;
    }
}
