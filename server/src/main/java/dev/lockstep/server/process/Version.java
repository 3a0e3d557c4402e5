package dev.lockstep.server.process;

/** What this server calls itself, and the Redis version whose behaviour it has. */
public final class Version {
    /** Lockstep's own version, as in the build; INFO's {@code lockstep_version}. */
    public static final String LOCKSTEP = "0.1.0";

    /** The version of Redis that clients are told; INFO's {@code redis_version}. */
    public static final String REDIS = "7.2.4";

    private Version() {}

    /** {@link #REDIS} as one number, {@code 0x00MMmmpp}: a script's {@code redis.REDIS_VERSION_NUM}. */
    public static int redisNumber() {
        int number = 0;
        for (String part : REDIS.split("\\.")) {
            number = number << 8 | Integer.parseInt(part);
        }
        return number;
    }

    /**
     * What {@code --version} prints, without a newline: Redis' line in shape ({@code name server v=...
     * sha=... malloc=... bits=... build=...}), because tools take it apart.
     */
    public static String line() {
        return "Lockstep server v="
                + LOCKSTEP
                + " (redis_version "
                + REDIS
                + ") sha=00000000:0 malloc=slab bits=64 build=java-"
                + System.getProperty("java.version");
    }
}
