/** The server module. */
package dev.lockstep.server;
