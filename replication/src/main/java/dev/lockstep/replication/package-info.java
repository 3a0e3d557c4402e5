/**
 * Replication without sockets and commands: the log of changes, the history that offsets belong to, the decision on a
 * partial resync, and the stream of a snapshot on its way in.
 */
package dev.lockstep.replication;
