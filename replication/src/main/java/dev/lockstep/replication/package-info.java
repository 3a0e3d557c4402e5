/** The replication module. */
package dev.lockstep.replication;
