package dev.lockstep.replication;

/** The change stream in memory. */
public final class ReplicationLog {
    public void append(byte[] array, int offset, int length) {}
}
