package dev.lockstep.server;

/** Starts a Lockstep server process. */
public final class Main {
    private Main() {}

    public static void main(String[] args) {}
}
