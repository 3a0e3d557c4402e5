/**
 * Configuration: the redis.conf grammar, every directive of Redis 7.2, and what CONFIG GET, SET and REWRITE do with
 * them. Knows nothing of clients, sockets or keys. {@link dev.lockstep.server.config.Configuration} is the way in.
 *
 * <p>Configuration text is bytes. Inside this package, and in what CONFIG GET and SET exchange with it, a
 * {@code String} therefore carries one byte per character (ISO 8859-1), so that a password may hold any byte.
 */
package dev.lockstep.server.config;
