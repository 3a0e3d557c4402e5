/**
 * Replication with its sockets: the replicas that follow this server ({@link dev.lockstep.server.replication.Replicas}), the
 * master that it follows ({@link dev.lockstep.server.replication.MasterLink}), and which of the two roles it has ({@link
 * dev.lockstep.server.replication.Replication}). Executor only, but for the thread that streams a snapshot.
 */
package dev.lockstep.server.replication;
