/**
 * How the server lives as a process: its arguments, its detachment from the terminal, its pid file, its
 * signals, and what the operating system says about it.
 */
package dev.lockstep.server.process;
