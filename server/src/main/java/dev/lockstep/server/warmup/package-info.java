/** Has the JVM compile the server's hot code while nobody waits, by rehearsing on a second server in the same process. */
package dev.lockstep.server.warmup;
