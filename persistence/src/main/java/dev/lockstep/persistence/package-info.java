/** The persistence module. */
package dev.lockstep.persistence;
