package dev.lockstep.server.config;

/** Where a replica finds its master: a host name or address, and a TCP port. */
public record MasterAddress(String host, int port) {}
