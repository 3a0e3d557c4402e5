/** HyperLogLogs as bytes: Redis' layout of them, and what is read from and written to it. Knows no keys and no server. */
package dev.lockstep.server.hyperloglog;
