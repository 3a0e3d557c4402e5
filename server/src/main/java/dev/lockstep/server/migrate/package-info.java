/** The network side of MIGRATE: connections to other servers, and what is said to them over these. Knows no live data. */
package dev.lockstep.server.migrate;
