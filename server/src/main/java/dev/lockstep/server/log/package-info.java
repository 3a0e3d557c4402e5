/**
 * The server's log: Redis' line format, levels and roles on slf4j and logback, configured in code.
 *
 * <p>How Redis' levels are said through slf4j: {@code trace} is debug ({@code .}), {@code debug} is
 * verbose ({@code -}), {@code info} is notice ({@code *}), {@code warn} and {@code error} are warning
 * ({@code #}).
 */
package dev.lockstep.server.log;
