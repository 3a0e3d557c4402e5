/** The protocol module. */
package dev.lockstep.protocol;
