/**
 * The data: slab memory, the structures in it, expiry, and the freeze that lets other threads read a point in time.
 * No networking, no wire format. Everything here belongs to one thread (the executor, or the thread that loads a
 * keyspace before it is handed over) except {@link dev.lockstep.keyspace.View}, which one other thread may read.
 */
package dev.lockstep.keyspace;
