/**
 * How the server lives as a process: its arguments, its detachment from the terminal, its pid file, its
 * signals, and what the operating system says about it.
 *
 * <p>The order that {@code main} keeps: {@code ServerLog.bootstrap}, {@link
 * dev.lockstep.server.process.Arguments#parse}, the text on standard input, the configuration; then, if it
 * says {@code daemonize} and there is no supervisor and this isn't the child already, {@link
 * dev.lockstep.server.process.Daemon#start} and exit. Else {@code ServerLog.start}, {@link
 * dev.lockstep.server.process.OpenFilesLimit#fit}, {@link dev.lockstep.server.process.PidFile#write}, the
 * listeners with {@link dev.lockstep.server.process.TerminationSignals#install} beside them, {@link
 * dev.lockstep.server.process.CrashReport#installSignals}, and {@link
 * dev.lockstep.server.process.Daemon#ready} once clients are served. A {@link
 * dev.lockstep.server.process.StartupFailure} on the way is printed to standard error, and the exit code is
 * 1.
 */
package dev.lockstep.server.process;
