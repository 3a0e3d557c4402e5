package dev.lockstep.replication;

import java.security.SecureRandom;

/**
 * Which history an offset belongs to: the replication ID, and the one before it up to the offset where they parted.
 *
 * <p>A server that is promoted begins a history of its own; replicas of its former master may still go on with it, as long
 * as what they have is no more than what both histories share. Executor only.
 */
public final class ReplicationHistory {
    /** The length of a replication ID: 40 hexadecimal digits. */
    public static final int ID_LENGTH = 40;

    /** The ID of no history. */
    public static final String NO_ID = "0".repeat(ID_LENGTH);

    private static final SecureRandom RANDOM = new SecureRandom();

    private String id = randomId();
    private String secondId = NO_ID;
    private long secondOffset = -1;

    /** A new ID, or another random string of the same form. */
    public static String randomId() {
        byte[] bytes = new byte[ID_LENGTH / 2];
        RANDOM.nextBytes(bytes);
        return java.util.HexFormat.of().formatHex(bytes);
    }

    public String id() {
        return id;
    }

    public String secondId() {
        return secondId;
    }

    /** The first offset, as PSYNC counts, that the second ID is not valid for; -1 without one. */
    public long secondOffset() {
        return secondOffset;
    }

    /** Takes over the history of a master that sent everything. */
    public void adopt(String masterId) {
        id = masterId;
        forgetSecond();
    }

    /** Goes on with the same data under another ID; {@code offset} is how much the two have in common. */
    public void continueAs(String newId, long offset) {
        secondId = id;
        secondOffset = offset + 1;
        id = newId;
    }

    /** Begins a history that has nothing in common with another. */
    public void restart() {
        id = randomId();
        forgetSecond();
    }

    public void forgetSecond() {
        secondId = NO_ID;
        secondOffset = -1;
    }

    /** Whether a replica that follows {@code asked} and wants the byte {@code next} has a part of this history. */
    public boolean covers(String asked, long next) {
        return asked.equalsIgnoreCase(id)
                || asked.equalsIgnoreCase(secondId)
                        && !secondId.equals(NO_ID)
                        && next <= secondOffset;
    }
}
