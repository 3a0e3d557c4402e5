package dev.lockstep.server.config;

/** Save in the background once {@code seconds} have passed and at least {@code changes} were made since the last. */
public record SavePoint(long seconds, int changes) {}
