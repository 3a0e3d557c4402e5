package dev.lockstep.keyspace;

/** Takes entries one by one. It must not change the keyspace. */
public interface CellVisitor {
    void visit(int cell);
}
