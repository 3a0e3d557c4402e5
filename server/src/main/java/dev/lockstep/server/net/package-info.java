/** Sockets: where clients come in, and the bytes from and to each of them. Everything else is the executor's. */
package dev.lockstep.server.net;
