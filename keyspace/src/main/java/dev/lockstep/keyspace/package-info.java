/** The keyspace module. */
package dev.lockstep.keyspace;
