package dev.lockstep.server.config;

/**
 * How much unsent output a client may have: never {@code hardBytes}, and not {@code softBytes} for longer than
 * {@code softSeconds}. A 0 for bytes means no limit. Bytes are unsigned.
 */
public record OutputBufferLimit(long hardBytes, long softBytes, int softSeconds) {}
