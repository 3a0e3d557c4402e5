package dev.lockstep.server.net;

/** What Netty is told through system properties before its first class is loaded; those given on the command line win. */
public final class NettySettings {
    private NettySettings() {}

    /** Leaves out what costs time at start or at every access and serves nothing here, and what fails. */
    public static void apply() {
        set("io.netty.machineId", "00:00:00:00:00:00:00:01");
        set("io.netty.processId", "1");
        set("io.netty.jfr.enabled", "false");
        set("io.netty.leakDetection.level", "disabled");
        set("io.netty.buffer.checkAccessible", "false");
        set("io.netty.buffer.checkBounds", "false");
        set("io.netty.allocator.type", "pooled");
        // Polled only when the state changes, a socket that was reset before it was accepted would
        // never be heard of again.
        set("io.netty.iouring.pollAddMultishotEnabled", "false");
    }

    private static void set(String name, String value) {
        if (System.getProperty(name) == null) {
            System.setProperty(name, value);
        }
    }
}
