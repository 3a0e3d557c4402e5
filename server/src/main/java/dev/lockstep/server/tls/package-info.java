/** TLS: certificates and keys from their files, what is offered in a handshake, and the handlers that encrypt a connection. */
package dev.lockstep.server.tls;
