/**
 * Replication with its sockets: the replicas that follow this server ({@link dev.lockstep.server.replication.Replicas}), the
 * master that it follows ({@link dev.lockstep.server.replication.MasterLink}), and which of the two roles it has ({@link
 * dev.lockstep.server.replication.Replication}). Executor only, but for the threads that stream, receive
 * or load a snapshot and look up a host, and for the loop of a replica's socket that takes a file.
 */
package dev.lockstep.server.replication;
