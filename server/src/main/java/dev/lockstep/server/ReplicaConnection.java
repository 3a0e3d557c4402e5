package dev.lockstep.server;

/** A connection that is a replica of this server, or is becoming one. Executor only. */
public final class ReplicaConnection {
    /** The socket takes more again. */
    public void writable() {}
}
