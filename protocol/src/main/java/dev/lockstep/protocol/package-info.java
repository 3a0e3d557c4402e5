/**
 * RESP2 and RESP3 on bytes: request parsing, reply encoding, number formats, glob patterns. Knows no keys and no network.
 */
package dev.lockstep.protocol;
