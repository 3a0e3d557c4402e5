/** INFO: its sections, their order and their fields. */
package dev.lockstep.server.info;
